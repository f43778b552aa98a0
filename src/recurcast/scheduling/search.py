"""From a wish to a request for a search: which as_of it takes where none was given."""

from dataclasses import replace
from datetime import datetime
from pathlib import Path

from recurcast.config import PipelineConfig
from recurcast.config.project_file import TRAIN
from recurcast.config.schedule import Schedule
from recurcast.runs.search_request import SearchRequest
from recurcast.scheduling.secrets import take_secrets
from recurcast.scheduling.ticks import latest_tick
from recurcast.scheduling.train import deployed_schedules, request_by_hand, slot_of_flow_run


def search_by_hand(
    pipeline: PipelineConfig, schedules: tuple[Schedule, ...], as_of: datetime | None, root: Path, *, workers: int = 1
) -> SearchRequest:
    """Return the request of a search that a person starts; without `as_of`, that of a run by hand."""
    instant = request_by_hand(pipeline, schedules, as_of, root).as_of
    timezone = schedules[0].timezone if schedules else pipeline.source.timezone
    return SearchRequest(pipeline, instant, root, "manual", timezone, workers)


def request_of_search_flow_run(pipeline: PipelineConfig, as_of: datetime | None, root: Path) -> SearchRequest:
    """Return the request of the flow run that calls: as given, else as of the training's latest tick at its slot.

    What a run trains on at that tick is what the search is for; of a file that no longer grows, all of it.
    """
    take_secrets(pipeline)
    schedules = deployed_schedules(pipeline, root, TRAIN)
    slot = slot_of_flow_run() if as_of is None else None
    if slot is None or pipeline.source.static:
        by_hand = search_by_hand(pipeline, schedules, as_of, root)
        return by_hand if slot is None else replace(by_hand, trigger="schedule")
    instant = latest_tick(schedules, slot) or slot
    return replace(search_by_hand(pipeline, schedules, instant, root), trigger="schedule")
