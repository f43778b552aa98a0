"""The ticks of schedules, worked out by Prefect's own schedule classes: exactly the instants at which Prefect fires.

    hourly    |-----|-----|-----|-----|
    nightly         |                       united: sorted, each instant once, in UTC
    ticks     |-----|-----|-----|-----|

A schedule that is not active counts too: its ticks still say what a run by hand is for.
"""

import asyncio
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from heapq import merge
from itertools import takewhile
from typing import TYPE_CHECKING

from pydantic import ValidationError

from recurcast.errors import ConfigurationError
from recurcast.intervals import to_utc

if TYPE_CHECKING:  # importing prefect takes more than a second: only who asks for ticks pays
    from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule

    from recurcast.scheduling.schedules import Schedule

    PrefectSchedule = CronSchedule | IntervalSchedule | RRuleSchedule

_SMALLEST = timedelta(microseconds=1)
_SHIFT = timedelta(hours=2)  # more than clocks are ever set forward or back
_BATCH = 100  # at most 1,000, Prefect's limit; more than an hour's ticks, which may all lie before the asked start
_LONGEST_SEARCH = timedelta(days=365 * 50)  # croniter gives up after as long


def schedule_ticks(schedules: Sequence["Schedule"], start: datetime, end: datetime) -> tuple[datetime, ...]:
    """Return the ticks of all schedules in `[start, end)`: in UTC, ascending, each once.

    A ConfigurationError says which schedule Prefect does not understand, or that it never fires.
    """
    return tuple(_united(schedules, start, end))


def first_tick_after(schedules: Sequence["Schedule"], instant: datetime) -> datetime | None:
    """Return the first tick later than `instant`, or none where no schedule has one.

    A ConfigurationError says which schedule Prefect does not understand, or that it never fires.
    """
    return next(_united(schedules, to_utc(instant) + _SMALLEST), None)


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


def check_schedules(schedules: Sequence["Schedule"]) -> None:
    """Raise a ConfigurationError for a schedule that Prefect does not understand, or that never fires."""
    for schedule in schedules:
        _prefect_schedule(schedule)


def _prefect_schedule(schedule: "Schedule") -> "PrefectSchedule":
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


def _united(schedules: Sequence["Schedule"], start: datetime, end: datetime | None = None) -> Iterator[datetime]:
    start, end = to_utc(start), end and to_utc(end)
    last = None
    for tick in merge(*(_ascending(_prefect_schedule(schedule), start, end) for schedule in schedules)):
        if tick != last:
            yield tick
        last = tick


def _ascending(schedule: "PrefectSchedule", start: datetime, end: datetime | None) -> Iterator[datetime]:
    """Yield the ticks from `start` until before `end`.

    Around a change of the clock Prefect also gives dates before the asked start, and compares times of one zone by what
    the clock shows; so more is asked for than is wanted, and what lies outside is dropped.
    """
    from prefect.server.schemas.schedules import RRuleSchedule

    ticks = _rule_ticks(schedule, start) if isinstance(schedule, RRuleSchedule) else _batches(schedule, start, end)
    return takewhile(lambda tick: end is None or tick < end, ticks)


def _batches(schedule: "CronSchedule | IntervalSchedule", start: datetime, end: datetime | None) -> Iterator[datetime]:
    padded = None if end is None else end + _SHIFT
    while padded is None or start < padded:
        dates = _dates(schedule, start, padded, _BATCH)
        yield from (tick for tick in dates if tick >= start)
        if len(dates) < _BATCH:
            return
        start = dates[-1] + _SMALLEST


def _rule_ticks(schedule: "RRuleSchedule", start: datetime) -> Iterator[datetime]:
    """Yield a rule's ticks in one go: Prefect would count each batch from the rule's first tick again."""
    last = start - _SMALLEST
    for date in schedule.to_rrule().xafter(start, inc=True):
        tick = to_utc(date)
        if tick > last:
            yield tick
            last = tick


def _latest(schedule: "PrefectSchedule", instant: datetime) -> datetime | None:
    from prefect.server.schemas.schedules import RRuleSchedule

    if isinstance(schedule, RRuleSchedule):
        date = schedule.to_rrule().before(instant, inc=True)
        return None if date is None else to_utc(date)
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
    # In a thread of its own, because a loop may run in this one already (a flow, a notebook).
    with ThreadPoolExecutor(max_workers=1) as thread:
        dates = thread.submit(asyncio.run, schedule.get_dates(n=most, start=start, end=end)).result()
    return [to_utc(date) for date in dates]
