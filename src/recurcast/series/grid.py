"""The grid of a frequency: which instants are steps, and which steps come before as_of.

A fixed frequency ('30min', 'h') has its grid in UTC. A calendar frequency ('D', 'B', 'MS') has it on the wall
clock of the source's time zone, so that days stay days across daylight saving; so have the sessions of an exchange
('sessions:XNYS'), which no rule gives: a grid of them holds them.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.frequencies import to_offset

from .calendar_steps import frequency_of_days, holds_most_steps, of_weekdays
from .days import DayCalendar, kind_of
from .stretches import in_stretches, stretches

UTC_NS = pd.DatetimeTZDtype("ns", "UTC")
_DAY = pd.Timedelta(days=1)
_MIDNIGHT = pd.Timedelta(0)
_FIRST_DAY, _LAST_DAY = (pd.Timestamp(day).as_unit("us") for day in ("1677-09-23", "2262-04-10"))
"""A grid begins and ends where nanoseconds do; days are counted in microseconds, which reach further."""
_FIRST, _LAST = (day.as_unit("ns").value for day in (_FIRST_DAY, _LAST_DAY))
_MOST_CALENDAR_STEPS = 24 * (_LAST_DAY - _FIRST_DAY).days


def offset_of(frequency: str) -> Any:
    """Return pandas' offset of a frequency; of an exchange's sessions that of business days, which are most like them."""
    return to_offset("B" if kind_of(frequency) else frequency)


def fixed_step(frequency: str) -> pd.Timedelta | None:
    """Return the length of a step where it is the same for all steps of the frequency in UTC, else none."""
    offset = offset_of(frequency)
    if isinstance(offset, pd.offsets.Day):
        return _DAY * offset.n
    return pd.Timedelta(offset) if isinstance(offset, pd.offsets.Tick) else None


@dataclass(frozen=True)
class Grid:
    """The steps of a frequency: `phase` is the time of day (or the remainder of a fixed step) at which they fall."""

    frequency: str
    timezone: str
    phase: pd.Timedelta = _MIDNIGHT
    anchor: pd.Timestamp | None = None
    """A day of the grid, where not every period has a step ('2W'): it tells which ones have."""
    sessions: DayCalendar | None = None
    """The days that have a step, of a frequency such as 'sessions:XNYS'; none of other ones."""

    @property
    def end_told(self) -> str:
        """Return where its steps end, for people."""
        if self.sessions is None:
            return "2262-04-10, where pandas' nanoseconds end"
        return f"{self.sessions.last}, to which '{self.frequency}' is known"

    @property
    def known_told(self) -> str:
        """Return on which days its sessions are known, for people; nothing of other grids."""
        return "" if self.sessions is None else f", known from {self.sessions.first} to {self.sessions.last}"

    def steps_until(self, end: datetime, count: int) -> pd.DatetimeIndex:
        """Return the last `count` steps before the instant `end`, in UTC, ascending; fewer where nanoseconds begin.

        Of sessions fewer where they are not known.
        """
        if self.sessions is not None:
            stop = int(self._of_sessions.searchsorted(pd.Timestamp(end)))
            return self._of_sessions[max(stop - count, 0) : stop]
        offset = to_offset(self.frequency)
        step = self._fixed()
        if step is not None:
            last = self._floor(_value(end) - 1, step)
            held = (last - _FIRST) // step.value + 1
            return _evenly(last - (min(count, held) - 1) * step.value, min(count, held), step)
        last_day = _moved(_wall_day(end, self.timezone), offset, 1)
        steps = self._steps(_moved(last_day, offset, -count - 3), last_day)
        return steps[steps < pd.Timestamp(end)][-count:]

    def steps_after(self, instant: datetime, count: int) -> pd.DatetimeIndex:
        """Return the first `count` steps after an instant, in UTC, ascending; fewer where nanoseconds, or sessions, end."""
        if self.sessions is not None:
            first = int(self._of_sessions.searchsorted(pd.Timestamp(instant), side="right"))
            return self._of_sessions[first : first + count]
        offset = to_offset(self.frequency)
        step = self._fixed()
        if step is not None:
            first = self._floor(_value(instant), step) + step.value
            return _evenly(first, min(count, (_LAST - first) // step.value + 1), step)
        first_day = _moved(_wall_day(instant, self.timezone), offset, -1)
        steps = self._steps(first_day, _moved(first_day, offset, count + 3))
        return steps[steps > pd.Timestamp(instant)][:count]

    def contains(self, ds: "pd.Series[Any]") -> NDArray[np.bool_]:
        """Return for each timestamp whether it is a step, shape `(n_rows,)`."""
        step = self._fixed()
        if step is not None:
            return in_stretches(lambda own: own % step.value == self.phase.value, _nanoseconds(ds), bool)
        if len(ds) == 0:
            return np.zeros(0, dtype=bool)
        if self.sessions is not None:
            return np.asarray(ds.isin(self._of_sessions))
        offset = to_offset(self.frequency)
        wall = _wall(ds, self.timezone)
        first, last = (end.normalize().as_unit("us") for end in (wall.min(), wall.max()))
        return np.asarray(ds.isin(self._steps(_moved(first, offset, -1), _moved(last, offset, 1))))

    @cached_property
    def _of_sessions(self) -> pd.DatetimeIndex:
        assert self.sessions is not None, "asked of a grid of sessions alone"
        return _localize(pd.DatetimeIndex(self.sessions.dates.astype("datetime64[us]")) + self.phase, self.timezone)

    def _steps(self, first: pd.Timestamp, last: pd.Timestamp) -> pd.DatetimeIndex:
        """Return the steps on the grid's days from `first` to `last`."""
        offset = to_offset(self.frequency)
        start = first if self.anchor is None else self.anchor.as_unit("us")
        while start > first:
            start -= offset * max(1, 100 // offset.n)
        days = pd.date_range(start, last, freq=offset)
        return _localize(days[(days >= first) & (days <= _LAST_DAY)] + self.phase, self.timezone)

    def _fixed(self) -> pd.Timedelta | None:
        if isinstance(offset_of(self.frequency), pd.offsets.Day) and self.timezone != "UTC":
            return None
        return fixed_step(self.frequency)

    def _floor(self, instant: int, step: pd.Timedelta) -> int:
        return instant - (instant - self.phase.value) % step.value


def grid_of(ds: "pd.Series[Any]", frequency: str, timezone: str, sessions: DayCalendar | None = None) -> Grid:
    """Return the grid that most of the timestamps lie on: a few that don't are then seen, not followed."""
    phases, counts = _counted(ds, frequency, timezone)
    phase = pd.Timedelta(int(phases[counts.argmax()]), "ns") if len(phases) else _MIDNIGHT
    offset = offset_of(frequency)
    sparse = Grid(frequency, timezone)._fixed() is None and offset.n > 1 and len(ds) > 0
    return Grid(frequency, timezone, phase, _first_on(offset.base, _wall(ds, timezone)) if sparse else None, sessions)


def phases_of(ds: "pd.Series[Any]", frequency: str, timezone: str) -> NDArray[np.int64]:
    """Return the phase that each timestamp alone would give a grid of the frequency, in ns, shape `(n_rows,)`."""
    step = Grid(frequency, timezone)._fixed()
    if step is not None:
        return in_stretches(lambda own: own % step.value, _nanoseconds(ds), np.int64)
    wall = _wall(ds, timezone)
    return np.asarray((wall - wall.dt.normalize()).astype("timedelta64[ns]").astype("int64"))


def _counted(ds: "pd.Series[Any]", frequency: str, timezone: str) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The phases that there are, in ascending order, and how many timestamps have each."""
    parts = [np.unique(phases_of(ds.iloc[own], frequency, timezone), return_counts=True) for own in stretches(len(ds))]
    found = np.concatenate([phases for phases, _ in parts] or [np.zeros(0, np.int64)])
    phases, places = np.unique(found, return_inverse=True)
    counts = np.bincount(places, np.concatenate([each for _, each in parts] or [np.zeros(0, np.int64)]), len(phases))
    return phases, counts.astype(np.int64)


def infer_frequency(ds: "pd.Series[Any]", timezone: str) -> str | None:
    """Return the frequency of one series' ascending timestamps, tolerant of gaps; none where none fits."""
    wall = pd.DatetimeIndex(_wall(ds, timezone))
    if len(wall) < 3:
        return None
    with pd.option_context("future.infer_freq_returns_offset", True):
        exact: Any = pd.infer_freq(wall)
    shown = exact if _is_ours(exact, wall) else _typical(ds, wall)
    if shown is None:
        return None
    offset = to_offset(shown)
    if isinstance(offset, pd.offsets.Nano):  # instants are told apart by microseconds
        return None
    frequency = offset.freqstr
    on_grid = grid_of(ds, frequency, timezone).contains(ds)
    return frequency if on_grid.mean() > 0.5 else None


def _is_ours(exact: Any, wall: pd.DatetimeIndex) -> bool:
    """Of an hourly series with one gap of 17 hours pandas makes business hours, of every year's last Saturday of January
    the fourth one of each month, and of months' last Fridays, where most are fourth ones, these."""
    if isinstance(exact, pd.offsets.WeekOfMonth):
        days = wall.normalize()
        return of_weekdays(days) == exact.freqstr and holds_most_steps(days, exact.freqstr)
    return exact is not None and not isinstance(exact, pd.offsets.BusinessHour)


def _typical(ds: "pd.Series[Any]", wall: pd.DatetimeIndex) -> str | None:
    """The frequency of the most common gap: a calendar's where all timestamps are of one time of day, else a fixed one."""
    days = wall.normalize()
    if len((wall - days).unique()) > 1:
        return to_offset(_most_common(np.diff(_nanoseconds(ds)))).freqstr
    return frequency_of_days(days)


def _most_common(lengths: NDArray[np.int64]) -> pd.Timedelta:
    values, counts = np.unique(lengths, return_counts=True)
    return pd.Timedelta(int(values[counts.argmax()]), "ns")


def duration(text: str) -> timedelta:
    """Return the duration that a text such as '30min' or '1D' names."""
    return pd.Timedelta(text).to_pytimedelta()


def _first_on(period: pd.offsets.BaseOffset, wall: "pd.Series[Any]") -> pd.Timestamp | None:
    days = pd.DatetimeIndex(wall).normalize().sort_values()
    return next((day for day in days if period.is_on_offset(day)), None)


def _evenly(first: int, count: int, step: pd.Timedelta) -> pd.DatetimeIndex:
    """`count` steps from `first`, which is in ns."""
    if count < 1:
        return pd.DatetimeIndex([], dtype=UTC_NS)
    return pd.date_range(pd.Timestamp(first, tz="UTC"), periods=count, freq=step).as_unit("ns")


def _moved(day: pd.Timestamp, offset: pd.offsets.BaseOffset, count: int) -> pd.Timestamp:
    """The day so many steps later, or before it, no further than nanoseconds count."""
    count = max(-_MOST_CALENDAR_STEPS, min(count, _MOST_CALENDAR_STEPS))
    try:
        moved = day + offset * count
    except (OverflowError, ValueError):  # further than the calendar itself
        moved = _LAST_DAY if count > 0 else _FIRST_DAY
    return max(_FIRST_DAY, min(moved, _LAST_DAY))


def _value(instant: datetime) -> int:
    return pd.Timestamp(instant).as_unit("ns").value


def _wall_day(instant: datetime, timezone: str) -> pd.Timestamp:
    return pd.Timestamp(instant).as_unit("us").tz_convert(timezone).tz_localize(None).normalize()


def _wall(ds: "pd.Series[Any]", timezone: str) -> "pd.Series[Any]":
    return ds.dt.tz_convert(timezone).dt.tz_localize(None)


def _nanoseconds(ds: "pd.Series[Any]") -> NDArray[np.int64]:
    return np.asarray(ds.astype(UTC_NS).astype("int64"), dtype=np.int64)


def _localize(wall: pd.DatetimeIndex, timezone: str) -> pd.DatetimeIndex:
    """Wall-clock times to UTC; a time that daylight saving skips moves to the first one after it."""
    return wall.tz_localize(timezone, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC").as_unit("ns")
