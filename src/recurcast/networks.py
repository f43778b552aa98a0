"""The door to keras: one builder for the three cells, and what a network forecasts.

    window   (lookback, 1 + n_covariates) float64, y first, in the series' units
    calendar (lookback + horizon, n_calendar) float64, only with calendar features
        -> level and spread of the window's y -> recurrent layers -> dense -> level + spread * output
    forecast (horizon,) float64, in the series' units

Only built-in keras operations, so that an artifact loads in any process that has keras. The windows are float64
and are cast only after their level is subtracted: a price of a million with steps of a cent keeps its cents.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recurcast.environment import import_tensorflow

tf = import_tensorflow()

import keras  # noqa: E402
from keras import ops  # noqa: E402

from recurcast.config import Cell, NetworkConfig  # noqa: E402
from recurcast.windows import Windows  # noqa: E402

_FORECAST_BATCH = 8192


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
class Network:
    """Two keras models over the same layers."""

    cell: Cell
    forecaster: Any
    """`keras.Model`: windows in series units to forecasts in series units; this is what is logged and served."""
    scaled: Any
    """`keras.Model`: the same windows to (output before it is scaled back, level, spread); this is what is fitted."""


def build_network(cell: Cell, config: NetworkConfig, shape: NetworkShape, seed: int) -> Network:
    """Return an untrained network, its weights drawn from `seed` alone.

    Every draw has a seed of its own: what is left unseeded keras draws from Python's global generator, which any other
    thread of the process (Prefect's, for instance) may be drawing from at the same time.
    """
    seeds = map(int, np.random.SeedSequence(seed).generate_state(3 * config.layers + 1) >> np.uint32(1))
    window = keras.Input((shape.lookback, 1 + shape.covariates.shape[1]), dtype="float64", name="window")
    inputs: dict[str, Any] = {"window": window}
    level, spread = _level_and_spread(window[:, :, 0], config, shape)
    features = [ops.cast((window[:, :, :1] - level[:, :, None]) / spread[:, :, None], "float32")]
    if shape.covariates.shape[1]:
        features.append(ops.cast(_normalization(shape.covariates)(window[:, :, 1:]), "float32"))
    ahead = None
    if shape.calendar:
        inputs["calendar"] = keras.Input(
            (shape.lookback + shape.horizon, shape.calendar), dtype="float64", name="calendar"
        )
        calendar = ops.cast(inputs["calendar"], "float32")
        features.append(calendar[:, : shape.lookback])
        ahead = ops.reshape(calendar[:, shape.lookback :], (-1, shape.horizon * shape.calendar))
    state = features[0] if len(features) == 1 else ops.concatenate(features, axis=-1)
    for layer in range(config.layers):
        state = _recurrent(cell, config, returns_all=layer < config.layers - 1, name=f"{cell}_{layer}", seeds=seeds)(
            state
        )
    if ahead is not None:
        state = ops.concatenate([state, ahead], axis=-1)
    output = keras.layers.Dense(
        shape.horizon, kernel_initializer=keras.initializers.GlorotUniform(next(seeds)), name="output"
    )(state)
    forecast = level + spread * ops.cast(output, "float64")
    arguments = inputs if shape.calendar else window
    return Network(
        cell,
        keras.Model(arguments, forecast, name=cell),
        keras.Model(arguments, [output, level, spread], name=f"{cell}_scaled"),
    )


def _level_and_spread(y: Any, config: NetworkConfig, shape: NetworkShape) -> tuple[Any, Any]:
    """Mean and standard deviation of each window, shapes `(n_windows, 1)`; 0 and 1 where nothing is scaled."""
    level = ops.mean(y, axis=1, keepdims=True)
    if config.scale == "none":
        return level * 0.0, level * 0.0 + 1.0
    spread = ops.sqrt(ops.mean(ops.square(y - level), axis=1, keepdims=True))
    return level, ops.maximum(spread, shape.spread_floor)


def _normalization(covariates: NDArray[np.float64]) -> Any:
    """Return the layer that centres covariates and divides them by their spread; one that never moved has spread 1.

    keras would divide it by 1e-7: a flag that is raised for the first time after the train part would come in as 1e7.
    """
    normalization = keras.layers.Normalization(dtype="float64", name="covariates")
    constant = np.ptp(covariates, axis=0) == 0
    normalization.adapt(np.concatenate([covariates - constant, covariates + constant]))
    return normalization


def _recurrent(cell: Cell, config: NetworkConfig, *, returns_all: bool, name: str, seeds: Iterator[int]) -> Any:
    shared = {
        "units": config.units,
        "activation": config.activation,
        "dropout": config.dropout,
        "recurrent_dropout": config.recurrent_dropout,
        "return_sequences": returns_all,
        "kernel_initializer": keras.initializers.GlorotUniform(next(seeds)),
        "recurrent_initializer": keras.initializers.Orthogonal(seed=next(seeds)),
        "seed": next(seeds),
        "name": name,
    }
    if cell == "gru":
        return keras.layers.GRU(**shared, reset_after=config.reset_after)
    return {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM}[cell](**shared)


def load_network(keras_file: Path) -> Any:
    """Return the `keras.Model` of a logged network: windows in series units to forecasts in series units."""
    return keras.saving.load_model(keras_file)


def graph_of(forecaster: Any) -> Any:
    """Return a keras model as one graph for windows of any number.

    `Model.predict` would round the windows to float32 before their level is subtracted, so it is not used.
    """
    return tf.function(forecaster, reduce_retracing=True, autograph=False)


def forecast(graph: Any, windows: Windows) -> NDArray[np.float64]:
    """Return the forecasts of a network's graph in series units, shape `(n_windows, horizon)`."""
    batches = []
    for first in range(0, len(windows), _FORECAST_BATCH):
        batch = windows.slice(first, first + _FORECAST_BATCH)
        arguments = {"window": tf.constant(batch.inputs)}
        if windows.panel.calendar.shape[1]:
            arguments["calendar"] = tf.constant(batch.calendar)
        batches.append(graph(arguments if "calendar" in arguments else arguments["window"]).numpy())
    return np.concatenate(batches)


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


def spread_floor(train_y: NDArray[np.float64]) -> float:
    """Return a hundredth of the smallest spread that a series of the train part has, over all its steps.

    A flat window (a night without sun) would else be blown up until its few targets rule the loss. A constant series is
    told by its extremes, since its standard deviation may be a rounding error; one without a value there counts for nothing.
    """
    moves = np.fmax.reduce(train_y, axis=1) > np.fmin.reduce(train_y, axis=1)
    spreads = np.nanstd(train_y[moves], axis=1)
    positive = spreads[spreads > 0]
    return float(positive.min()) / 100 if len(positive) else 1.0
