"""One schedule of a deployment, as `prefect.yaml` writes it; its ticks are worked out in `ticks`."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator

from recurcast.config.base import Instant, Settings, Timezone
from recurcast.config.explanation import explain
from recurcast.config.rules import expect_read_right
from recurcast.errors import ConfigurationError

_CENTURY = timedelta(days=36_525)
_LONGEST_CRON = 1_000


def _quoted(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError(f"anchor_date is written in quotes, else Prefect refuses the whole file; received {value}")
    return value


def _runs_own_parameters(parameters: dict[str, Any]) -> dict[str, Any]:
    taken = sorted({"pipeline", "as_of"} & parameters.keys())
    if taken:
        raise ValueError(
            f"a schedule leaves '{taken[0]}' to the deployment and to its ticks, so that a run by hand and a "
            f"scheduled run cannot differ. Remove it from the schedule's parameters"
        )
    return parameters


def _seconds_to_a_century(interval: timedelta) -> timedelta:
    if not timedelta(seconds=1) <= interval <= _CENTURY:
        raise ValueError(f"an interval lasts from 1 second to 36,525 days; received {interval}")
    return interval


def _minutes(cron: str) -> str:
    if len(cron) > _LONGEST_CRON:
        raise ValueError(f"a cron expression has at most {_LONGEST_CRON:,} characters; received {len(cron):,}")
    if not cron.startswith("@") and len(cron.split()) != 5:
        raise ValueError(
            f"a cron expression has five fields: minute, hour, day, month, weekday; received '{cron}'. "
            "For seconds use interval"
        )
    return cron


Cron = Annotated[str, AfterValidator(_minutes)]


class Schedule(Settings):
    """One entry of `schedules:`, with the keys that Prefect knows; united, a deployment's schedules give its ticks."""

    slug: str = Field(
        min_length=1,
        description="Name of the schedule within its deployment. Without one, Prefect replaces the schedule at every "
        "deployment: its pause is forgotten and a slot can run twice.",
    )
    cron: Cron | None = Field(None, description="Cron expression, such as '0 6 * * *', on the time zone's wall clock.")
    interval: Annotated[timedelta, Field(gt=timedelta(0)), AfterValidator(_seconds_to_a_century)] | None = Field(
        None, description="Seconds, or ISO 8601 such as 'PT30M'; a second or more."
    )
    rrule: str | None = Field(None, description="iCalendar rule, such as 'FREQ=DAILY;BYHOUR=6;BYMINUTE=0'.")
    timezone: Timezone = Field("UTC", description="IANA time zone of cron and rrule.")
    anchor_date: Annotated[Instant, BeforeValidator(_quoted)] | None = Field(
        None, description="One tick of an interval schedule; all others are counted from it."
    )
    day_or: bool | None = Field(None, description="Cron: day of month or weekday (true, default), or both (false).")
    active: bool = Field(True, description="Whether the server runs it; its ticks count for runs by hand anyway.")
    parameters: Annotated[dict[str, Any], AfterValidator(_runs_own_parameters)] = Field(
        default_factory=dict, description="Parameters of the runs of this schedule, such as `promote: false`."
    )
    replaces: str | None = Field(None, description="Slug that this schedule had before it was renamed.")

    @property
    def told(self) -> str:
        """Return the schedule in words, such as `0 6 * * *` (Europe/London)."""
        if self.interval is not None:
            return f"every {self.interval}"
        return f"`{self.cron or self.rrule}` ({self.timezone})"

    @model_validator(mode="after")
    def _one_kind(self) -> "Schedule":
        kinds = [kind for kind in ("cron", "interval", "rrule") if getattr(self, kind) is not None]
        if len(kinds) != 1:
            raise ValueError(f"a schedule has one of cron, interval, rrule; received {' and '.join(kinds) or 'none'}")
        for field, kind in (("anchor_date", "interval"), ("day_or", "cron")):
            if getattr(self, field) is not None and kinds != [kind]:
                raise ValueError(f"'{field}' belongs to {kind}; received it with {kinds[0]}. Remove it")
        return self

    @model_validator(mode="after")
    def _rule_is_read_right(self) -> "Schedule":
        if self.rrule is not None:
            expect_read_right(self.rrule, self.timezone)
        return self

    @model_validator(mode="after")
    def _interval_has_ticks_of_its_own(self) -> "Schedule":
        if self.interval is None:
            return self
        if self.anchor_date is None:
            raise ValueError(
                "an interval needs an anchor_date, else its ticks depend on the moment of the first deployment; "
                'received none. Add one, such as anchor_date: "2024-01-01T00:00:00Z"'
            )
        # On a clock with daylight saving the ticks that Prefect fires depend on when its scheduler last looked:
        # hours are lost in autumn, days jump by an hour. tests/scheduling/test_ticks.py shows it.
        if self.timezone != "UTC":
            raise ValueError(
                f"an interval is counted in UTC; received timezone '{self.timezone}'. "
                "Remove timezone, or use cron for times of the wall clock"
            )
        return self


def read_schedules(deployment: Mapping[str, Any]) -> tuple[Schedule, ...]:
    """Return the schedules of one deployment of `prefect.yaml`, from its key `schedules` or `schedule`.

    A ConfigurationError says which schedule is wrong, and how.
    """
    blocks = schedule_blocks(deployment)
    schedules = tuple(_read_schedule(number, block) for number, block in enumerate(blocks, start=1))
    slugs = [schedule.slug for schedule in schedules]
    twice = sorted({slug for slug in slugs if slugs.count(slug) > 1})
    if twice:
        raise ConfigurationError(f"each schedule has a slug of its own; received '{twice[0]}' twice. Rename one.")
    return schedules


def schedule_blocks(deployment: Mapping[str, Any]) -> list[Any]:
    """Return the schedules as they stand in the file, whichever of Prefect's two keys holds them."""
    one, several = deployment.get("schedule"), deployment.get("schedules")
    if one and several is not None:
        raise ConfigurationError("a deployment has 'schedule' or 'schedules'; received both. Move all to 'schedules'.")
    if several is not None and not isinstance(several, list):
        raise ConfigurationError("'schedules' is a list; received one value. Put a hyphen before each schedule.")
    return [one] if one else list(several or [])


def _read_schedule(number: int, block: object) -> Schedule:
    name = block.get("slug", number) if isinstance(block, Mapping) else number
    try:
        return Schedule.model_validate(block)
    except ValidationError as error:
        raise ConfigurationError(f"schedule {name}: {explain(error, block, Schedule)}") from error
