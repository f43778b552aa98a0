"""The grid of a frequency: which instants are steps, across daylight saving, phases and gaps."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd
import pytest

from recurcast.series.grid import Grid, duration, fixed_step, grid_of, infer_frequency

AMSTERDAM, NEW_YORK = "Europe/Amsterdam", "America/New_York"


def at(*stamps: str) -> "pd.Series[pd.Timestamp]":
    """Instants in UTC."""
    return pd.Series(pd.to_datetime(list(stamps), utc=True)).astype("datetime64[ns, UTC]")


def on_the_wall(stamps: Sequence[str] | pd.DatetimeIndex, timezone: str) -> "pd.Series[pd.Timestamp]":
    """Instants of wall-clock times."""
    wall = pd.DatetimeIndex(stamps).tz_localize(timezone, ambiguous="infer")
    return pd.Series(wall.tz_convert("UTC")).astype("datetime64[ns, UTC]")


def days_of(start: str, periods: int, frequency: str, timezone: str = "UTC") -> "pd.Series[pd.Timestamp]":
    return on_the_wall(pd.date_range(start, periods=periods, freq=frequency), timezone)


def steps(grid: Grid, end: str, count: int, timezone: str = "UTC") -> list[str]:
    """The last steps before an instant, as wall-clock times of `timezone`."""
    found = grid.steps_until(datetime.fromisoformat(end).astimezone(UTC), count)
    assert found.tz is not None
    assert found.dtype == pd.DatetimeTZDtype("ns", "UTC")
    assert found.is_monotonic_increasing
    return found.tz_convert(timezone).strftime("%m-%d %H:%M").tolist()


def test_a_step_has_a_fixed_length_or_is_the_calendars() -> None:
    assert fixed_step("30min") == pd.Timedelta("30min")
    assert fixed_step("2D") == pd.Timedelta("2D")
    assert [fixed_step(alias) for alias in ("B", "W", "MS", "QS")] == [None] * 4


def test_a_duration_is_what_its_text_says() -> None:
    assert duration("90min").total_seconds() == 5400
    assert duration("1D").days == 1


# Fixed steps


def test_the_last_step_lies_before_the_end_and_never_on_it() -> None:
    grid = Grid("h", "UTC")
    assert steps(grid, "2024-01-02T00:00:00Z", 3) == ["01-01 21:00", "01-01 22:00", "01-01 23:00"]
    assert steps(grid, "2024-01-02T00:00:01Z", 2) == ["01-01 23:00", "01-02 00:00"]


def test_a_phase_is_kept() -> None:
    grid = grid_of(at("2024-01-01T00:07:00", "2024-01-01T00:22:00"), "15min", "UTC")
    assert grid.phase == pd.Timedelta("7min")
    assert steps(grid, "2024-01-01T12:00:00Z", 2) == ["01-01 11:37", "01-01 11:52"]
    assert grid.contains(at("2024-01-02T03:37:00", "2024-01-02T03:38:00")).tolist() == [True, False]


def test_a_few_timestamps_off_the_grid_are_seen_and_not_followed() -> None:
    ds = at("2024-01-01T00:01:00", "2024-01-01T01:07:00", "2024-01-01T02:07:00", "2024-01-01T03:08:30")
    assert grid_of(ds, "h", "UTC").contains(ds).tolist() == [False, True, True, False]
    days = on_the_wall(["2024-01-01 00:00", "2024-01-02 06:00", "2024-01-03 06:00"], AMSTERDAM)
    assert grid_of(days, "D", AMSTERDAM).contains(days).tolist() == [False, True, True]


def test_hours_go_on_in_utc_when_the_clock_changes() -> None:
    grid = Grid("h", AMSTERDAM)
    autumn = ["10-27 01:00", "10-27 02:00", "10-27 02:00", "10-27 03:00"]
    assert steps(grid, "2024-10-27T04:00:00+01:00", 4, AMSTERDAM) == autumn
    assert steps(grid, "2024-03-31T05:00:00+02:00", 3, AMSTERDAM) == ["03-31 01:00", "03-31 03:00", "03-31 04:00"]


def test_steps_before_1970_are_on_the_same_grid() -> None:
    ds = days_of("1969-12-30 00:30", 4, "D")
    grid = grid_of(ds, "D", "UTC")
    assert grid.contains(ds).all()
    assert steps(grid, "1970-01-01T00:00:00Z", 2) == ["12-30 00:30", "12-31 00:30"]


def test_several_days_in_utc_keep_their_rhythm() -> None:
    ds = days_of("2024-01-02", 10, "3D")
    grid = grid_of(ds, "3D", "UTC")
    assert grid.contains(ds).all()
    assert not grid.contains(ds + pd.Timedelta("1D")).any()
    assert steps(grid, "2024-01-08T00:00:00Z", 2) == ["01-02 00:00", "01-05 00:00"]


# The calendar


@pytest.mark.parametrize("timezone", ["UTC", AMSTERDAM, NEW_YORK, "Asia/Kolkata"])
@pytest.mark.parametrize("time", ["00:00", "07:15"])
@pytest.mark.parametrize("frequency", ["D", "B", "W-WED", "MS", "ME", "QS", "2D", "2W-SUN", "3B", "2MS"])
def test_what_lies_on_a_grid_is_found_again_from_any_end(frequency: str, time: str, timezone: str) -> None:
    ds = days_of(f"2022-12-30 {time}", 40, frequency, timezone)
    grid = grid_of(ds, frequency, timezone)
    assert grid.contains(ds).all()
    for end in (15, 16, 39):
        found = grid.steps_until(ds[end].to_pydatetime(), 10)
        assert found.tolist() == ds[end - 10 : end].tolist()


def test_days_stay_days_on_the_wall_clock() -> None:
    grid = grid_of(days_of("2024-03-25", 10, "D", AMSTERDAM), "D", AMSTERDAM)
    found = grid.steps_until(datetime(2024, 4, 1, tzinfo=UTC), 3)
    assert found.strftime("%m-%d %H:%M").tolist() == ["03-29 23:00", "03-30 23:00", "03-31 22:00"]


def test_a_time_of_day_that_the_clock_skips_moves_to_the_first_one_after() -> None:
    grid = Grid("D", AMSTERDAM, pd.Timedelta("2h30min"))
    assert steps(grid, "2024-04-01T12:00:00Z", 3, AMSTERDAM) == ["03-30 02:30", "03-31 03:00", "04-01 02:30"]


def test_a_time_of_day_that_the_clock_repeats_is_one_step() -> None:
    grid = Grid("D", AMSTERDAM, pd.Timedelta("2h30min"))
    assert steps(grid, "2024-10-28T12:00:00Z", 3, AMSTERDAM) == ["10-26 02:30", "10-27 02:30", "10-28 02:30"]


def test_midnight_in_utc_is_no_midnight_of_another_zone() -> None:
    ds = days_of("2024-03-01", 60, "D", "UTC")
    on_grid = grid_of(ds, "D", AMSTERDAM).contains(ds)
    assert on_grid.tolist() == [True] * 31 + [False] * 29


def test_business_days_leave_weekends_out() -> None:
    grid = Grid("B", NEW_YORK, pd.Timedelta("16h"))
    monday_noon, saturday = "2024-01-08T12:00:00-05:00", "2024-01-06T12:00:00-05:00"
    assert steps(grid, monday_noon, 2, NEW_YORK) == ["01-04 16:00", "01-05 16:00"]
    assert steps(grid, saturday, 1, NEW_YORK) == ["01-05 16:00"]
    weekend = on_the_wall(["2024-01-05 16:00", "2024-01-06 16:00", "2024-01-08 15:00"], NEW_YORK)
    assert grid.contains(weekend).tolist() == [True, False, False]


def test_months_begin_in_the_zone_of_the_source() -> None:
    grid = grid_of(days_of("2024-01-01", 6, "MS", NEW_YORK), "MS", NEW_YORK)
    midnight_in_utc = "2024-05-01T00:00:00Z"
    assert steps(grid, midnight_in_utc, 2, NEW_YORK) == ["03-01 00:00", "04-01 00:00"]
    assert steps(grid, "2024-05-01T04:00:01Z", 1, NEW_YORK) == ["05-01 00:00"]


def test_every_second_week_is_the_same_weeks_wherever_a_run_stands() -> None:
    ds = days_of("2024-01-07", 12, "2W-SUN", AMSTERDAM)
    grid = grid_of(ds, "2W-SUN", AMSTERDAM)
    assert not grid.contains(ds + pd.Timedelta("7D")).any()
    for day in range(1, 29):
        end = datetime(2024, 3, day, 12, tzinfo=UTC)
        assert set(grid.steps_until(end, 4)) <= set(ds)


def test_no_rows_lie_on_no_grid() -> None:
    nothing = at().astype("datetime64[ns, UTC]")
    for frequency in ("h", "B", "2W"):
        assert grid_of(nothing, frequency, AMSTERDAM).contains(nothing).tolist() == []


# Inferred


@pytest.mark.parametrize("timezone", ["UTC", AMSTERDAM])
@pytest.mark.parametrize(
    "frequency", ["min", "15min", "h", "6h", "D", "B", "W-WED", "MS", "ME", "QS-JAN", "YS-JAN", "2W-MON", "2D"]
)
def test_the_frequency_of_a_whole_series_is_inferred(frequency: str, timezone: str) -> None:
    ds = days_of("2022-05-02", 40, frequency, timezone) if frequency[-1].isupper() else None
    if ds is None:
        ds = pd.Series(pd.date_range("2022-05-02", periods=40, freq=frequency, tz="UTC"))
    assert infer_frequency(ds.astype("datetime64[ns, UTC]"), timezone) == frequency


@pytest.mark.parametrize("timezone", ["UTC", AMSTERDAM])
@pytest.mark.parametrize("frequency", ["D", "B", "W-WED", "MS", "ME"])
def test_gaps_do_not_hide_a_calendars_frequency(frequency: str, timezone: str) -> None:
    ds = days_of("2022-05-02 06:00", 60, frequency, timezone)
    gappy = ds.drop([5, 6, 20, 33]).reset_index(drop=True)
    assert infer_frequency(gappy, timezone) == frequency


@pytest.mark.parametrize("frequency", ["min", "30min", "h", "6h"])
def test_gaps_and_changes_of_the_clock_do_not_hide_a_fixed_frequency(frequency: str) -> None:
    ds = pd.Series(pd.date_range("2024-03-30", periods=100, freq=frequency, tz=AMSTERDAM).tz_convert("UTC"))
    gappy = ds.drop([5, 6, 20, 33]).reset_index(drop=True).astype("datetime64[ns, UTC]")
    assert infer_frequency(gappy, AMSTERDAM) == frequency


def test_one_day_with_a_weekend_makes_the_difference_between_days_and_business_days() -> None:
    business = days_of("2024-01-01", 20, "B").drop([7]).reset_index(drop=True)
    assert infer_frequency(business, "UTC") == "B"
    saturday = pd.concat([business, at("2024-01-06")]).sort_values().reset_index(drop=True)
    assert infer_frequency(saturday, "UTC") == "D"


def test_nothing_is_inferred_from_two_timestamps_or_from_disorder() -> None:
    assert infer_frequency(at("2024-01-01", "2024-01-02"), "UTC") is None
    disorder = at(
        "2024-01-01T00:00:00", "2024-01-01T00:07:11", "2024-01-03T09:41:00", "2024-02-11T15:16:17",
        "2024-02-29T01:02:03", "2024-04-04T23:01:59", "2024-05-05T05:55:05",
    )  # fmt: skip
    assert infer_frequency(disorder, "UTC") is None


@pytest.mark.parametrize("hours", [17, 65])
def test_hours_with_one_gap_as_long_as_a_night_or_a_weekend_are_still_hours(hours):
    before = pd.date_range("2024-01-01", periods=48, freq="h", tz="UTC")
    after = pd.date_range(before[-1] + pd.Timedelta(hours, "h"), periods=48, freq="h")

    assert infer_frequency(pd.Series(before.append(after)), "UTC") == "h"


# Ahead


@pytest.mark.parametrize("timezone", ["UTC", AMSTERDAM, NEW_YORK, "Asia/Kolkata"])
@pytest.mark.parametrize("time", ["00:00", "07:15"])
@pytest.mark.parametrize("frequency", ["D", "B", "W-WED", "MS", "ME", "QS", "2D", "2W-SUN", "3B", "2MS"])
def test_the_steps_after_one_are_those_that_follow_on_the_grid(frequency: str, time: str, timezone: str) -> None:
    ds = days_of(f"2022-12-30 {time}", 40, frequency, timezone)
    grid = grid_of(ds, frequency, timezone)
    for last in (0, 15, 29):
        found = grid.steps_after(ds[last].to_pydatetime(), 10)
        assert found.tolist() == ds[last + 1 : last + 11].tolist()
        assert grid.steps_after((ds[last] - pd.Timedelta("1s")).to_pydatetime(), 1).tolist() == [ds[last]]


def test_hours_ahead_go_on_in_utc_and_days_on_the_wall_clock() -> None:
    before = datetime(2024, 3, 30, 23, tzinfo=UTC)
    hours = Grid("h", AMSTERDAM).steps_after(before, 3).tz_convert(AMSTERDAM)
    assert hours.strftime("%d %H:%M").tolist() == ["31 01:00", "31 03:00", "31 04:00"]
    days = Grid("D", AMSTERDAM).steps_after(before, 2)
    assert days.strftime("%d %H:%M").tolist() == ["31 22:00", "01 22:00"]
    phased = Grid("15min", "UTC", pd.Timedelta("7min")).steps_after(before, 2)
    assert phased.strftime("%H:%M").tolist() == ["23:07", "23:22"]
    assert phased.dtype == pd.DatetimeTZDtype("ns", "UTC")


def test_business_days_ahead_leave_the_weekend_out() -> None:
    friday = datetime(2024, 1, 5, 21, tzinfo=UTC)
    found = Grid("B", NEW_YORK, pd.Timedelta("16h")).steps_after(friday, 2).tz_convert(NEW_YORK)
    assert found.strftime("%a %H:%M").tolist() == ["Mon 16:00", "Tue 16:00"]
