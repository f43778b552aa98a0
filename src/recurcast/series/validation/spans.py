"""Where each series begins, ends, speaks and is silent: one row per series, from the rows a stretch at a time."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.series.frame import SeriesFrame, in_order
from recurcast.series.ids import places_and_names
from recurcast.series.stretches import places_of, stretches

_NEVER = np.iinfo(np.int64).min


def spans_of(frame: SeriesFrame) -> pd.DataFrame:
    """Return a row per series, by name: first and last step, and of those with a value; how many rows are complete; times.

    `first_step`, `last_step` (of any row), `present` (complete rows), `last` (newest ds), `low`, `high` (of y), `first_known`,
    `last_known`, `known` (values of y on steps), `spoke` (the newest one's ds), `longest_gap` (steps between two complete rows).
    """
    rows, n_steps = in_order(frame.rows), len(frame.steps)
    series, names = places_and_names(rows["unique_id"])
    count = len(names)
    first = {name: np.full(count, n_steps) for name in ("step", "known")}
    newest = {name: np.full(count, -1) for name in ("step", "known", "complete")}
    instants = {name: np.full(count, _NEVER) for name in ("last", "spoke")}
    sums = {name: np.zeros(count, dtype=np.int64) for name in ("present", "known", "gap")}
    low, high = np.full(count, np.nan), np.full(count, np.nan)
    ds, y = rows["ds"].astype("int64").to_numpy(), rows["y"].to_numpy(dtype=np.float64)
    for own in stretches(len(rows)):
        runs = _Runs(series[own])
        step = places_of(ds[own], frame.steps).astype(np.int64)
        on_step = step >= 0
        known = ~np.isnan(y[own]) & on_step
        complete = rows.iloc[own][["y", *frame.covariates]].notna().all(axis=1).to_numpy() & on_step
        runs.fold(np.minimum, first["step"], np.where(on_step, step, n_steps))
        runs.fold(np.maximum, newest["step"], step)
        runs.fold(np.minimum, first["known"], np.where(known, step, n_steps))
        runs.fold(np.maximum, newest["known"], np.where(known, step, -1))
        runs.fold(np.add, sums["present"], complete.astype(np.int64))
        runs.fold(np.add, sums["known"], known.astype(np.int64))
        runs.fold(np.maximum, instants["last"], ds[own])
        runs.fold(np.maximum, instants["spoke"], np.where(known, ds[own], _NEVER))
        runs.fold(np.fmin, low, y[own])
        runs.fold(np.fmax, high, y[own])
        _count_gaps(series[own][complete], step[complete], sums["gap"], newest["complete"])
    return pd.DataFrame(
        {
            "first_step": first["step"],
            "last_step": newest["step"],
            "present": sums["present"],
            "last": _times(instants["last"]),
            "low": low,
            "high": high,
            "first_known": first["known"],
            "last_known": newest["known"],
            "spoke": _times(instants["spoke"]),
            "known": sums["known"],
            "longest_gap": sums["gap"],
        },
        index=pd.Index(names, dtype="str", name="unique_id"),
    )


def known_before(frame: SeriesFrame, borders: NDArray[Any]) -> NDArray[np.int64]:
    """Return how many steps before its border, one for each series by name, have a value of y, shape `(n_series,)`."""
    series, names = places_and_names(frame.rows["unique_id"])
    ds, y = frame.rows["ds"].astype("int64").to_numpy(), frame.rows["y"].to_numpy(dtype=np.float64)
    counts = np.zeros(len(names) + 1, dtype=np.int64)
    ends = np.append(borders, 0)  # of a row without a name
    for own in stretches(len(ds)):
        step = places_of(ds[own], frame.steps)
        early = ~np.isnan(y[own]) & (step >= 0) & (step < ends[series[own]])
        _Runs(series[own]).fold(np.add, counts, early.astype(np.int64))
    return counts[:-1]


class _Runs:
    """Rows of one series that stand below each other; those without a name count for none."""

    def __init__(self, series: NDArray[Any]) -> None:
        self._starts = np.concatenate([[0], np.flatnonzero(series[1:] != series[:-1]) + 1])
        of = series[self._starts].astype(np.int64)
        self._named = of >= 0
        self._of = of[self._named]

    def fold(self, by: np.ufunc, into: NDArray[Any], values: NDArray[Any]) -> None:
        """Fold the values of each run into its series' one."""
        by.at(into, self._of, by.reduceat(values, self._starts)[self._named])


def _count_gaps(
    series: NDArray[Any], step: NDArray[np.int64], longest: NDArray[np.int64], newest: NDArray[np.int64]
) -> None:
    """Steps that are missing between each complete row and the one before it of its series; `newest` goes on."""
    if not len(step):
        return
    before = np.empty_like(step)
    before[1:] = step[:-1]
    begins = np.concatenate([[True], series[1:] != series[:-1]])
    before[begins] = newest[series[begins]]
    gaps = np.where(before < 0, 0, step - before - 1)
    runs = _Runs(series)
    runs.fold(np.maximum, longest, gaps)
    runs.fold(np.maximum, newest, step)


def _times(instants: NDArray[np.int64]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(instants.view("datetime64[ns]")).tz_localize("UTC")
