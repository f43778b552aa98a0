"""The end of each series that keeps one value, beside how long it kept values before.

... 5 7 7 6 8 8 8 8 8 8 8 8 | as_of        8 for eight values, never longer than 2 before: a sensor that is stuck?
... 0 0 0 3 0 0 0 0 1 0 0 0 | as_of        0 for three values, and for four before: as ever
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import Checks
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import duration, fixed_step, offset_of

_FEWEST = 12
_OF_PERIODS = {"B": 7, "W": 4, "ME": 6, "MS": 6, "QE": 4, "QS": 4}
_TIMES_LONGER = 2  # than any before: what is unusual for a series that never was flat for long, or often is


@dataclass(frozen=True)
class Tails:
    """The last values of each series that are one and the same; a row for each of `unique_id`, in the order asked for."""

    since: pd.DatetimeIndex
    value: NDArray[np.float64]
    values: NDArray[np.int64]
    """How many of them there are, 1 where the value before was another; 0 of a series without a value, or with no other one."""
    seconds: NDArray[np.float64]
    """From the first of them to the last."""
    longest: NDArray[np.int64]
    """Most values in a row that were one and the same before."""
    same_seconds: NDArray[np.float64]
    """For how long the series kept this very value before, at most."""


def usual_flat(frequency: str) -> int:
    """Return how many equal values at a series' end are not worth a word: those of a day, a week of days, a month of weeks."""
    step = fixed_step(frequency)
    if step is None:
        return _OF_PERIODS.get(offset_of(frequency).rule_code.partition("-")[0], 4)
    return max(7 if step >= pd.Timedelta("1D") else _FEWEST, int(pd.Timedelta("1D") / step))


def tails_of(frame: SeriesFrame, ids: pd.Index) -> Tails:
    """Return the flat ends of the series `ids`."""
    rows = frame.rows[frame.rows["y"].notna()]
    codes, names = pd.factorize(rows["unique_id"])
    series = ids.get_indexer(pd.Index(names))[codes]
    ds, y = rows["ds"].astype("int64").to_numpy(), rows["y"].to_numpy()
    if ((series[1:] < series[:-1]) | ((series[1:] == series[:-1]) & (ds[1:] < ds[:-1]))).any():
        order = np.lexsort((ds, series))
        series, ds, y = series[order], ds[order], y[order]
    new = np.ones(len(y), dtype=bool)
    new[1:] = (series[1:] != series[:-1]) | (y[1:] != y[:-1])
    begin = np.flatnonzero(new)
    stop = np.append(begin[1:], len(y))[: len(begin)]
    of, first, last, counts = series[begin], ds[begin], ds[stop - 1], stop - begin
    seconds = (last - first) / 1e9
    final = np.append(of[1:] != of[:-1], True) if len(of) else np.zeros(0, dtype=bool)
    at = np.full(len(ids), -1)
    at[of[final]] = np.flatnonzero(final)
    there = at >= 0
    longest, same = np.zeros(len(ids), dtype=np.int64), np.zeros(len(ids))
    np.maximum.at(longest, of[~final], counts[~final])
    equal = ~final & (y[begin] == y[begin[at[of]]]) if len(of) else final
    np.maximum.at(same, of[equal], seconds[equal])
    found = there & (longest > 0)  # of another value than that of the end

    tail = at[there]
    since, value = np.zeros(len(ids), dtype=np.int64), np.full(len(ids), np.nan)
    values, lasted = np.zeros(len(ids), dtype=np.int64), np.zeros(len(ids))
    since[there], value[there], values[there], lasted[there] = first[tail], y[begin][tail], counts[tail], seconds[tail]
    return Tails(
        pd.DatetimeIndex(since, tz="UTC"),
        value,
        np.where(found, values, 0),
        np.where(found, lasted, 0.0),
        longest,
        same,
    )


def flat_facts(frame: SeriesFrame, ids: pd.Index, checks: Checks) -> dict[str, object]:
    """Return columns of facts: `flat_seconds` of series that are flat for longer than allowed or usual, else 0, and what is told.

    With `checks.max_flat` that is longer than it, and than the series kept this value before; without, longer than a day's
    values, and twice as long as it kept any.
    """
    tails = tails_of(frame, ids)
    if checks.max_flat is not None:
        limit = duration(checks.max_flat).total_seconds()
        flat = (tails.seconds > limit) & (tails.seconds > tails.same_seconds)
    else:
        least = usual_flat(frame.grid.frequency)
        flat = (tails.values >= least) & (tails.values > _TIMES_LONGER * tails.longest)
    words = [
        f"{value:g} since {since.isoformat()} ({count:,} values, never more than {most:,} in a row before)"
        if it
        else ""
        for it, value, since, count, most in zip(
            flat, tails.value, tails.since, tails.values, tails.longest, strict=True
        )
    ]
    return {"flat_seconds": np.where(flat, tails.seconds, 0.0), "flat": pd.array(words, dtype="str")}
