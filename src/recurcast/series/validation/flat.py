"""The end of each series that keeps one value, beside how long it kept values before.

... 5 7 7 6 8 8 8 8 8 8 8 8 | as_of        8 for eight values, never longer than 2 before: a sensor that is stuck?
... 0 0 0 3 0 0 0 0 1 0 0 0 | as_of        0 for three values, and for four before: as ever
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import Checks
from recurcast.series.frame import SeriesFrame, in_order
from recurcast.series.grid import duration, fixed_step, offset_of
from recurcast.series.ids import places_and_names
from recurcast.series.stretches import of_whole_groups, stretches

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
    rows = in_order(frame.rows)
    codes, names = places_and_names(rows["unique_id"])
    places = ids.get_indexer(pd.Index(names))
    ds, y = rows["ds"].astype("int64").to_numpy(), rows["y"].to_numpy(dtype=np.float64)
    found = _Found.of(len(ids))
    for own in of_whole_groups(codes):
        known: Any = ~np.isnan(y[own]) & (codes[own] >= 0)
        if known.all():
            known = slice(None)
        found.add(codes[own][known], ds[own][known], y[own][known], places)
    flat = found.longest > 0  # of another value than that of the end
    return Tails(
        pd.DatetimeIndex(found.since, tz="UTC"),
        found.value,
        np.where(flat, found.values, 0),
        np.where(flat, found.seconds, 0.0),
        found.longest,
        found.same_seconds,
    )


@dataclass(frozen=True)
class _Found:
    """The same of series in turn; `since` in ns, `values` and `seconds` also where no other value came before."""

    since: NDArray[np.int64]
    value: NDArray[np.float64]
    values: NDArray[np.int64]
    seconds: NDArray[np.float64]
    longest: NDArray[np.int64]
    same_seconds: NDArray[np.float64]

    @classmethod
    def of(cls, count: int) -> "_Found":
        """Return what is known of so many series before any is looked at."""
        whole: list[NDArray[np.int64]] = [np.zeros(count, np.int64) for _ in range(3)]
        return cls(whole[0], np.full(count, np.nan), whole[1], np.zeros(count), whole[2], np.zeros(count))

    def add(
        self, series: NDArray[Any], ds: NDArray[np.int64], y: NDArray[np.float64], places: NDArray[np.int64]
    ) -> None:
        """Look at the values of whole series, in order; `places` are where each stands."""
        if not len(y):
            return
        new, last = np.ones(len(y) + 1, dtype=bool), np.ones(len(y), dtype=bool)
        new[1:-1] = (series[1:] != series[:-1]) | (y[1:] != y[:-1])
        last[:-1] = series[1:] != series[:-1]
        once = new[:-1] & new[1:]
        for own in stretches(len(y)):
            with_others = places[series[own][once[own] & ~last[own]]]
            self.longest[with_others] = np.maximum(self.longest[with_others], 1)
        # A value that came once lasted no time: left out of what follows, since most series have little else.
        begin, end = np.flatnonzero(new[:-1] & (~once | last)), np.flatnonzero(new[1:] & (~once | last))
        final, counts, of = last[end], end - begin + 1, places[series[begin]]
        seconds = (ds[end] - ds[begin]) / 1e9
        np.maximum.at(self.longest, of[~final], counts[~final])
        tail = of[final]
        self.since[tail], self.value[tail] = ds[begin[final]], y[begin[final]]
        self.values[tail], self.seconds[tail] = counts[final], seconds[final]
        equal = ~final & (y[begin] == self.value[of])
        np.maximum.at(self.same_seconds, of[equal], seconds[equal])


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
