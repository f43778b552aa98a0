"""What the calendar says of steps, on the wall clock of the source's time zone: cycles, and days of holidays, sessions, events.

entry                  columns
hour, weekday, ...     sine and cosine of where the step stands in the cycle
holidays:DE-BY         three: whether its day is a holiday, the day before one, the day after one
sessions:XNYS          one: whether its day is a session
days:FILE              one: whether its day is in the file

Of a step that is longer than a day these are shares of its days. Such a step begins with its own day and ends where the next
one begins; at the end of a month, quarter or year ('ME') it ends with its own day and begins after the one before.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.frequencies import to_offset

from .days import SEEN, DayCalendar, DaysUnknown, kind_of

_CYCLES: dict[str, tuple[Callable[[pd.DatetimeIndex], Any], float]] = {
    "hour": (lambda wall: wall.hour + wall.minute / 60, 24.0),
    "weekday": (lambda wall: wall.day_of_week, 7.0),
    "day_of_year": (lambda wall: wall.day_of_year - 1, 365.25),
    "month": (lambda wall: wall.month - 1, 12.0),
}
_DAY = np.timedelta64(1, "D")
_ENDS = (
    *(pd.offsets.MonthEnd, pd.offsets.QuarterEnd, pd.offsets.YearEnd, pd.offsets.SemiMonthEnd),
    *(pd.offsets.BMonthEnd, pd.offsets.BQuarterEnd, pd.offsets.BYearEnd),
)
_OF_A_DAY = (pd.offsets.BDay, pd.offsets.CDay, pd.offsets.BusinessHour)


def columns_of(names: Sequence[str]) -> int:
    """Return how many columns the entries of a calendar have."""
    return sum(len(SEEN.get(kind_of(name), "12")) for name in names)


def calendar_features(
    steps: pd.DatetimeIndex,
    names: Sequence[str],
    timezone: str,
    days: Sequence[DayCalendar] = (),
    frequency: str | None = None,
) -> NDArray[np.float64]:
    """Return the columns of the named entries, shape `(n_steps, columns_of(names))`.

    `days` holds the calendars of days among them, `frequency` is that of the steps, which tells those that are longer than
    a day. Raises DaysUnknown, a ValueError, where such a calendar is not known on the days of all steps.
    """
    wall = steps.tz_convert(timezone)
    by_name = {own.name: own for own in days}
    columns: list[NDArray[np.float64]] = []
    for name in names:
        if kind_of(name):
            columns += _shares(by_name, name, wall, frequency)
            continue
        position, cycle = _CYCLES[name]
        angle = 2 * np.pi * np.asarray(position(wall), dtype=np.float64) / cycle
        columns += [np.sin(angle), np.cos(angle)]
    return np.stack(columns, axis=1) if columns else np.zeros((len(steps), 0))


def days_of(first: pd.Timestamp, last: pd.Timestamp, timezone: str, frequency: str | None) -> tuple[str, str]:
    """Return the first and the last day of all steps from one to another, as ISO dates."""
    begin, stop = _spans(pd.DatetimeIndex([first, last]).tz_convert(timezone), frequency)
    return str(begin[0]), str(stop[1] - _DAY)


def _shares(
    by_name: dict[str, DayCalendar], name: str, wall: pd.DatetimeIndex, frequency: str | None
) -> list[NDArray[np.float64]]:
    own = by_name.get(name)
    if own is None:
        raise DaysUnknown(
            "the days of a calendar are kept with what was trained", f"those of '{name}' are not", "Train again"
        )
    first, stop = _spans(wall, frequency)
    length = (stop - first) / _DAY
    return [own.counts(first + away * _DAY, stop + away * _DAY) / length for away in SEEN[kind_of(name)]]


def _spans(wall: pd.DatetimeIndex, frequency: str | None) -> tuple[NDArray[Any], NDArray[Any]]:
    """The day on which each step begins, and the first one after it."""
    day = wall.tz_localize(None).to_numpy().astype("datetime64[D]")
    offset = None if frequency is None or kind_of(frequency) else to_offset(frequency)
    if offset is None or isinstance(offset, _OF_A_DAY):
        return day, day + _DAY
    if isinstance(offset, pd.offsets.Tick | pd.offsets.Day):
        length = pd.Timedelta(days=offset.n) if isinstance(offset, pd.offsets.Day) else pd.Timedelta(offset)
        return day, day + max(1, round(length / pd.Timedelta(days=1))) * _DAY
    around = pd.DatetimeIndex(day) + (-offset if isinstance(offset, _ENDS) else offset)
    other = around.to_numpy().astype("datetime64[D]")
    return (other + _DAY, day + _DAY) if isinstance(offset, _ENDS) else (day, other)
