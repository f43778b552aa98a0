"""The digests of many intervals of a lake, each file read once: those that a run of each finds, of the lake and of its rows."""

import tracemalloc
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.config import PipelineConfig
from recurcast.errors import ConfigurationError, DataRejected
from recurcast.series import bounds
from recurcast.series.digest import data_digest
from recurcast.series.interval_digests import interval_digests
from recurcast.series.lake.counting import count_lake, grids_shown
from recurcast.series.lake.lake import Lake, lake_of
from recurcast.series.lake.manifest import LakeFile
from recurcast.series.lake.packing import pack
from recurcast.series.lake.scanning import digest_in, obtain_by_file
from recurcast.series.sources import obtain

SITES = tuple(f"site {number}" for number in range(8))
HOURS = pd.date_range("2024-03-29T12:00Z", periods=70, freq="h")
AS_OF = HOURS[-1].to_pydatetime()
COLUMNS: dict[str, Any] = {"unique_id": "site", "covariates": ["heat"]}
NUMPYS_DOMAIN = 389047


def pipeline(path: str, frequency: str = "h", network: str = "plain", **source: Any) -> PipelineConfig:
    """Eight steps: 4 train, 2 validation, 2 test."""
    columns = COLUMNS | source.pop("columns", {})
    block = {"name": "demand", "frequency": frequency, "network": {"kind": network}, "windows": {"lookback": 1}}
    block |= {"parts": {"history": 4, "validation": 2, "test": 2}}
    return PipelineConfig.model_validate(
        block | {"source": {"kind": "folder", "path": path, "columns": columns} | source}
    )


def table_of(ds: pd.DatetimeIndex, draw: np.random.Generator, sites: Sequence[str] = SITES) -> pd.DataFrame:
    """Rows of some series; a fifth of the steps have no row, a tenth of the rows no value."""
    table = pd.concat([pd.DataFrame({"site": site, "ds": ds[draw.random(len(ds)) > 0.2]}) for site in sites])
    table["y"] = np.where(draw.random(len(table)) < 0.1, np.nan, draw.normal(size=len(table)))
    return table.assign(heat=draw.normal(size=len(table))).reset_index(drop=True)


def laid_out(root: Path, table: pd.DataFrame, files: int = 4, **said: Any) -> Path:
    (root / "folder").mkdir()
    table.to_parquet(root / "folder" / "all.parquet", index=False)
    pack(pipeline("folder", **said).source, "demand", root, root / "lake", files)
    assert len(list((root / "lake").glob("*.parquet"))) > 1
    return root


def around(ds: pd.DatetimeIndex, draw: np.random.Generator, count: int = 14) -> list[datetime]:
    """Instants from before the first step to long after the last one, some of them steps; in no order, one of them twice."""
    length = (ds[-1] - ds[0]).total_seconds()
    drawn = [ds[0] + pd.Timedelta(seconds=int(part * length)) for part in draw.uniform(-0.1, 1.4, count)]
    instants = [each.to_pydatetime() for each in [*drawn, *draw.choice(ds, 4), ds[-1] + 900 * (ds[1] - ds[0])]]
    return [*instants, instants[0]]


def of_runs(config: PipelineConfig, as_ofs: Sequence[datetime], root: Path) -> Iterator[str | None]:
    """What a run of each interval finds, file by file where its span has rows, else whole."""
    for as_of in as_ofs:
        try:
            yield digest_in(obtain_by_file(config, as_of, root) or obtain(config, as_of, root))
        except DataRejected:
            yield None


def agreed(root: Path, as_ofs: Sequence[datetime], **said: Any) -> list[str | None]:
    """The digests: those of the folder, which tests of folders compare with runs, and of every third interval a lake's run."""
    lake, folder = pipeline("lake", **said), pipeline("folder", **said)
    found = interval_digests(lake, as_ofs, root)
    given = [each.digest for each in found]

    assert [each.as_of for each in found] == list(as_ofs)
    assert found == interval_digests(folder, as_ofs, root)
    assert given[::3] == list(of_runs(lake, as_ofs[::3], root))
    return given


