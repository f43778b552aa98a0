"""Which version a warm start begins from: the champion of the intervals before, its weights from its light bundle.

An interval never begins from its own result: what it was trained to once does not change what it is trained to again.
"""

import tempfile
from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from recurcast.config import Cell, PipelineConfig
from recurcast.errors import RecurcastError, StoreUnavailable
from recurcast.instants import format_instant
from recurcast.promotion.champion_history import fold
from recurcast.series.windows import Split
from recurcast.tracking.models.bundles import load
from recurcast.tracking.registry.champion_history import entries_of, standing_version, version_or_none
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import Store, store_errors
from recurcast.training.warm_start import CellStart, start_from

_NONE = "none"
_START, _WHY = "start", "start.why"


def starts_of(store: Store, name: str, instants: Iterable[datetime]) -> dict[datetime, str]:
    """Return by as_of the version that stands after all earlier intervals, such as `sine/3`, or `none`."""
    entries, look = entries_of(store, name), cache(partial(version_or_none, store, name))
    with store_errors(store.uri):
        steps = fold(entries).steps
        places = [step.entry.as_of for step in steps]
        starts: dict[datetime, str] = {}
        for instant in instants:
            passed = bisect_left(places, instant)
            version = steps[passed - 1].after if passed else None
            if version is not None and look(version) is None:
                standing = standing_version(store, name, fold(entries, instant, before=0))
                version = None if standing is None else standing.number
            starts[instant] = _NONE if version is None else f"{name}/{version}"
    return starts


def start_of(run: TrackedRun, pipeline: PipelineConfig, as_of: datetime) -> str:
    """Return the version that the run's cells begin from where it is of their cell, noted in the run; empty if never."""
    if pipeline.training.warm_start is None:
        return ""
    start = starts_of(run.store, pipeline.name, [as_of])[as_of]
    why = f"nobody was champion before {format_instant(as_of)}" if start == _NONE else _why_unusable(run.store, start)
    if why:
        run.tag(**{_WHY: why})
    return _NONE if why else start


def cell_start(run: TrackedRun, pipeline: PipelineConfig, cell: Cell, split: Split) -> CellStart | None:
    """Return what a cell of the run begins with; none where training never starts warm.

    Raises RecurcastError where the files of the version that the run's fingerprint names are gone by now.
    """
    if pipeline.training.warm_start is None:
        return None
    with store_errors(run.store.uri):
        tags = run.store.client.get_run(run.run_id).data.tags
    if tags[_START] == _NONE:
        return CellStart(why_cold=tags[_WHY])
    name, _, version = tags[_START].rpartition("/")
    with tempfile.TemporaryDirectory() as folder:
        return start_from(load(run.store, name, int(version), Path(folder)), cell, pipeline, split)


def _why_unusable(store: Store, start: str) -> str:
    name, _, version = start.rpartition("/")
    with tempfile.TemporaryDirectory() as folder:
        try:
            load(store, name, int(version), Path(folder))
        except StoreUnavailable:
            raise
        except RecurcastError:
            return f"the light bundle of version {version} is missing or damaged"
    return ""
