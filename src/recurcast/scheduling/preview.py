"""The intervals to come, and which of them are not of the usual length: what a schedule will really do.

ticks       |-----|-----|-----------|-----|
odd                           ^ the usual length is the most common one
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from recurcast.config.schedule import Schedule
from recurcast.instants import format_length, to_utc
from recurcast.scheduling.ticks import Tick, coming_ticks, previous_tick

_A_YEAR = timedelta(days=366)
_ENOUGH_FOR_USUAL = 2_000  # ticks: five years of days, twelve weeks of hours; each takes Prefect some 60 µs
_MOST_LOOKED_AT = 50_000  # ticks: three seconds
_LONGEST_DAY = timedelta(hours=25)
_HOUR, _NOTHING = timedelta(hours=1), timedelta(0)


@dataclass(frozen=True)
class IntervalPreview:
    """The interval that ends at a tick; the first tick that there is at all ends none."""

    tick: datetime
    previous: datetime | None
    length: timedelta | None
    odd: bool
    reason: str | None
    """Why an odd one is odd, where it is simple to know."""
    slugs: tuple[str, ...]
    """Which schedules fire at the tick."""


@dataclass(frozen=True)
class SchedulePreview:
    """The intervals whose ticks lie in `[start, end)`; `end` comes early where there are too many ticks to look at."""

    start: datetime
    end: datetime
    usual: timedelta | None
    intervals: tuple[IntervalPreview, ...]


def preview(schedules: Sequence[Schedule], start: datetime, days: int) -> SchedulePreview:
    """Return the intervals that end within `days` from `start`, each with its length and whether that is odd.

    Usual is the most common length, of equally common ones the shorter. It is looked for in the year from `start` on:
    in its first 2,000 ticks, or in all that the period holds where these are more. A ConfigurationError says which
    schedule Prefect does not understand.
    """
    start = to_utc(start)
    end = start + timedelta(days=days)
    ticks: list[Tick] = []
    for tick in coming_ticks(schedules, start, max(end, start + _A_YEAR)):
        if len(ticks) == _MOST_LOOKED_AT:
            end = min(end, tick.instant)
        if tick.instant >= end and len(ticks) >= _ENOUGH_FOR_USUAL:
            break
        ticks.append(tick)
    before = _tick_before(schedules, ticks)
    usual = _usual([later.instant - sooner.instant for sooner, later in pairwise([*before, *ticks])])
    shown = [tick for tick in ticks if tick.instant < end]
    intervals = [_first(tick) for tick in shown[:1] if not before]
    intervals += [_interval(schedules, sooner, later, usual) for sooner, later in pairwise([*before, *shown])]
    return SchedulePreview(start, end, usual, tuple(intervals))


def _tick_before(schedules: Sequence[Schedule], ticks: Sequence[Tick]) -> list[Tick]:
    instant = previous_tick(schedules, ticks[0].instant) if ticks else None
    return [] if instant is None else list(coming_ticks(schedules, instant, ticks[0].instant))


def _usual(lengths: Sequence[timedelta]) -> timedelta | None:
    counts = Counter(lengths)
    return min(counts, key=lambda length: (-counts[length], length), default=None)


def _first(tick: Tick) -> IntervalPreview:
    return IntervalPreview(tick.instant, None, None, True, "the first tick: no interval ends here", tick.slugs)


def _interval(schedules: Sequence[Schedule], sooner: Tick, later: Tick, usual: timedelta | None) -> IntervalPreview:
    length = later.instant - sooner.instant
    odd = length != usual
    reason = "; ".join(_reasons(schedules, sooner, later, usual)) if odd else ""
    return IntervalPreview(later.instant, sooner.instant, length, odd, reason or None, later.slugs)


def _reasons(schedules: Sequence[Schedule], sooner: Tick, later: Tick, usual: timedelta | None) -> Iterator[str]:
    zones = {each.slug: each.timezone for each in schedules}
    several = len(set(zones.values())) > 1
    for zone in dict.fromkeys(zones[slug] for slug in (*sooner.slugs, *later.slugs)):
        change = _clock_change(ZoneInfo(zone), sooner.instant, later.instant)
        if change:
            direction = "forward" if change > _NOTHING else "back"
            yield f"clocks go {direction} {format_length(abs(change))}{f' in {zone}' if several else ''}"
    days_off = _days_between(ZoneInfo(zones[later.slugs[0]]), sooner.instant, later.instant)
    if days_off and usual is not None and usual <= _LONGEST_DAY:
        yield f"no tick on {', '.join(days_off)}" if len(days_off) < 7 else f"no tick for {len(days_off)} days"
    if not set(sooner.slugs) & set(later.slugs):
        yield f"from a tick of '{sooner.slugs[0]}' to one of '{later.slugs[0]}'"


def _clock_change(zone: ZoneInfo, start: datetime, end: datetime) -> timedelta:
    """Return by how much the zone's clock is set forward between two ticks."""
    between = _offset(zone, end) - _offset(zone, start)
    # What the clock skips in spring fires up to an hour before or after the change, which is then in neither interval.
    return between or max(_offset(zone, end + _HOUR) - _offset(zone, start - _HOUR), _NOTHING)


def _offset(zone: ZoneInfo, instant: datetime) -> timedelta:
    return instant.astimezone(zone).utcoffset() or _NOTHING


def _days_between(zone: ZoneInfo, start: datetime, end: datetime) -> list[str]:
    first, last = start.astimezone(zone).date(), end.astimezone(zone).date()
    return [f"{first + timedelta(days=number):%a}" for number in range(1, (last - first).days)]
