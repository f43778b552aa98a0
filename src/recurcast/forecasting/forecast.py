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
from recurcast.forecasting.portable.bundle import Bundle
from recurcast.forecasting.portable.frames import frame_of
from recurcast.forecasting.portable.network import forecast_windows, spreads
from recurcast.series.days import DaysUnknown
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


def drivers_of(bundle: Bundle, windows: Panel, ahead: pd.DatetimeIndex, wanted: int) -> NDArray[np.float64]:
    """Return calendar and what is known ahead from newest windows' first steps to the last one ahead.

    Shape `(n_series, n_steps, n_drivers)`. Raises DataRejected where one of the `wanted` first steps ahead lacks a value:
    a step's forecast takes the drivers of no other one.
    """
    steps = pd.DatetimeIndex(windows.steps.append(ahead))
    calendar = calendar_around(bundle, steps)
    repeated = np.broadcast_to(calendar, (len(windows.ids), *calendar.shape))
    if not bundle.ahead:
        return repeated
    assert windows.ahead is not None, "the caller refuses a source that lacks what the champion takes"
    instants = steps.as_unit("ns").asi8
    n_known = len(windows.steps)
    origin = np.full(len(windows.ids), instants[n_known])
    gap = np.full(len(windows.ids), instants[n_known] - instants[n_known - 1])
    known = windows.ahead.only(bundle.ahead).at(
        windows.ids, np.broadcast_to(instants, (len(origin), len(steps))), origin, gap
    )
    _refuse_unknown(bundle, windows, ahead[:wanted], known[:, len(windows.steps) :][:, :wanted])
    return np.concatenate([repeated, known], axis=2)


def _refuse_unknown(bundle: Bundle, windows: Panel, ahead: pd.DatetimeIndex, known: NDArray[np.float64]) -> None:
    assert windows.ahead is not None
    named = windows.ahead.only(bundle.ahead).of_series(windows.ids)
    lacking = np.isnan(known) & named[:, None, :]
    if not lacking.any():
        return
    row, _, column = np.argwhere(lacking)[0]
    there = ~lacking[row, :, column]
    until = (
        "none of them is"
        if not there.any()
        else f"the last that is known is {ahead[np.flatnonzero(there)[-1]].isoformat()}"
    )
    first = int(lacking[row, :, column].argmax())
    whole = int(lacking.any(axis=(0, 2)).argmax())
    raise DataRejected(
        f"what is known ahead reaches over the {len(ahead)} steps up to {ahead[-1].isoformat()}",
        f"'{bundle.ahead[column]}' of series '{windows.ids[row]}' has no value at {ahead[first].isoformat()}; {until}",
        f"Bring it up to date, forecast {whole} steps (--horizon {whole}), or let values stand (source.known_ahead, hold: true)"
        if whole
        else "Bring it up to date, or let values stand (source.known_ahead, hold: true)",
        series=windows.ids[row],
    )


def unnamed_told(bundle: Bundle, windows: Panel) -> tuple[str, ...]:
    """Return a line for each column that is known ahead of other series alone: the rest was trained without it as well."""
    if not bundle.ahead or windows.ahead is None:
        return ()
    named = windows.ahead.only(bundle.ahead).of_series(windows.ids)
    lines = []
    for place, column in enumerate(bundle.ahead):
        without = [name for name, there in zip(windows.ids, named[:, place], strict=True) if not there]
        if without:
            more = f" and {len(without) - 1:,} more" if len(without) > 1 else ""
            lines.append(
                f"no '{column}' is known ahead of series '{without[0]}'{more}: forecast without it, as trained"
            )
    return tuple(lines)


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


def calendar_around(bundle: Bundle, steps: pd.DatetimeIndex) -> NDArray[np.float64]:
    """Return what the champion's calendar says of steps, shape `(n_steps, n_calendar)`.

    Raises DataRejected where it knows no days so far: they were kept with what it was trained on.
    """
    try:
        return bundle.calendar_of(steps)
    except DaysUnknown as unknown:
        raise DataRejected(unknown.rule, unknown.received, unknown.remedy) from unknown


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
