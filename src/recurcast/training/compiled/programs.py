"""The door to keras' optimizers: a fit as one program, kept by the process, so that the next interval traces nothing.

A program depends on its recipe alone, which is made of configuration and sizes. The series and their statistics are its
arguments; weights and the optimizer's state are variables that every fit has of its own.

    graph     the epoch as a loop of TensorFlow's operations; batches are gathered inside
    compiled  chunks of up to K batches, gathered outside, then forward, loss, gradient and update as one XLA program
    halves    batch by batch: an XLA program finds the gradients of each half at the same time, another one steps

The batches are gathered from the series by the windows' positions, so that memory stays that of the series and not
`lookback` times as much. A last partial batch is padded with windows of weight 0: no second program, none dropped.
"""

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recurcast.environment import import_tensorflow

tf = import_tensorflow()

import keras  # noqa: E402

from recurcast.config import Cell, NetworkConfig, TrainingConfig  # noqa: E402
from recurcast.series.frame import Panel  # noqa: E402
from recurcast.series.windows import Split  # noqa: E402
from recurcast.training.compiled.batches import (  # noqa: E402
    BatchLoss,
    as_compiled,
    as_graph,
    halves_of,
    over_batches,
    over_chunks,
    tracing,
)
from recurcast.training.compiled.choice import Program  # noqa: E402
from recurcast.training.compiled.places import places_of  # noqa: E402
from recurcast.training.compiled.recipe import Recipe, Windows, recipe_of, series_of, window_losses  # noqa: E402
from recurcast.training.networks import Core, Network, NetworkShape, build_network  # noqa: E402

_PROGRAMS_KEPT = 8
_VALIDATION_BATCH = 1024

Series = tuple[Any, ...]
Starts = NDArray[Any]
"""Positions of windows in the flattened panel, shape `(n_windows,)`."""


