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


@dataclass(frozen=True)
class Served:
    """What a challenger's version is made of: the weights that it serves, and those that the verdict is on."""

    cell: TrainedCell
    judged: TrainedCell
    remark: str = ""
    """Why the judged weights serve although the pipeline asks for a refit."""

    @property
    def refitted(self) -> bool:
        """Return whether they are not the same."""
        return self.cell is not self.judged


def how_started(trained: Sequence[TrainedCell]) -> str:
    """Return in a line which cells began with whose weights; nothing where training never starts warm."""
    starts = {each.fitted.cell: each.start for each in trained if each.start is not None}
    warm = [f"{cell} from {start.told}" for cell, start in starts.items() if start.weights is not None]
    if warm:
        return f"started warm: {', '.join(warm)}"
    reasons = dict.fromkeys(start.why_cold for start in starts.values())
    return f"no cell started warm: {'; '.join(reasons)}" if reasons else ""
