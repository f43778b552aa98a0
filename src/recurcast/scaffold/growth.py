"""Whether a file still grows, how late its rows become known, and the ticks that fit it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import pandas as pd
from pandas.tseries.frequencies import to_offset

from recurcast.instants import format_instant
from recurcast.scaffold.guess import Guess
from recurcast.series.grid import duration, fixed_step

_DELAYS = (1, 2, 3)
"""How many steps late the newest row may be, and the file still counts as one that grows."""


@dataclass(frozen=True)
class Growth:
    """Whether the file grows, how late its rows come, and the instant at which all of them are known."""

    static: bool
    guess: Guess
    delay: Guess
    as_of: datetime
    last_known: pd.Timestamp


def guess_growth(rows: pd.DataFrame, frequency: str, now: datetime) -> Growth:
    """Return whether a file grows, and how late its rows are: one grows whose newest row is the newest that can be there."""
    newest, step = rows["ds"].max().as_unit("us"), _length(frequency)
    late = next((n for n in _DELAYS if newest + step * (n + 1) > now >= newest), None)
    static = late is None
    delay = step * ((late or 1) - 1) + _wait(frequency)
    text = f"{delay.days}D" if delay % pd.Timedelta("1D") == pd.Timedelta(0) else to_offset(delay).freqstr
    text = text if text[0].isdigit() else f"1{text}"
    when = format_instant(newest.to_pydatetime(warn=False))
    if static:
        why = f"the newest row is of {when}: it seems to grow no longer; take the line out once something adds rows in data/"
    else:
        why = f"the newest row is of {when}: the file seems to grow; let what writes it write to data/"
    late_why = (
        "a value is known when its step is over" if static or late == 1 else f"the newest row is {late} steps old"
    )
    known = newest + duration(text)
    as_of = known.ceil("min").to_pydatetime(warn=False) + timedelta(microseconds=1) if static else now
    return Growth(
        static,
        Guess("source.static", str(static).lower(), why),
        Guess("source.delay", text, late_why),
        as_of,
        known,
    )


def _wait(frequency: str) -> pd.Timedelta:
    """How long after its timestamp a step is over; a month's end, or a week's Sunday, is a step's last day."""
    ends = to_offset(frequency).rule_code.startswith(("ME", "QE", "YE", "W-SUN"))
    return pd.Timedelta(days=1) if ends else _length(frequency)


def _length(frequency: str) -> pd.Timedelta:
    """How long the longest step is."""
    step, offset = fixed_step(frequency), to_offset(frequency)
    if step is not None:
        return step
    base = offset.rule_code.partition("-")[0]
    days = {"B": 1, "W": 7, "MS": 31, "QS": 92, "YS": 366, "ME": 31, "QE": 92, "YE": 366}.get(base, 366)
    return pd.Timedelta(days=days) * offset.n


def guess_schedule(frequency: str, horizon: int, growth: Growth, timezone: str) -> Guess:
    """Return a cron expression: of steps shorter than a day a tick per horizon, one forecast after the other; else per row."""
    step, offset = fixed_step(frequency), to_offset(frequency)
    if step is None or step >= pd.Timedelta("1D"):
        base = offset.rule_code.partition("-")[0]
        day = growth.last_known.tz_convert(timezone).day_name()[:3].upper()
        fields = {"D": "* * *", "B": "* * TUE-SAT", "W": f"* * {day}"}.get(base, "5 * *")
        each = {"D": "each day", "B": "after each business day", "W": "each week"}.get(base, "each month")
        return Guess("schedule", f"0 6 {fields}", f"{each}, when the row before is known")
    hours = next((h for h in (1, 2, 3, 4, 6, 8, 12) if h >= ceil(step * horizon / pd.Timedelta("1h"))), 24)
    at = growth.last_known.tz_convert(timezone).ceil("min") if growth.static else pd.Timestamp(0)
    first = at.hour % hours
    field = "*" if hours == 1 else ",".join(str(hour) for hour in range(first, 24, hours))
    why = {1: "each hour", 24: "each day"}.get(hours, f"every {hours} hours")
    ends = (
        ", at the minute at which the last row is known" if growth.static else ", when the forecast before has run out"
    )
    return Guess("schedule", f"{at.minute} {field} * * *", why + ends)