class Fit:
    """A fit under way: what moves a core's weights once over the windows, and what leaves them as they are."""

    def __init__(self, program: "_Program", core: Core, series: Series, laid_out: Callable[[Panel], Series]) -> None:
        self._program, self._series, self._laid_out = program, series, laid_out
        self._optimizer = [tf.Variable(value) for value in program.initial]
        self._places = places_of(program.variables, [*core.variables, *self._optimizer])

    def on(self, panel: Panel) -> "Fit":
        """Return the same fit, which goes on with the windows of another panel."""
        other = copy(self)
        other._series = self._laid_out(panel)
        return other

    def train_epoch(self, starts: Starts, learning_rate: float) -> float:
        """Return the mean loss of the windows, each before the step that its batch makes, in this order."""
        self._optimizer[self._program.learning_rate].assign(learning_rate)
        return self._mean(self._program.train, starts, self._program.recipe.batch_size, train=True)

    def validate(self, starts: Starts) -> float:
        """Return the mean loss of the windows."""
        recipe = self._program.recipe
        size = _VALIDATION_BATCH if recipe.program == "graph" else recipe.batch_size
        return self._mean(self._program.validate, starts, size)

    def _mean(self, sum_of_losses: Callable[..., Any], starts: Starts, size: int, *, train: bool = False) -> float:
        recipe = self._program.recipe
        if recipe.program == "graph" and not (train and recipe.fills_batches):
            size = min(size, len(starts))
        chunk = recipe.chunk if recipe.program == "compiled" else -(-len(starts) // size)
        total = 0.0
        for first in range(0, len(starts), chunk * size):
            batches, weights = batches_of(starts[first : first + chunk * size], size)
            padding = ((0, chunk - len(batches)), (0, 0))
            total += float(
                sum_of_losses(
                    self._places,
                    self._series,
                    np.pad(batches, padding),
                    np.pad(weights, padding),
                    np.int32(len(batches)),
                )
            )
        return total / len(starts)


def batches_of(starts: Starts, size: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Return positions and weights, both `(n_batches, size)`; what pads the last repeats windows with weight 0."""
    n_batches = -(-len(starts) // size)
    padded = np.resize(starts, n_batches * size).astype(np.int64, copy=False)
    weights = (np.arange(n_batches * size) < len(starts)).astype(np.float32)
    return padded.reshape(n_batches, size), weights.reshape(n_batches, size)


def fitting(
    networks: Sequence[Network],
    config: NetworkConfig,
    settings: TrainingConfig,
    shape: NetworkShape,
    split: Split,
    kind: Program,
) -> list[Fit]:
    """Return a fit for each network of one cell, which moves its weights; they share the program and the series."""
    first = networks[0]
    with tracing:
        program = _program(recipe_of(first.cell, config, settings, shape, split.n_train, kind))
    laid_out = partial(series_of, first, shape)
    series = laid_out(split.panel)
    return [Fit(program, network.core, series, laid_out) for network in networks]


def trace(
    cell: Cell, config: NetworkConfig, settings: TrainingConfig, shape: NetworkShape, n_windows: int, kind: Program
) -> None:
    """Make the program of a cell ready for its first call, all but what XLA does.

    Cells that are fitted at once are traced one after another before, always in the same order: see `_advance_names`.
    """
    with tracing:
        _program(recipe_of(cell, config, settings, shape, n_windows, kind))


@dataclass(frozen=True)
class _Program:
    recipe: Recipe
    core: Core
    optimizer: Any
    initial: list[NDArray[Any]]
    """What the optimizer's variables start from."""
    train: Callable[..., Any]
    validate: Callable[..., Any]

    @property
    def variables(self) -> list[Any]:
        """Return those that it was traced with."""
        return [*self.core.variables, *self.optimizer.variables]

    @property
    def learning_rate(self) -> int:
        """Return the place of the step size among the optimizer's variables."""
        return next(n for n, each in enumerate(self.optimizer.variables) if each is self.optimizer.learning_rate)


@lru_cache(_PROGRAMS_KEPT)
def _program(recipe: Recipe) -> _Program:
    covariates = np.zeros((1, recipe.covariates))
    shape = NetworkShape(recipe.lookback, recipe.horizon, recipe.calendar, covariates, spread_floor=1.0)
    core = build_network(recipe.cell, recipe.network, shape, seed=0).core
    optimizer = keras.optimizers.Adam(global_clipnorm=recipe.clip_norm)
    optimizer.build(core.weights)
    initial = [variable.numpy() for variable in optimizer.variables]

    def gradients(windows: Windows, weights: Any, all_weights: Any) -> list[Any]:
        with tf.GradientTape() as tape:
            weighted = tf.reduce_sum(weights * window_losses(recipe, core, windows, training=True))
            share_of_mean = weighted / all_weights
        return [weighted, *tape.gradient(share_of_mean, core.weights)]

    def update(weighted: Any, *found: Any) -> Any:
        optimizer.apply(list(found), core.weights)
        return weighted

    def train(windows: Windows, weights: Any) -> Any:
        return update(*gradients(windows, weights, tf.reduce_sum(weights)))

    def validate(windows: Windows, weights: Any) -> Any:
        return tf.reduce_sum(weights * window_losses(recipe, core, windows, training=False))

    def in_halves() -> BatchLoss:
        # The halves of a batch have a core each: one product of this size is not shared out as well.
        half, whole = (tf.function(part, jit_compile=True, autograph=False) for part in (gradients, update))

        def step(windows: Windows, weights: Any) -> Any:
            found = [half(*part, tf.reduce_sum(weights)) for part in halves_of(windows, weights)]
            return whole(*[first + second for first, second in zip(*found, strict=True)])

        return step

    def validate_in_halves() -> BatchLoss:
        half = tf.function(validate, jit_compile=True, autograph=False)
        return lambda windows, weights: tf.add_n([half(*part) for part in halves_of(windows, weights)])

    batch = recipe.batch_size if recipe.fills_batches else None
    if recipe.program == "graph":
        both = as_graph(recipe, train, batch), as_graph(recipe, validate, None)
    elif recipe.program == "compiled":
        both = as_compiled(lambda: over_chunks(recipe, train)), as_compiled(lambda: over_chunks(recipe, validate))
    else:
        both = (
            as_compiled(lambda: over_batches(recipe, in_halves(), batch)),
            as_compiled(lambda: over_batches(recipe, validate_in_halves(), batch)),
        )
    return _Program(recipe, core, optimizer, initial, *both)
