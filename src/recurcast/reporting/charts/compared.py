"""The newest test windows of the first series, one after the other: what came, and what each competitor forecast."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.reporting.charts.bands import Bands

if TYPE_CHECKING:
    from recurcast.evaluation.metrics import Evaluation

_MOST_TARGETS = 400


@dataclass(frozen=True)
class Band:
    """An interval from step to step; `level` in percent."""

    level: float
    low: NDArray[np.float64]
    high: NDArray[np.float64]


@dataclass(frozen=True)
class SideBySide:
    """All arrays of one length, at the steps that lie side by side; times are the source's wall clock."""

    series: str
    times: pd.DatetimeIndex
    observed: NDArray[np.float64]
    forecasts: Mapping[str, NDArray[np.float64]]
    """By competitor; NaN where a forecast is not finite."""
    bands: tuple[Band, ...]
    """The widest first, so that the narrower ones are drawn above it."""


def side_by_side(pipeline: PipelineConfig, evaluation: "Evaluation", bands: Bands | None = None) -> SideBySide:
    """Return the newest windows of the first series whose targets don't overlap, as one stretch of time."""
    windows, chosen = evaluation.windows, _newest(evaluation)
    steps = (windows.origin[chosen][:, None] + np.arange(windows.horizon)).ravel()
    series = int(windows.series[chosen][0])
    forecasts = {each.competitor: _finite(each.values[chosen].ravel()) for each in evaluation.predictions}
    return SideBySide(
        windows.panel.ids[series],
        windows.panel.steps.tz_convert(pipeline.source.timezone).tz_localize(None)[steps],
        windows.panel.y[series][steps],
        forecasts,
        () if bands is None else _around(forecasts[bands.competitor], bands, chosen),
    )


def _around(forecast: NDArray[np.float64], bands: Bands, chosen: NDArray[np.int64]) -> tuple[Band, ...]:
    halves = [width[chosen].ravel() for width in bands.widths]
    found = [Band(level, forecast - half, forecast + half) for level, half in zip(bands.levels, halves, strict=True)]
    return tuple(reversed(found))


def _finite(values: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.where(np.isfinite(values), values, np.nan)


def _newest(evaluation: "Evaluation") -> NDArray[np.int64]:
    """Indices of the windows, ascending."""
    windows = evaluation.windows
    of_first = np.flatnonzero(windows.series == windows.series[0])[::-1]
    chosen: list[int] = []
    for index in of_first:
        if not chosen or windows.origin[index] + windows.horizon <= windows.origin[chosen[-1]]:
            chosen.append(int(index))
        if len(chosen) * windows.horizon >= _MOST_TARGETS:
            break
    return np.array(chosen[::-1], dtype=np.int64)
