"""From the wish for a backfill to its run in MLflow: planned and begun, or found again to go on with."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from recurcast.config import PipelineConfig
from recurcast.config.project import load_pipeline
from recurcast.errors import ConfigurationError
from recurcast.instants import parse_time
from recurcast.runs.backfill import Choice, Order, Reprocess

if TYPE_CHECKING:
    from recurcast.tracking.backfill import RecordedBackfill
    from recurcast.tracking.store import Store

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

from recurcast.config.schedule import Schedule
from recurcast.instants import format_instant, in_zone
from recurcast.runs.backfill import MOST_INTERVALS, Interval, Plan, intervals_of, make_plan
from recurcast.scheduling.clock import now
from recurcast.scheduling.secrets import take_secrets
from recurcast.scheduling.ticks import MOST_TICKS, coming_ticks, first_tick_after, previous_tick


@dataclass(frozen=True)
class BackfillRequest:
    """What a person asked for; `resume` names a backfill to go on with, whose range and choice are then its own."""

    pipeline: str
    start: datetime
    end: datetime | None
    choice: Choice
    isolated: bool = False
    concurrency: int = 1
    resume: str | None = None

    def __post_init__(self) -> None:
        if self.concurrency < 1:
            raise ConfigurationError(f"at least one interval runs at a time; received {self.concurrency}. Raise it.")
        if self.concurrency > 1 and not self.isolated:
            raise ConfigurationError(
                f"intervals in one process run one after another; received concurrency {self.concurrency}. "
                "Run them isolated, or one at a time."
            )


@dataclass(frozen=True)
class PlannedBackfill:
    """A plan with what it is of; `timezone` is that of the schedule, which open dates are read in."""

    pipeline: PipelineConfig
    timezone: str
    plan: Plan
    choice: Choice


@dataclass(frozen=True)
class BegunBackfill:
    """A backfill to carry out; without `recorded` there is nothing to run, and `nothing` says why."""

    pipeline: PipelineConfig
    recorded: "RecordedBackfill | None"
    force: bool
    nothing: str = ""


def request_of(
    pipeline: str,
    start: str,
    end: str | None,
    reprocess: str,
    order: str,
    limit: int | None,
    budget: str | None,
    *,
    isolated: bool,
    concurrency: int,
) -> BackfillRequest:
    """Return the request that the words of a command line make; a date may leave its zone open."""
    choice = choice_of(cast(Reprocess, reprocess), cast(Order, order), limit, budget)  # which Choice itself checks
    return BackfillRequest(pipeline, parse_time(start), parse_time(end) if end else None, choice, isolated, concurrency)


def choice_of(reprocess: Reprocess, order: Order, limit: int | None, budget: str | None) -> Choice:
    """Return the choice; a budget is a duration such as '30m' or '2h'."""
    return Choice(reprocess, order, limit, None if budget is None else _seconds(budget))


def begin(store: "Store", planned: PlannedBackfill) -> BegunBackfill:
    """Return the backfill of a plan, recorded in MLflow, unless nothing of it runs."""
    from recurcast.tracking.backfill import create_backfill, read_backfill

    choice, pipeline = planned.choice, planned.pipeline
    if not planned.plan.to_run:
        nothing = f"nothing to run with reprocess '{choice.reprocess}': {planned.plan.headline}"
        return BegunBackfill(pipeline, None, False, nothing)
    run = create_backfill(store, pipeline, planned.plan, choice)
    return BegunBackfill(pipeline, read_backfill(store, run.run_id), choice.reprocess == "all")


def resumed(root: Path, recorded: "RecordedBackfill") -> BegunBackfill:
    """Return a recorded backfill to go on with, on today's configuration of its pipeline."""
    pipeline = load_pipeline(root, recorded.pipeline).pipeline
    return BegunBackfill(pipeline, recorded, recorded.choice.reprocess == "all")


def _seconds(text: str) -> float:
    from recurcast.series.grid import duration

    try:
        return duration(text).total_seconds()
    except ValueError as error:
        raise ConfigurationError(f"a budget is a duration, such as '30m' or '2h'; received '{text}'.") from error


