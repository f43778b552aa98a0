"""Forecasters without an edge: a series with a cycle, and what competitors of a known quality lose on it.

A step of the series is a cycle plus an AR(1) noise. A competitor knows both, and is wrong by errors of its own besides: half
their variance follows the cycle, with a phase of its own, half drifts from origin to origin. Competitors of the same
`share` (own error over the error that nobody can avoid) lose the same in the long run, and like networks trained on the
same rows they lose at the same origins.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import lfilter

from recurcast.evaluation.losses import Losses

SEASON = 24
BASELINE = "seasonal_naive"
_NOISE, _DRIFT = 0.8, 0.9
"""From one step to the next: what is left of the noise, and of a competitor's own drift."""
_AMPLITUDE = 3.0
_SETTLED = 200
"""Steps after which an AR process has forgotten its start."""


@dataclass(frozen=True)
class Series:
    """What nobody can forecast, and what the seasonal naive misses, shape `(n_origins, horizon)`, one step apart."""

    unavoidable: NDArray[np.float64]
    naive: NDArray[np.float64]
    deviations: NDArray[np.float64]
    """Standard deviation of the unavoidable error per step of the horizon, shape `(horizon,)`."""


def draw_series(rng: np.random.Generator, n_origins: int, horizon: int) -> Series:
    """Return a new series' errors at successive origins."""
    past = SEASON * -(-horizon // SEASON)
    shocks = rng.normal(size=past + n_origins + horizon - 1 + _SETTLED)
    noise = lfilter([1.0], [1.0, -_NOISE], shocks)[_SETTLED:]
    y = noise + _AMPLITUDE * np.sin(2 * np.pi * np.arange(len(noise)) / SEASON)
    steps = np.arange(horizon)
    targets = past + np.arange(n_origins)[:, None] + steps
    known = _NOISE ** (steps + 1) * noise[targets[:, :1] - 1]
    deviations = np.sqrt(np.cumsum(_NOISE ** (2 * steps)))
    return Series(noise[targets] - known, y[targets] - y[targets - past], deviations)


@dataclass(frozen=True)
class Competitor:
    """Its own drift at each origin, shape `(n_origins,)`, the phase of its cyclic error, and its own error's share."""

    drift: NDArray[np.float64]
    phase: float
    share: float

    def losses(self, series: Series, origins: slice) -> NDArray[np.float64]:
        """Return its mean absolute errors at the origins, shape `(n,)`."""
        targets = np.arange(origins.start, origins.stop)[:, None] + np.arange(len(series.deviations))
        cyclic = np.cos(2 * np.pi * targets / SEASON + self.phase)
        own = np.sqrt(0.5) * self.drift[origins, None] + cyclic
        return np.abs(series.unavoidable[origins] + self.share * series.deviations * own).mean(axis=1)


def draw_competitor(rng: np.random.Generator, n_origins: int, share: float) -> Competitor:
    """Return a competitor with new errors of its own."""
    shocks = np.sqrt(1 - _DRIFT**2) * rng.normal(size=n_origins + _SETTLED)
    return Competitor(lfilter([1.0], [1.0, -_DRIFT], shocks)[_SETTLED:], rng.uniform(0, 2 * np.pi), share)


def excess(share: float, other: float) -> float:
    """Return by how much more a competitor of one share loses in the long run than one of another; 0.05 is 5%."""
    return float(np.sqrt((1 + share**2) / (1 + other**2)) - 1)


def worse_by(edge: float, share: float) -> float:
    """Return the share of one below whose loss that of the other share lies by `edge`, a share of its loss."""
    return float(np.sqrt((1 + share**2) / (1 - edge) ** 2 - 1))


def as_losses(per_origin: Mapping[str, NDArray[np.float64]]) -> Losses:
    """Return mean absolute errors per origin in the form that verdicts are given on."""
    n = len(next(iter(per_origin.values())))
    rows = {
        "unique_id": "simulated",
        "origin": np.tile(pd.date_range("2024-01-01", periods=n, freq="h"), len(per_origin)),
        "competitor": np.repeat(np.array(list(per_origin), dtype=object), n),
        "absolute": np.concatenate(list(per_origin.values())),
        "squared": np.nan,
        "smape": np.nan,
        "scale": 1.0,
    }
    return Losses(pd.DataFrame(rows))
