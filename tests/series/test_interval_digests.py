"""One pass over a source gives the digest of every interval: exactly those of one `obtain` after the other."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.series import grid_history, supplies
from recurcast.series import interval_digests as digests
from recurcast.series.digest import data_digest
from recurcast.series.files import read_file
from recurcast.series.grid import Grid
from recurcast.series.interval_digests import first_steps, interval_digests
from recurcast.series.sources import obtain

MONDAY = datetime(2024, 3, 25, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def pipeline(source: dict[str, Any], frequency: str | None = "h") -> PipelineConfig:
    """Eight steps: 4 train, 2 validation, 2 test."""
    parts = {"history": 4, "validation": 2, "test": 2}
    block = {"name": "demand", "source": source, "frequency": frequency, "parts": parts, "windows": {"lookback": 1}}
    return PipelineConfig.model_validate(block)


def one_by_one(chosen: PipelineConfig, as_ofs: Sequence[datetime], root: Path) -> Iterator[str | None]:
    for as_of in as_ofs:
        try:
            yield data_digest(obtain(chosen, as_of, root))
        except DataRejected:
            yield None


def agreed(chosen: PipelineConfig, as_ofs: Sequence[datetime], root: Path) -> list[str | None]:
    """The digests, which are those of one `obtain` after the other."""
    found = interval_digests(chosen, as_ofs, root)
    assert [each.as_of for each in found] == list(as_ofs)
    given = [each.digest for each in found]
    assert given == list(one_by_one(chosen, as_ofs, root))
    return given


@pytest.fixture(autouse=True)
def _read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each `obtain` would read the file again, which takes most of its time."""
    monkeypatch.setitem(supplies.SUPPLIES, "file", partial(supplies.read_whole, cache(read_file)))


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows were known each time that rows were asked for their grid."""
    sizes: list[int] = []
    ask = grid_history.grid_shown

    def counting(chosen: PipelineConfig, known: pd.DataFrame) -> Grid:
        sizes.append(len(known))
        return ask(chosen, known)

    monkeypatch.setattr(grid_history, "grid_shown", counting)
    return sizes


# Generated sources


@pytest.mark.parametrize(
    ("frequency", "source"),
    [
        ("h", {"noise": 1}),
        ("h", {"noise": 1, "series": 3, "delay": "90min", "missing": {"every": 5, "length": 3}}),
        ("15min", {"autoregression": [0.5], "anchor": "2024-03-25T00:10:00Z", "anomalies": {"every": 5, "magnitude": 3}}),
        ("D", {"noise": 1, "series": 2, "delay": "1D"}),
        ("7h", {"noise": 1, "delay": "61s", "missing": {"every": 3, "length": 2}}),
    ],
)  # fmt: skip
@pytest.mark.parametrize("rows_at_once", [2**20, 7])
def test_generated_sources(
    frequency: str, source: dict[str, Any], rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (digests, supplies):
        monkeypatch.setattr(module, "ROWS_AT_ONCE", rows_at_once)
    chosen = pipeline({"kind": "generated"} | source, frequency)
    step = pd.Timedelta(1, frequency) if frequency == "D" else pd.Timedelta(frequency.rjust(2, "1"))
    as_ofs = [MONDAY + float(at) * step.to_pytimedelta() for at in (-30, -9.5, -9, 0, 0.25, 1, 2, 3, 8, 9.5, 200)]
    given = agreed(chosen, as_ofs, Path("nowhere"))
    assert len(set(given)) >= 8
    assert None not in given


# Files


def rows_of(ds: pd.DatetimeIndex, draw: np.random.Generator, *names: str) -> pd.DataFrame:
    """A table of one or more series; a fifth of the steps have no row, a tenth of the rows no value."""
    parts = [pd.DataFrame({"site": name, "ds": ds[draw.random(len(ds)) > 0.2]}) for name in names]
    table = pd.concat(parts, ignore_index=True)
    table["y"] = np.where(draw.random(len(table)) < 0.1, np.nan, draw.normal(size=len(table)))
    return table.assign(heat=draw.normal(size=len(table)))


def write(root: Path, table: pd.DataFrame) -> None:
    instants = {c: table[c].dt.strftime("%Y-%m-%dT%H:%M:%SZ") for c in ("ds", "seen") if c in table}
    table.assign(**instants).to_csv(root / "demand.csv", index=False)


def file(**settings: Any) -> dict[str, Any]:
    columns = {"unique_id": "site", "covariates": ["heat"]} | settings.pop("columns", {})
    return {"kind": "file", "path": "demand.csv", "columns": columns} | settings


def around(ds: pd.DatetimeIndex, draw: np.random.Generator, count: int = 12) -> list[datetime]:
    """Instants from before the first step to after the last one, some of them steps; not in order, one of them twice."""
    length = (ds[-1] - ds[0]).total_seconds()
    drawn = [ds[0] + pd.Timedelta(seconds=int(part * length)) for part in draw.uniform(-0.1, 1.4, count)]
    instants = [each.to_pydatetime() for each in [*drawn, *draw.choice(ds, 4)]]
    return [*instants, instants[0]]


def revised(table: pd.DataFrame, draw: np.random.Generator) -> pd.DataFrame:
    """The rows and two rounds of revisions, some of them late, some of them available at the same instant."""
    table["seen"] = table["ds"] + pd.to_timedelta(draw.choice([0, 0, 30, 2000], len(table)), unit="min")
    rounds = [table]
    for number in range(2):
        again = table.sample(frac=0.5, random_state=number)
        later = pd.to_timedelta(draw.choice([0, 60, 1440], len(again)), unit="min")
        rounds.append(again.assign(y=draw.normal(size=len(again)), seen=again["seen"] + later))
    return pd.concat(rounds).sample(frac=1, random_state=3)


HOURLY = pd.date_range("2024-03-29T12:00Z", periods=60, freq="h")


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("settings", [{}, {"delay": "90min"}, {"columns": {"covariates": []}}])
def test_files(settings: dict[str, Any], seed: int, tmp_path: Path) -> None:
    draw = np.random.default_rng(seed)
    write(tmp_path, rows_of(HOURLY, draw, "b", "a"))
    given = agreed(pipeline(file(**settings)), around(HOURLY, draw), tmp_path)
    assert len(set(given)) > 8


@pytest.mark.parametrize("seed", range(2))
@pytest.mark.parametrize("frequency", ["h", None])
def test_files_with_revisions(frequency: str | None, seed: int, tmp_path: Path) -> None:
    draw = np.random.default_rng(seed)
    write(tmp_path, revised(rows_of(HOURLY, draw, "a"), draw))
    given = agreed(pipeline(file(columns={"available_at": "seen"}), frequency), around(HOURLY, draw), tmp_path)
    assert len(set(given)) > 8


@pytest.mark.parametrize(
    ("frequency", "zone"),
    [
        ("D", "Europe/Amsterdam"),
        ("D", "America/New_York"),
        ("B", "Europe/Amsterdam"),
        ("2D", "America/New_York"),
        ("W-FRI", "Europe/Amsterdam"),
    ],
)
@pytest.mark.parametrize("inferred", [False, True])
def test_days_across_daylight_saving(frequency: str, zone: str, inferred: bool, tmp_path: Path) -> None:
    draw = np.random.default_rng(1)
    # In both zones 02:30 does not exist on the day that summer time begins, and exists twice when it ends.
    wall = pd.date_range("2024-02-20T02:30", periods=40, freq=frequency)
    ds = wall.tz_localize(zone, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC")
    write(tmp_path, rows_of(ds, draw, "a"))
    chosen = pipeline(file(timezone=zone, delay="1h"), None if inferred else frequency)
    given = agreed(chosen, around(ds, draw), tmp_path)
    assert len(set(given)) > 4


@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam"])
@pytest.mark.parametrize("step", ["15min", "h", "6h"])
def test_a_frequency_that_is_inferred(step: str, zone: str, tmp_path: Path) -> None:
    draw = np.random.default_rng(2)
    ds = pd.date_range("2024-03-29T12:00Z", periods=60, freq=step)
    write(tmp_path, rows_of(ds, draw, "a"))
    given = agreed(pipeline(file(timezone=zone), None), around(ds, draw), tmp_path)
    assert len(set(given)) > 8


def test_a_source_that_keeps_to_its_frequency_is_asked_for_it_once(tmp_path: Path, asked: list[int]) -> None:
    draw = np.random.default_rng(3)
    hours = pd.date_range("2024-03-25", periods=240, freq="h", tz="UTC")
    write(tmp_path, rows_of(hours, draw, "a", "b"))
    as_ofs = [(hours[0] + index * HOUR).to_pydatetime() for index in range(100, 400, 3)]
    found = interval_digests(pipeline(file(timezone="Europe/Amsterdam"), None), as_ofs, tmp_path)
    assert len(asked) == 1
    assert len({each.digest for each in found}) > 40


def test_a_source_that_changes_its_frequency_is_asked_where_it_shows_another_one(
    tmp_path: Path, asked: list[int]
) -> None:
    draw = np.random.default_rng(4)
    halves = pd.date_range("2024-03-25", periods=40, freq="30min", tz="UTC")
    hours = pd.date_range(halves[-1] + pd.Timedelta("1h"), periods=100, freq="h")
    ds = halves.append(hours)
    write(tmp_path, pd.DataFrame({"site": "a", "ds": ds, "y": draw.normal(size=140), "heat": 0.0}))
    as_ofs = [(each + HOUR).to_pydatetime() for each in ds]
    chosen = pipeline(file(), None)
    found = interval_digests(chosen, as_ofs, tmp_path)
    count = len(asked)
    assert 2 <= count < 10
    assert [each.digest for each in found][::9] == list(one_by_one(chosen, as_ofs[::9], tmp_path))


def test_rows_off_the_grid_are_counted_as_a_run_would(tmp_path: Path) -> None:
    draw = np.random.default_rng(5)
    # First most rows are at half past, later most are on the hour: the grid moves, and with it the span's start.
    ds = pd.date_range("2024-03-25T00:30Z", periods=20, freq="h").append(
        pd.date_range("2024-03-26", periods=60, freq="h", tz="UTC")
    )
    write(tmp_path, pd.DataFrame({"site": "a", "ds": ds, "y": draw.normal(size=80), "heat": 0.0}))
    as_ofs = [(each + timedelta(minutes=45)).to_pydatetime() for each in ds]
    assert len(set(agreed(pipeline(file()), as_ofs[::3], tmp_path))) > 20


def test_rows_that_come_late_show_another_frequency_while_they_are_missing(tmp_path: Path) -> None:
    table = pd.DataFrame({"site": "a", "ds": HOURLY, "y": np.arange(60.0), "heat": 0.0})
    late = np.arange(60) % 2 == 1
    table["seen"] = table["ds"] + pd.to_timedelta(np.where(late, 3 * 24, 0), unit="h")
    write(tmp_path, table)
    as_ofs = [(each + timedelta(minutes=30)).to_pydatetime() for each in [*HOURLY[::7], *(HOURLY[::7] + 3 * DAY)]]
    given = agreed(pipeline(file(columns={"available_at": "seen"}), None), as_ofs, tmp_path)
    assert len(set(given)) > 10


def test_an_early_row_that_comes_late_moves_a_grid_of_several_days(tmp_path: Path) -> None:
    days = pd.date_range("2024-03-03", periods=20, freq="2D", tz="UTC")
    table = pd.DataFrame({"site": "a", "ds": [days[0] - DAY, *days], "y": np.arange(21.0), "heat": 0.0})
    table["seen"] = [days[-1], *days]
    write(tmp_path, table)
    as_ofs = [(each + timedelta(hours=30)).to_pydatetime() for each in days[8:]]
    source = file(columns={"available_at": "seen"}, timezone="Africa/Abidjan")
    assert len(set(agreed(pipeline(source, "2D"), as_ofs, tmp_path))) == 12


def test_before_the_first_row_is_known_and_where_no_frequency_shows_there_is_no_digest(tmp_path: Path) -> None:
    ds = pd.date_range("2024-03-25", periods=6, freq="h", tz="UTC")
    write(tmp_path, pd.DataFrame({"site": "a", "ds": ds, "y": 1.0, "heat": 0.0}))
    as_ofs = [MONDAY - HOUR, MONDAY, MONDAY + HOUR, MONDAY + 2 * HOUR, MONDAY + 3 * HOUR]
    assert [each is None for each in agreed(pipeline(file(), None), as_ofs, tmp_path)] == [True] * 4 + [False]
    assert [each is None for each in agreed(pipeline(file()), as_ofs, tmp_path)] == [True] * 2 + [False] * 3


def test_an_interval_long_after_the_last_row_has_the_digest_of_no_rows(tmp_path: Path) -> None:
    write(tmp_path, rows_of(HOURLY, np.random.default_rng(6), "a"))
    early, late = agreed(pipeline(file()), [MONDAY + 30 * DAY, MONDAY + 60 * DAY], tmp_path)
    assert early == late
    assert early is not None


def test_no_as_ofs_give_nothing_and_the_source_is_not_read() -> None:
    assert interval_digests(pipeline(file()), [], Path("nowhere")) == ()


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRejected, match=r"'demand\.csv' was not found"):
        interval_digests(pipeline(file()), [MONDAY], tmp_path)


# Where the spans begin

GRIDS = [
    Grid("h", "UTC", pd.Timedelta("10min")),
    Grid("7min", "Europe/Amsterdam"),
    Grid("D", "UTC"),
    Grid("D", "Europe/Amsterdam", pd.Timedelta("2h30min")),
    Grid("B", "America/New_York"),
    Grid("2D", "Europe/Amsterdam", anchor=pd.Timestamp("2024-03-26")),
    Grid("2W-TUE", "UTC", anchor=pd.Timestamp("2024-03-26")),
    Grid("2ME", "UTC"),
    Grid("MS", "Asia/Tokyo"),
    Grid("bh", "UTC"),
]


@pytest.mark.parametrize("grid", GRIDS, ids=lambda grid: f"{grid.frequency} {grid.timezone}")
@pytest.mark.parametrize("rows_at_once", [2**20, 3])
def test_the_first_steps_of_many_spans_are_those_of_each(
    grid: Grid, rows_at_once: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (digests, supplies):
        monkeypatch.setattr(module, "ROWS_AT_ONCE", rows_at_once)
    ends = [MONDAY - 3 * DAY + hours * HOUR for hours in (0, 0.5, 1, 20, 50, 51, 120, 168, 400, 401, 2000)]
    expected = [grid.steps_until(end, 5)[0] for end in ends]
    assert pd.DatetimeIndex(first_steps(grid, ends, 5), tz="UTC").tolist() == expected