def plan_backfill(store: "Store", root: Path, request: BackfillRequest) -> PlannedBackfill:
    """Return the plan for the ticks in `[start, end)`; without an end, up to now. What has not come yet is left out.

    Raises ConfigurationError where the pipeline has no schedule, or the range no tick that has passed.
    """
    name, start, end, choice = request.pipeline, request.start, request.end, request.choice
    deployment = load_pipeline(root, name)
    take_secrets(deployment.pipeline)
    if not deployment.schedules:
        raise ConfigurationError(
            f"a backfill runs the ticks of a schedule; '{name}' has none. Add one under 'schedules' in prefect.yaml."
        )
    if deployment.pipeline.training.warm_start is not None:
        _refuse_out_of_order(request)
    timezone = _timezone(deployment.schedules, (start, end))
    limited = choice.limit is not None
    intervals = _intervals(deployment.schedules, in_zone(start, timezone), end and in_zone(end, timezone), limited)
    plan = _plan(store, root, deployment.pipeline, intervals, choice)
    return PlannedBackfill(deployment.pipeline, timezone, plan, choice)


def _refuse_out_of_order(request: BackfillRequest) -> None:
    received = [f"order {request.choice.order}"] if request.choice.order != "oldest" else []
    received += [f"concurrency {request.concurrency}"] if request.concurrency > 1 else []
    if received:
        raise ConfigurationError(
            "with training.warm_start intervals run one at a time, oldest first, since each begins from the champion of "
            f"those before; received {' and '.join(received)}. Leave it out, or train cold."
        )


def _timezone(schedules: Sequence[Schedule], given: tuple[datetime | None, ...]) -> str:
    zones = list(dict.fromkeys(schedule.timezone for schedule in schedules))
    open_dates = [each for each in given if each is not None and each.tzinfo is None]
    if len(zones) > 1 and open_dates:
        raise ConfigurationError(
            f"a date without a zone is in the schedule's; the schedules have {' and '.join(zones)}. "
            f"Give the zone with it, such as '{open_dates[0]:%Y-%m-%d}T00:00:00Z'."
        )
    return zones[0]


def _intervals(
    schedules: Sequence[Schedule], start: datetime, end: datetime | None, limited: bool
) -> tuple[Interval, ...]:
    present = now()
    received = f"received {format_instant(start)} to {'now' if end is None else format_instant(end)}"
    if start > present:
        raise ConfigurationError(
            f"a backfill is of the past; {received}, which is still to come. Take an earlier range."
        )
    if end is not None and end <= start:
        raise ConfigurationError(
            f"a range runs from an earlier instant to a later one; {received}. Exchange or widen them."
        )
    ticks = _ticks(schedules, start, min(end or present, present), limited)
    if not ticks:
        following = first_tick_after(schedules, start)
        hint = f" The next tick is {format_instant(following)}." if following else ""
        raise ConfigurationError(
            f"a range holds at least one tick that has passed; {received}, which holds none.{hint}"
        )
    return intervals_of(ticks, previous_tick(schedules, ticks[0]), first_tick_after(schedules, ticks[-1]))


def _ticks(schedules: Sequence[Schedule], start: datetime, end: datetime, limited: bool) -> list[datetime]:
    most = MOST_TICKS if limited else MOST_INTERVALS
    ticks = [tick.instant for tick in islice(coming_ticks(schedules, start, end), most + 1)]
    if len(ticks) > most:
        raise ConfigurationError(
            f"a plan {'with' if limited else 'without'} a limit has at most {most:,} intervals; received more, the first "
            f"{most:,} of which are past by {format_instant(ticks[-1])}. "
            f"{'Give' if limited else 'Give --limit, or'} a shorter range."
        )
    return ticks


def _plan(
    store: "Store", root: Path, pipeline: PipelineConfig, intervals: tuple[Interval, ...], choice: Choice
) -> Plan:
    from recurcast.runs.fingerprint import fingerprint_of
    from recurcast.series.interval_digests import interval_digests
    from recurcast.series.lake.scanning import layout_of
    from recurcast.tracking.intervals import recorded_intervals, typical_seconds
    from recurcast.tracking.registry.warm_start import starts_of

    digests = calendars = None
    if choice.reads_the_source:
        found = interval_digests(pipeline, [each.as_of for each in intervals], root)
        digests = {each.as_of: each.digest for each in found}
        calendars = {each.as_of: each.calendar for each in found}
    name, warm = pipeline.name, pipeline.training.warm_start is not None
    recorded, seconds = recorded_intervals(store, name), typical_seconds(store, name)
    starts = starts_of(store, name, [each.as_of for each in intervals]) if warm else None
    now = fingerprint_of(pipeline, "", layout=layout_of(pipeline, root) if choice.reads_the_source else "")
    return make_plan(intervals, recorded, now, digests, choice, seconds, starts, calendars)
