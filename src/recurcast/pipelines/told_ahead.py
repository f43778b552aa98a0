"""What was found of an interval's rows before its time: the run that comes to the same rows takes it over."""

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import TYPE_CHECKING

from recurcast.config import PipelineConfig
from recurcast.environment import import_tensorflow, importing
from recurcast.executors.seam import in_order_at
from recurcast.runs.train import Request

if TYPE_CHECKING:
    from recurcast.series.frame import SeriesFrame
    from recurcast.series.validation.report import ValidatedFrame
    from recurcast.series.windows import Split

_MOST = 4
_MOST_BYTES = 2**26
"""Of a panel: larger ones are laid out again, so that no more than one is in memory."""


@dataclass(frozen=True)
class Told:
    """The rows that kept every rule, and their windows."""

    validated: "ValidatedFrame"
    split: "Split"


_told: OrderedDict[tuple[str, str, datetime], Told] = OrderedDict()
_telling = Lock()


def told_ahead(frame: "SeriesFrame", pipeline: PipelineConfig, as_of: datetime) -> "Split":
    """Return the windows of rows that keep every rule; whoever comes to the same rows gets the same.

    Raises ValidationFailed where a rule is broken, and RecurcastError where windows can't be cut.
    """
    from recurcast.pipelines.windows import windows_of
    from recurcast.series.validation.checks import validate

    validated = validate(frame, pipeline, as_of)
    split = windows_of(pipeline, validated.frame)
    if split.panel.values.nbytes > _MOST_BYTES:
        return split
    with _telling:
        for known in (frame, validated.frame):  # which may lack series that broke a rule
            _told[_key(known, pipeline, as_of)] = Told(validated, split)
        while len(_told) > _MOST:
            _told.popitem(last=False)
    return split


def told_of(frame: "SeriesFrame", pipeline: PipelineConfig, as_of: datetime) -> Told | None:
    """Return what was found of the same rows; none where nobody looked ahead."""
    with _telling:
        return _told.get(_key(frame, pipeline, as_of)) if _told else None


def validated_of(request: Request, frame: "SeriesFrame") -> "ValidatedFrame":
    """Return the rows of a run that keep every rule: as found ahead, else now, beside this process where that pays.

    Raises ValidationFailed where a rule is broken.
    """
    with importing():
        from recurcast.series.validation.apart import begin

    if (told := told_of(frame, request.pipeline, request.as_of)) is not None:
        return told.validated
    checking = begin(frame, request.pipeline, request.as_of)
    if checking.beside is not None:  # what comes next wants it, and this takes no less long
        import_tensorflow()
    return checking.result(in_order_at(request.root))


@contextmanager
def forgetting() -> Iterator[None]:
    """Let go, when the context is left, of what nobody came to."""
    try:
        yield
    finally:
        with _telling:
            _told.clear()


def _key(frame: "SeriesFrame", pipeline: PipelineConfig, as_of: datetime) -> tuple[str, str, datetime]:
    from recurcast.series.lake.scanning import digest_in

    return digest_in(frame), pipeline.model_dump_json(), as_of
