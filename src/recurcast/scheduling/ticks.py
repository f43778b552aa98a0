"""The ticks of schedules, worked out as Prefect's own schedule classes do: exactly the instants at which Prefect fires.

    hourly    |-----|-----|-----|-----|
    nightly         |                       united: sorted, each instant once, in UTC
    ticks     |-----|-----|-----|-----|

A schedule that is not active counts too: its ticks still say what a run by hand is for.

What the clock shows twice in autumn fires once, the first time. What it skips in spring, Prefect moves by the hour that
is missing: a cron time forward on Python 3.13 (02:30 fires at 03:30), back on older ones (01:30), because it counts
with another library there; a rule's time always back. So the command line and Prefect's server need the same Python:
each gives the ticks of its own.

All read the rules of time zones that `zoneinfo` reads: cron and interval by themselves, rules by `rule_zones`.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import heappop, heappush, merge
from itertools import dropwhile, groupby, islice, takewhile
from operator import itemgetter
from typing import TYPE_CHECKING

from recurcast.errors import ConfigurationError
from recurcast.instants import format_instant, to_utc
from recurcast.scheduling.prefect_schedules import dates_of, shown, ticking
from recurcast.scheduling.rule_ticks import MOST_LOOKED_THROUGH, RuleHasNoEnd, wall_times
from recurcast.scheduling.rule_zones import rule_zone

if TYPE_CHECKING:  # importing prefect takes a second: only who asks for ticks that are not plain pays
    from prefect.server.schemas.schedules import RRuleSchedule
    from typing_extensions import TypeIs

    from recurcast.config.schedule import Schedule
    from recurcast.scheduling.prefect_schedules import Dated

    Ticking = Dated | RRuleSchedule

_SMALLEST = timedelta(microseconds=1)
_SHIFT = timedelta(hours=3)  # more than clocks are ever set forward or back
# Whoever wants one tick pays for few. Many hold more than the minutes of _SHIFT and of a change of the clock, and with
# those that such a change doubles they stay below 1,000, where Prefect stops.
_FEW, _MANY = 20, 400
_LONGEST_SEARCH = timedelta(days=365 * 50)  # croniter gives up after as long
MOST_TICKS = 50_000
"""Ticks of a range that are laid out; each takes Prefect some 60 µs, together three seconds."""


@dataclass(frozen=True)
class Tick:
    """An instant, in UTC, and the slugs of the schedules that fire then."""

    instant: datetime
    slugs: tuple[str, ...]


def schedule_ticks(
    schedules: Sequence["Schedule"], start: datetime, end: datetime, most: int = MOST_TICKS
) -> tuple[datetime, ...]:
    """Return the ticks of all schedules in `[start, end)`: in UTC, ascending, each once.

    A ConfigurationError says which schedule Prefect does not understand, that it never fires, or that there are more than
    `most`.
    """
    ticks = tuple(tick.instant for tick in islice(coming_ticks(schedules, start, end), most + 1))
    if len(ticks) > most:
        raise ConfigurationError(
            f"a range holds at most {most:,} ticks; received {format_instant(start)} to {format_instant(end)}, whose first "
            f"{most:,} are past by {format_instant(ticks[-1])}. Take a shorter range."
        )
    return ticks


def coming_ticks(schedules: Sequence["Schedule"], start: datetime, end: datetime | None = None) -> Iterator[Tick]:
    """Yield the ticks of all schedules from `start` until before `end`, ascending, each once; without end, for ever.

    A ConfigurationError says which schedule Prefect does not understand, or that it never fires.
    """
    start, end = to_utc(start), end and to_utc(end)
    labelled = merge(*(_labelled(schedule, start, end) for schedule in schedules))
    for instant, together in groupby(labelled, key=itemgetter(0)):
        yield Tick(instant, tuple(dict.fromkeys(slug for _, slug in together)))


def first_tick_after(schedules: Sequence["Schedule"], instant: datetime) -> datetime | None:
    """Return the first tick later than `instant`, or none where no schedule has one.

    A ConfigurationError says which schedule Prefect does not understand, or that it never fires.
    """
    first = next(coming_ticks(schedules, to_utc(instant) + _SMALLEST), None)
    return None if first is None else first.instant


def latest_tick(schedules: Sequence["Schedule"], at_or_before: datetime) -> datetime | None:
    """Return the last tick that is not later than the instant, or none where no schedule has one.

    A rule without DTSTART has its first tick in 2020: Prefect counts it from there. A ConfigurationError says which
    schedule Prefect does not understand, or that it never fires.
    """
    latest = (_latest_of(schedule, to_utc(at_or_before)) for schedule in schedules)
    return max((tick for tick in latest if tick is not None), default=None)


def previous_tick(schedules: Sequence["Schedule"], before: datetime) -> datetime | None:
    """Return the last tick earlier than the instant, or none: the start of the interval that ends there."""
    return latest_tick(schedules, to_utc(before) - _SMALLEST)


def newest_ticks(schedules: Sequence["Schedule"], first: datetime, last: datetime, most: int) -> tuple[datetime, ...]:
    """Return the ticks from `first` to `last`, both counted in; of more than `most` the newest.

    A ConfigurationError says which schedule Prefect does not understand, or that it never fires.
    """
    first, last = to_utc(first), to_utc(last)
    span = timedelta(hours=1)
    while True:
        start = max(first, last - span)
        ticks = schedule_ticks(schedules, start, last + _SMALLEST)
        if len(ticks) >= most or start == first:
            return ticks[-most:]
        span *= 4


def check_schedules(schedules: Sequence["Schedule"]) -> None:
    """Raise a ConfigurationError for a schedule that Prefect does not understand, or that never fires."""
    for schedule in schedules:
        ticking(schedule)


def _labelled(schedule: "Schedule", start: datetime, end: datetime | None) -> Iterator[tuple[datetime, str]]:
    found = ticking(schedule)
    with _named(schedule):
        yield from ((tick, schedule.slug) for tick in _ascending(found, start, end))


@contextmanager
def _named(schedule: "Schedule") -> Iterator[None]:
    """Say which schedule it was whose rule has no end in sight."""
    try:
        yield
    except RuleHasNoEnd as error:
        raise ConfigurationError(
            f"schedule '{schedule.slug}': a rule's next tick is found among {MOST_LOOKED_THROUGH:,} days and times from its "
            f"DTSTART or its last tick; '{shown(schedule)}' has none there. Give it a later DTSTART, or an UNTIL."
        ) from error


def _ascending(schedule: "Ticking", start: datetime, end: datetime | None) -> Iterator[datetime]:
    """Yield the ticks from `start` until before `end`.

    Near a change of the clock Prefect's dates depend on where it starts to look: what it moves out of the skipped hour
    is found only from before that hour, and can come after later ones or lie before the asked start. So it is asked for
    more on both sides, as the scheduler was that looked in time, and what comes is put in order.
    """
    spread = timedelta(0) if schedule.timezone == "UTC" else _SHIFT
    found = _found(schedule, start - spread, None if end is None else end + spread, spread)
    ticks = dropwhile(lambda tick: tick < start, _in_order(found, spread))
    return takewhile(lambda tick: end is None or tick < end, ticks)


def _in_order(ticks: Iterable[datetime], spread: timedelta) -> Iterator[datetime]:
    """Yield ascending what comes at most `spread` too late."""
    waiting: list[datetime] = []
    for tick in ticks:
        while waiting and waiting[0] < tick - spread:
            yield heappop(waiting)
        heappush(waiting, tick)
    yield from sorted(waiting)


def _found(schedule: "Ticking", start: datetime, end: datetime | None, spread: timedelta) -> Iterator[datetime]:
    if _is_rule(schedule):
        # In one go: Prefect would count each batch from the rule's first tick again.
        zone = rule_zone(schedule.timezone)
        ticks = (to_utc(time.replace(tzinfo=zone)) for time in wall_times(schedule, start))
        yield from (tick for tick in ticks if tick >= start)
        return
    most = _FEW
    while True:
        dates = dates_of(schedule, start, end, most)
        yield from (date for date in dates if date >= start)
        if len(dates) < most:
            return
        start, most = max(start, max(dates) - spread), _MANY


def _is_rule(schedule: "Ticking") -> "TypeIs[RRuleSchedule]":
    return hasattr(schedule, "rrule")


def _latest_of(schedule: "Schedule", instant: datetime) -> datetime | None:
    found = ticking(schedule)
    with _named(schedule):
        return _latest(found, instant)


def _latest(schedule: "Ticking", instant: datetime) -> datetime | None:
    # A rule is looked through up to its next tick each time, so its windows grow faster.
    growth, end = 8 if _is_rule(schedule) else 2, instant + _SMALLEST
    window = timedelta(minutes=1)
    while window < _LONGEST_SEARCH:
        if (last := _last_between(schedule, instant - window, end)) is not None:
            return last
        window *= growth
    return None


def _last_between(schedule: "Ticking", start: datetime, end: datetime) -> datetime | None:
    """Return the last tick of a range, or none; where it holds many, as of a rule that has ended, by halves."""
    while len(ticks := list(islice(_ascending(schedule, start, end), _MANY))) == _MANY:
        middle = start + (end - start) / 2
        if next(_ascending(schedule, middle, end), None) is None:
            end = middle
        else:
            start = middle
    return ticks[-1] if ticks else None
