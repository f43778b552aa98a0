"""Prefect's own class for each schedule that is no plain one; what it does not understand, or never fires, is refused."""

from datetime import UTC, datetime
from textwrap import shorten
from typing import TYPE_CHECKING

from pydantic import ValidationError

from recurcast.environment import importing
from recurcast.errors import ConfigurationError
from recurcast.instants import to_utc
from recurcast.scheduling.plain_schedules import AskPrefect, PlainCron, PlainInterval, plain_schedule
from recurcast.scheduling.rule_ticks import RuleHasNoEnd, wall_times

if TYPE_CHECKING:  # importing prefect takes more than a second: only who asks for ticks pays
    from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule

    from recurcast.config.schedule import Schedule

    PrefectSchedule = CronSchedule | IntervalSchedule | RRuleSchedule
    Dated = PlainCron | PlainInterval | CronSchedule | IntervalSchedule

_SOME_DAY = datetime(2024, 1, 1, tzinfo=UTC)
_NO_RULE = (ValueError, TypeError, LookupError, AttributeError, OverflowError)
"""What dateutil raises for a text that is no rule, and some of it only once it is asked for dates."""


def ticking(schedule: "Schedule") -> "Dated | RRuleSchedule":
    """Return what gives the schedule's ticks: a plain one, without Prefect, or Prefect's.

    A ConfigurationError says that Prefect does not understand it, or that it never fires.
    """
    plain = plain_schedule(schedule)
    try:
        if plain is not None and plain.dates(_SOME_DAY, None, 1):
            return plain
    except AskPrefect:
        pass
    return prefect_schedule(schedule)


def prefect_schedule(schedule: "Schedule") -> "PrefectSchedule":
    """Return the schedule as Prefect's server has it.

    A ConfigurationError says that Prefect does not understand it, or that it never fires.
    """
    with importing():
        from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule, RRuleSchedule

    found: CronSchedule | RRuleSchedule
    try:
        if schedule.interval is not None:
            return IntervalSchedule(interval=schedule.interval, anchor_date=schedule.anchor_date, timezone="UTC")
        if schedule.rrule is not None:
            found = RRuleSchedule(rrule=schedule.rrule, timezone=schedule.timezone)
        else:
            found = CronSchedule(cron=schedule.cron, timezone=schedule.timezone, day_or=schedule.day_or is not False)
    except (ValidationError, *_NO_RULE) as error:
        raise _unknown(schedule) from error
    _refuse_without_ticks(schedule, found)
    return found


def _unknown(schedule: "Schedule") -> ConfigurationError:
    kind = "cron expression" if schedule.cron else "iCalendar rule"
    return ConfigurationError(
        f"schedule '{schedule.slug}': '{shown(schedule)}' is no {kind} that Prefect knows. Correct it."
    )


def shown(schedule: "Schedule") -> str:
    """Return the text of a cron or a rule on one line of a message."""
    return shorten(schedule.cron or schedule.rrule or "", 100, placeholder=" ...")


def _refuse_without_ticks(schedule: "Schedule", found: "CronSchedule | RRuleSchedule") -> None:
    from prefect.server.schemas.schedules import RRuleSchedule

    try:
        if isinstance(found, RRuleSchedule):
            fires = next(wall_times(found), None) is not None
        else:
            fires = bool(dates_of(found, _SOME_DAY, None, 1))
    except RuleHasNoEnd:
        fires = False
    except _NO_RULE as error:
        if isinstance(found, RRuleSchedule):
            raise _unknown(schedule) from error
        fires = False  # croniter's own error, which is a ValueError
    if not fires:
        raise ConfigurationError(
            f"schedule '{schedule.slug}': a schedule fires at some time; '{shown(schedule)}' never does. Correct it."
        )


def dates_of(schedule: "Dated", start: datetime, end: datetime | None, most: int) -> list[datetime]:
    """Return at most `most` of Prefect's dates from `start` to `end`, in UTC."""
    if isinstance(schedule, PlainCron | PlainInterval):
        try:
            return schedule.dates(start, end, most)
        except AskPrefect:
            return dates_of(_of_prefect(schedule), start, end, most)
    # The coroutine awaits nothing: one step ends it, without a loop, also where one runs already (a flow, a notebook).
    try:
        schedule.get_dates(n=most, start=start, end=end).send(None)
    except StopIteration as ended:
        return [to_utc(date) for date in ended.value]
    raise RuntimeError("Prefect's schedules give their dates at once; this version waits for something.")


def _of_prefect(schedule: PlainCron | PlainInterval) -> "CronSchedule | IntervalSchedule":
    with importing():
        from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule

    if isinstance(schedule, PlainCron):
        return CronSchedule(cron=schedule.cron, timezone=schedule.timezone, day_or=schedule.day_or)
    return IntervalSchedule(interval=schedule.interval, anchor_date=schedule.anchor, timezone="UTC")
