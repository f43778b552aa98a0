"""What is known ahead: values beside y that reach past as_of, each used as it was known then.

rows       unique_id | ds | available_at | temperature ...        several rows of one ds are revisions

    origin             | o                                        what a window at the origin o sees of its steps:
    steps        ...  -2  -1   o  +1  +2                          of each the newest row that is available at o's instant,
    available     *    *   *   *   *                              never one that came later
    revised            *   *       .   .                          `.` came after o: not seen
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ALWAYS = np.iinfo(np.int64).min
"""Available since before any instant."""


@dataclass(frozen=True, eq=False)
class AheadBlock:
    """The rows of one source of what is known ahead, sorted by series, `ds`, `available_at`."""

    columns: tuple[str, ...]
    rows: pd.DataFrame
    """`unique_id` (empty where all series share the values), `ds`, `available_at` in ns since 1970 as integers, columns."""
    shared: bool
    hold: bool
    """Whether a value stands until the next one, and the last one on."""

    def known_at(self, as_of: int, begin: int, end: int) -> "AheadBlock":
        """Return what is available at an instant, of the steps in [begin, end); where values stand on, the one before too."""
        return replace(self, rows=self.rows[self.counts(as_of, begin, end)].reset_index(drop=True))

    def counts(self, as_of: int, begin: int, end: int) -> NDArray[np.bool_]:
        """Return which rows `known_at` returns, shape `(n_rows,)`."""
        ds, available = self.rows["ds"].to_numpy(), self.rows["available_at"].to_numpy()
        kept = (available <= as_of) & (ds < end)
        within = np.asarray(kept & (ds >= begin))
        earlier = np.flatnonzero(kept & ~within)
        if self.hold and len(earlier):
            before = self.rows.iloc[earlier].groupby("unique_id")["ds"].transform("max")
            within[earlier[ds[earlier] == before.to_numpy()]] = True
        return within

    def only(self, columns: Sequence[str]) -> "AheadBlock | None":
        """Return the block with some of its columns; none where it has none of them."""
        kept = tuple(column for column in self.columns if column in columns)
        return replace(self, columns=kept) if kept else None

    @cached_property
    def _instants(self) -> NDArray[np.int64]:
        return np.unique(self.rows["ds"].to_numpy())

    @cached_property
    def _series(self) -> pd.Index:
        return pd.Index(self.rows["unique_id"].unique())

    @cached_property
    def _first(self) -> NDArray[np.int64]:
        """Where the rows of each cell (series, instant) begin, shape `(n_series * n_instants + 1,)`."""
        series = self._series.get_indexer(pd.Index(self.rows["unique_id"]))
        cells = series * len(self._instants) + self._instants.searchsorted(self.rows["ds"].to_numpy())
        counts = np.bincount(cells, minlength=len(self._series) * len(self._instants))
        return np.concatenate([[0], np.cumsum(counts)])

    @cached_property
    def _values(self) -> NDArray[np.float64]:
        return self.rows[list(self.columns)].to_numpy(dtype=np.float64)

    def at(self, names: Sequence[str], ds: NDArray[np.int64], seen: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what is known at the instants `seen` `(n,)` of steps `ds` `(n, steps)`, shape `(n, steps, n_columns)`.

        `names` are the series, one for each of n; NaN where nothing is known.
        """
        if not len(self.rows):
            return np.full((*ds.shape, len(self.columns)), np.nan)
        series = np.zeros(len(ds), np.int64) if self.shared else self._series.get_indexer(pd.Index(names))
        place = self._instants.searchsorted(ds, side="right") - 1
        there = (place >= 0) & (series >= 0)[:, None]
        if not self.hold:
            there &= self._instants[np.maximum(place, 0)] == ds
        row = self._newest(series, np.where(there, place, 0), seen)
        row[~there] = -1
        while self.hold and (again := (row < 0) & there & (place > 0)).any():
            place = np.where(again, place - 1, place)
            found = self._newest(series, place, seen)
            row[again] = found[again]
        return np.where((row < 0)[:, :, None], np.nan, self._values[row])

    def _newest(
        self, series: NDArray[np.int64], place: NDArray[np.int64], seen: NDArray[np.int64]
    ) -> NDArray[np.int64]:
        """The newest row of each cell that is available by then, -1 where none is: a binary search in all cells at once."""
        cell = np.maximum(series, 0)[:, None] * len(self._instants) + place
        first, stop = self._first[cell], self._first[cell + 1]
        available = self.rows["available_at"].to_numpy()
        low, high = first.copy(), stop.copy()
        while (low < high).any():
            middle = np.minimum((low + high) // 2, len(available) - 1)
            known, searched = available[middle] <= seen[:, None], low < high
            low = np.where(searched & known, middle + 1, low)
            high = np.where(searched & ~known, middle, high)
        return np.where(low > first, low - 1, -1)


@dataclass(frozen=True, eq=False)
class Ahead:
    """All that is known ahead at an as_of."""

    blocks: tuple[AheadBlock, ...]
    lag: int = 0
    """From a window's first target to the instant at which it is forecast, in ns: what as_of is to the first step after it."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns, in the order of `at`."""
        return tuple(column for block in self.blocks for column in block.columns)

    @property
    def steady(self) -> bool:
        """Return whether a step's values are the same at every origin."""
        return all((block.rows["available_at"] == ALWAYS).all() for block in self.blocks)

    def at(self, names: Sequence[str], ds: NDArray[np.int64], origin: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what windows with first targets at `origin` `(n,)` know of steps `ds` `(n, steps)`, both in ns since 1970."""
        parts = [block.at(names, ds, origin + self.lag) for block in self.blocks]
        return np.concatenate(parts, axis=2) if parts else np.zeros((*ds.shape, 0))

    def only(self, columns: Sequence[str]) -> "Ahead":
        """Return some of the columns."""
        blocks = (block.only(columns) for block in self.blocks)
        return replace(self, blocks=tuple(block for block in blocks if block is not None))
