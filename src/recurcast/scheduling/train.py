"""From a wish to a request: which as_of a run takes where none was given, and the ticks around it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from recurcast.config import PipelineConfig
from recurcast.config.project import find_root, load_pipeline
from recurcast.config.project_file import TRAIN
from recurcast.config.schedule import Schedule
from recurcast.errors import ConfigurationError
from recurcast.instants import countable, format_instant, to_utc
from recurcast.runs.train import Request
from recurcast.scheduling.clock import now
from recurcast.scheduling.flow_runs.tags import ticket_of
from recurcast.scheduling.secrets import take_secrets
from recurcast.scheduling.ticks import first_tick_after, latest_tick, previous_tick

if TYPE_CHECKING:
    from prefect.client.schemas.objects import DeploymentSchedule


def request_by_hand(
    pipeline: PipelineConfig,
    schedules: tuple[Schedule, ...],
    as_of: datetime | None,
    root: Path,
    *,
    promote: bool = True,
    force: bool = False,
    from_snapshot: bool = False,
) -> Request:
    """Return the request of a run that a person starts; without `as_of`, the latest tick (see `default_as_of`)."""
    chosen = not_in_the_future(as_of) if as_of else default_as_of(pipeline, schedules, root)
    request = Request(pipeline, chosen, root, "manual", promote, force=force, from_snapshot=from_snapshot)
    return _between_ticks(request, schedules)


def request_of_flow_run(
    pipeline: PipelineConfig, as_of: datetime | None, root: Path, *, promote: bool, force: bool
) -> Request:
    """Return the request of the flow run that calls: as given, else the slot of its schedule, else the latest tick.

    A flow run with the tag `backfill` belongs to one, which further tags name.
    """
    from prefect.runtime import flow_run

    from recurcast.scheduling.flow_runs.late import superseded_reason

    take_secrets(pipeline)
    schedules = deployed_schedules(pipeline, root, TRAIN)
    ticket = ticket_of(flow_run.tags or [])
    if as_of is not None and ticket is not None:
        request = Request(pipeline, countable(as_of), root, "backfill", promote, force=force, ticket=ticket)
        return _between_ticks(request, schedules)
    slot = slot_of_flow_run() if as_of is None else None
    if slot is None:
        return request_by_hand(pipeline, schedules, as_of, root, promote=promote, force=force)
    reason = superseded_reason(pipeline.catch_up, slot, schedules)
    request = Request(pipeline, slot, root, "schedule", promote, force=force, superseded=reason)
    return _between_ticks(request, schedules)


def _between_ticks(request: Request, schedules: tuple[Schedule, ...]) -> Request:
    """The request with the ticks around it; what is no tick itself has no next one: its origins are another's."""
    if not schedules:
        return request
    is_tick = latest_tick(schedules, request.as_of) == request.as_of
    following = first_tick_after(schedules, request.as_of) if is_tick else None
    told = " and ".join(each.told for each in schedules)
    return replace(request, previous=previous_tick(schedules, request.as_of), following=following, schedule=told)


def slot_of_flow_run() -> datetime | None:
    """Return the instant that a schedule asked the calling flow run for; none where no schedule did.

    Only a run that the scheduler made has a slot: the scheduled time of any other is when it was made.
    """
    from prefect.client.orchestration import get_client
    from prefect.runtime import flow_run

    if flow_run.id is None:
        return None
    with get_client(sync_client=True) as client:
        made_by_scheduler = client.read_flow_run(flow_run.id).auto_scheduled
    return to_utc(flow_run.scheduled_start_time) if made_by_scheduler else None


def default_as_of(pipeline: PipelineConfig, schedules: tuple[Schedule, ...], root: Path) -> datetime:
    """Return the latest tick at or before now; for a file that no longer grows, the first tick that knows its last row.

    Raises ConfigurationError where the pipeline has no schedule, or no tick yet.
    """
    if pipeline.source.static:
        from recurcast.series.sources import last_row

        last_ds, last_available = last_row(pipeline, root)
        tick = first_tick_after(schedules, max(last_ds, last_available - timedelta(microseconds=1)))
    else:
        tick = latest_tick(schedules, now())
    if tick is None:
        raise ConfigurationError(
            f"as_of is by default a tick of the pipeline's schedule; '{pipeline.name}' has none. "
            f"Give --as-of, or a schedule in prefect.yaml."
        )
    return tick


def not_in_the_future(as_of: datetime) -> datetime:
    """Return the instant in UTC. A slot may lie a moment ahead of a worker's clock; what a person asks for may not."""
    chosen = countable(as_of)
    if chosen > now():
        raise ConfigurationError(
            f"as_of is an instant that has passed; received {format_instant(as_of)}. Take an earlier one."
        )
    return chosen


def deployed_schedules(pipeline: PipelineConfig, root: Path, flow: str) -> tuple[Schedule, ...]:
    """Return the schedules of flow/NAME as deployed, which is what fires; without a deployment, those of the file."""
    from prefect.client.orchestration import get_client
    from prefect.exceptions import ObjectNotFound

    try:
        with get_client(sync_client=True) as client:
            deployed = client.read_deployment_by_name(f"{flow}/{pipeline.name}").schedules
    except ObjectNotFound:
        return load_pipeline(find_root(root), pipeline.name).schedules
    return as_schedules(deployed)


def as_schedules(deployed: "Sequence[DeploymentSchedule]") -> tuple[Schedule, ...]:
    """Return the schedules of a deployment as the file would have them."""
    return tuple(
        Schedule.model_validate(
            {"slug": f"deployed-{number}"}
            | each.schedule.model_dump(
                mode="json",
                include={"cron", "interval", "rrule", "timezone", "anchor_date", "day_or"},
                exclude_none=True,
            )
        )
        for number, each in enumerate(deployed, 1)
    )
