"""Which version a warm start begins from: the champion of the intervals before, its weights from its light bundle.

An interval never begins from its own result: what it was trained to once does not change what it is trained to again.
"""

import tempfile
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import cache
from pathlib import Path

from mlflow.exceptions import MlflowException

from recurcast.config import Cell, PipelineConfig
from recurcast.errors import RecurcastError, StoreUnavailable
from recurcast.instants import format_instant
from recurcast.promotion.champion_history import fold
from recurcast.promotion.entries import Entry
from recurcast.series.windows import Split
from recurcast.tracking.models.bundles import load
from recurcast.tracking.registry.champion_history import read_history
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import Store, is_missing, store_errors
from recurcast.training.warm_start import CellStart, start_from

_NONE = "none"
_START, _WHY = "start", "start.why"


def starts_of(store: Store, name: str, instants: Iterable[datetime]) -> dict[datetime, str]:
    """Return by as_of the version that stands after all earlier intervals, such as `sine/3`, or `none`."""
    with store_errors(store.uri):
        history = read_history(store, name)
        entries = () if history is None else history.entries

        @cache
        def is_there(version: int) -> bool:
            try:
                store.client.get_model_version(name, str(version))
            except MlflowException as error:
                if not is_missing(error):
                    raise
                return False
            return True

        steps = fold(entries).steps
        places = [step.entry.as_of for step in steps]
        starts: dict[datetime, str] = {}
        for instant in instants:
            passed = bisect_left(places, instant)
            version = steps[passed - 1].after if passed else None
            if version is not None and not is_there(version):
                version = _earlier(entries, instant, is_there)
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


def _earlier(entries: Sequence[Entry], instant: datetime, is_there: Callable[[int], bool]) -> int | None:
    """The last champion before an instant that was not deleted, as the alias would have it."""
    championship, gone = fold(entries, instant, before=0), set[int | None]()
    while (entry := championship.standing(gone)) is not None:
        assert entry.version is not None, "the baseline reigns over nobody"
        if is_there(entry.version):
            return entry.version
        gone.add(entry.version)
    return None


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
