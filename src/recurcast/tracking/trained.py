"""A cell that was fitted, with its run and its model in MLflow."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recurcast.tracking.runs import TrackedRun
from recurcast.training.warm_start import CellStart

if TYPE_CHECKING:  # TensorFlow takes seconds, and who only reads the registry trains nothing
    from recurcast.training.fit import FittedCell


@dataclass(frozen=True)
class TrainedCell:
    """A fitted cell, its child run and the id of its model in MLflow."""

    fitted: "FittedCell"
    run: TrackedRun
    model_id: str
    siblings: "tuple[FittedCell, ...]" = ()
    """The same cell of other seeds, which were worse on the validation windows."""
    start: CellStart | None = None
    """What it began with; none where training never starts warm."""

    @property
    def best_first(self) -> "tuple[FittedCell, ...]":
        """Return the cell of all seeds, the best on the validation windows first."""
        return (self.fitted, *self.siblings)


def how_started(trained: Sequence[TrainedCell]) -> str:
    """Return in a line which cells began with whose weights; nothing where training never starts warm."""
    starts = {each.fitted.cell: each.start for each in trained if each.start is not None}
    warm = [f"{cell} from {start.told}" for cell, start in starts.items() if start.weights is not None]
    if warm:
        return f"started warm: {', '.join(warm)}"
    reasons = dict.fromkeys(start.why_cold for start in starts.values())
    return f"no cell started warm: {'; '.join(reasons)}" if reasons else ""
