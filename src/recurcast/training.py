"""Fit one cell, batch by batch, as one graph per epoch.

The batches are gathered from the series by the windows' positions, so that memory stays that of the series and not
`lookback` times as much. A last partial batch is padded with windows of weight 0: no second program, none dropped.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from recurcast.config import Cell, PipelineConfig
from recurcast.networks import Network, build_network, shape_of
from recurcast.programs import LossSum, fitting
from recurcast.windows import Split

_VALIDATION_BATCH = 1024

Weights = tuple[NDArray[np.float32], ...]
"""In the order of `Core.get_weights`."""


@dataclass(frozen=True)
class Epoch:
    """Mean losses over the windows of a part, in the window's scale."""

    number: int
    train: float
    validation: float


@dataclass(frozen=True)
class FittedCell:
    """A trained network and how it got there; `kept` is the epoch whose weights it carries, 0 for the initial ones."""

    cell: Cell
    network: Network
    epochs: tuple[Epoch, ...]
    kept: int
    seed: int = 0

    @property
    def validation_loss(self) -> float:
        """Return the validation loss of the weights that were kept; not a number where none was finite."""
        return self.epochs[self.kept - 1].validation if self.kept else float("nan")

    @property
    def diverged(self) -> bool:
        """Return whether training ended because a loss was not finite."""
        return not np.isfinite([self.epochs[-1].train, self.epochs[-1].validation]).all()

    @property
    def weights_digest(self) -> str:
        """Return 16 hexadecimal digits that change with any bit of the weights."""
        digest = blake2b(digest_size=8)
        for weights in self.network.forecaster.get_weights():
            digest.update(np.ascontiguousarray(weights).tobytes())
        return digest.hexdigest()


def fit_seeds(
    cell: Cell,
    pipeline: PipelineConfig,
    split: Split,
    on_epoch: Callable[[Epoch], None] = lambda _: None,
    start: Weights | None = None,
) -> tuple[FittedCell, ...]:
    """Return one cell fitted with each of the pipeline's seeds, the best on the validation windows first.

    From `start` all begin with the same weights and differ by the order of batches and dropout's masks.
    """
    settings = pipeline.training
    fitted: list[FittedCell] = []
    for run in range(settings.seeds):

        def count_on(epoch: Epoch, before: int = run * settings.epochs) -> None:
            on_epoch(replace(epoch, number=before + epoch.number))

        fitted.append(fit_cell(cell, pipeline, split, count_on, settings.seed + run, start))
    return tuple(sorted(fitted, key=lambda each: (not np.isfinite(each.validation_loss), each.validation_loss)))


def fit_cell(
    cell: Cell,
    pipeline: PipelineConfig,
    split: Split,
    on_epoch: Callable[[Epoch], None] = lambda _: None,
    seed: int | None = None,
    start: Weights | None = None,
) -> FittedCell:
    """Return one cell fitted on the train windows, stopped and kept by the validation windows; seed: the pipeline's.

    It begins with the weights `start`, else with those that are drawn from the seed; neither is a candidate for what is
    kept (decision 0015). Training ends early where a loss is not finite; the weights are then those kept before.
    """
    settings = pipeline.training
    seed = settings.seed if seed is None else seed
    shape = shape_of(split.train, split.validation_begins)
    network = build_network(cell, pipeline.network, shape, seed)
    if start is not None:
        network.core.set_weights(list(start))
    shuffling = np.random.default_rng([seed, 1])
    epochs: list[Epoch] = []
    kept, kept_weights = 0, network.core.get_weights()
    with fitting(network, pipeline.network, settings, shape, split) as fit:
        for number in range(1, settings.epochs + 1):
            order = shuffling.permutation(split.train.starts)
            train = _mean(fit.train_epoch, order, settings.batch_size)
            validation = _mean(fit.validate, split.validation.starts, _VALIDATION_BATCH)
            epochs.append(Epoch(number, train, validation))
            on_epoch(epochs[-1])
            if not np.isfinite([epochs[-1].train, epochs[-1].validation]).all():
                break
            if settings.weights == "last" or kept == 0 or epochs[-1].validation < epochs[kept - 1].validation:
                kept, kept_weights = number, fit.core.get_weights()
            best = min(epochs, key=lambda epoch: epoch.validation).number
            if settings.patience is not None and number - best >= settings.patience:
                break
    network.core.set_weights(kept_weights)
    return FittedCell(cell, network, tuple(epochs), kept, seed)


def _mean(sum_of_losses: LossSum, starts: NDArray[np.int64], batch_size: int) -> float:
    return float(sum_of_losses(*_batches(starts, batch_size)) / len(starts))


def _batches(starts: NDArray[np.int64], size: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Positions and weights, both `(n_batches, size)`; what pads the last batch repeats a window with weight 0."""
    size = min(size, len(starts))
    n_batches = -(-len(starts) // size)
    padded = np.resize(starts, n_batches * size)
    weights = (np.arange(n_batches * size) < len(starts)).astype(np.float32)
    return padded.reshape(n_batches, size), weights.reshape(n_batches, size)
