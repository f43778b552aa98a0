"""From a history frame to the forecast frame: the newest window of every series, forecast with a bundle.

history    unique_id | ds | y | covariates ... | known ahead ...            one row per observation; what is known ahead
                                                                         goes on below the newest y, in rows without y
forecast   unique_id | ds | y_hat | y_hat_lo_80 | y_hat_hi_80 | ...         `horizon` rows per series, sorted
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ...series.attributes import as_texts, attributes_in
from ...series.calendar import columns_of
from ...series.grid import UTC_NS
from .beside import strangers
from .bundle import Bundle
from .network import forecast_windows, spreads


@dataclass(frozen=True)
class NewestWindows:
    """The last `lookback` steps of every series, up to its own newest row."""

    ids: tuple[str, ...]
    window: NDArray[np.float64]
    """Shape `(n_series, lookback, 1 + n_covariates)`, y first."""
    calendar: NDArray[np.float64]
    """Shape `(n_series, lookback + horizon, n_drivers)`: the calendar, what is known ahead, attributes."""
    ahead: tuple[pd.DatetimeIndex, ...]
    """The `horizon` steps after each window, in UTC."""


def forecast_frame(bundle: Bundle, history: pd.DataFrame) -> pd.DataFrame:
    """Return the forecast frame from the newest window of every series of a history frame.

    Its columns are `unique_id`, `ds` (UTC), `y_hat` and two per level, such as `y_hat_lo_80` and `y_hat_hi_80`. A `ds`
    without time zone is taken as UTC. What is known ahead goes on in rows after the newest y, whose own y is missing.
    Raises ValueError where a column is missing, a row lies off the grid or stands twice, or the newest window of a series
    has a gap; where windows may miss steps, where it has too few values; where what is known ahead ends too early.
    """
    newest = newest_windows(bundle, history)
    forecasts = forecast_windows(bundle, newest.window, newest.calendar)
    return frame_of(bundle, newest.ids, newest.ahead, forecasts, spreads(bundle, newest.window))


def frame_of(
    bundle: Bundle,
    ids: Sequence[str],
    ahead: Sequence[pd.DatetimeIndex],
    forecasts: NDArray[np.float64],
    spread: NDArray[np.float64],
) -> pd.DataFrame:
    """Return forecasts `(n_series, horizon)` at the steps `ahead` of each series as a frame, with its intervals.

    `spread` is what each window was divided by, shape `(n_series,)`: widths are stated in the window's scale.
    """
    ds = pd.DatetimeIndex(np.concatenate([steps.asi8 for steps in ahead]), tz="UTC").as_unit("ns")
    columns: dict[str, Any] = {"unique_id": np.repeat(np.array(ids), bundle.horizon), "ds": ds}
    columns["y_hat"] = forecasts.ravel()
    if bundle.widths is not None:
        for level, width in zip(bundle.levels, bundle.widths, strict=True):
            half = spread[:, None] * width
            columns[f"y_hat_lo_{level:g}"] = (forecasts - half).ravel()
            columns[f"y_hat_hi_{level:g}"] = (forecasts + half).ravel()
    return pd.DataFrame(columns)


def newest_windows(bundle: Bundle, history: pd.DataFrame) -> NewestWindows:
    """Return the newest window of every series of a history frame; see `forecast_frame`."""
    rows = _checked(bundle, history)
    numbers, names = pd.factorize(rows["unique_id"], sort=True)
    told = rows["ds"].where(rows["y"].notna()) if bundle.ahead else rows["ds"]
    newest = told.groupby(numbers).max()
    _refuse_mute(names, newest)
    of_series = np.split(np.argsort(numbers, kind="stable"), np.cumsum(np.bincount(numbers))[:-1])
    values = rows[["y", *bundle.covariates]].to_numpy(dtype=np.float64)
    window = np.full((len(names), bundle.lookback, values.shape[1]), np.nan)
    known = rows[list(bundle.ahead)].to_numpy(dtype=np.float64)
    named = _named(known, numbers, len(names))
    n_calendar = columns_of(bundle.calendar)
    n_dated = n_calendar + len(bundle.ahead)
    said = attributes_in(rows, bundle.attributes).seen(list(names))
    _warn_of_strangers(bundle, list(names), said)
    calendar = np.full((len(names), bundle.lookback + bundle.horizon, n_dated + said.shape[1]), np.nan)
    calendar[:, :, n_dated:] = said[:, None, :]
    ahead = [pd.DatetimeIndex([])] * len(names)
    for last in newest.unique():
        seen = bundle.grid.steps_until(last + pd.Timedelta(1, "ns"), bundle.lookback)
        targets = bundle.grid.steps_after(last, bundle.horizon)
        if len(targets) < bundle.horizon:
            raise ValueError(
                f"a forecast's steps lie before {bundle.grid.end_told}; {bundle.horizon} steps of "
                f"'{bundle.frequency}' after {last.isoformat()} do not. Give earlier rows."
            )
        chosen = np.flatnonzero(newest == last)
        own = np.concatenate([of_series[number] for number in chosen])
        step = seen.get_indexer(pd.DatetimeIndex(rows["ds"].take(own)))
        window[numbers[own[step >= 0]], step[step >= 0]] = values[own[step >= 0]]
        refuse = _refuse_gaps if bundle.fewest is None else _refuse_few
        refuse(bundle, list(names[chosen]), window[chosen], seen)
        around = pd.DatetimeIndex(seen.append(targets))
        calendar[chosen, :, :n_calendar] = bundle.calendar_of(around)
        if bundle.ahead:
            step = around.get_indexer(pd.DatetimeIndex(rows["ds"].take(own)))
            calendar[numbers[own[step >= 0]], step[step >= 0], n_calendar:n_dated] = known[own[step >= 0]]
            values_ahead = calendar[chosen, bundle.lookback :, n_calendar:n_dated]
            _refuse_unknown(bundle, list(names[chosen]), values_ahead, targets, named[chosen])
        for number in chosen:
            ahead[number] = targets
    return NewestWindows(tuple(names), window, calendar, tuple(ahead))


def _checked(bundle: Bundle, history: pd.DataFrame) -> pd.DataFrame:
    """The rows, `ds` in UTC, that keep the rules of a frame."""
    needed = ["unique_id", "ds", "y", *bundle.covariates, *bundle.ahead, *bundle.attributes]
    missing = [column for column in needed if column not in history.columns]
    if missing:
        raise ValueError(
            f"a history has the columns {', '.join(needed)}; received {', '.join(map(str, history.columns)) or 'none'}, "
            f"without {', '.join(missing)}. Add what is missing."
        )
    if history.empty:
        raise ValueError(
            f"a forecast needs {bundle.lookback} steps of each series; received no row. Give the newest ones."
        )
    rows = history[needed].reset_index(drop=True)
    nameless = rows["unique_id"].isna().to_numpy()
    if nameless.any():
        raise ValueError(f"every row names its series; row {int(nameless.argmax()) + 1} does not. Fill unique_id.")
    numbers = {column: _numbers(rows[column]) for column in ("y", *bundle.covariates, *bundle.ahead)}
    if bundle.missing_values:
        numbers = {column: values.mask(values.isin(bundle.missing_values)) for column, values in numbers.items()}
    rows = rows.assign(ds=_instants(rows["ds"]), unique_id=rows["unique_id"].astype("str"), **numbers)
    rows = rows.assign(**{column: as_texts(rows[column]) for column in bundle.attributes})
    off_grid = ~bundle.grid.contains(rows["ds"])
    _refuse(rows, off_grid, f"every ds is a step of frequency '{bundle.frequency}'{bundle.grid.known_told}", "is none")
    twice = rows.duplicated(["unique_id", "ds"]).to_numpy()
    _refuse(rows, twice, "a series has one row per step", "stands more than once")
    return rows


def _numbers(values: "pd.Series[Any]") -> "pd.Series[float]":
    try:
        return values.astype("float64")
    except (ValueError, TypeError) as error:
        raise ValueError(f"{values.name} holds numbers; received others: {error}. Correct them.") from error


def _instants(ds: "pd.Series[Any]") -> "pd.Series[Any]":
    rule = "every ds is a date, such as '2024-03-01T00:00:00Z'"
    if pd.api.types.is_numeric_dtype(ds):
        raise ValueError(f"{rule}; received the number {ds.iloc[0]}. Write ISO 8601.")
    try:
        instants: pd.Series[Any] = pd.to_datetime(ds, utc=True).astype(UTC_NS)
    except (ValueError, TypeError) as error:
        raise ValueError(f"{rule}; received others: {error}. Write ISO 8601.") from error
    if instants.isna().any():
        raise ValueError(f"{rule}; row {int(instants.isna().to_numpy().argmax()) + 1} has none. Fill or drop it.")
    return instants


def _refuse(rows: pd.DataFrame, broken: NDArray[np.bool_], rule: str, fault: str) -> None:
    if broken.any():
        first = rows.loc[int(broken.argmax())]
        raise ValueError(f"{rule}; {first['ds']} of series '{first['unique_id']}' {fault}. Correct or drop the row.")


def _refuse_gaps(bundle: Bundle, names: Sequence[str], window: NDArray[np.float64], seen: pd.DatetimeIndex) -> None:
    broken = ~np.isfinite(window)
    if broken.any():
        number, step, feature = np.argwhere(broken)[0]
        column = ("y", *bundle.covariates)[feature]
        raise ValueError(
            f"the newest window of a series is {bundle.lookback} steps without a gap; series '{names[number]}', up to "
            f"{seen[-1]}, has no finite {column} at {seen[step]} "
            f"({int(broken[number].any(axis=1).sum())} of {bundle.lookback} steps are incomplete). "
            "Give a longer history, or fill the gap."
        )


def _refuse_mute(names: "pd.Index[Any]", newest: "pd.Series[Any]") -> None:
    if newest.isna().any():
        raise ValueError(
            f"every series has a row with y; '{names[int(newest.isna().to_numpy().argmax())]}' has none. Give its newest ones."
        )


def _named(known: NDArray[np.float64], numbers: NDArray[np.int64], n_series: int) -> NDArray[np.bool_]:
    """Whether a series has a value of a column anywhere, or no series does, shape `(n_series, n_columns)`.

    A series that what is known ahead does not name is forecast without it, as it was trained.
    """
    named = np.zeros((n_series, known.shape[1]), bool)
    np.logical_or.at(named, numbers, ~np.isnan(known))
    return named | ~named.any(axis=0)


def _refuse_unknown(
    bundle: Bundle,
    names: Sequence[str],
    ahead: NDArray[np.float64],
    targets: pd.DatetimeIndex,
    named: NDArray[np.bool_],
) -> None:
    lacking = (np.isnan(ahead) & named[:, None, :]) | np.isinf(ahead)
    if lacking.any():
        number, step, column = np.argwhere(lacking)[0]
        own = lacking[number, :, column]
        until = "none is" if own.all() else f"the last one is {targets[np.flatnonzero(~own)[-1]]}"
        raise ValueError(
            f"what is known ahead ({', '.join(bundle.ahead)}) is given for the {bundle.horizon} steps after the newest y, in "
            f"rows without y; series '{names[number]}' has no {bundle.ahead[column]} at {targets[step]} "
            f"({int(own.sum())} of {bundle.horizon} are missing, {until}). Add these rows."
        )


def _warn_of_strangers(bundle: Bundle, names: Sequence[str], said: NDArray[np.float64]) -> None:
    if bundle.highway is None:
        return
    for place, unknown in strangers(bundle.highway, said).items():
        warnings.warn(
            f"'{bundle.attributes[place]}' of series '{names[unknown[0]]}' is missing, or what no series of the train part "
            f"had ({len(unknown)} of {len(names)} series): forecast as the average one",
            stacklevel=4,
        )


def _refuse_few(bundle: Bundle, names: Sequence[str], window: NDArray[np.float64], seen: pd.DatetimeIndex) -> None:
    """Where windows may miss steps: what is not finite is either missing or wrong, and some must be there."""
    infinite = np.isinf(window)
    if infinite.any():
        number, step, feature = np.argwhere(infinite)[0]
        column = ("y", *bundle.covariates)[feature]
        raise ValueError(
            f"every value of a window is a finite number or missing; series '{names[number]}' has an infinite {column} at "
            f"{seen[step]}. Correct or empty it."
        )
    known = (~np.isnan(window[:, :, 0])).sum(axis=1)
    if (known < (bundle.fewest or 0)).any():
        number = int((known < (bundle.fewest or 0)).argmax())
        raise ValueError(
            f"the newest window of a series is {bundle.lookback} steps, at least {bundle.fewest} of them with a value; series "
            f"'{names[number]}', up to {seen[-1]}, has {known[number]}. Give a longer history."
        )
