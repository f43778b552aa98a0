"""The door to keras for forecasting: any network, in series units, without tracing a graph for each."""

import json
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recurcast.environment import import_tensorflow

tf = import_tensorflow()

import keras  # noqa: E402

from recurcast.series.windows import Windows  # noqa: E402

_GRAPHS_KEPT = 16
_MOST_WINDOWS, _MOST_STEPS = 8192, 2**19
_WITHOUT_EFFECT = {"name", "seed", "dropout", "recurrent_dropout", "kernel_initializer", "recurrent_initializer"}


def forecast(network: Any, windows: Windows) -> NDArray[np.float64]:
    """Return the forecasts of a keras model in series units, shape `(n_windows, horizon)`.

    `Model.predict` would round the windows to float32 before their level is subtracted, so it is not used.
    """
    batches = []
    size = _at_once(windows.lookback)
    for first in range(0, len(windows), size):
        batch = windows.slice(first, first + size)
        batches.append(_call(network, batch.inputs, batch.calendar if windows.panel.n_drivers else None))
    return np.concatenate(batches)


def predict_with(network: Any) -> Callable[[NDArray[np.float64], NDArray[np.float64] | None], NDArray[np.float64]]:
    """Return what forecasts with a keras model, from arrays of windows: a `forecasting.forecast.Predict`."""
    graphs = compiled(network)

    def predict(window: NDArray[np.float64], calendar: NDArray[np.float64] | None) -> NDArray[np.float64]:
        size = _at_once(window.shape[1])
        batches = [slice(first, first + size) for first in range(0, max(len(window), 1), size)]
        return np.concatenate(
            [_call(graphs, window[own], None if calendar is None else calendar[own]) for own in batches]
        )

    return predict


def _at_once(lookback: int) -> int:
    """Windows of a batch: keras keeps what each operation gives until the last one."""
    return min(_MOST_WINDOWS, max(_MOST_STEPS // lookback, 1))


def _call(network: Any, window: NDArray[np.float64], calendar: NDArray[np.float64] | None) -> NDArray[np.float64]:
    inputs = tf.constant(window)
    forecasts = network(inputs if calendar is None else {"window": inputs, "calendar": tf.constant(calendar)})
    return np.asarray(forecasts.numpy())


def compiled(forecaster: Any) -> Any:
    """Return a keras model that forecasts as `forecaster` does, over its weights, and whose recurrent layers are graphs.

    A graph of the whole would hold this interval's statistics and be traced for each network; the dozen operations
    around the recurrent layers cost less than that as they come. It is never saved, so its Lambda layers may be.
    """
    return keras.models.clone_model(forecaster, clone_function=_with_compiled_steps)


def _with_compiled_steps(layer: Any) -> Any:
    if not isinstance(layer, keras.layers.RNN):
        return layer  # what wraps a recurrent layer is called as it is: slower, and the same
    settings = {name: value for name, value in layer.get_config().items() if name not in _WITHOUT_EFFECT}
    graph = _steps(type(layer).__name__, json.dumps(settings, sort_keys=True), layer.input.shape[-1])
    weights = layer.trainable_variables
    return keras.layers.Lambda(
        lambda state: graph([weight.value for weight in weights], state),
        output_shape=layer.compute_output_shape,
        name=layer.name,
    )


@lru_cache(_GRAPHS_KEPT)
def _steps(kind: str, settings: str, n_features: int) -> Any:
    """A recurrent layer as a graph `(weights, state)`, for any number of windows and steps."""
    layer = getattr(keras.layers, kind).from_config(json.loads(settings))
    layer.build((None, None, n_features))

    def call(weights: Any, state: Any) -> Any:
        return layer.stateless_call(weights, layer.non_trainable_variables, state, training=False)[0]

    shapes = [tf.TensorSpec(weight.shape, tf.float32) for weight in layer.trainable_variables]
    signature = [shapes, tf.TensorSpec((None, None, n_features), tf.float32)]
    return tf.function(call, input_signature=signature, autograph=False)
