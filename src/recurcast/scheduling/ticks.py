"""The ticks of schedules, worked out by Prefect's own schedule classes: exactly the instants at which Prefect fires.

    hourly    |-----|-----|-----|-----|
    nightly         |                       united: sorted, each instant once, in UTC
    ticks     |-----|-----|-----|-----|

A schedule that is not active counts too: its ticks still say what a run by hand is for.

What the clock shows twice in autumn fires once, the first time. What it skips in spring, Prefect moves by the hour that
is missing: a cron time forward on Python 3.13 (02:30 fires at 03:30), back on older ones (01:30), because it counts
with another library there; a rule's time always back. So the command line and Prefect's server need the same Python:
each gives the ticks of its own.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush, merge
from itertools import dropwhile, groupby, takewhile
from operator import itemgetter
from typing import TYPE_CHECKING

from pydantic import ValidationError

from recurcast.environment import importing
from recurcast.errors import ConfigurationError
from recurcast.intervals import to_utc

if TYPE_CHECKING:  # importing prefect takes more than a second: only who asks for ticks pays
    from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule

    from recurcast.scheduling.schedules import Schedule

    PrefectSchedule = CronSchedule | IntervalSchedule | RRuleSchedule

_SMALLEST = timedelta(microseconds=1)
_SHIFT = timedelta(hours=3)  # more than clocks are ever set forward or back
# Whoever wants one tick pays for few. Many hold more than the minutes of _SHIFT and of a change of the clock, and with
# those that such a change doubles they stay below 1,000, where Prefect stops.
_FEW, _MANY = 20, 400
_LONGEST_SEARCH = timedelta(days=365 * 50)  # croniter gives up after as long


@dataclass(frozen=True)
class Tick:
    """An instant, in UTC, and the slugs of the schedules that fire then."""

    instant: datetime
    slugs: tuple[str, ...]


def schedule_ticks(schedules: Sequence["Schedule"], start: datetime, end: datetime) -> tuple[datetime, ...]:
    """Return the ticks of all schedules in `[start, end)`: in UTC, ascending, each once.

    A ConfigurationError says which schedule Prefect does not understand, or that it never fires.
    """
    return tuple(tick.instant for tick in coming_ticks(schedules, start, end))


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
    latest = (_latest(_prefect_schedule(schedule), to_utc(at_or_before)) for schedule in schedules)
    return max((tick for tick in latest if tick is not None), default=None)


def previous_tick(schedules: Sequence["Schedule"], before: datetime) -> datetime | None:
    """Return the last tick earlier than the instant, or none: the start of the interval that ends there."""
    return latest_tick(schedules, to_utc(before) - _SMALLEST)


def newest_ticks(schedules: Sequence["Schedule"], first: datetime, last: datetime, most: int) -> tuple[datetime, ...]:
    """Return the ticks from `first` to `last`, both counted in; of more than `most` the newest.

    A ConfigurationError says which schedule Prefect does not understand, or that it never fires.
    """
    first, last = to_utc(first), to_utc(last)
    span = timedelta(days=1)
    while True:
        start = max(first, last - span)
        ticks = schedule_ticks(schedules, start, last + _SMALLEST)
        if len(ticks) >= most or start == first:
            return ticks[-most:]
        span *= 4


def check_schedules(schedules: Sequence["Schedule"]) -> None:
    """Raise a ConfigurationError for a schedule that Prefect does not understand, or that never fires."""
    for schedule in schedules:
        _prefect_schedule(schedule)


def _prefect_schedule(schedule: "Schedule") -> "PrefectSchedule":
    with importing():
        from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule

    try:
        if schedule.interval is not None:
            return IntervalSchedule(interval=schedule.interval, anchor_date=schedule.anchor_date, timezone="UTC")
        if schedule.rrule is not None:
            return RRuleSchedule(rrule=schedule.rrule, timezone=schedule.timezone)
        cron = CronSchedule(cron=schedule.cron, timezone=schedule.timezone, day_or=schedule.day_or is not False)
    except ValidationError as error:
        kind, text = ("cron expression", schedule.cron) if schedule.cron else ("iCalendar rule", schedule.rrule)
        raise ConfigurationError(
            f"schedule '{schedule.slug}': '{text}' is no {kind} that Prefect knows. Correct it."
        ) from error
    _refuse_without_ticks(schedule, cron)
    return cron


def _refuse_without_ticks(schedule: "Schedule", cron: "CronSchedule") -> None:
    try:
        _dates(cron, datetime(2024, 1, 1, tzinfo=UTC), None, 1)
    except ValueError as error:
        raise ConfigurationError(
            f"schedule '{schedule.slug}': a schedule fires at some time; '{schedule.cron}' never does. Correct it."
        ) from error


def _labelled(schedule: "Schedule", start: datetime, end: datetime | None) -> Iterator[tuple[datetime, str]]:
    return ((tick, schedule.slug) for tick in _ascending(_prefect_schedule(schedule), start, end))


def _ascending(schedule: "PrefectSchedule", start: datetime, end: datetime | None) -> Iterator[datetime]:
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


def _found(schedule: "PrefectSchedule", start: datetime, end: datetime | None, spread: timedelta) -> Iterator[datetime]:
    from prefect.server.schemas.schedules import RRuleSchedule

    if isinstance(schedule, RRuleSchedule):
        # In one go: Prefect would count each batch from the rule's first tick again.
        yield from map(to_utc, schedule.to_rrule().xafter(start, inc=True))
        return
    most = _FEW
    while True:
        dates = _dates(schedule, start, end, most)
        yield from (date for date in dates if date >= start)
        if len(dates) < most:
            return
        start, most = max(start, max(dates) - spread), _MANY


def _latest(schedule: "PrefectSchedule", instant: datetime) -> datetime | None:
    from prefect.server.schemas.schedules import RRuleSchedule

    if isinstance(schedule, RRuleSchedule):
        from_first = takewhile(lambda tick: tick <= instant + _SHIFT, map(to_utc, schedule.to_rrule()))
        return max((tick for tick in from_first if tick <= instant), default=None)
    window = timedelta(minutes=1)
    while window < _LONGEST_SEARCH:
        ticks = list(_ascending(schedule, instant - window, instant + _SMALLEST))
        if ticks:
            return ticks[-1]
        window *= 2
    return None


def _dates(
    schedule: "CronSchedule | IntervalSchedule", start: datetime, end: datetime | None, most: int
) -> list[datetime]:
    # The coroutine awaits nothing: one step ends it, without a loop, also where one runs already (a flow, a notebook).
    try:
        schedule.get_dates(n=most, start=start, end=end).send(None)
    except StopIteration as ended:
        return [to_utc(date) for date in ended.value]
    raise RuntimeError("Prefect's schedules give their dates at once; this version waits for something.")
