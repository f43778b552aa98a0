"""The door to keras' optimizers: compiled graphs, kept by the process, so that the next interval traces nothing.

A program depends on its recipe alone, which is made of configuration and sizes. The series and their statistics are its
arguments; weights and the optimizer's state are its variables, and every fit sets all of them before its first step.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache, partial
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recurcast.environment import import_tensorflow

tf = import_tensorflow()

import keras  # noqa: E402

from recurcast.config import Cell, NetworkConfig, TrainingConfig  # noqa: E402
from recurcast.networks import Core, Network, NetworkShape, build_network, scaled  # noqa: E402
from recurcast.series.frame import Panel  # noqa: E402
from recurcast.windows import Split  # noqa: E402

_PROGRAMS_KEPT = 8
_SMALL = 2**20
"""Multiplications in a step's product; with 50 units and batches of 32 these are 80,000, from 4 million threads pay."""

LossSum = Callable[[NDArray[np.int64], NDArray[np.float32]], Any]
"""From positions and weights of windows, both `(n_batches, batch)`, to the weighted sum of their losses."""


@dataclass(frozen=True)
class Fit:
    """A fit under way: what moves the weights once over the batches, and what leaves them as they are."""

    core: Core
    """The program's own layers, which the next fit sets anew: what is to be kept of them is copied."""
    train_epoch: LossSum
    validate: LossSum


@contextmanager
def fitting(
    network: Network, config: NetworkConfig, settings: TrainingConfig, shape: NetworkShape, split: Split
) -> Iterator[Fit]:
    """Return a fit that starts from the network's weights; one of the same recipe in another thread waits for its end."""
    program = _program(
        _Recipe(
            network.cell,
            config,
            settings.loss,
            shape.lookback,
            shape.horizon,
            shape.covariates.shape[1],
            shape.calendar,
            batch=settings.batch_size if settings.batch_size <= len(split.train) else None,
            in_one_thread=settings.batch_size * config.units**2 < _SMALL,
        )
    )
    with program.lock:
        program.start_from(network.core, settings.learning_rate)
        series = _series(network, shape, split.panel)
        yield Fit(program.core, partial(program.train_epoch, series), partial(program.validate, series))


@dataclass(frozen=True)
class _Recipe:
    """All that a program depends on; fits of one recipe share one program."""

    cell: Cell
    network: NetworkConfig
    loss: str
    lookback: int
    horizon: int
    covariates: int
    calendar: int
    batch: int | None
    """Windows of each batch; unknown where there are too few for one, so that nothing hangs on how few they are."""
    in_one_thread: bool
    """Where products are small, handing operations from thread to thread takes longer than they do: half of sine's time."""


@dataclass(frozen=True)
class _Program:
    core: Core
    optimizer: Any
    initial: list[NDArray[Any]]
    """What the optimizer's variables start from."""
    train_epoch: Callable[..., Any]
    validate: Callable[..., Any]
    lock: Lock = field(default_factory=Lock)

    def start_from(self, core: Core, learning_rate: float) -> None:
        """Set every variable to what it is before the first step."""
        for variable, value in zip(self.core.variables, core.variables, strict=True):
            variable.assign(value)
        for variable, value in zip(self.optimizer.variables, self.initial, strict=True):
            variable.assign(value)
        self.optimizer.learning_rate = learning_rate


