"""From a wish to a request: which as_of a run takes where none was given. The one place that reads the clock."""

from datetime import UTC, datetime
from pathlib import Path

from recurcast.config import PipelineConfig
from recurcast.errors import ConfigurationError
from recurcast.intervals import format_instant, to_utc
from recurcast.records import Request
from recurcast.scheduling.project import find_root, load_pipeline
from recurcast.scheduling.schedules import Schedule
from recurcast.scheduling.ticks import first_tick_after, latest_tick, previous_tick

BACKFILL_TAG = "backfill"


def request_by_hand(
    pipeline: PipelineConfig,
    schedules: tuple[Schedule, ...],
    as_of: datetime | None,
    root: Path,
    *,
    promote: bool = True,
) -> Request:
    """Return the request of a run that a person starts; without `as_of`, the latest tick (see `default_as_of`)."""
    chosen = _not_in_the_future(as_of) if as_of else default_as_of(pipeline, schedules, root)
    return Request(pipeline, chosen, root, "manual", promote)


def request_of_flow_run(pipeline: PipelineConfig, as_of: datetime | None, promote: bool, root: Path) -> Request:
    """Return the request of the flow run that calls: as given, else the slot of its schedule, else the latest tick."""
    from prefect.runtime import flow_run

    if as_of is not None:
        backfilled = BACKFILL_TAG in (flow_run.tags or [])
        return Request(pipeline, _not_in_the_future(as_of), root, "backfill" if backfilled else "manual", promote)
    slot = slot_of_flow_run()
    schedules = _schedules_of_deployment(pipeline, root)
    if slot is None:
        return request_by_hand(pipeline, schedules, None, root, promote=promote)
    return Request(pipeline, slot, root, "schedule", promote, previous_tick(schedules, slot))


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


def name_flow_run(name: str) -> None:
    """Give the calling flow run a name: what it is of is known only once its request is."""
    from prefect.client.orchestration import get_client
    from prefect.runtime import flow_run

    with get_client(sync_client=True) as client:
        client.update_flow_run(flow_run.id, name=name)


def default_as_of(pipeline: PipelineConfig, schedules: tuple[Schedule, ...], root: Path) -> datetime:
    """Return the latest tick at or before now; for a file that no longer grows, the first tick that knows its last row.

    Raises ConfigurationError where the pipeline has no schedule, or no tick yet.
    """
    if pipeline.source.static:
        from recurcast.series.sources import last_row

        last_ds, last_available = last_row(pipeline, root)
        tick = first_tick_after(schedules, last_ds)
        while tick is not None and tick < last_available:
            tick = first_tick_after(schedules, tick)
    else:
        tick = latest_tick(schedules, datetime.now(UTC))
    if tick is None:
        raise ConfigurationError(
            f"as_of is by default a tick of the pipeline's schedule; '{pipeline.name}' has none. "
            f"Give --as-of, or a schedule in prefect.yaml."
        )
    return tick


def _not_in_the_future(as_of: datetime) -> datetime:
    """A slot may lie a moment ahead of a worker's clock; what a person asks for may not."""
    if as_of > datetime.now(UTC):
        raise ConfigurationError(
            f"as_of is an instant that has passed; received {format_instant(as_of)}. Take an earlier one."
        )
    return to_utc(as_of)


def _schedules_of_deployment(pipeline: PipelineConfig, root: Path) -> tuple[Schedule, ...]:
    """The schedules as deployed, which is what the scheduler fires; without a deployment, those of the file."""
    from prefect.client.orchestration import get_client
    from prefect.runtime import deployment

    if deployment.id is None:
        return load_pipeline(find_root(root), pipeline.name).schedules
    with get_client(sync_client=True) as client:
        deployed = client.read_deployment(deployment.id).schedules
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
