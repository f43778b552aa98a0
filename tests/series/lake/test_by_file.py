"""A lake that is read file by file: what it says, and what is made of it, is what the whole in one place would."""

import json
import re
import tracemalloc
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd
import pytest

from recurcast.config import Checks, PipelineConfig
from recurcast.errors import DataRejected
from recurcast.forecasting.newest import look_at, newest_windows, together
from recurcast.runs.fingerprint import fingerprint_of
from recurcast.series.digest import data_digest
from recurcast.series.lake.frame import LakeFrame
from recurcast.series.lake.packing import pack
from recurcast.series.lake.scanning import obtain_by_file
from recurcast.series.sampling import sample_of
from recurcast.series.sources import obtain
from recurcast.series.validation.checks import report_on, validate
from recurcast.series.validation.report import ValidationFailed, rows_to_show
from support.databases import loads, pipeline

AS_OF = pd.Timestamp("2024-04-05T07:00Z").to_pydatetime()
SITES = tuple(f"site {number}" for number in range(9))
MASKED = {"network": {"kind": "highway"}, "checks": {"max_bad_series": 3}}
NUMPYS_DOMAIN = 389047
"""What numpy tells tracemalloc is told under it: the contents of arrays, and nothing else."""
Change = Callable[[pd.DataFrame], pd.DataFrame]
T = TypeVar("T")
U = TypeVar("U")


def laid_out(root: Path, table: pd.DataFrame) -> Path:
    """The rows as a folder of one file, and packed as a lake of several."""
    (root / "folder").mkdir()
    table.to_parquet(root / "folder" / "all.parquet", index=False)
    pack(of("folder").source, "loads", root, root / "lake", 4)
    assert len(list((root / "lake").glob("*.parquet"))) > 2
    return root


def of(path: str, **changed: Any) -> PipelineConfig:
    return pipeline({"kind": "folder", "path": path}, **changed)


def by_file(config: PipelineConfig, root: Path) -> LakeFrame:
    frame = obtain_by_file(config, AS_OF, root)
    assert frame is not None
    return frame


def _of_site(number: int, **values: Any) -> Change:
    def changed(table: pd.DataFrame) -> pd.DataFrame:
        own = table["site"] == SITES[number]
        return table.assign(**{name: table[name].mask(own, value) for name, value in values.items()})

    return changed


def _cells(rows: slice, value: float) -> Change:
    return lambda table: table.assign(y=np.where(np.isin(table.index, table.index[rows]), value, table["y"]))


def _all(*changes: Change) -> Change:
    def changed(table: pd.DataFrame) -> pd.DataFrame:
        for change in changes:
            table = change(table)
        return table

    return changed


