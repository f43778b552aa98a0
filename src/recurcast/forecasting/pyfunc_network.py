"""Loads a logged network for `mlflow.pyfunc`. A copy of this file travels inside every artifact.

It imports numpy, tensorflow and keras, nothing of Recurcast. `Model.predict` would round windows to float32 before the
network subtracts their level, so the network is called as it is; and a window with NaN is refused, because MLflow's
signature lets it through and every forecast from it would be NaN. Where a file `window.json` beside the network says how many
known steps a window needs, NaN in y is a missing step, and NaN beside y, before the steps that are forecast, an unknown value.
"""

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf


class ServedNetwork:
    """Windows in series units to forecasts in series units."""

    def __init__(self, network: Any, fewest: int | None = None, horizon: int | None = None) -> None:
        self._call = tf.function(network, reduce_retracing=True)
        self._fewest, self._horizon = fewest, horizon

    def predict(self, windows: Any, params: Any = None) -> np.ndarray:
        """Return forecasts, shape `(n_windows, horizon)`; raise ValueError where a window has NaN or infinity.

        Where windows may miss steps, NaN in y is one, and a window with too few values is refused.
        """
        arrays = windows if isinstance(windows, dict) else {"window": windows}
        for name, array in arrays.items():
            broken = ~np.isfinite(np.asarray(array, dtype=np.float64))
            if name == "window" and self._fewest is not None:
                known = ~np.isnan(np.asarray(array, dtype=np.float64)[:, :, 0])
                broken[:, :, 0] &= known
                self._refuse_few(known)
            if self._horizon is not None:  # beside y
                past = np.asarray(array, dtype=np.float64)
                past = past[:, :, 1:] if name == "window" else past[:, : -self._horizon]
                seen = broken[:, :, 1:] if name == "window" else broken[:, : -self._horizon]
                seen &= ~np.isnan(past)
            if broken.any():
                place = tuple(int(index) for index in np.argwhere(broken)[0])
                raise ValueError(
                    f"every value of '{name}' is a finite number; {name}{list(place)} is not. Fill it first."
                )
        tensors = {name: tf.constant(array, tf.float64) for name, array in arrays.items()}
        forecasts = self._call(tensors if isinstance(windows, dict) else tensors["window"])
        return np.asarray(forecasts)

    def _refuse_few(self, known: np.ndarray) -> None:
        counts = known.sum(axis=1)
        if (counts < self._fewest).any():
            number = int((counts < self._fewest).argmax())
            raise ValueError(
                f"a window has at least {self._fewest} values that are not NaN; window[{number}] has {counts[number]}. "
                "Give earlier steps."
            )


def _load_pyfunc(path: str) -> ServedNetwork:
    facts = Path(path) / "window.json"
    stated = json.loads(facts.read_text(encoding="utf-8")) if facts.exists() else {}
    network = keras.saving.load_model(Path(path) / "model.keras")
    return ServedNetwork(network, stated.get("fewest"), stated.get("horizon"))
