"""Whatever predicts in series units: a trained network, or a baseline that reads the series before each origin."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.forecasting.portable.highway import Highway
from recurcast.series.windows import Windows

if TYPE_CHECKING:
    from recurcast.training.fit import FittedCell

CHAMPION = "champion"


_STORED_KEPT = 2
_WINDOWS_AT_ONCE = 2**13  # a season of each window takes many times the memory of the series


class Forecaster(Protocol):
    """A competitor; `name` is its row in the leaderboard."""

    @property
    def name(self) -> str:
        """Return the competitor's name."""

    def predict(self, windows: Windows) -> NDArray[np.float64]:
        """Return forecasts in series units, shape `(n_windows, horizon)`."""


@dataclass(frozen=True)
class NetworkForecaster:
    """A keras model that takes windows in series units."""

    name: str
    network: Any

    def predict(self, windows: Windows) -> NDArray[np.float64]:
        """Return the network's forecasts, shape `(n_windows, horizon)`."""
        from recurcast.training.inference import forecast

        return forecast(self._compiled, windows)

    @cached_property
    def _compiled(self) -> Any:
        from recurcast.training.inference import compiled

        return compiled(self.network)


def fitted_network(name: str, network: Any) -> Forecaster:
    """Return the forecaster of a network that was fitted in this run."""
    if network.highway is None:
        return NetworkForecaster(name, network.forecaster)
    return HighwayForecaster(name, network.core)


def highways_of(trained: "Sequence[Sequence[FittedCell]]") -> dict[str, Highway | None]:
    """Return what the windows of each cell are prepared by, where it has a highway."""
    return {best.cell: best.network.highway for best, *_ in trained}


@dataclass(frozen=True)
class HighwayForecaster:
    """The layers of a network with a ridge highway, of which a run's competitors have many in common."""

    name: str
    cores: Any

    def predict(self, windows: Windows) -> NDArray[np.float64]:
        """Return the median of the layers' forecasts, shape `(n_windows, horizon)`."""
        return np.asarray(self.cores.forecast(windows))


def stored_network(name: str, keras_file: Path) -> NetworkForecaster:
    """Return the forecaster of a logged network; asked for one of the last few files again, the same one.

    A champion is met by the intervals of a backfill one after the other, each with a copy of its own.
    """
    content = blake2b(keras_file.read_bytes(), digest_size=16).digest()
    return _loaded(name, _KerasFile(content, keras_file))


@dataclass(frozen=True)
class _KerasFile:
    """A file that is known again by what it holds."""

    content: bytes
    path: Path = field(compare=False)


@lru_cache(_STORED_KEPT)
def _loaded(name: str, keras_file: _KerasFile) -> NetworkForecaster:
    from recurcast.training.networks import load_network

    return NetworkForecaster(name, load_network(keras_file.path))


@dataclass(frozen=True)
class Naive:
    """The last known value before the origin, for every step."""

    name: str = "naive"

    def predict(self, windows: Windows) -> NDArray[np.float64]:
        """Return the forecasts, shape `(n_windows, horizon)`."""
        last = windows.panel.y[windows.series, windows.origin - 1]
        if np.isnan(last).any():
            last = windows.panel.y[windows.series, _last_known(windows.panel.y)[windows.series, windows.origin - 1]]
        return np.repeat(last[:, None], windows.horizon, axis=1)


@dataclass(frozen=True)
class SeasonalNaive:
    """The value one season before each target; where it is after the origin or absent, whole seasons earlier.

    Where no earlier season has the step, the last known value before the origin.
    """

    season: int
    name: str = "seasonal_naive"

    def predict(self, windows: Windows) -> NDArray[np.float64]:
        """Return the forecasts, shape `(n_windows, horizon)`."""
        y, series = windows.panel.y, windows.series[:, None]
        ahead = np.arange(windows.horizon)
        step = windows.origin[:, None] + ahead - self.season * (ahead // self.season + 1)
        found = _values_at(y, series, step)
        while (unknown := np.isnan(found) & (step >= self.season)).any():
            step = np.where(unknown, step - self.season, step)
            found = np.where(unknown, _values_at(y, series, step), found)
        return np.where(np.isnan(found), Naive().predict(windows), found)


@dataclass(frozen=True)
class MovingAverage:
    """The mean of what is known of the last season before the origin, for every step; else the last known value."""

    season: int
    name: str = "moving_average"

    def predict(self, windows: Windows) -> NDArray[np.float64]:
        """Return the forecasts, shape `(n_windows, horizon)`."""
        before = np.arange(1, max(self.season, 1) + 1)
        means = [np.zeros(0)]
        for first in range(0, len(windows), _WINDOWS_AT_ONCE):
            some = windows.slice(first, first + _WINDOWS_AT_ONCE)
            season = _values_at(windows.panel.y, some.series[:, None], some.origin[:, None] - before)
            empty = np.isnan(season).all(axis=1)
            if empty.any():
                season[empty] = Naive().predict(some)[empty, :1]
            means.append(np.nanmean(season, axis=1))
        return np.repeat(np.concatenate(means)[:, None], windows.horizon, axis=1)


def baselines(pipeline: PipelineConfig) -> tuple[Forecaster, ...]:
    """Return the baselines of every pipeline."""
    return SeasonalNaive(pipeline.season), Naive(), MovingAverage(pipeline.season)


def _values_at(y: NDArray[np.float64], series: NDArray[np.int64], step: NDArray[np.int64]) -> NDArray[np.float64]:
    """Values at steps, not a number before the first step."""
    return np.where(step >= 0, y[series, np.maximum(step, 0)], np.nan)


def _last_known(y: NDArray[np.float64]) -> NDArray[np.int32]:
    """The step of the newest known value at or before each step; the first step where there is none."""
    steps = np.where(np.isnan(y), 0, np.arange(y.shape[1], dtype=np.int32))
    return np.asarray(np.maximum.accumulate(steps, axis=1))


def seeded(cell: str, seed: int) -> str:
    """Return the name under which another seed of a cell stands among the losses."""
    return f"{cell} (seed {seed})"
