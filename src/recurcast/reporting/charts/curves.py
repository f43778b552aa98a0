"""The losses of a fitted cell, as they are drawn: a record without the network, which another process may be handed."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recurcast.config import Cell
    from recurcast.training.fit import FittedCell


@dataclass(frozen=True)
class Losses:
    """Mean losses of an epoch, in the window's scale."""

    number: int
    train: float
    validation: float


@dataclass(frozen=True)
class Curves:
    """A cell's losses by epoch; `kept` is the epoch whose weights it carries, 0 for the initial ones."""

    cell: "Cell"
    kept: int
    epochs: tuple[Losses, ...]


def curves_of(fitted: "FittedCell") -> Curves:
    """Return the losses of a fitted cell."""
    epochs = tuple(Losses(each.number, each.train, each.validation) for each in fitted.epochs)
    return Curves(fitted.cell, fitted.kept, epochs)
