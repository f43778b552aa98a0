"""The grid of a frequency: which instants are steps, and which steps come before as_of.

A fixed frequency ('30min', 'h') has its grid in UTC. A calendar frequency ('D', 'B', 'MS') has it on the wall
clock of the source's time zone, so that days stay days across daylight saving.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.frequencies import to_offset

UTC_NS = pd.DatetimeTZDtype("ns", "UTC")
_DAY = pd.Timedelta(days=1)
_MIDNIGHT = pd.Timedelta(0)


def fixed_step(frequency: str) -> pd.Timedelta | None:
    """Return the length of a step where it is the same for all steps of the frequency in UTC, else none."""
    offset = to_offset(frequency)
    if isinstance(offset, pd.offsets.Day):
        return _DAY * offset.n
    return pd.Timedelta(offset) if isinstance(offset, pd.offsets.Tick) else None


@dataclass(frozen=True)
class Grid:
    """The steps of a frequency: `phase` is the time of day (or the remainder of a fixed step) at which they fall."""

    frequency: str
    timezone: str
    phase: pd.Timedelta = _MIDNIGHT

    def steps_until(self, end: datetime, count: int) -> pd.DatetimeIndex:
        """Return the last `count` steps before the instant `end`, in UTC, ascending."""
        offset = to_offset(self.frequency)
        step = self._fixed()
        if step is not None:
            last = self._floor(pd.Timestamp(end) - pd.Timedelta(1, "ns"), step)
            return pd.date_range(end=last, periods=count, freq=step).as_unit("ns")
        wall = pd.Timestamp(end).tz_convert(self.timezone).tz_localize(None)
        days = pd.date_range(end=wall.normalize() + offset, periods=count + 3, freq=offset) + self.phase
        steps = _localize(days, self.timezone)
        return steps[steps < pd.Timestamp(end)][-count:]

    def contains(self, ds: "pd.Series[Any]") -> NDArray[np.bool_]:
        """Return for each timestamp whether it is a step, shape `(n_rows,)`."""
        step = self._fixed()
        if step is not None:
            return np.asarray(_nanoseconds(ds) % step.value == self.phase.value)
        if len(ds) == 0:
            return np.zeros(0, dtype=bool)
        offset = to_offset(self.frequency)
        wall = ds.dt.tz_convert(self.timezone).dt.tz_localize(None)
        days = pd.date_range(wall.min().normalize() - offset, wall.max().normalize() + offset, freq=offset)
        return np.asarray(ds.isin(_localize(days + self.phase, self.timezone)))

    def _fixed(self) -> pd.Timedelta | None:
        if isinstance(to_offset(self.frequency), pd.offsets.Day) and self.timezone != "UTC":
            return None
        return fixed_step(self.frequency)

    def _floor(self, instant: pd.Timestamp, step: pd.Timedelta) -> pd.Timestamp:
        value = instant.as_unit("ns").value
        return pd.Timestamp(value - (value - self.phase.value) % step.value, tz="UTC")


def grid_of(ds: "pd.Series[Any]", frequency: str, timezone: str) -> Grid:
    """Return the grid that most of the timestamps lie on: a few that don't are then seen, not followed."""
    step = Grid(frequency, timezone)._fixed()
    if step is not None:
        remainders, counts = np.unique(_nanoseconds(ds) % step.value, return_counts=True)
    else:
        wall = ds.dt.tz_convert(timezone).dt.tz_localize(None)
        times_of_day = np.asarray((wall - wall.dt.normalize()).astype("timedelta64[ns]").astype("int64"))
        remainders, counts = np.unique(times_of_day, return_counts=True)
    phase = pd.Timedelta(int(remainders[counts.argmax()]), "ns") if len(remainders) else pd.Timedelta(0)
    return Grid(frequency, timezone, phase)


def infer_frequency(ds: "pd.Series[Any]", timezone: str) -> str | None:
    """Return the frequency of one series' ascending timestamps, tolerant of gaps; none where none fits."""
    wall = pd.DatetimeIndex(ds.dt.tz_convert(timezone).dt.tz_localize(None))
    if len(wall) < 3:
        return None
    exact = pd.infer_freq(wall)
    if exact is not None:
        return exact
    gaps, counts = np.unique(np.diff(_nanoseconds(ds)), return_counts=True)
    typical = pd.Timedelta(int(gaps[counts.argmax()]), "ns")
    if typical != _DAY:
        return to_offset(typical).freqstr
    return "B" if not (wall.weekday >= 5).any() else "D"


def duration(text: str) -> timedelta:
    """Return the duration that a text such as '30min' or '1D' names."""
    return pd.Timedelta(text).to_pytimedelta()


def _nanoseconds(ds: "pd.Series[Any]") -> NDArray[np.int64]:
    return np.asarray(ds.astype(UTC_NS).astype("int64"), dtype=np.int64)


def _localize(wall: pd.DatetimeIndex, timezone: str) -> pd.DatetimeIndex:
    """Wall-clock times to UTC; a time that daylight saving skips moves to the first one after it."""
    return wall.tz_localize(timezone, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC").as_unit("ns")