def _off_grid(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(ds=table["ds"] + pd.to_timedelta((table.index % 500 == 7) * 60, unit="s"))


def _foreign(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(ds=table["ds"] + pd.to_timedelta((table["site"] == SITES[2]) * 90, unit="s"))


def _stuck(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(y=table["y"].mask((table["site"] == SITES[5]) & (table["ds"] > "2024-04-03T00:00Z"), 3.0))


def _late(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["site"] != SITES[4]) | (table["ds"] > "2024-04-04T00:00Z")]


def _without_days(table: pd.DataFrame) -> pd.DataFrame:
    return table[(table["site"] != SITES[6]) | (table["ds"].dt.day != 1)]


def _twice(table: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([table, table.iloc[400:4000:300]])


_WILD, _MISSING = _cells(slice(400, None, 700), 1e9), _cells(slice(None, None, 3), np.nan)
BROKEN: dict[str, Change] = {
    "values and rows": _all(_MISSING, _WILD, _cells(slice(500, 5000, 900), np.inf), _twice, _off_grid),
    "series": _all(_of_site(3, y=4.0), _stuck, _late, _without_days),
    "all constant, one foreign": _all(_of_site(0, heat=1.0), lambda table: table.assign(y=1.0), _foreign),
}


@pytest.mark.parametrize("broken", BROKEN)
def test_rules_facts_and_digest_of_a_lake_are_those_of_the_whole(
    broken: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = laid_out(tmp_path, BROKEN[broken](loads(days=18, sites=SITES)))
    for changed in ({"checks": {"max_value": 1e6, "max_bad_series": 1, "max_gap": 10, "max_age": "2h"}}, MASKED):
        whole, lake = obtain(of("folder", **changed), AS_OF, root), by_file(of("lake", **changed), root)

        assert lake.digest == data_digest(whole)
        assert (lake.ids, lake.n_rows, lake.ends) == (whole.ids, whole.n_rows, whole.ends)
        assert (lake.last_known, lake.grid) == (whole.last_known, whole.grid)
        assert lake.steps.equals(whole.steps)
        expected = report_on(whole, of("folder", **changed), AS_OF)
        with monkeypatch.context() as patch:  # a file is looked at in parts as well
            patch.setattr("recurcast.series.validation.parts.ROWS_OF_A_PART", 700)
            found = report_on(lake, of("lake", **changed), AS_OF)
        assert json.loads(found.to_json()) == json.loads(expected.to_json())
        assert found.told == expected.told


def test_a_sample_of_series_is_trained_on_and_is_the_same_from_a_lake_and_from_any_other_source(tmp_path: Path) -> None:
    root = laid_out(tmp_path, _of_site(3, y=4.0)(loads(days=18, sites=SITES).fillna(50.0)))
    said = {"training": {"sample_series": 3, "seed": 5}, "checks": {"max_bad_series": 1}}
    lake = by_file(of("lake", **said), root)
    validated = validate(lake, of("lake", **said), AS_OF)
    expected = validate(obtain(of("folder", **said), AS_OF, root), of("folder", **said), AS_OF)

    pd.testing.assert_frame_equal(validated.frame.rows, expected.frame.rows)
    assert validated.report == expected.report
    assert type(validated.frame) is type(expected.frame)
    more = {**said, "training": {"sample_series": 99}}
    every = validate(by_file(of("lake", **more), root), of("lake", **more), AS_OF)
    assert (every.frame.ids, every.report.told[1:]) == (every.frame.without(frozenset({SITES[3]})).ids, ())
    assert every.frame.rows.equals(lake.only(frozenset(SITES) - {SITES[3]}).rows)
    usable = set(SITES) - {SITES[3]}
    assert set(validated.frame.ids) == sample_of(usable, 3, 5)
    assert "trained and judged on a sample of 3 of 8 series (training.sample_series)" in validated.report.told[-1]
    assert "sample of 3 of 8 series" in validated.report.to_html()
    assert sample_of(usable, 8, 5) == sample_of(usable, 99, 5) == usable
    assert len(sample_of(usable, 3, 5) - sample_of({*usable, "new"}, 3, 5)) <= 1
    assert len({sample_of(usable, 3, seed) for seed in range(9)}) > 3
    plain = of("lake")
    assert fingerprint_of(plain, "0") == fingerprint_of(of("lake", training={"sample_series": None}), "0")
    assert fingerprint_of(plain, "0") != fingerprint_of(of("lake", **said), "0")


def test_a_file_of_a_lake_that_changes_under_a_run_ends_it_with_its_name(tmp_path: Path) -> None:
    root = laid_out(tmp_path, loads(days=18, sites=SITES))
    config = of("lake", training={"sample_series": 3})
    lake = by_file(config, root)
    file = next((root / "lake").glob("*.parquet"))
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)

    with pytest.raises(
        DataRejected, match=f"'{file.name}' is another one, of as many bytes and not the same"
    ) as refused:
        validate(lake, config, AS_OF)
    assert refused.value.exit_code == 3
    file.unlink()
    with pytest.raises(DataRejected, match=f"'{file.name}' is not there"):
        obtain_by_file(config, AS_OF + timedelta(hours=1), root)


def test_validation_lets_go_of_all_rows_of_a_file_before_the_next_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recurcast.series.validation.checks._MANY_ROWS", 1_000)
    root = laid_out(tmp_path, loads(days=100, sites=SITES[:3]).fillna(50.0))
    config = of("lake", parts={"history": 2_000, "validation": 24, "test": 24})
    as_of = AS_OF + timedelta(days=80)
    lake = obtain_by_file(config, as_of, root)
    assert lake is not None
    held = list[int]()

    def watched(function: Callable[[T], U], items: Iterable[T]) -> Iterator[U]:
        for each in items:
            yield function(each)
        arrays = tracemalloc.take_snapshot().filter_traces([tracemalloc.DomainFilter(True, NUMPYS_DOMAIN)])
        held.append(sum(trace.size for trace in arrays.traces))

    tracemalloc.start()
    try:
        report = report_on(lake, config, as_of, watched)
    finally:
        tracemalloc.stop()

    assert report.success
    assert lake.n_files > 2
    assert held[0] < 8 * lake.n_rows / lake.n_files / 10, "a tenth of one column of a file"


def test_what_was_rejected_in_a_lake_is_shown_by_the_rows_of_the_first_offender(tmp_path: Path) -> None:
    root = laid_out(tmp_path, _WILD(loads(days=18, sites=SITES).fillna(50.0)))
    config = of("lake", checks={"max_value": 1e6})
    lake = by_file(config, root)

    with pytest.raises(ValidationFailed) as failed:
        validate(lake, config, AS_OF)

    shown = rows_to_show(failed.value.report, lake)
    assert set(shown.ids) == {failed.value.series}
    assert shown.rows["y"].max() == 1e9


@pytest.mark.parametrize("fewest", [None, 15])
def test_the_newest_windows_of_a_lake_are_those_of_the_whole(fewest: int | None, tmp_path: Path) -> None:
    silent = _all(
        _foreign, _late, lambda table: table[(table["site"] != SITES[7]) | (table["ds"] < "2024-04-01T00:00Z")]
    )
    root = laid_out(tmp_path, _all(_MISSING, silent)(loads(days=18, sites=SITES)) if fewest else silent(
        loads(days=18, sites=SITES).fillna(50.0)[lambda table: table["site"] != SITES[2]]))  # fmt: skip
    checks = Checks(max_bad_series=4)
    whole, lake = obtain(of("folder"), AS_OF, root), by_file(of("lake"), root)

    expected = newest_windows(whole, checks, AS_OF, 36, ("heat",), fewest)
    pieces = [look_at(each, checks, AS_OF, 36, ("heat",), fewest, may_lack=True) for each in lake.pieces()]
    found = together(pieces, checks, fewest)

    assert (found.told, found.foreign) == (expected.told, expected.foreign)
    assert len(found.left_out) >= 2
    values = {name: own for panel in found.panels for name, own in zip(panel.ids, panel.values, strict=True)}
    assert sorted(values) == list(expected.panel.ids)
    np.testing.assert_array_equal([values[name] for name in expected.panel.ids], expected.panel.values)
    with pytest.raises(DataRejected) as of_whole:
        newest_windows(whole, Checks(), AS_OF, 36, ("heat",), fewest)
    with pytest.raises(DataRejected, match=re.escape(str(of_whole.value))):
        together(pieces, Checks(), fewest)
