"""Losses of cheap forecasters on real panels: as alike over series and time as those of any forecaster of them.

The folder of datasets holds one folder per panel with `train.csv` and `test.csv` of `unique_id, ds, y`.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

BASELINE = "seasonal naive"
_SMOOTHING, _PENALTY, _SEASONS = 0.3, 0.01, 4
Array = NDArray[np.float64]


@dataclass(frozen=True)
class Panel:
    """A real panel: its steps, the newest of which every series must have, and what is forecast."""

    name: str
    season: int
    horizon: int
    steps: int
    lookback: int


PANELS = (
    Panel("nn5_daily", 7, 56, 791, 56),
    Panel("m4_hourly", 24, 48, 748, 72),
    Panel("cif2016", 12, 12, 108, 24),
)


def losses_on(folder: Path, panel: Panel) -> dict[str, Array]:
    """Return each forecaster's absolute errors at all origins, means over the horizon in the unit of MASE.

    Shapes are `(n_series, n_origins)`, one step apart.
    """
    y = _read(folder / panel.name, panel.steps)
    scale = np.abs(y[:, panel.season :] - y[:, : -panel.season]).mean(axis=1)
    y, scale = y[scale > 0], scale[scale > 0, None]
    first = max(_SEASONS * panel.season, panel.lookback)
    origins = np.arange(first, panel.steps - panel.horizon + 1)
    targets = sliding_window_view(y, panel.horizon, axis=1)[:, origins]
    ahead = np.arange(panel.horizon)
    earlier = origins[:, None] + ahead - panel.season * (ahead // panel.season + 1)
    forecasts = {
        BASELINE: y[:, earlier],
        "seasonal mean": np.mean([y[:, np.maximum(earlier - panel.season * k, 0)] for k in range(_SEASONS)], axis=0),
        "smoothing": _smoothed(y, panel.season)[:, earlier],
        "ridge": _ridge(y, scale, origins, targets, panel),
    }
    return {name: np.abs(targets - values).mean(axis=2) / scale for name, values in forecasts.items()}


def _read(folder: Path, steps: int) -> Array:
    """The newest steps of every series that has so many."""
    rows = pd.concat([pd.read_csv(folder / f"{part}.csv") for part in ("train", "test")]).sort_values(
        "ds", kind="stable"
    )
    series = [own.to_numpy(dtype=np.float64) for _, own in rows.groupby("unique_id")["y"]]
    return np.stack([values[-steps:] for values in series if len(values) >= steps])


def _smoothed(y: Array, season: int) -> Array:
    """Exponential smoothing of each step of the season on its own."""
    smoothed = y.copy()
    for step in range(season, y.shape[1]):
        smoothed[:, step] = _SMOOTHING * y[:, step] + (1 - _SMOOTHING) * smoothed[:, step - season]
    return smoothed


def _ridge(y: Array, scale: Array, origins: NDArray[np.int64], targets: Array, panel: Panel) -> Array:
    """One linear map for all series, fitted on one half of the origins and asked at the other."""
    inputs = sliding_window_view(y, panel.lookback, axis=1)[:, origins - panel.lookback]
    level = inputs[:, :, -panel.season :].mean(axis=2, keepdims=True)
    known, wanted = (inputs - level) / scale[..., None], (targets - level) / scale[..., None]
    forecasts, half, apart = np.empty_like(targets), len(origins) // 2, panel.horizon // 2
    place = np.arange(len(origins))
    for fitted, asked in ((place < half - apart, place >= half), (place >= half + apart, place < half)):
        rows, goals = known[:, fitted].reshape(-1, panel.lookback), wanted[:, fitted].reshape(-1, panel.horizon)
        weights = 1 / np.maximum(np.abs(rows).mean(axis=1, keepdims=True), 0.1)
        rows, goals = rows * weights, goals * weights
        gram = rows.T @ rows
        penalty = _PENALTY * np.trace(gram) / panel.lookback * np.eye(panel.lookback)
        forecasts[:, asked] = known[:, asked] @ np.linalg.solve(gram + penalty, rows.T @ goals)
    return np.asarray(forecasts * scale[..., None] + level)
