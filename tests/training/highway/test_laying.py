"""A highway on a lake: chosen on a sample of series, told what is true of all, and taught by a share of each file's windows."""

import pickle
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recurcast.errors import DataRejected
from recurcast.evaluation.by_file import judged_on
from recurcast.executors.tasks import carry_out, data_of, given_for, tasks_of
from recurcast.series.lake import streaming
from recurcast.series.lake.lake import Lake
from recurcast.series.lake.streaming import LakeSplit
from recurcast.series.overall import Extent
from recurcast.series.splitting import split_of
from recurcast.series.windows import Split
from recurcast.training.fit import FittedCell
from recurcast.training.highway import laying, lesson
from recurcast.training.highway.drivers import with_drivers
from recurcast.training.highway.lesson import Lesson
from recurcast.training.highway.plan import Plan, plan_of, refit_plan
from recurcast.training.kinds import fit_seeds
from support.lakes import SAID, SITES, lake_in, streamed_highway, windows_in

CONFIG = streamed_highway()


@pytest.fixture(autouse=True, scope="module")
def _few_steps() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lesson, "_FEWEST_STEPS", 40)
        patch.setattr(lesson, "_MOST_STEPS", 40)
        yield


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return lake_in(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def split(root: Path) -> LakeSplit:
    found = windows_in(root, CONFIG)
    assert isinstance(found, LakeSplit)
    return found


@pytest.fixture(scope="module")
def whole(root: Path) -> Split:
    found = windows_in(root, streamed_highway("folder"))
    assert isinstance(found, Split)
    return found


@pytest.fixture(scope="module")
def fitted(split: LakeSplit) -> tuple[FittedCell, ...]:
    return fit_seeds("gru", CONFIG, split)


def table_of(lesson: Lesson) -> np.ndarray:
    """A lesson's rows with what stands beside them, in an order of their own."""
    arrays = [each.reshape(len(lesson), -1) for each in lesson.batches(np.arange(len(lesson)))]
    table = np.concatenate(arrays, axis=1)
    return np.asarray(table[np.lexsort(table.T)])


def assert_same_plan(found: Plan, expected: Plan) -> None:
    assert (found.chosen, found.steps) == (expected.chosen, expected.steps)
    assert np.array_equal(found.ridge, expected.ridge)
    for ours, theirs in ((found.lesson, expected.lesson), (found.held_out, expected.held_out)):
        assert table_of(ours) == pytest.approx(table_of(theirs), rel=1e-5, abs=1e-6)
    assert sorted(found.scales) == sorted(expected.scales)
    assert np.sort(found.shown.targets, axis=0) == pytest.approx(np.sort(expected.shown.targets, axis=0), nan_ok=True)


@pytest.mark.parametrize("described", [False, True])
def test_where_a_share_is_all_the_plan_of_a_lake_is_that_of_the_whole(root: Path, *, described: bool) -> None:
    source = {"columns": SAID} if described else {}
    configs = [streamed_highway(path, source=source) for path in ("lake", "folder")]
    of_lake, of_whole = ((each, windows_in(root, each)) for each in configs)

    assert_same_plan(plan_of(*of_lake), plan_of(*of_whole))
    assert_same_plan(refit_plan(*of_lake, 0.5), refit_plan(*of_whole, 0.5))
    facts = plan_of(*of_lake).facts
    assert facts.said == (3 if described else 0), "two names, and a number"
    assert facts.beside == 3, "two columns of the calendar, one covariate"


def test_a_highway_on_a_lake_is_scored_as_on_the_whole(
    split: LakeSplit, whole: Split, fitted: tuple[FittedCell, ...]
) -> None:
    found, expected = (
        judged_on(CONFIG, split, [fitted], None),
        judged_on(streamed_highway("folder"), whole, [fitted], None),
    )
    assert found.test.n_windows == expected.test.n_windows
    assert found.test.score("gru", "mase") == pytest.approx(expected.test.score("gru", "mase"), rel=1e-5)
    assert found.intervals["gru"].widths == pytest.approx(expected.intervals["gru"].widths, rel=1e-5)
    naive, own = (found.test.score(name, "mase") for name in ("seasonal_naive", "gru"))
    assert own < naive


def test_another_process_fits_a_highway_on_a_lake_with_the_same_bits(
    split: LakeSplit, fitted: tuple[FittedCell, ...]
) -> None:
    given = pickle.loads(pickle.dumps(given_for(CONFIG, split)))
    (task,) = tasks_of("gru", CONFIG, data_of(CONFIG, given), 2, None, 1)

    members = carry_out(task, given, lambda _: None)

    median = [weights for each in members for weights in each.weights]
    assert all(np.array_equal(*pair) for pair in zip(median, fitted[0].network.core.get_weights(), strict=True))


def test_what_is_true_of_all_series_is_not_asked_of_a_sample(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    split = windows_in(root, CONFIG)
    sites = frozenset(SITES)
    begins, overall = split.validation_begins, split.overall
    assert overall is not None

    def least(names: frozenset[str]) -> float:
        return float(np.nanmin(split_of(CONFIG, split.frame.only(names)).panel.y[:, :begins]))

    lowest = min(sites, key=lambda name: least(frozenset({name})))
    monkeypatch.setattr(LakeSplit, "sample", lambda self: split_of(CONFIG, self.frame.only(sites - {lowest})))

    facts = plan_of(CONFIG, split).facts

    assert facts.smallest == overall.extents[begins].positive / 2
    assert overall.extents[begins].positive < least(sites - {lowest})
    assert overall.extents[begins].least == overall.extents[begins].positive, "nothing is below zero"
    below = {end: Extent(-1.0, each.positive) for end, each in overall.extents.items()}
    other = plan_of(CONFIG, replace(split, overall=replace(overall, extents=below))).facts
    assert (other.log, other.at_least_zero) == (False, False), "some series somewhere has values below zero"


def test_choices_are_made_on_a_sample_by_name_and_on_series_that_have_windows(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(streaming, "SAMPLED", (1, 1))
    few = windows_in(root, CONFIG)
    shown = {few.panel.ids[row] for part in (few.train, few.validation, few.test) for row in set(part.series.tolist())}
    assert shown <= few.chosen_on
    assert len(few.chosen_on) < len(SITES)
    assert set(few.sample().panel.ids) == set(few.chosen_on)
    assert few.chosen_on == windows_in(root, CONFIG).chosen_on


def test_each_file_gives_its_share_of_the_windows_and_is_read_once_for_them(
    split: LakeSplit, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    facts, read = plan_of(CONFIG, split).facts, list[str]()
    table = Lake.table

    def counted(lake: Lake, file: object) -> object:
        read.append(file.name)  # type: ignore[attr-defined]
        return table(lake, file)  # type: ignore[arg-type]

    monkeypatch.setattr(Lake, "table", counted)
    monkeypatch.setattr(laying, "most_windows", lambda *_, **__: 200)
    monkeypatch.setattr(laying, "_HELD_OUT", 40)

    first, again, other = (laying.laid_by_file(facts, split, split.validation_begins, seed, 128) for seed in (4, 4, 5))

    assert read == 3 * [file.name for file in split.frame.reading.lake.manifest.files]
    assert (len(first.lesson), len(first.held_out), len(first.shown), len(first.scales)) == (200, 40, 40, 40)
    assert first.n_known == len(plan_of(CONFIG, split).lesson)
    assert np.array_equal(first.lesson.z, again.lesson.z)
    assert not np.array_equal(first.lesson.z, other.lesson.z)
    everything = {row.tobytes() for row in plan_of(CONFIG, split).lesson.z}
    assert {row.tobytes() for row in first.lesson.z} < everything
    assert len({row.tobytes() for row in first.lesson.z}) == 200, "none is drawn twice"


def test_half_a_gigabyte_holds_what_stands_beside_the_windows_too_where_no_panel_has_it(split: LakeSplit) -> None:
    facts = plan_of(CONFIG, split).facts
    batch = 10**9  # no fit is so long: the bytes bound it
    alone, gathered = (lesson.most_windows(facts, batch, gathered=each) for each in (False, True))
    one = sum(each[0].nbytes for each in plan_of(CONFIG, split).lesson.batches(np.arange(1)))
    assert gathered == lesson._MOST_BYTES // one < alone


def test_a_file_that_changed_since_it_was_looked_at_ends_the_plan_by_its_name(tmp_path: Path) -> None:
    root = lake_in(tmp_path)
    split, config = windows_in(root, CONFIG), streamed_highway(training={"seed": 9})
    file = sorted((root / "lake").glob("*.parquet"))[-1]
    file.write_bytes(file.read_bytes()[:-1] + b"x")
    with pytest.raises(DataRejected, match=f"'{file.name}' is another one"):
        plan_of(config, split)


def test_a_covariate_that_moves_in_none_of_the_sampled_series_counts_by_what_is_true_of_all(root: Path) -> None:
    split = windows_in(root, streamed_highway(source={"columns": SAID}))
    sampled = replace(split.sample().panel, values=split.sample().panel.values.copy())
    sampled.values[:, :, 1] = 7.0
    facts = plan_of(CONFIG, split).facts

    alone = with_drivers(facts, sampled, split.validation_begins)
    told = with_drivers(facts, sampled, split.validation_begins, split.overall.covariates)

    assert alone.driver_spread[-1] > 1e300, "nothing is known of what another value means"
    assert (told.driver_mean[-1], told.driver_spread[-1]) == pytest.approx(
        (split.overall.covariates.mean(), split.overall.covariates.std())
    )
    assert told.driver_spread[:-1] == alone.driver_spread[:-1]
