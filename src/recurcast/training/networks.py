"""The door to keras: one builder for all cells, and what a network forecasts.

    window   (lookback, 1 + n_covariates) float64, y first, in the series' units
    calendar (lookback + horizon, n_calendar) float64, only with calendar features
        -> level and spread of the window's y -> core: body -> dense -> level + spread * output
    forecast (horizon,) float64, in the series' units

Only built-in keras operations, so that an artifact loads in any process that has keras. The windows are float64
and are cast only after their level is subtracted: a price of a million with steps of a cent keeps its cents.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recurcast.environment import import_tensorflow

tf = import_tensorflow()

import keras  # noqa: E402
from keras import ops  # noqa: E402

from recurcast.config import Cell, NetworkConfig  # noqa: E402
from recurcast.forecasting.portable.highway import Highway  # noqa: E402
from recurcast.series.overall import spread_floor  # noqa: E402
from recurcast.series.windows import Split, Windows  # noqa: E402
from recurcast.training.bodies import Body, body_of, called, weights_of  # noqa: E402


@dataclass(frozen=True)
class NetworkShape:
    """What the data asks of a network: sizes, and two statistics of the train part."""

    lookback: int
    horizon: int
    calendar: int
    covariates: NDArray[np.float64]
    """Covariates of the train part, shape `(n_rows, n_covariates)`, which the normalization is adapted on."""
    spread_floor: float
    """Smallest spread that a window is divided by, in the series' units."""


@dataclass(frozen=True)
class Core:
    """The layers that are fitted: float32 features to the output before it is scaled back."""

    body: Body
    dense: Any

    def __call__(
        self,
        y: Any,
        covariates: Any | None,
        calendar: Any | None,
        recurrence: Callable[..., Any] = called,
        **phase: bool,
    ) -> Any:
        """Return the output in the window's scale, shape `(n_windows, horizon)`; `phase` may be `training=True`.

        Scaled y and covariates are `(n_windows, lookback, ...)`, the calendar goes on to the last target. `recurrence`
        may compute in another way what a layer's call does.
        """
        features = [y] if covariates is None else [y, covariates]
        ahead = []
        if calendar is not None:
            lookback, (_, steps, columns) = y.shape[1], calendar.shape
            features.append(calendar[:, :lookback])
            ahead.append(ops.reshape(calendar[:, lookback:], (-1, (steps - lookback) * columns)))
        return self.dense(_joined([self.body(_joined(features), recurrence, **phase), *ahead]))

    @property
    def variables(self) -> list[Any]:
        """Return all that a step of training changes: weights, and the states of what draws dropout's masks."""
        return [variable for layer in (*self.body.layers, self.dense) for variable in layer.variables]

    @property
    def weights(self) -> list[Any]:
        """Return what the optimizer changes."""
        return weights_of((*self.body.layers, self.dense))

    @property
    def names(self) -> list[str]:
        """Return what the weights are called outside of keras, such as `layer_0.kernel`, in their order."""
        return [*self.body.names, "output.kernel", "output.bias"]

    def get_weights(self) -> list[NDArray[np.float32]]:
        """Return a copy of the weights."""
        return [variable.numpy() for variable in self.weights]

    def set_weights(self, values: list[NDArray[np.float32]]) -> None:
        """Put the values of another core of these sizes in place."""
        for variable, value in zip(self.weights, values, strict=True):
            variable.assign(value)


@dataclass(frozen=True)
class Network:
    """A keras model and the part of it that is fitted."""

    cell: Cell
    forecaster: Any
    """`keras.Model`: windows in series units to forecasts in series units; this is what is logged and served."""
    normalization: Any
    """`keras.layers.Normalization` of the covariates, a layer of the forecaster; none without covariates."""
    core: Any
    """What is fitted: a `Core`, or the cores of a network with a ridge highway."""
    highway: Highway | None = None
    """What was chosen for the panel of a network with a ridge highway."""


