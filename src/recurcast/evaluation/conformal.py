"""Intervals around forecasts by split conformal calibration, per step of the horizon, in the window's scale.

What a competitor missed on the calibration windows, |target - forecast| / spread, pooled over all series, sets the half
width of a level: the ceil((n + 1) * level)-th smallest of n such residuals (Lei, G'Sell, Rinaldo, Tibshirani &
Wasserman 2018, Distribution-free predictive inference for regression). Calibration windows are seen neither by the
training nor by the choice among the cells, so the residuals there are like those that come. A target that is not known
leaves none: n is counted for each step of the horizon, and coverage is the share of known targets.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from recurcast.errors import DataRejected
from recurcast.forecasting.portable.highway import Highway, prepare, spread_in_units
from recurcast.series.windows import Windows

_BATCH = 65_536


@dataclass(frozen=True)
class Intervals:
    """Half widths of the intervals, in the window's scale, shape `(n_levels, horizon)`; levels in percent."""

    levels: tuple[float, ...]
    widths: NDArray[np.float64]
    highway: Highway | None = None
    """Of a network that has one: it says how wide the scale of a window is."""

    def coverage(
        self, forecasts: NDArray[np.float64], targets: NDArray[np.float64], spreads: NDArray[np.float64]
    ) -> dict[str, float]:
        """Return the share of known targets within each level's interval, by level; arrays `(n_windows, up to horizon)`."""
        missed, known = _residuals(forecasts, targets, spreads), ~np.isnan(targets)
        steps = missed.shape[1]
        if not known.any():
            return {}
        return {
            f"{level:g}": float((missed <= width[:steps])[known].mean())
            for level, width in zip(self.levels, self.widths, strict=True)
        }


def calibrate(
    forecasts: NDArray[np.float64],
    targets: NDArray[np.float64],
    spreads: NDArray[np.float64],
    levels: Sequence[float],
    highway: Highway | None = None,
) -> Intervals:
    """Return the intervals that the calibration windows give; arrays `(n_windows, horizon)`, spreads `(n_windows,)`."""
    ordered = np.sort(_residuals(forecasts, targets, spreads), axis=0)  # what is not known comes last
    counts, steps = (~np.isnan(targets)).sum(axis=0), np.arange(ordered.shape[1])
    ranks = [np.array([_rank(n, level) for n in counts.tolist()]) for level in levels]
    return Intervals(tuple(levels), np.stack([ordered[rank - 1, steps] for rank in ranks]), highway)


def refuse_too_few_known(windows: Windows, levels: Sequence[float], known: int | None = None) -> None:
    """Raise DataRejected where a level needs more residuals than the calibration windows leave at some step.

    `known` says how many targets are known at the step with fewest, where not all of the windows are here.
    """
    if not len(windows):
        return
    if known is None:
        gappy = np.isnan(windows.panel.y).any()
        known = int((~np.isnan(windows.targets)).sum(axis=0).min()) if gappy else len(windows)
    refuse_too_few(known, levels)


def refuse_too_few(n_windows: int, levels: Sequence[float]) -> None:
    """Raise DataRejected where a level needs more residuals of a step than there are."""
    if not levels:
        return
    highest = max(levels)
    if _rank(n_windows, highest) > n_windows:
        needed = next(n for n in range(n_windows + 1, 10**7) if _rank(n, highest) <= n)
        raise DataRejected(
            f"an interval of {highest:g}% needs {needed} windows in the calibration part",
            f"there are {n_windows}",
            "Lengthen parts.calibration, or leave that level out of forecast.levels",
        )


def spreads_of(windows: Windows, scale: str, floor: float, highway: Highway | None = None) -> NDArray[np.float64]:
    """Return the spread of each window's y as the network computes it, shape `(n_windows,)`; 1 with scale `none`.

    Of a window that misses steps it is that of the others. A network with a ridge highway has a spread of its own.
    """
    if highway is None and scale == "none":
        return np.ones(len(windows))
    views = sliding_window_view(windows.panel.y, windows.lookback, axis=1)
    batches = [
        _spread(views[batch.series, batch.origin - batch.lookback], highway)
        for batch in (windows.slice(first, first + _BATCH) for first in range(0, len(windows), _BATCH))
    ]
    spreads = np.concatenate([*batches, np.zeros(0)])
    return np.maximum(spreads, floor) if highway is None else spreads


def _spread(window: NDArray[np.float64], highway: Highway | None) -> NDArray[np.float64]:
    if highway is not None:
        return spread_in_units(highway, prepare(highway, window))
    spread, gappy = window.std(axis=1), np.isnan(window).any(axis=1)
    if gappy.any():
        spread[gappy] = np.nanstd(window[gappy], axis=1)
    return np.asarray(spread)


def _rank(n: int, level: float) -> int:
    # A level such as 80.0 is no binary fraction: 0.8 * 10 must not become 9 by its last bit.
    return ceil(round((n + 1) * level / 100, 9))


def _residuals(
    forecasts: NDArray[np.float64], targets: NDArray[np.float64], spreads: NDArray[np.float64]
) -> NDArray[np.float64]:
    return np.asarray(np.abs(targets - forecasts) / spreads[:, None])
