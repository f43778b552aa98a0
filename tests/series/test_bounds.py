"""What a run may cost is asked before anything is laid out, and the message has the number."""

import numpy as np
import pandas as pd
import psutil
import pytest

from recurcast import environment
from recurcast.errors import ConfigurationError, DataRejected
from recurcast.series import bounds
from recurcast.series.bounds import FEWEST_POINTS, most_points, refuse_costly, refuse_wide
from recurcast.series.digest import data_digest
from recurcast.series.grid import Grid
from recurcast.series.interval_digests import interval_digests
from recurcast.series.sources import obtain
from support.tiny import AS_OF, TINY, tiny_pipeline

SMALL, LARGE = 10**9, 10**12
GENERATED = TINY["source"]


@pytest.fixture(params=[SMALL, LARGE], ids=["a gigabyte", "a terabyte"])
def memory(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """How much memory the bounds are told of."""
    monkeypatch.setattr(bounds, "memory", lambda: request.param)
    return int(request.param)


def seconds(count: int, *astray: tuple[int, str]) -> pd.DataFrame:
    """Rows a second apart, some of which stray."""
    ds = pd.Series(pd.date_range("2024-01-01", periods=count, freq="s", tz="UTC")).astype("datetime64[ns, UTC]")
    for row, instant in astray:
        ds.iloc[row] = pd.Timestamp(instant)
    return pd.DataFrame({"unique_id": "a", "ds": ds, "y": np.arange(count, dtype=float)})


def test_a_stray_date_is_named_with_its_row_and_how_far_it_lies_from_the_others(memory: int) -> None:
    with pytest.raises(DataRejected) as caught:
        refuse_wide(seconds(600, (300, "1970-01-01T00:00:00Z")), Grid("s", "UTC"))
    message = str(caught.value)
    assert "a file of 600 rows spans at most 10,000,000 points" in message
    assert "it spans 1,704,067,800 " in message
    assert "row 301 (series 'a') is of 1970-01-01T00:00:00+00:00, 19723 days 00:00:00 from all other rows" in message
    assert "Correct or remove" in message


def test_several_stray_dates_are_counted_and_a_span_without_one_names_none() -> None:
    with pytest.raises(DataRejected, match=r"row 6 .* of 2199-01-01.* \(and 1 more rows near it\)"):
        refuse_wide(seconds(600, (5, "2199-01-01T00:00:00Z"), (7, "2199-01-01T00:00:01Z")), Grid("s", "UTC"))
    halves = pd.concat([seconds(300), seconds(300).assign(ds=lambda rows: rows["ds"] + pd.Timedelta(days=3000))])
    with pytest.raises(DataRejected) as caught:
        refuse_wide(halves, Grid("s", "UTC"))
    assert ": row " not in str(caught.value)


def test_rows_that_fill_their_grid_are_never_too_many_of_a_day_or_a_month() -> None:
    wide = seconds(3, (0, "1678-01-01T00:00:00Z"), (2, "2261-01-01T00:00:00Z"))
    refuse_wide(wide, Grid("MS", "UTC"))
    refuse_wide(wide, Grid("h", "UTC"))
    with pytest.raises(DataRejected):
        refuse_wide(wide, Grid("min", "UTC"))


def test_no_bound_is_below_ten_million_points_and_more_memory_holds_more(memory: int) -> None:
    assert most_points() >= FEWEST_POINTS
    assert most_points(600) == FEWEST_POINTS
    assert (most_points() > FEWEST_POINTS) == (memory == LARGE)
    assert (most_points(10**9) > FEWEST_POINTS) == (memory == LARGE)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"parts": {"history": 10**9, "validation": 24, "test": 36}}, "history 1000000000 + validation 24 + test 36"),
        ({"source": GENERATED | {"series": 10**9}}, "steps of 1,000,000,000 series"),
        ({"frequency": "us", "parts": {"history": 10**9, "validation": 24, "test": 36}}, "Shorten parts.history"),
        ({"source": GENERATED | {"series": 200}, "network": {"units": 4096, "layers": 8}}, "units 4096 x layers 8"),
        (
            {
                "parts": {"history": 9 * 10**6, "validation": 24, "test": 36},
                "windows": {"lookback": 8 * 10**6, "horizon": 2},
                "training": {"batch_size": 10**9},
            },
            "batch_size 1000000000, lookback 8000000",
        ),
        (
            {
                "parts": {"history": 4 * 10**6, "validation": 3 * 10**6, "test": 3 * 10**6 - 9},
                "windows": {"lookback": 2, "horizon": 10**6},
            },
            "horizon 1000000",
        ),
    ],
)
def test_a_small_block_that_asks_for_gigabytes_is_refused_at_once_with_the_number(tmp_path, monkeypatch, changed, says):
    monkeypatch.setattr(bounds, "memory", lambda: SMALL)
    pipeline = tiny_pipeline(**changed)
    for ask in (lambda: obtain(pipeline, AS_OF, tmp_path), lambda: interval_digests(pipeline, [AS_OF], tmp_path)):
        with pytest.raises(ConfigurationError) as caught:
            ask()
        assert says in str(caught.value)
        assert "at most" in str(caught.value)


def test_a_file_is_laid_out_on_no_more_steps_than_it_could_fill(tmp_path):
    rows = seconds(600, (300, "1970-01-01T00:00:00Z")).drop(columns="unique_id")
    rows.to_csv(tmp_path / "rows.csv", index=False)
    pipeline = tiny_pipeline(
        source={"kind": "file", "path": "rows.csv"},
        frequency="s",
        parts={"history": 10**9, "validation": 24, "test": 36},
    )
    with pytest.raises(ConfigurationError, match="at most 10,000,000 points"):
        obtain(pipeline, AS_OF, tmp_path)


def test_a_longer_history_than_nanoseconds_hold_is_what_they_hold(tmp_path):
    pipeline = tiny_pipeline(frequency="D", parts={"history": 9 * 10**6, "validation": 24, "test": 36})
    refuse_costly(pipeline, 1)
    frame = obtain(pipeline, AS_OF, tmp_path)
    assert frame.steps[0] == pd.Timestamp("1677-09-23", tz="UTC")
    assert len(frame.rows) == len(frame.steps)
    (data,) = interval_digests(pipeline, [AS_OF], tmp_path)
    assert data.digest == data_digest(frame)


def test_the_memory_is_that_of_the_machine_or_less() -> None:
    assert 0 < environment.memory() <= psutil.virtual_memory().total