def build_network(cell: Cell, config: NetworkConfig, shape: NetworkShape, seed: int) -> Network:
    """Return an untrained network, its weights drawn from `seed` alone."""
    window = keras.Input((shape.lookback, 1 + shape.covariates.shape[1]), dtype="float64", name="window")
    inputs: dict[str, Any] = {"window": window}
    y, level, spread = scaled(window[:, :, 0], config, shape.spread_floor)
    normalization = covariates = calendar = None
    if shape.covariates.shape[1]:
        normalization = _normalization(shape.covariates)
        covariates = ops.cast(normalization(window[:, :, 1:]), "float32")
    if shape.calendar:
        steps = shape.lookback + shape.horizon
        inputs["calendar"] = keras.Input((steps, shape.calendar), dtype="float64", name="calendar")
        calendar = ops.cast(inputs["calendar"], "float32")
    core = _core(cell, config, shape, seed)
    forecast = level + spread * ops.cast(core(y, covariates, calendar), "float64")
    forecaster = keras.Model(inputs if shape.calendar else window, forecast, name=cell)
    return Network(cell, forecaster, normalization, core)


def _core(cell: Cell, config: NetworkConfig, shape: NetworkShape, seed: int) -> Core:
    """Return the layers of a network, not yet built."""
    body, seed_of_output = body_of(cell, config, shape.lookback, seed)
    drawn = keras.initializers.GlorotUniform(seed_of_output)
    initializer = "zeros" if body.begins_at_zero else drawn
    return Core(body, keras.layers.Dense(shape.horizon, kernel_initializer=initializer, name="output"))


def scaled(y: Any, config: NetworkConfig, spread_floor: Any) -> tuple[Any, Any, Any]:
    """Return windows `(n_windows, lookback)` as a feature `(n_windows, lookback, 1)`, their level and their spread.

    These are mean and standard deviation of each window, shapes `(n_windows, 1)`; 0 and 1 where nothing is scaled.
    """
    level = ops.mean(y, axis=1, keepdims=True)
    if config.scale == "none":
        level, spread = level * 0.0, level * 0.0 + 1.0
    else:
        spread = ops.sqrt(ops.mean(ops.square(y - level), axis=1, keepdims=True))
        spread = ops.maximum(spread, spread_floor)
    return ops.cast((y - level) / spread, "float32")[:, :, None], level, spread


def _joined(features: list[Any]) -> Any:
    return features[0] if len(features) == 1 else ops.concatenate(features, axis=-1)


def _normalization(covariates: NDArray[np.float64]) -> Any:
    """Return the layer that centres covariates and divides them by their spread; one that never moved has spread 1.

    keras would divide it by 1e-7: a flag that is raised for the first time after the train part would come in as 1e7.
    """
    normalization = keras.layers.Normalization(dtype="float64", name="covariates")
    constant = np.ptp(covariates, axis=0) == 0
    normalization.adapt(np.concatenate([covariates - constant, covariates + constant]))
    return normalization


def load_network(keras_file: Path) -> Any:
    """Return the `keras.Model` of a logged network: windows in series units to forecasts in series units."""
    return keras.saving.load_model(keras_file)


def shape_of(train: Windows, validation_begins: int) -> NetworkShape:
    """Return what the train part asks of a network; nothing at or after `validation_begins` is looked at."""
    panel = train.panel
    n_rows = len(panel.ids) * validation_begins
    covariates = panel.values[:, :validation_begins, 1:].reshape(n_rows, panel.values.shape[2] - 1)
    return NetworkShape(
        lookback=train.lookback,
        horizon=train.horizon,
        calendar=panel.calendar.shape[1],
        covariates=covariates[~np.isnan(covariates).any(axis=1)],
        spread_floor=spread_floor(panel.y[:, :validation_begins]),
    )


def shape_for(split: Split) -> NetworkShape:
    """Return what a split's train part asks of a network; that of all files, where it is read in pieces."""
    own = shape_of(split.train, split.validation_begins)
    if split.overall is None:
        return own
    return replace(own, covariates=split.overall.covariates, spread_floor=split.spread_floor)
