"""How late rows are, and when a tick fits, by the calendar of their frequency."""

from datetime import UTC, datetime

import pandas as pd
import pytest

from recurcast.scaffold.growth import guess_growth, guess_schedule, lengths

NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)


def rows_until(last: str, frequency: str, timezone: str = "UTC") -> pd.DataFrame:
    wall = pd.date_range(end=last, periods=30, freq=frequency)
    return pd.DataFrame({"unique_id": "x", "ds": wall.tz_localize(timezone).tz_convert("UTC"), "y": 1.0})


@pytest.mark.parametrize(
    ("frequency", "shortest", "longest"),
    [
        ("h", "1h", "1h"), ("7D", "7D", "7D"), ("B", "1D", "1D"), ("W-MON", "7D", "7D"), ("2W-FRI", "14D", "14D"),
        ("MS", "28D", "31D"), ("ME", "28D", "31D"), ("BME", "28D", "33D"), ("BMS", "28D", "33D"),
        ("QS", "90D", "92D"), ("QE-JAN", "89D", "92D"), ("BQE", "88D", "94D"), ("YE", "365D", "366D"),
        ("YS-APR", "365D", "366D"), ("WOM-3FRI", "28D", "35D"), ("RE-N-DEC-SUN", "364D", "371D"),
        ("REQ-N-DEC-SUN-1", "91D", "98D"), ("SMS", "14D", "17D"),
    ],
)  # fmt: skip
def test_steps_are_as_long_as_the_calendar_makes_them(frequency: str, shortest: str, longest: str) -> None:
    found = lengths(frequency)

    assert (min(found), max(found)) == (pd.Timedelta(shortest), pd.Timedelta(longest))


@pytest.mark.parametrize(
    ("frequency", "last", "delay"),
    [
        ("BME", "2026-10-30", "28D"), ("ME", "2026-10-31", "27D"), ("MS", "2026-10-01", "31D"), ("BMS", "2026-10-01", "33D"),
        ("QE", "2026-09-30", "31D"), ("QS", "2026-07-01", "92D"), ("YE", "2025-12-31", "31D"), ("W-MON", "2026-11-16", "7D"),
        ("W-SUN", "2026-11-22", "1D"), ("B", "2026-11-26", "1D"), ("D", "2026-11-26", "1D"), ("D", "2026-11-25", "2D"),
        ("REQ-N-DEC-SUN-1", "2026-10-04", "31D"),
    ],
)  # fmt: skip
def test_a_file_whose_newest_row_is_the_newest_there_can_be_grows(frequency: str, last: str, delay: str) -> None:
    growth = guess_growth(rows_until(last, frequency), frequency, NOW)

    assert (growth.static, growth.delay.value) == (False, delay)


def test_a_friday_s_row_is_the_newest_there_can_be_all_weekend() -> None:
    monday = datetime(2026, 11, 30, 10, tzinfo=UTC)

    growth = guess_growth(rows_until("2026-11-27", "B"), "B", monday)

    assert (growth.static, growth.delay.value) == (False, "1D")


@pytest.mark.parametrize("frequency", ["BME", "ME", "QE", "YE", "BQE", "RE-N-DEC-SUN"])
def test_a_file_of_long_ago_has_ends_that_are_known_the_day_after(frequency: str) -> None:
    growth = guess_growth(rows_until("2015-12-31", frequency), frequency, NOW)

    assert (growth.static, growth.delay.value) == (True, "1D")


@pytest.mark.parametrize(
    ("frequency", "last", "cron"),
    [
        ("ME", "2015-12-31", "0 6 5 * *"), ("MS", "2015-12-01", "0 6 5 * *"), ("BME", "2026-10-30", "0 6 28 * *"),
        ("W-SUN", "2026-11-22", "0 6 * * MON"), ("W-MON", "2026-11-16", "0 6 * * MON"), ("B", "2026-11-26", "0 6 * * TUE-SAT"),
        ("D", "2026-11-26", "0 6 * * *"), ("W-MON", "2026-11-16 12:00", "0 6 * * TUE"),
    ],
)  # fmt: skip
def test_a_tick_comes_when_the_row_is_known(frequency: str, last: str, cron: str) -> None:
    growth = guess_growth(rows_until(last, frequency), frequency, NOW)

    assert guess_schedule(frequency, 3, growth, "UTC").value == cron


def test_days_on_a_clock_of_their_own_begin_at_its_midnight() -> None:
    growth = guess_growth(rows_until("2026-11-27", "D", "Australia/Sydney"), "D", NOW, "Australia/Sydney")

    assert (growth.static, growth.delay.value) == (False, "1D")
