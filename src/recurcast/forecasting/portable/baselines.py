"""What the baselines forecast from a window, as the gate's own do from a panel, in numpy alone.

season 3    window  1  2  3  4  _  6 |            `_` is a step without a value
            seasonal_naive            4  2  6     the value a season before; where absent, whole seasons earlier; else the last
            moving_average            5  5  5     the mean of what is known of the last season
            naive                     6  6  6     the last known value
"""

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
BASELINES = ("naive", "seasonal_naive", "moving_average")


def baseline_forecasts(kind: str, y: Doubles, season: int, horizon: int) -> Doubles:
    """Return the forecasts from windows `(n_windows, lookback)`, shape `(n_windows, horizon)`; NaN where nothing is known."""
    if kind == "seasonal_naive":
        return _seasonal(y, season, horizon)
    values = _mean_of_last(y, season) if kind == "moving_average" else _last(y)
    return np.repeat(values[:, None], horizon, axis=1)


def _seasonal(y: Doubles, season: int, horizon: int) -> Doubles:
    ahead = np.arange(horizon)
    step = y.shape[1] + ahead - season * (ahead // season + 1)
    found = np.where(step >= 0, y[:, np.maximum(step, 0)], np.nan)
    while (step >= season).any() and np.isnan(found).any():
        step = step - season
        earlier = np.where(step >= 0, y[:, np.maximum(step, 0)], np.nan)
        found = np.where(np.isnan(found), earlier, found)
    return np.where(np.isnan(found), _last(y)[:, None], found) if np.isnan(found).any() else found


def _mean_of_last(y: Doubles, season: int) -> Doubles:
    recent = y[:, ::-1][:, :season]
    known = ~np.isnan(recent)
    counts = known.sum(axis=1)
    sums = np.where(known, recent, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), _last(y))


def _last(y: Doubles) -> Doubles:
    known = ~np.isnan(y)
    newest = y.shape[1] - 1 - known[:, ::-1].argmax(axis=1)
    return np.asarray(y[np.arange(len(y)), newest])
