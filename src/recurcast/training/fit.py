"""Fit one cell, epoch by epoch: step sizes, early stopping, and which weights are kept."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import count

import numpy as np
from numpy.typing import NDArray

from recurcast.config import CELLS, Cell, PipelineConfig, TrainingConfig
from recurcast.environment import processors, share_operations
from recurcast.series.windows import Split
from recurcast.training.compiled.cells import at_once, compiles, covers, steps_of
from recurcast.training.compiled.choice import Program, program_for, threads_for
from recurcast.training.compiled.heap import bytes_of_batch, keep_between_batches
from recurcast.training.compiled.programs import Fit, fitting, trace
from recurcast.training.networks import Network, build_network, shape_for
from recurcast.training.passes import train_pass, validation_pass
from recurcast.training.together import Fitting, together

_PLATEAU = 2
"""Epochs without a better validation loss that halve the step size of the schedule `plateau`."""

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
    program: Program = "graph"
    processor: str = ""
    threads: str = ""
    """What it was fitted on, where that is another process than this one."""

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

    From `start` all begin with the same weights and differ by the order of batches and dropout's masks. They are under way
    at the same time, each in the program it has alone; `on_epoch` hears their epochs as they come, counted on.
    """
    first, heard = pipeline.training.seed, count(1)
    fits = _fits(cell, pipeline, split, range(first, first + pipeline.training.seeds), start)
    fitted = together(fits, lambda epoch: on_epoch(replace(epoch, number=next(heard))), _at_once(cell, pipeline, split))
    return best_first(fitted)


def best_first(seeds: Iterable[FittedCell]) -> tuple[FittedCell, ...]:
    """Return the seeds of a cell, the best on the validation windows first; of equals, whichever came first."""
    return tuple(sorted(seeds, key=lambda each: (not np.isfinite(each.validation_loss), each.validation_loss)))


def fit_cell(
    cell: Cell,
    pipeline: PipelineConfig,
    split: Split,
    on_epoch: Callable[[Epoch], None] = lambda _: None,
    seed: int | None = None,
    start: Weights | None = None,
    epochs: int | None = None,
) -> FittedCell:
    """Return one cell fitted on the train windows, stopped and kept by the validation windows; seed: the pipeline's.

    With `epochs` neither happens: so many are trained, and the last weights kept.

    It begins with the weights `start`, else with those that are drawn from the seed; neither is a candidate for what is
    kept (decision 0015). Training ends early where a loss is not finite; the weights are then those kept before.
    """
    seed = pipeline.training.seed if seed is None else seed
    return together(_fits(cell, pipeline, split, [seed], start, epochs), on_epoch)[0]


def _fits(
    cell: Cell,
    pipeline: PipelineConfig,
    split: Split,
    seeds: Sequence[int],
    start: Weights | None = None,
    epochs: int | None = None,
) -> list[Fitting[Epoch, FittedCell]]:
    """Fits of one cell before their first epoch, one for each seed."""
    shape = shape_for(split)
    kind = _program_of(cell, pipeline, split)
    networks = [build_network(cell, pipeline.network, shape, seed) for seed in seeds]
    for network in networks if start is not None else ():
        network.core.set_weights(list(start or ()))
    under_way = fitting(networks, pipeline.network, pipeline.training, shape, split, kind)
    return [
        _fitting(fit, FittedCell(cell, network, (), 0, seed, kind), pipeline.training, split, epochs)
        for fit, network, seed in zip(under_way, networks, seeds, strict=True)
    ]


def _fitting(
    fit: Fit, begun: FittedCell, settings: TrainingConfig, split: Split, epochs: int | None
) -> Fitting[Epoch, FittedCell]:
    core, shuffling = begun.network.core, np.random.default_rng([begun.seed, 1])
    told: list[Epoch] = []
    kept, kept_weights = 0, core.get_weights()
    for number in range(1, (epochs or settings.epochs) + 1):
        train = train_pass(fit, split, learning_rate(settings, told), shuffling)
        validation = validation_pass(fit, split)
        told.append(Epoch(number, train, validation))
        yield told[-1]
        if not np.isfinite([told[-1].train, told[-1].validation]).all():
            break
        if epochs or settings.weights == "last" or kept == 0 or told[-1].validation < told[kept - 1].validation:
            kept, kept_weights = number, core.get_weights()
        best = min(told, key=lambda epoch: epoch.validation).number
        if epochs is None and settings.patience is not None and number - best >= settings.patience:
            break
    core.set_weights(kept_weights)
    return replace(begun, epochs=tuple(told), kept=kept)


def _at_once(cell: Cell, pipeline: PipelineConfig, split: Split) -> int:
    """How many fits of a cell are under way at once: one for each processor, or for each two that halves of a batch take."""
    return processors() // (2 if _program_of(cell, pipeline, split) == "halves" else 1)


def trace_programs(cells: Iterable[Cell], pipeline: PipelineConfig, split: Split) -> None:
    """Make the programs of the cells ready, so that they can be fitted in threads of their own."""
    shape = shape_for(split)
    for cell in cells:
        kind = _program_of(cell, pipeline, split)
        trace(cell, pipeline.network, pipeline.training, shape, split.n_train, kind)


def threads_of(cells: Iterable[Cell], pipeline: PipelineConfig, split: Split) -> int:
    """Return how many threads share the operations of a process whose first fits these are: the longest one says."""
    longest = max(cells, key=lambda cell: CELLS[cell].products)
    return _threads_for(_chosen(longest, pipeline, split), pipeline)


def _threads_for(kind: Program, pipeline: PipelineConfig) -> int:
    return threads_for(kind, pipeline.training.seeds * len(pipeline.network.cells), processors())


def _program_of(cell: Cell, pipeline: PipelineConfig, split: Split) -> Program:
    kind = _chosen(cell, pipeline, split)
    share_operations(_threads_for(kind, pipeline))
    windows = pipeline.training.batch_size // (2 if kind == "halves" else 1)
    keep_between_batches(bytes_of_batch(cell, pipeline.network, pipeline.windows.lookback, windows))
    return kind


def _chosen(cell: Cell, pipeline: PipelineConfig, split: Split) -> Program:
    network, steps = pipeline.network, steps_of(cell, pipeline.windows.lookback)
    kind: Program = "graph"
    if compiles(cell):
        draws, wide = not covers(cell, network), at_once(cell, pipeline.windows.lookback)
        kind = program_for(network, pipeline.training, steps, split.n_train, draws=draws, at_once=wide)
    return kind


def learning_rate(settings: TrainingConfig, epochs: Sequence[Epoch]) -> float:
    """Return the step size of the epoch that comes after `epochs`, by the schedule.

    `cosine` is Loshchilov and Hutter 2017, without restarts; `plateau` what keras' ReduceLROnPlateau does.
    """
    if settings.schedule == "cosine":
        return settings.learning_rate * (1 + math.cos(math.pi * len(epochs) / settings.epochs)) / 2
    halvings = waited = 0
    best = math.inf
    for epoch in epochs:
        best, waited = (epoch.validation, 0) if epoch.validation < best else (best, waited + 1)
        if waited == _PLATEAU:
            halvings, waited = halvings + 1, 0
    return settings.learning_rate / 2**halvings if settings.schedule == "plateau" else settings.learning_rate
