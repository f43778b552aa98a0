"""Fits of this process that are begun before they are asked for, in threads, while another interval is judged and recorded.

TensorFlow computes outside of Python's lock, so the next interval's cells are fitted while this one's scores, models and
records are written. They are asked for by the windows that they were begun with: what was begun in vain is let go with these.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Event
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from recurcast.config import Cell, PipelineConfig
from recurcast.executors.here import Here
from recurcast.series.windows import Split

if TYPE_CHECKING:
    from recurcast.training.fit import Epoch, FittedCell, Weights

_MOST_BYTES = 2**26
"""Of a panel: two of larger ones at once are memory that a user did not ask for, and their fits keep all processors busy."""


class _Stopped(Exception):
    """Nobody will ask for it."""


@dataclass(frozen=True)
class _Begun:
    outcome: "Future[tuple[FittedCell, ...]]"
    epochs: "list[Epoch]" = field(default_factory=list)


class InAdvance(Here):
    """This process, which begins what it is told will be asked for."""

    def __init__(self, cells: int) -> None:
        self._next, self._threads = ThreadPoolExecutor(1, "ahead"), ThreadPoolExecutor(cells, "ahead")
        self._begun: WeakKeyDictionary[Split, dict[Cell, _Begun]] = WeakKeyDictionary()
        self._stopping, self._small = Event(), False

    def intervals_ahead(self, cells: int) -> int:
        """Return one, whose fits are ready when this one is recorded; none before a small panel was met, or after a large one.

        So at first, while this process imports what it needs, it does nothing else.
        """
        del cells
        return int(self._small)

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Do what leads to the next fits in a thread of its own."""
        self._next.submit(work)

    def make_ready(self, cells: Iterable[Cell], pipeline: PipelineConfig, split: Split) -> None:
        """Make the programs of the cells ready, and lay out what they share."""
        # Of a lake a few series are here; its files are of a panel that is streamed because it is large.
        self._small = split.overall is None and split.panel.values.nbytes <= _MOST_BYTES
        super().make_ready(cells, pipeline, split)

    def foresee(self, cells: Iterable[Cell], pipeline: PipelineConfig, split: Split) -> None:
        """Begin the fits of an interval."""
        if self._stopping.is_set():
            return
        self.make_ready(cells, pipeline, split)
        begun = self._begun[split] = {}
        for cell in cells:
            epochs: list[Epoch] = []
            begun[cell] = _Begun(self._threads.submit(self._fitted, cell, pipeline, split, epochs), epochs)

    def fit_seeds(
        self,
        cell: Cell,
        pipeline: PipelineConfig,
        split: Split,
        on_epoch: "Callable[[Epoch], None]" = lambda _: None,
        start: "Weights | None" = None,
        on_wait: Callable[[str], None] = lambda _: None,
    ) -> "tuple[FittedCell, ...]":
        """Return one cell fitted with each of the pipeline's seeds, as it was begun, else fitted now."""
        begun = self._begun.get(split, {}).pop(cell, None)
        if begun is None or start is not None or begun.outcome.exception() is not None:
            return super().fit_seeds(cell, pipeline, split, on_epoch, start)
        for epoch in begun.epochs:
            on_epoch(epoch)
        return begun.outcome.result()

    def close(self) -> None:
        """Stop what nobody asked for."""
        self._stopping.set()
        for threads in (self._next, self._threads):
            threads.shutdown(cancel_futures=True)
        self._begun.clear()

    def _fitted(
        self, cell: Cell, pipeline: PipelineConfig, split: Split, epochs: "list[Epoch]"
    ) -> "tuple[FittedCell, ...]":
        def told(epoch: "Epoch") -> None:
            epochs.append(epoch)
            if self._stopping.is_set():
                raise _Stopped

        return super().fit_seeds(cell, pipeline, split, told)
