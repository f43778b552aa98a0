"""Whether a file still grows, how late its rows become known, and the ticks that fit it."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import pandas as pd
from pandas.tseries.frequencies import to_offset

from recurcast.instants import format_instant
from recurcast.scaffold.guess import Guess
from recurcast.series.grid import UTC_NS, duration, fixed_step, grid_of

_DAY, _WEEK, _MONTH, _LONGEST_MONTH = (pd.Timedelta(days=days) for days in (1, 7, 28, 31))
_FOUR_YEARS = 50  # of months; of longer steps more
_MORNING, _FIFTH = 6, 5
_ENDS = (
    pd.offsets.MonthEnd, pd.offsets.BMonthEnd, pd.offsets.QuarterEnd, pd.offsets.BQuarterEnd, pd.offsets.YearEnd,
    pd.offsets.BYearEnd, pd.offsets.FY5253, pd.offsets.FY5253Quarter, pd.offsets.CBMonthEnd, pd.offsets.SemiMonthEnd,
)  # fmt: skip
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
    newest: pd.Timestamp
    """The newest row that counts: of a file that reaches past now the newest with a value by then."""


def guess_growth(rows: pd.DataFrame, frequency: str, now: datetime, timezone: str = "UTC") -> Growth:
    """Return whether a file grows, and how late its rows are: one grows whose newest row is the newest that can be there."""
    newest, ahead = _newest(rows, now)
    late = _late(newest, frequency, timezone, now, past_now=ahead > 0)
    static = late is None
    delay, late_why, doubt = _delay(newest, frequency, timezone, late, now)
    text = f"{delay.days}D" if delay % pd.Timedelta("1D") == pd.Timedelta(0) else to_offset(delay).freqstr
    text = text if text[0].isdigit() else f"1{text}"
    when = format_instant(newest.to_pydatetime(warn=False))
    if static:
        why = f"the newest row is of {when}: it seems to grow no longer; take the line out once something adds rows in data/"
    else:
        why = f"the newest row is of {when}: the file seems to grow; let what writes it write to data/"
    if ahead:
        why = f"the newest row with a value by now is of {when}, and {ahead:,} rows lie ahead of now: the file grows"
    known = newest + duration(text)
    as_of = known.ceil("min").to_pydatetime(warn=False) + timedelta(microseconds=1) if static else now
    return Growth(
        static,
        Guess("source.static", str(static).lower(), why),
        Guess("source.delay", text, late_why, doubt),
        as_of,
        known,
        newest,
    )


def _newest(rows: pd.DataFrame, now: datetime) -> tuple[pd.Timestamp, int]:
    """The newest row, and how many lie ahead of now where others don't: then the newest one with a value by now."""
    ahead = int((rows["ds"] > now).sum())
    by_now = rows["ds"][(rows["ds"] <= now) & rows["y"].notna()]
    if not ahead or by_now.empty:
        return rows["ds"].max().as_unit("us"), 0
    return by_now.max().as_unit("us"), ahead


