"""From a wish to a request for a search: which as_of it takes where none was given."""

from datetime import datetime
from pathlib import Path

from recurcast.config import PipelineConfig
from recurcast.config.schedule import Schedule
from recurcast.runs.search_request import SearchRequest
from recurcast.scheduling.train import request_by_hand


def search_by_hand(
    pipeline: PipelineConfig, schedules: tuple[Schedule, ...], as_of: datetime | None, root: Path, *, workers: int = 1
) -> SearchRequest:
    """Return the request of a search that a person starts; without `as_of`, that of a run by hand."""
    instant = request_by_hand(pipeline, schedules, as_of, root).as_of
    timezone = schedules[0].timezone if schedules else pipeline.source.timezone
    return SearchRequest(pipeline, instant, root, "manual", timezone, workers)
