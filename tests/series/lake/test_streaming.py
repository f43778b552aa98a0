"""Windows of a lake are trained on and judged file by file: one at a time, in a seeded order, to the same scores."""

import pickle
import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.errors import ConfigurationError, DataRejected
from recurcast.evaluation.by_file import judged_on
from recurcast.executors.tasks import Given, carry_out, data_of, tasks_of
from recurcast.pipelines.windows import windows_of
from recurcast.series.lake.lake import Lake
from recurcast.series.lake.scanning import obtain_to_train
from recurcast.series.lake.streaming import LakeSplit
from recurcast.training.fit import FittedCell, fit_cell, fit_seeds
from recurcast.training.networks import shape_for
from support.lakes import AS_OF, lake_in, streamed, windows_in


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lake_in(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def split(root: Path) -> LakeSplit:
    found = windows_in(root, streamed())
    assert isinstance(found, LakeSplit)
    return found


@pytest.fixture(scope="module")
def fitted(split: LakeSplit) -> FittedCell:
    return fit_cell("gru", streamed(), split)


class Held:
    """What is there of files whenever another one is read: the most frames, and the most windows."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.read: list[str] = []
        self.most = 0
        self._there: list[weakref.ref[Any]] = []
        rows_in, piece = Lake.rows_in, LakeSplit.piece

        def rows(lake: Lake, file: Any, *asked: Any) -> pd.DataFrame:
            self._count()
            self.read.append(file.name)
            found = rows_in(lake, file, *asked)
            self._there.append(weakref.ref(found))
            return found

        def windows(own: LakeSplit, number: int) -> Any:
            self._count()
            found = piece(own, number)
            if found is not None:
                self._there += [weakref.ref(found), weakref.ref(found.panel)]
            return found

        patch.setattr(Lake, "rows_in", rows)
        patch.setattr(LakeSplit, "piece", windows)

    def _count(self) -> None:
        self.most = max(self.most, sum(each() is not None for each in self._there))


def test_a_lake_is_scored_as_the_whole_is(root: Path, split: LakeSplit, fitted: FittedCell) -> None:
    config, of_whole = streamed(), streamed("folder")
    whole = windows_in(root, of_whole)
    trained = [[fitted, FittedCell("gru", fitted.network, fitted.epochs, 1, seed=9)]]

    expected, found = judged_on(of_whole, whole, trained, None), judged_on(config, split, trained, None)

    assert split.spread_floor == whole.spread_floor
    assert split.n_train == len(whole.train)
    assert shape_for(split).covariates.std(axis=0) == pytest.approx(shape_for(whole).covariates.std(axis=0))
    for part in ("validation", "test"):
        ours, theirs = getattr(found, part), getattr(expected, part)
        assert (ours.n_windows, ours.first_origin) == (theirs.n_windows, theirs.first_origin)
        tables = ("overall", "per_series", *(["per_step"] if part == "test" else []))
        for table in tables:  # forecasts of validation windows are let go, and scores per step with them
            pd.testing.assert_frame_equal(getattr(ours, table), getattr(theirs, table), rtol=1e-5, check_dtype=False)
    texts = {"unique_id": "str", "competitor": "str"}
    pd.testing.assert_frame_equal(
        found.evidence.rows.astype(texts), expected.evidence.rows.astype(texts), rtol=1e-5, check_exact=False
    )
    assert found.evidence.rows["origin"].nunique() > expected.losses.rows["origin"].nunique()
    assert found.intervals["gru"].widths == pytest.approx(expected.intervals["gru"].widths, rel=1e-5)
    assert found.coverage["naive"] == expected.coverage["naive"]
    assert (found.test_begins, found.fit_until, found.remark) == (
        expected.test_begins,
        expected.fit_until,
        expected.remark,
    )


def test_no_two_files_are_there_at_a_time_while_cells_train_and_are_judged(
    root: Path, fitted: FittedCell, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = Held(monkeypatch)
    split = windows_in(root, streamed())
    names = [file.name for file in split.frame.reading.lake.manifest.files]
    del held.read[:]

    again = fit_cell("gru", streamed(), split)
    judged_on(streamed(), split, [[again]], None)

    assert held.most == 0
    passes = [held.read[first : first + 4] for first in range(0, len(held.read), 4)]
    assert all(sorted(each) == names for each in passes)
    orders = passes[0], passes[2]
    assert passes[1] == passes[3] == passes[4] == passes[5] == names
    assert orders[0] != orders[1], "each epoch takes the files in an order of its own"
    assert again.weights_digest == fitted.weights_digest


def test_another_process_trains_on_a_lake_with_the_same_bits(
    split: LakeSplit, root: Path, fitted: FittedCell, tmp_path: Path
) -> None:
    config = streamed(training={"seeds": 2})
    given = pickle.loads(pickle.dumps(Given(split)))
    assert data_of(config, given) == data_of(config, Given(windows_in(root, config)))
    (task,) = tasks_of("gru", config, data_of(config, given), 1, None, 1)

    first, second = carry_out(task, given, lambda _: None)
    here = fit_seeds("gru", config, split)

    assert {each.seed: each.epochs for each in here} == {each.seed: each.epochs for each in (first, second)}
    assert first.epochs == fitted.epochs
    assert all(np.array_equal(*pair) for pair in zip(first.weights, fitted.network.core.get_weights(), strict=True))
    other = lake_in(tmp_path, days=19)
    assert data_of(config, given) != data_of(config, Given(windows_in(other, config)))


@pytest.fixture
def changing(tmp_path: Path) -> tuple[Path, Any]:
    """A lake, and what changes a byte in one of its files."""
    root = lake_in(tmp_path)

    def change(*_: object) -> None:
        file = sorted((root / "lake").glob("*.parquet"))[-1]
        content = bytearray(file.read_bytes())
        content[len(content) // 2] ^= 1
        file.write_bytes(content)

    return root, change


def test_a_file_that_changes_between_epochs_or_before_scores_ends_the_run_by_name(
    changing: tuple[Path, Any], fitted: FittedCell
) -> None:
    root, change = changing
    split = windows_in(root, streamed())
    name = split.frame.reading.lake.manifest.files[-1].name
    with pytest.raises(DataRejected, match=f"'{name}' is another one") as refused:
        fit_cell("gru", streamed(), split, on_epoch=lambda epoch: change() if epoch.number == 1 else None)
    assert refused.value.exit_code == 3
    with pytest.raises(DataRejected, match=f"'{name}' is another one"):
        judged_on(streamed(), split, [[fitted]], None)


def test_what_cannot_be_streamed_is_refused_with_what_to_do(root: Path) -> None:
    for changed, said in (
        ({"training": {"sample_series": 3}}, "received both. Leave one out"),
        ({"source": {"kind": "file", "path": "a.csv"}}, "received kind file. Pack the series"),
    ):
        with pytest.raises(ValueError, match=said):
            streamed(**changed)
    plain = streamed().model_dump()
    plain["source"]["path"] = "folder"
    with pytest.raises(ConfigurationError, match=r"has no manifest\. Pack it: recurcast lake pack loads"):
        obtain_to_train(type(streamed()).model_validate(plain), AS_OF, root)
    early = pd.Timestamp("2024-03-22T00:00Z").to_pydatetime()
    with pytest.raises(DataRejected, match=r"the train part holds at least one window of 24 \+ 6 steps without a gap"):
        windows_of(streamed(), obtain_to_train(streamed(), early, root))
