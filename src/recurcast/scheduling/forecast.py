"""From the wish for a forecast to its request: which as_of it takes where none was given."""

from datetime import datetime, timedelta
from pathlib import Path

from recurcast.config import PipelineConfig
from recurcast.config.project_file import FORECAST
from recurcast.config.schedule import Schedule
from recurcast.instants import countable, parse_instant
from recurcast.runs.forecast import ForecastRequest
from recurcast.scheduling.clock import now
from recurcast.scheduling.secrets import take_secrets
from recurcast.scheduling.ticks import previous_tick
from recurcast.scheduling.train import default_as_of, deployed_schedules, not_in_the_future, slot_of_flow_run

_A_MOMENT = timedelta(microseconds=1)


def as_of_by_hand(
    pipeline: PipelineConfig, schedules: tuple[Schedule, ...], as_of: datetime | None, root: Path
) -> datetime:
    """Return the as_of of a forecast that a person asks for; without one, as of a run: the latest tick."""
    return not_in_the_future(as_of) if as_of else default_as_of(pipeline, schedules, root)


def as_of_without_schedule(
    pipeline: PipelineConfig, as_of: datetime | None, root: Path, trained: str | None = None
) -> datetime:
    """Return the as_of of a forecast that knows no ticks, for which Prefect would be imported: the present second.

    For a file that no longer grows, the step after its last row, once that row is known: the frame is the same. It was
    `trained` at a tick after that, where the bundle's forecaster was trained on all of the file.
    """
    if as_of is not None:
        return not_in_the_future(as_of)
    if not pipeline.source.static:
        return now().replace(microsecond=0)
    from recurcast.series.sources import last_row, obtain

    last_ds, available = last_row(pipeline, root)
    grid = obtain(pipeline, max(last_ds + _A_MOMENT, available), root).grid
    after = max(grid.steps_after(last_ds, 1)[0].to_pydatetime(), available)
    return after if trained is None else max(after, parse_instant(trained))


def request_of_forecast_flow_run(pipeline: PipelineConfig, as_of: datetime | None, root: Path) -> ForecastRequest:
    """Return the request of the flow run that calls: as given, else the slot of its schedule, else the latest tick."""
    from recurcast.scheduling.flow_runs.late import superseded_reason

    take_secrets(pipeline)
    schedules = deployed_schedules(pipeline, root, FORECAST)
    slot = slot_of_flow_run() if as_of is None else None
    if slot is None:
        chosen = as_of_by_hand(pipeline, schedules, as_of and countable(as_of), root)
        return ForecastRequest(pipeline, chosen, root, flagging="where there are intervals")
    return ForecastRequest(
        pipeline,
        slot,
        root,
        "schedule",
        previous=previous_tick(schedules, slot) if schedules else None,
        superseded=superseded_reason(pipeline.catch_up, slot, schedules),
        flagging="where there are intervals",
    )
