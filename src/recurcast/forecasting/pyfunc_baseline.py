"""Loads a baseline for `mlflow.pyfunc`. A copy of this file travels inside every artifact; it imports numpy alone.

A window is `(lookback, 1 + n_covariates)`, the series first. Seasonal naive forecasts the value one season before each
target, whole seasons earlier where that lies in the future or is not known; the moving average the mean of the last season;
naive, and what finds nothing, the last known value.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np


class ServedBaseline:
    """Windows in series units to forecasts in series units."""

    def __init__(self, baseline: str, season: int, horizon: int, gaps: bool) -> None:
        self._baseline, self._season, self._horizon, self._gaps = baseline, season, horizon, gaps

    def predict(self, windows: Any, params: Any = None) -> np.ndarray:
        """Return forecasts, shape `(n_windows, horizon)`; raise ValueError where the series is NaN or infinite.

        Where windows may miss steps, NaN is such a step, and one value must be known.
        """
        window = np.asarray(windows["window"] if isinstance(windows, dict) else windows, dtype=np.float64)
        y = window[:, :, 0]
        self._refuse(np.isinf(y) if self._gaps else ~np.isfinite(y))
        known = ~np.isnan(y)
        if not known.any(axis=1).all():
            number = int(known.any(axis=1).argmin())
            raise ValueError(f"a window knows at least one value; window[{number}] has NaN alone. Give earlier steps.")
        last = y[np.arange(len(y)), y.shape[1] - 1 - known[:, ::-1].argmax(axis=1)]
        if self._baseline == "seasonal_naive":
            return np.stack([self._season_before(y, ahead, last) for ahead in range(self._horizon)], axis=1)
        value = self._mean(y, last) if self._baseline == "moving_average" else last
        return np.repeat(value[:, None], self._horizon, axis=1)

    def _season_before(self, y: np.ndarray, ahead: int, last: np.ndarray) -> np.ndarray:
        newest = y.shape[1] + ahead - self._season * (ahead // self._season + 1)
        found = np.full(len(y), np.nan)
        for step in range(newest, -1, -self._season):
            found = np.where(np.isnan(found), y[:, step], found)
        return np.where(np.isnan(found), last, found)

    def _mean(self, y: np.ndarray, last: np.ndarray) -> np.ndarray:
        recent = y[:, ::-1][:, : self._season]
        known = ~np.isnan(recent)
        sums, counts = np.where(known, recent, 0.0).sum(axis=1), known.sum(axis=1)
        return np.where(counts > 0, sums / np.maximum(counts, 1), last)

    def _refuse(self, broken: np.ndarray) -> None:
        if broken.any():
            place = [int(index) for index in (*np.argwhere(broken)[0], 0)][:2]
            kind = "not infinite" if self._gaps else "a finite number"
            raise ValueError(f"every value of 'window' is {kind}; window{place} is not. Fill it first.")


def _load_pyfunc(path: str) -> ServedBaseline:
    facts = json.loads(Path(path).read_text(encoding="utf-8"))
    return ServedBaseline(facts["baseline"], facts["season"], facts["horizon"], facts["gaps"])
