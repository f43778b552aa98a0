"""Columns of calendars of days, on the wall clock, for steps of any length."""

import numpy as np
import pandas as pd
import pytest

from recurcast.series.calendar import calendar_features, columns_of, days_of
from recurcast.series.days import DayCalendar, DaysUnknown, days_digest

XMAS = DayCalendar("holidays:XX", "2023-01-01", "2025-12-31", ("2024-12-25", "2024-12-26", "2025-01-01"))
SHUT = DayCalendar("sessions:XX", "2023-01-01", "2025-12-31", ("2024-12-23", "2024-12-24"))


def columns(days: DayCalendar, first: str, count: int, frequency: str, timezone: str = "UTC") -> list[list[float]]:
    steps = pd.date_range(first, periods=count, freq=frequency, tz=timezone).tz_convert("UTC").as_unit("ns")
    return calendar_features(steps, (days.name,), timezone, (days,), frequency).T.tolist()


def test_a_day_is_a_holiday_the_day_before_one_or_the_day_after_one() -> None:
    assert columns(XMAS, "2024-12-23", 6, "D") == [[0, 0, 1, 1, 0, 0], [0, 1, 1, 0, 0, 0], [0, 0, 0, 1, 1, 0]]
    assert columns(SHUT, "2024-12-23", 4, "D") == [[1, 1, 0, 0]]


def test_the_days_are_those_of_the_time_zone() -> None:
    # Christmas Day in Auckland begins on the 24th at 11:00 UTC.
    steps = pd.DatetimeIndex(["2024-12-24T10:00", "2024-12-24T11:00", "2024-12-25T10:00"], tz="UTC")
    told = calendar_features(steps, ("holidays:XX",), "Pacific/Auckland", (XMAS,), "h")
    assert told[:, 0].tolist() == [0, 1, 1]
    assert calendar_features(steps, ("holidays:XX",), "UTC", (XMAS,), "h")[:, 0].tolist() == [0, 0, 1]


@pytest.mark.parametrize(
    ("first", "frequency", "share"),
    [
        ("2024-12-23", "7D", 2 / 7),  # Monday to Sunday
        ("2024-12-22", "W-SUN", 2 / 7),  # a week begins with the day that names it
        ("2024-12-01", "MS", 2 / 31),
        ("2024-12-31", "ME", 2 / 31),  # a month's end is the last day of its step
        ("2024-10-01", "QS-OCT", 2 / 92),
        ("2024-12-31", "YE-DEC", 2 / 366),
        ("2024-12-25", "B", 1),
        ("2024-12-25", "8h", 1),
    ],
)
def test_of_a_longer_step_it_is_the_share_of_its_days(first: str, frequency: str, share: float) -> None:
    assert columns(XMAS, first, 1, frequency)[0] == [pytest.approx(share)]


def test_cycles_and_days_stand_side_by_side_in_the_order_of_their_names() -> None:
    steps = pd.date_range("2024-12-24", periods=2, freq="D", tz="UTC")
    names = ("weekday", "holidays:XX", "sessions:XX", "month")
    told = calendar_features(steps, names, "UTC", (SHUT, XMAS), "D")
    assert told.shape == (2, columns_of(names)) == (2, 8)
    assert told[:, 2:6].tolist() == [[0, 1, 0, 1], [1, 1, 0, 0]]
    np.testing.assert_array_equal(told[:, [0, 1, 6, 7]], calendar_features(steps, ("weekday", "month"), "UTC"))


def test_a_day_that_is_not_known_is_refused_with_which_until_when_and_what_to_do() -> None:
    with pytest.raises(DaysUnknown, match=r"'holidays:XX' is known to 2025-12-31, and asked for .* to 2026") as it:
        columns(XMAS, "2025-12-30", 3, "D")
    assert "upgrade the package holidays" in str(it.value)
    with pytest.raises(DaysUnknown):  # whether the day after is one counts too
        columns(XMAS, "2025-12-31", 1, "D")
    assert columns(SHUT, "2025-12-31", 1, "D") == [[0]]
    with pytest.raises(DaysUnknown, match="those of 'holidays:XX' are not"):
        calendar_features(pd.DatetimeIndex(["2024-01-01"], tz="UTC"), ("holidays:XX",), "UTC")


def test_what_is_told_is_all_that_must_be_known() -> None:
    first, last = (pd.Timestamp(day, tz="UTC") for day in ("2024-02-01", "2024-04-01"))
    assert days_of(first, last, "UTC", "MS") == ("2024-02-01", "2024-04-30")
    assert days_of(first, last, "UTC", "D") == ("2024-02-01", "2024-04-01")
    assert XMAS.told_by("2024-02-01", "2024-04-30") == ("2024-01-31", "2024-05-01")
    assert SHUT.told_by("2024-02-01", "2024-04-30") == ("2024-02-01", "2024-04-30")
    known = DayCalendar("holidays:XX", "2024-01-31", "2024-05-01", ())
    assert columns(known, "2024-02-01", 3, "MS")[0] == [0, 0, 0]
    with pytest.raises(DaysUnknown):
        columns(known, "2024-02-01", 4, "MS")


def test_a_digest_is_of_the_days_in_its_span_alone() -> None:
    span = ("2024-12-01", "2024-12-31")
    digest = days_digest((XMAS,), *span)
    later = DayCalendar(XMAS.name, "1990-01-01", "2031-12-31", (*XMAS.days, "2025-06-01"))
    assert days_digest((later,), *span) == digest
    assert days_digest((DayCalendar(XMAS.name, XMAS.first, XMAS.last, XMAS.days[1:]),), *span) != digest
    assert days_digest((), *span) == ""