@lru_cache(_PROGRAMS_KEPT)
def _program(recipe: _Recipe) -> _Program:
    covariates = np.zeros((1, recipe.covariates))
    shape = NetworkShape(recipe.lookback, recipe.horizon, recipe.calendar, covariates, spread_floor=1.0)
    core = build_network(recipe.cell, recipe.network, shape, seed=0).core
    optimizer = keras.optimizers.Adam()
    optimizer.build(core.weights)
    initial = [variable.numpy() for variable in optimizer.variables]

    def train_epoch(series: Any, starts: Any, weights: Any) -> Any:
        def step(batch: Any, total: Any) -> Any:
            with tf.GradientTape() as tape:
                losses = _window_losses(recipe, core, series, starts[batch], training=True)
                weighted = tf.reduce_sum(weights[batch] * losses)
                mean_loss = weighted / tf.reduce_sum(weights[batch])
            optimizer.apply(tape.gradient(mean_loss, core.weights), core.weights)
            return batch + 1, total + weighted

        return _over_batches(starts, step)

    def validate(series: Any, starts: Any, weights: Any) -> Any:
        def step(batch: Any, total: Any) -> Any:
            losses = _window_losses(recipe, core, series, starts[batch], training=False)
            return batch + 1, total + tf.reduce_sum(weights[batch] * losses)

        return _over_batches(starts, step)

    # Where the shapes of arrays are known, their gradients take a third fewer operations.
    train_graph, validate_graph = _compiled(train_epoch, recipe, recipe.batch), _compiled(validate, recipe, None)
    return _Program(core, optimizer, initial, train_graph, validate_graph)


def _compiled(function: Callable[..., Any], recipe: _Recipe, batch: int | None) -> Callable[..., Any]:
    series = (
        tf.TensorSpec((None,), tf.float64, "y"),
        tf.TensorSpec((None, recipe.covariates), tf.float32, "covariates"),
        tf.TensorSpec((None, recipe.calendar), tf.float32, "calendar"),
        tf.TensorSpec((), tf.float64, "spread_floor"),
    )
    signature = [series, tf.TensorSpec((None, batch), tf.int64), tf.TensorSpec((None, batch), tf.float32)]
    executor = "SINGLE_THREADED_EXECUTOR" if recipe.in_one_thread else ""
    graph = tf.function(function, input_signature=signature, autograph=False)

    def call(*arguments: Any) -> Any:
        with tf.experimental.function_executor_type(executor):
            return graph(*arguments)

    return call


def _series(network: Network, shape: NetworkShape, panel: Panel) -> tuple[Any, ...]:
    """The flattened panel as a program takes it; y stays float64 until the level of its window is subtracted."""
    values = panel.values.reshape(-1, panel.values.shape[2])
    covariates = values[:, 1:] if network.normalization is None else network.normalization(values[:, 1:])
    return (
        tf.constant(values[:, 0]),
        tf.cast(covariates, tf.float32),
        tf.constant(panel.calendar, tf.float32),
        tf.constant(shape.spread_floor, tf.float64),
    )


def _window_losses(recipe: _Recipe, core: Core, series: Any, starts: Any, *, training: bool) -> Any:
    """Losses `(batch,)` of the windows at positions `(batch,)` in the flattened panel, in the window's scale."""
    y, covariates, calendar, spread_floor = series
    steps = starts[:, None] + tf.range(recipe.lookback + recipe.horizon, dtype=tf.int64)
    inputs, ahead = steps[:, : recipe.lookback], steps[:, recipe.lookback :]
    feature, level, spread = scaled(tf.gather(y, inputs), recipe.network, spread_floor)
    output = core(
        feature,
        tf.gather(covariates, inputs) if recipe.covariates else None,
        tf.gather(calendar, steps % tf.shape(calendar, tf.int64)[0]) if recipe.calendar else None,
        training=training,
    )
    residual = tf.cast((tf.gather(y, ahead) - level) / spread, tf.float32) - output
    return tf.reduce_mean(_LOSSES[recipe.loss](residual), axis=1)


_LOSSES: dict[str, Callable[[Any], Any]] = {
    "mse": lambda residual: tf.square(residual),
    "mae": lambda residual: tf.abs(residual),
    # Huber 1964 with its threshold at 1, which is one spread of the window.
    "huber": lambda residual: tf.where(tf.abs(residual) <= 1.0, 0.5 * tf.square(residual), tf.abs(residual) - 0.5),
}


def _over_batches(starts: Any, step: Callable[[Any, Any], Any]) -> Any:
    """The sum that `step` adds up over the batches, as a loop inside the graph."""
    n_batches = tf.shape(starts)[0]
    return tf.while_loop(lambda batch, _: batch < n_batches, step, (tf.constant(0), tf.constant(0.0)))[1]
