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

    def __init__(self, baseline: str, season: int, horizon: int, fewest: int | None) -> None:
        self._baseline, self._season, self._horizon, self._fewest = baseline, season, horizon, fewest

    def predict(self, windows: Any, params: Any = None) -> np.ndarray:
        """Return forecasts, shape `(n_windows, horizon)`; raise ValueError where the series is NaN or infinite.

        Where windows may miss steps, NaN is one, and a window with too few values is refused.
        """
        window = np.asarray(windows["window"] if isinstance(windows, dict) else windows, dtype=np.float64)
        y = window[:, :, 0]
        known = ~np.isnan(y)
        self._refuse(known, np.isinf(y))
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

    def _refuse(self, known: np.ndarray, infinite: np.ndarray) -> None:
        broken = infinite if self._fewest is not None else infinite | ~known
        if broken.any():
            place = [int(index) for index in np.argwhere(broken)[0]]
            raise ValueError(f"every value of 'window' is a finite number; window{place} is not. Fill it first.")
        counts = known.sum(axis=1)
        if self._fewest is not None and (counts < self._fewest).any():
            number = int((counts < self._fewest).argmax())
            raise ValueError(
                f"a window has at least {self._fewest} values that are not NaN; window[{number}] has {counts[number]}. "
                "Give earlier steps."
            )


def _load_pyfunc(path: str) -> ServedBaseline:
    facts = json.loads(Path(path).read_text(encoding="utf-8"))
    return ServedBaseline(facts["baseline"], facts["season"], facts["horizon"], facts["fewest"])