def off_phase(table: pd.DataFrame) -> pd.DataFrame:
    """First most rows are at half past, later on the hour; of one series all are at another minute, for ever."""
    early = table["ds"] < HOURS[30]
    moved = table["ds"] + pd.to_timedelta(np.where(early, 30, 0), unit="min")
    return table.assign(ds=moved.mask(table["site"] == SITES[3], table["ds"] + pd.Timedelta("7min")))


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("said", [{}, {"delay": "90min"}, {"columns": {"covariates": []}}])
def test_of_hours(said: dict[str, Any], seed: int, tmp_path: Path) -> None:
    draw = np.random.default_rng(seed)
    root = laid_out(tmp_path, table_of(HOURS, draw), **said)
    given = agreed(root, around(HOURS, draw), **said)

    assert len(set(given)) > 8
    assert None in given


@pytest.mark.parametrize("seed", range(2))
def test_where_files_show_other_grids_and_all_together_show_another_one_from_then_on(seed: int, tmp_path: Path) -> None:
    draw = np.random.default_rng(seed)
    root = laid_out(tmp_path, off_phase(table_of(HOURS, draw)))
    as_ofs = [each.to_pydatetime() for each in HOURS[5::5] + pd.Timedelta("40min")]
    given = agreed(root, [*as_ofs, *around(HOURS, draw)])

    assert len(set(given)) > 12
    config = pipeline("lake")
    lake = lake_of(config, root)
    assert lake is not None
    grids = grids_shown(config, count_lake(config, lake, as_ofs), as_ofs)
    phases = [grid.phase for grid in grids if grid is not None]
    assert set(phases) == {pd.Timedelta("30min"), pd.Timedelta(0)}, "it moves, and never to that of one series"


@pytest.mark.parametrize("seed", range(2))
def test_of_two_phases_that_are_as_common_the_smaller_one_counts(seed: int, tmp_path: Path) -> None:
    draw = np.random.default_rng(seed)
    halves = HOURS[:30].append(HOURS[:30] + pd.Timedelta("30min"))
    whole = [pd.DataFrame({"site": site, "ds": halves.sort_values(), "y": 1.0, "heat": 0.0}) for site in SITES]
    root = laid_out(tmp_path, pd.concat(whole, ignore_index=True))

    assert len(set(agreed(root, around(HOURS[:30], draw, 20)))) > 8


@pytest.mark.parametrize("seed", range(2))
def test_of_rows_that_were_revised(seed: int, tmp_path: Path) -> None:
    draw = np.random.default_rng(seed)
    table = table_of(HOURS, draw)
    table["seen"] = table["ds"] + pd.to_timedelta(draw.choice([0, 0, 30, 2000], len(table)), unit="min")
    again = table.sample(frac=0.5, random_state=seed)
    later = again["seen"] + pd.to_timedelta(draw.choice([60, 1440], len(again)), unit="min")
    revised = pd.concat([table, again.assign(y=draw.normal(size=len(again)), seen=later)])
    said = {"columns": {"available_at": "seen"}}
    root = laid_out(tmp_path, revised.sample(frac=1, random_state=3), **said)

    assert len(set(agreed(root, around(HOURS, draw), **said))) > 10


