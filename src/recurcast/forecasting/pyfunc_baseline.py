"""Loads a baseline for `mlflow.pyfunc`. A copy of this file travels inside every artifact; it imports numpy alone.

A window is `(lookback, 1 + n_covariates)`, the series first. The forecast is the value one season before each target,
whole seasons earlier where that lies in the future; with a season of 1 it is the last value.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np


class ServedBaseline:
    """Windows in series units to forecasts in series units."""

    def __init__(self, season: int, horizon: int) -> None:
        ahead = np.arange(horizon)
        self._steps = ahead - season * (ahead // season + 1)  # counted from the origin, all below 0

    def predict(self, windows: Any, params: Any = None) -> np.ndarray:
        """Return forecasts, shape `(n_windows, horizon)`; raise ValueError where the series is NaN or infinite."""
        window = np.asarray(windows["window"] if isinstance(windows, dict) else windows, dtype=np.float64)
        broken = ~np.isfinite(window[:, :, 0])
        if broken.any():
            place = [int(index) for index in np.argwhere(broken)[0]]
            raise ValueError(f"every value of 'window' is a finite number; window{place} is not. Fill it first.")
        return np.asarray(window[:, self._steps, 0])


def _load_pyfunc(path: str) -> ServedBaseline:
    facts = json.loads(Path(path).read_text(encoding="utf-8"))
    return ServedBaseline(facts["season"], facts["horizon"])
