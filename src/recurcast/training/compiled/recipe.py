"""What a program depends on, and what it computes of a batch: from windows to their losses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from recurcast.config import Cell, NetworkConfig, TrainingConfig
from recurcast.environment import import_tensorflow
from recurcast.series.frame import Panel
from recurcast.training.bodies import called
from recurcast.training.compiled.cells import recurrence_of, unrolled_of
from recurcast.training.compiled.choice import Program
from recurcast.training.compiled.unrolled import MOST_STEPS
from recurcast.training.networks import Core, Network, NetworkShape, scaled

tf = import_tensorflow()

_CHUNK_VALUES = 2**21
"""Values of all windows of a chunk, 16 MB of float64; a chunk has at most as many batches as fit."""
_MOST_BATCHES = 64

Windows = tuple[Any, Any, Any, Any]
"""y `(n_windows, lookback + horizon)` float64, covariates `(.., lookback, ..)`, calendar, spread floor."""


@dataclass(frozen=True)
class Recipe:
    """All that a program depends on; fits of one recipe share one program."""

    program: Program
    cell: Cell
    network: NetworkConfig
    loss: str
    clip_norm: float | None
    lookback: int
    horizon: int
    covariates: int
    calendar: int
    batch_size: int
    fills_batches: bool
    """Whether there are windows for a whole batch; where there are fewer, nothing hangs on how few they are."""

    @property
    def chunk(self) -> int:
        """Return how many batches a compiled program takes at once."""
        steps = self.lookback + self.horizon
        values = self.batch_size * steps * (1 + self.covariates + self.calendar)
        return max(1, min(_MOST_BATCHES, _CHUNK_VALUES // values))


def recipe_of(
    cell: Cell, config: NetworkConfig, settings: TrainingConfig, shape: NetworkShape, n_windows: int, kind: Program
) -> Recipe:
    """Return the recipe of a cell for a fit on so many train windows."""
    return Recipe(
        kind,
        cell,
        config,
        settings.loss,
        settings.clip_norm,
        shape.lookback,
        shape.horizon,
        shape.covariates.shape[1],
        shape.calendar,
        settings.batch_size,
        fills_batches=settings.batch_size <= n_windows,
    )


def series_of(network: Network, shape: NetworkShape, panel: Panel) -> tuple[Any, ...]:
    """Return the flattened panel as a program takes it; y stays float64 until the level of its window is subtracted."""
    values = panel.values.reshape(-1, panel.values.shape[2])
    covariates = values[:, 1:] if network.normalization is None else network.normalization(values[:, 1:])
    return (
        tf.constant(values[:, 0]),
        tf.cast(covariates, tf.float32),
        tf.constant(panel.calendar, tf.float32),
        tf.constant(shape.spread_floor, tf.float64),
    )


def gathered_windows(recipe: Recipe, series: Any, starts: Any) -> Windows:
    """Return the windows at positions `(..,)` in the flattened panel, shapes `(.., steps, ..)`."""
    y, covariates, calendar, spread_floor = series
    steps = starts[..., None] + tf.range(recipe.lookback + recipe.horizon, dtype=tf.int64)
    hours = steps % tf.shape(calendar, tf.int64)[0]
    return (
        tf.gather(y, steps),
        tf.gather(covariates, steps[..., : recipe.lookback]),
        tf.gather(calendar, hours),
        spread_floor,
    )


def window_losses(recipe: Recipe, core: Core, windows: Windows, *, training: bool) -> Any:
    """Return the losses `(n_windows,)` in the window's scale."""
    y, covariates, calendar, spread_floor = windows
    feature, level, spread = scaled(y[:, : recipe.lookback], recipe.network, spread_floor)
    output = core(
        feature,
        covariates if recipe.covariates else None,
        calendar if recipe.calendar else None,
        _recurrence(recipe),
        training=training,
    )
    residual = tf.cast((y[:, recipe.lookback :] - level) / spread, tf.float32) - output
    return tf.reduce_mean(_LOSSES[recipe.loss](residual), axis=1)


def _recurrence(recipe: Recipe) -> Callable[..., Any]:
    if recipe.program != "graph":
        return recurrence_of(recipe.cell, recipe.network)
    return unrolled_of(recipe.cell, recipe.network) if recipe.lookback <= MOST_STEPS else called


_LOSSES: dict[str, Callable[[Any], Any]] = {
    "mse": lambda residual: tf.square(residual),
    "mae": lambda residual: tf.abs(residual),
    # Huber 1964 with its threshold at 1, which is one spread of the window.
    "huber": lambda residual: tf.where(tf.abs(residual) <= 1.0, 0.5 * tf.square(residual), tf.abs(residual) - 0.5),
}