@pytest.mark.parametrize(
    ("frequency", "zone", "of"),
    [
        ("D", "Europe/Amsterdam", "D"),
        ("B", "America/New_York", "B"),
        ("2D", "America/New_York", "2D"),
        ("2W-TUE", "Europe/Amsterdam", "2W-TUE"),
        ("MS", "Asia/Tokyo", "MS"),
        ("sessions:XNYS", "America/New_York", "B"),
    ],
)
def test_of_days_on_a_wall_clock(frequency: str, zone: str, of: str, tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    wall = pd.date_range("2024-02-20T02:30", periods=40, freq=of)
    ds = wall.tz_localize(zone, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC")
    table = table_of(ds, draw)
    # A row of one file that comes late moves a grid of which not every period has a step.
    table["seen"] = table["ds"] + pd.Timedelta("1h")
    early = table.iloc[[0]].assign(site="early", ds=ds[0] - pd.Timedelta("7D"), seen=ds[20])
    said = {"frequency": frequency, "timezone": zone, "columns": {"available_at": "seen"}}
    root = laid_out(tmp_path, pd.concat([table, early], ignore_index=True), **said)

    assert len(set(agreed(root, around(ds, draw), **said))) > 4


def test_of_texts_that_series_say_of_themselves_and_of_days_that_calendars_tell(tmp_path: Path) -> None:
    draw = np.random.default_rng(2)
    days = pd.date_range("2024-02-20", periods=60, freq="D", tz="UTC")
    table = table_of(days, draw)
    said = {"frequency": "D", "network": "highway", "columns": {"static": ["region"]}}
    root = laid_out(tmp_path, table.assign(region=table["site"].str[-1]), **said)

    assert len(set(agreed(root, around(days, draw), **said))) > 8


def test_each_file_is_read_once_and_nothing_of_it_is_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hours = pd.date_range("2024-03-01", periods=900, freq="h", tz="UTC")
    root = laid_out(tmp_path, table_of(hours, np.random.default_rng(0), [f"s{number}" for number in range(60)]), 12)
    read, held, table = Counter[str](), list[int](), Lake.table
    as_ofs = [each.to_pydatetime() for each in hours[::24]]

    def watched(lake: Lake, file: LakeFile) -> pd.DataFrame:
        arrays = tracemalloc.take_snapshot().filter_traces([tracemalloc.DomainFilter(True, NUMPYS_DOMAIN)])
        held.append(sum(trace.size for trace in arrays.traces))
        read[file.name] += 1
        return table(lake, file)

    monkeypatch.setattr(Lake, "table", watched)
    tracemalloc.start()
    try:
        interval_digests(pipeline("lake"), as_ofs, root)
    finally:
        tracemalloc.stop()

    assert set(read.values()) == {1}
    assert len(read) > 8
    assert held[-1] - held[1] < 8 * 900, "what is counted grows with the steps, not with the rows"


def test_a_lake_that_runs_would_read_whole_is_refused_where_it_is_too_large_and_one_by_file_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = laid_out(tmp_path, table_of(HOURS, np.random.default_rng(0)))
    as_of = HOURS[-1].to_pydatetime()
    monkeypatch.setattr(bounds, "most_points", lambda rows=None: 8 * len(SITES) - 1)
    with pytest.raises(ConfigurationError, match="a frame has at most 63 points"):
        interval_digests(pipeline("lake"), [as_of], root)
    config = pipeline("lake")
    sampled = config.model_copy(update={"training": config.training.model_copy(update={"sample_series": 2})})

    (found,) = interval_digests(sampled, [as_of], root)
    assert found.digest == data_digest(obtain_whole(config, as_of, root, monkeypatch))


def obtain_whole(config: PipelineConfig, as_of: datetime, root: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(bounds, "most_points", lambda rows=None: 10**7)
    return obtain(config, as_of, root)


def test_a_file_that_changed_or_is_new_is_named(tmp_path: Path) -> None:
    root = laid_out(tmp_path, table_of(HOURS, np.random.default_rng(0)))
    file = next((root / "lake").glob("*.parquet"))
    (root / "lake" / "more.parquet").write_bytes(file.read_bytes())
    for ask in (
        lambda: interval_digests(pipeline("lake"), [AS_OF], root),
        lambda: obtain_by_file(pipeline("lake"), AS_OF, root),
    ):
        with pytest.raises(DataRejected, match=r"'more\.parquet' is none of them"):
            ask()
    (root / "lake" / "more.parquet").unlink()
    file.write_bytes(file.read_bytes()[:-1] + b"x")

    with pytest.raises(DataRejected, match=f"'{file.name}' is another one"):
        interval_digests(pipeline("lake"), [AS_OF], root)
