"""What holds for every instant that a frame can hold, and for every grid: sought by hypothesis."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.tseries.frequencies import to_offset

from recurcast.instants import EARLIEST, LATEST, countable, format_instant, parse_instant, to_utc
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import Grid, grid_of
from recurcast.series.known import end_of_knowledge
from recurcast.series.parquet import from_parquet, to_parquet
from recurcast.series.timestamps import to_instants
from recurcast.tracking.stamps import metric_stamp

repeated = settings(derandomize=True, deadline=None, max_examples=25, database=None)
instants = st.datetimes(EARLIEST.replace(tzinfo=None), LATEST.replace(tzinfo=None), timezones=st.just(UTC))
years = st.datetimes(datetime(1678, 1, 2), datetime(2261, 12, 30), timezones=st.just(UTC))
offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
frequencies = st.sampled_from(["us", "s", "7min", "h", "D", "3D", "B", "W-TUE", "2W", "MS", "ME", "QS", "2YE", "YS"])
zones = st.sampled_from(["UTC", "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"])


def grid_through(frequency: str, zone: str, at: datetime) -> Grid:
    """The grid of a time of day; of several periods it has an anchor, as that of a longer series has."""
    grid = grid_of(pd.Series([at]).astype("datetime64[ns, UTC]"), frequency, zone)
    several = frequency in ("2W", "2YE") and grid.anchor is None
    day = pd.Timestamp(at).tz_localize(None).normalize()
    return replace(grid, anchor=to_offset(frequency).base.rollforward(day)) if several else grid


grids = st.builds(grid_through, frequencies, zones, years)


@repeated
@given(instants, offsets)
def test_an_instant_is_the_same_after_it_was_written_and_read_whatever_zone_names_it(instant, offset):
    assert parse_instant(format_instant(instant)) == instant
    assert to_utc(instant.astimezone(offset)) == countable(instant.astimezone(offset)) == instant
    assert pd.Timestamp(instant).as_unit("ns").to_pydatetime() == instant
    assert 0 <= metric_stamp(instant) <= 2**63 - 1


@repeated
@given(years)
def test_an_instant_of_a_file_is_read_as_it_is_written(instant):
    stamps = pd.Series([instant.isoformat()])
    assert to_instants(stamps, pd.Series(["a"]), "UTC", "ds").iloc[0] == instant


@repeated
@given(grids, instants, st.integers(1, 60))
def test_the_steps_before_and_after_an_instant_are_of_one_grid_without_a_hole_between_them(grid, instant, count):
    before, after = grid.steps_until(instant, count), grid.steps_after(instant, count)
    around = pd.DatetimeIndex(before.append(after))

    assert around.is_monotonic_increasing
    assert around.is_unique
    assert (before < instant).all()
    assert (after > instant).all()
    assert len(before) <= count
    assert len(after) <= count
    assert grid.contains(pd.Series(around)).all()
    if len(before):
        again = grid.steps_after(before[0], len(around))
        assert set(around[1:]) <= set(again) | {pd.Timestamp(instant)}


@repeated
@given(grids, instants, st.integers(10, 2**62))
def test_fewer_steps_than_asked_for_come_only_where_nanoseconds_begin_or_end(grid, instant, count):
    if grid.frequency in ("us", "s", "7min", "h"):
        count = 10
    before, after = grid.steps_until(instant, count), grid.steps_after(instant, count)
    near = pd.Timedelta(days=800)
    if len(before) < count:
        assert (before[0] if len(before) else pd.Timestamp(instant)) - pd.Timestamp(EARLIEST) < near
    if len(after) < count:
        assert pd.Timestamp(LATEST) - (after[-1] if len(after) else pd.Timestamp(instant)) < near


@repeated
@given(instants, st.sampled_from(["0min", "1us", "2h", "36500D", "100000D"]))
def test_what_can_be_known_ends_no_later_than_as_of_and_where_nanoseconds_begin_at_the_earliest(as_of, delay):
    assert EARLIEST <= end_of_knowledge(delay, as_of) <= as_of + timedelta(microseconds=1)


@repeated
@given(years, st.lists(st.floats(allow_nan=True, allow_infinity=True), min_size=1, max_size=8))
def test_a_frame_of_any_instants_and_numbers_comes_back_from_its_snapshot_to_the_bit(end, numbers):
    grid = grid_of(pd.Series([end]).astype("datetime64[ns, UTC]"), "h", "UTC")
    steps = grid.steps_until(end, len(numbers))
    rows = pd.DataFrame(
        {"unique_id": pd.array(["a"] * len(steps), dtype="str"), "ds": steps, "y": numbers[: len(steps)]}
    )
    back = from_parquet(to_parquet(SeriesFrame(rows, grid, steps, (), steps[-1])))
    assert back.steps.equals(steps)
    assert back.last_known == steps[-1]
    assert list(back.rows["ds"]) == list(rows["ds"])
    assert np.array_equal(back.rows["y"].to_numpy().view(np.uint64), rows["y"].to_numpy().view(np.uint64))
