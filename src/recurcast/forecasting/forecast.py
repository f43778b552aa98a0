"""The champion's forecast from the newest window of every series: pure, a bundle and a panel in, a frame out.

step       0   1   2   3 | 4   5   6   7   8
window    [i   i   i   i]| f   f                     a horizon of 2 was trained
recursive         [i   i | f   f]  f   f   f         beyond it forecasts stand in for what is not known; no intervals
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.errors import ConfigurationError, DataRejected, RecurcastError
from recurcast.forecasting.drivers import drivers_of
from recurcast.forecasting.portable.bundle import Bundle
from recurcast.forecasting.portable.frames import frame_of
from recurcast.forecasting.portable.network import forecast_windows, spreads
from recurcast.series.frame import Panel, SeriesFrame
from recurcast.series.grid import Grid

Predict = Callable[[NDArray[np.float64], NDArray[np.float64] | None], NDArray[np.float64]]
"""Windows `(n_windows, lookback, 1 + n_covariates)` and their calendar to forecasts `(n_windows, horizon)`."""


def predict_with(bundle: Bundle) -> Predict:
    """Return what forecasts with a bundle, in numpy alone."""
    return partial(forecast_windows, bundle)


@dataclass(frozen=True)
class Horizon:
    """How many steps are forecast, and how many of them the champion was trained for."""

    steps: int
    trained: int

    @property
    def beyond(self) -> int:
        """Return how many steps are forecast from forecasts."""
        return max(self.steps - self.trained, 0)

    @property
    def remark(self) -> str:
        """Return what a reader must know of the steps, or nothing."""
        if not self.beyond:
            return ""
        first = self.trained + 1
        which = f"step {first} is" if first == self.steps else f"steps {first} to {self.steps} are"
        return (
            f"{which} forecast from forecasts (forecast.recursive), without intervals: the champion was trained for "
            f"{self.trained}"
        )


def horizon_of(bundle: Bundle, wanted: int | None, *, recursive: bool) -> Horizon:
    """Return the horizon to forecast; the trained one where none is asked for.

    Raises ConfigurationError where more is wanted than was trained and the pipeline does not allow it, or can't.
    """
    horizon = Horizon(wanted or bundle.horizon, bundle.horizon)
    if not horizon.beyond:
        return horizon
    rule = f"the champion of '{bundle.pipeline}' forecasts {bundle.horizon} steps; received horizon {horizon.steps}"
    if not recursive:
        raise ConfigurationError(f"{rule}. Ask for fewer, train a longer windows.horizon, or set forecast.recursive.")
    if bundle.covariates:
        raise ConfigurationError(
            f"{rule}. It takes covariates ({', '.join(bundle.covariates)}), which are not known ahead, so that it can't go "
            "on from its forecasts. Ask for fewer, or train a longer windows.horizon."
        )
    return horizon


def refuse_other_data(bundle: Bundle, frame: SeriesFrame) -> None:
    """Raise ConfigurationError where the champion takes other covariates or another frequency than the source has."""
    lacking = [name for name in bundle.covariates if name not in frame.covariates]
    if lacking:
        raise ConfigurationError(
            f"the champion of '{bundle.pipeline}' takes the covariates {', '.join(bundle.covariates)}; the source has "
            f"{', '.join(frame.covariates) or 'none'}. Map them in source.columns.covariates, or run the pipeline first."
        )
    known = () if frame.ahead is None else frame.ahead.names
    unknown = [name for name in bundle.ahead if name not in known]
    if unknown:
        raise ConfigurationError(
            f"the champion of '{bundle.pipeline}' takes {', '.join(bundle.ahead)} as known ahead; the source has "
            f"{', '.join(known) or 'none'}. Name them in source.known_ahead, or run the pipeline first."
        )
    unsaid = [name for name in bundle.attributes if name not in frame.attributes]
    if unsaid:
        raise ConfigurationError(
            f"the champion of '{bundle.pipeline}' takes {', '.join(bundle.attributes)} of each series; the source has "
            f"{', '.join(frame.attributes) or 'none'}. Map them in source.columns.static, or run the pipeline first."
        )
    if bundle.frequency != frame.grid.frequency:
        raise ConfigurationError(
            f"the champion of '{bundle.pipeline}' takes steps of '{bundle.frequency}'; the source has "
            f"'{frame.grid.frequency}'. Set frequency back, or run the pipeline first."
        )


def forecast_of_ends(
    bundle: Bundle, ends: Sequence[Panel], grid: Grid, horizon: Horizon, as_of: datetime, predict: Predict
) -> pd.DataFrame:
    """Return the forecast frame of newest windows that end at several steps, a panel for each; see `forecast`."""
    frames = [forecast(bundle, windows, grid, horizon, as_of, predict) for windows in ends]
    if len(frames) == 1:
        return frames[0]
    return pd.concat(frames, ignore_index=True).sort_values(["unique_id", "ds"], ignore_index=True)


def forecast(
    bundle: Bundle, windows: Panel, grid: Grid, horizon: Horizon, as_of: datetime, predict: Predict
) -> pd.DataFrame:
    """Return the forecast frame of the series whose newest windows the panel holds.

    Columns: `unique_id`, `ds` (UTC), `y_hat`, two per level such as `y_hat_lo_80` and `y_hat_hi_80`, `model_version`,
    `as_of`; sorted by series, then time. Raises RecurcastError where a forecast is not a finite number.
    """
    n_series, trained = len(windows.ids), bundle.horizon
    blocks = -(-horizon.steps // trained)
    ahead = steps_ahead(grid, windows, blocks * trained)
    drivers = drivers_of(bundle, windows, ahead, horizon.steps)
    values = windows.values
    found = np.empty((n_series, 0))
    for first in range(0, len(ahead), trained):
        around = drivers[:, first : first + bundle.lookback + trained]
        block = predict(values[:, -bundle.lookback :], around if around.shape[2] else None)
        found = np.concatenate([found, block], axis=1)
        if first + trained < len(ahead):
            values = np.concatenate([values, block[:, :, None]], axis=1)
    _refuse_infinite(bundle, found)
    spread = spreads(bundle, windows.values)
    rows = frame_of(bundle, windows.ids, [ahead[:trained]] * n_series, found[:, :trained], spread)
    rows = _extended(rows, windows.ids, ahead, found, trained)
    rows = rows[np.tile(np.arange(len(ahead)), n_series) < horizon.steps].reset_index(drop=True)
    return rows.assign(model_version=pd.array([bundle.version] * len(rows), dtype="Int64"), as_of=pd.Timestamp(as_of))


def steps_ahead(grid: Grid, windows: Panel, count: int) -> pd.DatetimeIndex:
    """Return the `count` steps after a panel's last one.

    Raises DataRejected where they reach beyond what nanoseconds can count.
    """
    ahead = grid.steps_after(windows.steps[-1], count)
    if len(ahead) < count:
        raise DataRejected(
            f"a forecast's steps lie before {grid.end_told}",
            f"{count} steps of '{grid.frequency}' after {windows.steps[-1].isoformat()} do not",
            "Take an earlier as_of, or a shorter horizon",
        )
    return ahead


def _extended(
    rows: pd.DataFrame, ids: tuple[str, ...], ahead: pd.DatetimeIndex, found: NDArray[np.float64], trained: int
) -> pd.DataFrame:
    """The frame with the steps beyond the trained ones, their intervals empty."""
    if len(ahead) == trained:
        return rows
    named = np.repeat(np.array(ids), len(ahead))
    every = pd.DataFrame({"unique_id": named, "ds": ahead.append([ahead] * (len(ids) - 1)), "y_hat": found.ravel()})
    return every.merge(rows.drop(columns="y_hat"), on=["unique_id", "ds"], how="left")


def _refuse_infinite(bundle: Bundle, found: NDArray[np.float64]) -> None:
    if not np.isfinite(found).all():
        raise RecurcastError(
            f"every forecast is a finite number; version {bundle.version} of '{bundle.pipeline}' gave "
            f"{int((~np.isfinite(found)).sum())} that are not. Go back to an earlier one: recurcast rollback {bundle.pipeline}."
        )
