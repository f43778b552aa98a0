"""The cells in a thread each: TensorFlow computes outside of Python's lock, and one cell never fills two cores."""

from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextvars import copy_context
from threading import Event
from typing import TYPE_CHECKING

from recurcast.config import CELLS, Cell, PipelineConfig
from recurcast.executors.seam import HERE, Executor
from recurcast.runs.train import Progress

if TYPE_CHECKING:
    from recurcast.series.windows import Split
    from recurcast.tracking.trained import TrainedCell


class _Stopped(Exception):
    """Another cell failed, or nobody waits any more."""


def train_at_once(
    pipeline: PipelineConfig,
    split: "Split",
    train: "Callable[[Split, Cell, Progress], TrainedCell]",
    progress: Progress,
    executor: Executor = HERE,
) -> "tuple[TrainedCell, ...]":
    """Return the trained cells in the pipeline's order.

    Where one fails, the others stop: at the end of their epoch, or at once where others fit.
    """
    own = pipeline.network.cells
    longest_first = sorted(own, key=lambda cell: -CELLS[cell].products)
    executor.make_ready(own, pipeline, split)
    stopping = Event()
    with ThreadPoolExecutor(len(own), thread_name_prefix="train") as threads:
        try:
            # A task finds its flow in the context of the thread that calls it.
            cells = {
                cell: threads.submit(copy_context().run, train, split, cell, _Stoppable(progress, stopping))
                for cell in longest_first
            }
            wait(cells.values(), return_when=FIRST_EXCEPTION)
        finally:
            stopping.set()
        failures = [error for future in cells.values() if (error := future.exception()) is not None]
        for error in failures:
            if not isinstance(error, _Stopped):
                raise error
    return tuple(cells[cell].result() for cell in own)


class _Stoppable:
    """Passes on how far the training is, and ends it where it is to stop."""

    def __init__(self, progress: Progress, stopping: Event) -> None:
        self._progress, self._stopping = progress, stopping

    def stage(self, name: str) -> None:
        self._progress.stage(name)

    def epoch(self, cell: str, number: int, of: int, train: float, validation: float) -> None:
        if self._stopping.is_set():
            raise _Stopped(f"{cell} was stopped at epoch {number}: another cell failed, or the run was ended")
        self._progress.epoch(cell, number, of, train, validation)

    def waits(self, why: str) -> None:
        if self._stopping.is_set():  # of a fit that nobody has begun no epoch would be heard
            raise _Stopped("a fit by others was taken back: another cell failed, or the run was ended")
        if (tells := getattr(self._progress, "waits", None)) is not None:  # flows that `init` wrote before have none
            tells(why)
