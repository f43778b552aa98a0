"""Fits of this process, which are begun when they are asked for."""

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, TypeVar

from recurcast.config import Cell, PipelineConfig
from recurcast.series.lake.in_order import one_by_one
from recurcast.series.windows import Split

if TYPE_CHECKING:
    from recurcast.training.fit import Epoch, FittedCell, Weights

T = TypeVar("T")
U = TypeVar("U")


class Here:
    """This process."""

    told, dashboard, remarks, at_once = "", "", (), 0

    def intervals_ahead(self, cells: int) -> int:
        """Return none: what is not asked for yet is not begun."""
        del cells
        return 0

    def meanwhile(self, work: Callable[[], None]) -> None:
        """Do it."""
        work()

    def make_ready(self, cells: Iterable[Cell], pipeline: PipelineConfig, split: Split) -> None:
        """Make the programs of the cells ready, and lay out what they share."""
        from recurcast.training.kinds import make_ready

        make_ready(cells, pipeline, split)

    def foresee(self, cells: Iterable[Cell], pipeline: PipelineConfig, split: Split) -> None:
        """Nothing is begun before its time."""

    def fit_seeds(
        self,
        cell: Cell,
        pipeline: PipelineConfig,
        split: Split,
        on_epoch: "Callable[[Epoch], None]" = lambda _: None,
        start: "Weights | None" = None,
        on_wait: Callable[[str], None] = lambda _: None,
    ) -> "tuple[FittedCell, ...]":
        """Return one cell fitted with each of the pipeline's seeds: first what competes, then the others."""
        from recurcast.training.kinds import fit_seeds

        return fit_seeds(cell, pipeline, split, on_epoch, start)

    def in_order(self, function: Callable[[T], U], items: Iterable[T], /) -> Iterator[U]:
        """Yield what a function makes of each item, one after the other."""
        return one_by_one(function, items)

    def close(self) -> None:
        """Nothing is held."""
