"""Loads a logged network for `mlflow.pyfunc`. A copy of this file travels inside every artifact.

It imports numpy, tensorflow and keras, nothing of Recurcast. `Model.predict` would round windows to float32 before the
network subtracts their level, so the network is called as it is; and a window with NaN is refused, because MLflow's
signature lets it through and every forecast from it would be NaN.
"""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf


class ServedNetwork:
    """Windows in series units to forecasts in series units."""

    def __init__(self, network: Any) -> None:
        self._call = tf.function(network, reduce_retracing=True)

    def predict(self, windows: Any, params: Any = None) -> np.ndarray:
        """Return forecasts, shape `(n_windows, horizon)`; raise ValueError where a window has NaN or infinity."""
        arrays = windows if isinstance(windows, dict) else {"window": windows}
        for name, array in arrays.items():
            broken = ~np.isfinite(np.asarray(array, dtype=np.float64))
            if broken.any():
                place = tuple(int(index) for index in np.argwhere(broken)[0])
                raise ValueError(
                    f"every value of '{name}' is a finite number; {name}{list(place)} is not. Fill it first."
                )
        tensors = {name: tf.constant(array, tf.float64) for name, array in arrays.items()}
        forecasts = self._call(tensors if isinstance(windows, dict) else tensors["window"])
        return np.asarray(forecasts)


def _load_pyfunc(path: str) -> ServedNetwork:
    return ServedNetwork(keras.saving.load_model(Path(path) / "model.keras"))