def _late(newest: pd.Timestamp, frequency: str, timezone: str, now: datetime, *, past_now: bool) -> int | None:
    """How many steps old the newest row is; none of a file that no longer grows. One that reaches past now does."""
    most = max(_DELAYS)
    if past_now:
        most = max(most, (pd.Timestamp(now) - newest) // min(lengths(frequency)) + 1)
    steps = _steps_after(newest, frequency, timezone, most + 1)
    return next((n for n in range(1, most + 1) if steps[n + 1] > now >= newest), None)


def _steps_after(newest: pd.Timestamp, frequency: str, timezone: str, count: int) -> list[pd.Timestamp]:
    """The newest step and the next ones, by the calendar."""
    step = fixed_step(frequency)
    if step is not None:
        return [newest + step * n for n in range(count + 1)]
    grid = grid_of(pd.Series([newest]).astype(UTC_NS), frequency, timezone)
    return [newest, *grid.steps_after(newest.to_pydatetime(warn=False), count)]


def _delay(
    newest: pd.Timestamp, frequency: str, timezone: str, late: int | None, now: datetime
) -> tuple[pd.Timedelta, str, float]:
    over = "a value is known when its step is over"
    steps = lengths(frequency)
    if not _is_an_end(frequency):
        why = over if late in (None, 1) else f"the newest row is {late} steps old"
        return max(steps) * ((late or 1) - 1) + max(steps), why, 0.0
    if late is None or max(steps) < _MONTH:
        why = over if late in (None, 1) else f"the newest row is {late} steps old"
        return max(steps) * ((late or 1) - 1) + _DAY, why, 0.0
    age = min(_LONGEST_MONTH, max(_DAY, (pd.Timestamp(now) - newest).floor("1D")))
    why = (
        f"the newest row, of an end of its step, is there now, {age.days} days later or more, and when it came the file does "
        "not show; make it 1D where rows come the day after their step's end"
    )
    return age, why, 0.4 if age > _WEEK else 0.0


def _is_an_end(frequency: str) -> bool:
    """Whether a timestamp is its step's last day, as a month's end is, or a week's Sunday."""
    offset = to_offset(frequency)
    return offset.rule_code == "W-SUN" or isinstance(offset, _ENDS)


def lengths(frequency: str) -> list[pd.Timedelta]:
    """Return how long steps are: a fixed one, or those of four years and a leap day by the calendar."""
    step, offset = fixed_step(frequency), to_offset(frequency)
    if step is not None:
        return [step]
    if isinstance(offset, pd.offsets.BusinessDay | pd.offsets.CustomBusinessDay):
        return [_DAY * offset.n]
    days = pd.date_range("2024-01-01", periods=_FOUR_YEARS, freq=offset)
    return [pd.Timedelta(length) for length in days.diff()[1:]]


def guess_schedule(frequency: str, horizon: int, growth: Growth, timezone: str) -> Guess:
    """Return a cron expression: of steps shorter than a day a tick per horizon, one forecast after the other; else per row."""
    step = fixed_step(frequency)
    if step is None or step >= _DAY:
        return _per_row(growth, frequency, timezone)
    hours = next((h for h in (1, 2, 3, 4, 6, 8, 12) if h >= ceil(step * horizon / pd.Timedelta("1h"))), 24)
    at = growth.last_known.tz_convert(timezone).ceil("min") if growth.static else pd.Timestamp(0)
    first = at.hour % hours
    field = "*" if hours == 1 else ",".join(str(hour) for hour in range(first, 24, hours))
    why = {1: "each hour", 24: "each day"}.get(hours, f"every {hours} hours")
    ends = (
        ", at the minute at which the last row is known" if growth.static else ", when the forecast before has run out"
    )
    return Guess("schedule", f"{at.minute} {field} * * *", why + ends)


def _per_row(growth: Growth, frequency: str, timezone: str) -> Guess:
    """At six in the morning of the first day on which the row before is known by then."""
    known = growth.last_known.tz_convert(timezone)
    morning = (known.tz_localize(None) - pd.Timedelta(hours=_MORNING)).ceil("D")
    base = to_offset(frequency).rule_code.partition("-")[0]
    fields = {"D": "* * *", "B": "* * TUE-SAT", "W": f"* * {morning.day_name()[:3].upper()}"}.get(base)
    fields = fields or f"{_day_of_month(known, frequency, duration(growth.delay.value))} * *"
    each = {"D": "each day", "B": "after each business day", "W": "each week"}.get(base, "each month")
    return Guess("schedule", f"0 {_MORNING} {fields}", f"{each}, when the row before is known")


def _day_of_month(known: pd.Timestamp, frequency: str, delay: timedelta) -> int:
    """The fifth, unless the rows of the steps to come wait a week longer for it than for another day."""
    newest = known.tz_localize(None) - delay
    instants = pd.date_range(newest, periods=25, freq=to_offset(frequency)) + delay
    waits = {day: _mean_wait(instants, day) for day in range(1, 29)}
    best = min(waits, key=lambda day: waits[day])
    return _FIFTH if waits[_FIFTH] <= waits[best] + _WEEK else best


def _mean_wait(known: pd.DatetimeIndex, day: int) -> pd.Timedelta:
    ticks = known.to_period("M").to_timestamp() + pd.Timedelta(days=day - 1, hours=_MORNING)
    late = ticks < known
    following = (known + pd.offsets.MonthBegin(1)).to_period("M").to_timestamp()
    after = ticks.where(~late, following + pd.Timedelta(days=day - 1, hours=_MORNING))
    return pd.Timedelta((after - known).mean())
