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
from itertools import groupby

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ALWAYS = np.iinfo(np.int64).min
"""Available since before any instant."""


def told_whole(rows: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return sorted rows without those that say nothing; a revision leaves what it does not say as it was."""
    there = rows[list(columns)].notna()
    if there.to_numpy().all():
        return rows
    rows = rows[there.any(axis=1)].reset_index(drop=True)
    return rows.assign(**rows.groupby(["unique_id", "ds"])[list(columns)].ffill())


@dataclass(frozen=True, eq=False)
class AheadBlock:
    """The rows of one source of what is known ahead, sorted by series, `ds`, `available_at`."""

    columns: tuple[str, ...]
    rows: pd.DataFrame
    """`unique_id` (empty where all series share the values), `ds`, `available_at` in ns since 1970 as integers, columns."""
    shared: bool
    hold: bool
    """Whether a value stands until the next one, and the last one on."""
    held_for: int | None = None
    """How long before the first step a value may lie that still stands there, in ns; none: any time."""

    def known_at(self, as_of: int, begin: int, end: int) -> "AheadBlock":
        """Return what is available at an instant, of the steps in [begin, end); where values stand on, the one before too."""
        return replace(self, rows=self.rows[self.counts(as_of, begin, end)].reset_index(drop=True))

    def counts(self, as_of: int, begin: int, end: int) -> NDArray[np.bool_]:
        """Return which rows `known_at` returns, shape `(n_rows,)`."""
        ds, available = self.rows["ds"].to_numpy(), self.rows["available_at"].to_numpy()
        kept = (available <= as_of) & (ds < end)
        within = np.asarray(kept & (ds >= begin))
        if self.hold:  # each column's newest value before, which need not stand in the newest row
            before = kept & (ds < begin) & (True if self.held_for is None else ds >= begin - self.held_for)
            for place in range(len(self.columns)):
                earlier = np.flatnonzero(before & ~np.isnan(self._values[:, place]))
                last = np.flatnonzero(np.diff(self._codes[earlier], append=len(self._series)))
                newest = np.repeat(ds[earlier[last]], np.diff(last, prepend=-1))
                within[earlier[ds[earlier] == newest]] = True
        return within

    def only(self, columns: Sequence[str]) -> "AheadBlock":
        """Return the block with some of its columns, in the order given."""
        return replace(self, columns=tuple(columns))

    def names(self, series: Sequence[str]) -> NDArray[np.bool_]:
        """Return which series it has values of, by column, shape `(n_series, n_columns)`."""
        if self.shared:
            return np.ones((len(series), len(self.columns)), bool)
        there = self.rows[list(self.columns)].notna().groupby(self.rows["unique_id"]).any()
        return there.reindex(pd.Index(series), fill_value=False).to_numpy(dtype=bool)

    def without_values(self, values: Sequence[float]) -> "AheadBlock":
        """Return the block with each cell empty that holds one of the values."""
        cells = {column: self.rows[column].mask(self.rows[column].isin(values)) for column in self.columns}
        return replace(self, rows=told_whole(self.rows.assign(**cells), self.columns)) if values else self

    @cached_property
    def _apart(self) -> "tuple[AheadBlock, ...]":
        """A block for each column where values stand on and cells are empty: an empty cell is no value to stand."""
        if not self.hold or len(self.columns) == 1 or not np.isnan(self._values).any():
            return ()
        rows = self.rows
        return tuple(
            replace(self, columns=(column,), rows=rows[rows[column].notna()].reset_index(drop=True))
            for column in self.columns
        )

    @cached_property
    def _instants(self) -> NDArray[np.int64]:
        return np.unique(self.rows["ds"].to_numpy())

    @cached_property
    def _series(self) -> pd.Index:
        return pd.Index(self.rows["unique_id"].unique())

    @cached_property
    def _codes(self) -> NDArray[np.int64]:
        """The number of each row's series, ascending."""
        return self._series.get_indexer(pd.Index(self.rows["unique_id"])).astype(np.int64)

    @cached_property
    def _cells(self) -> NDArray[np.int64]:
        """Which cells (series, instant) have rows, ascending: the series' number times the instants, and the instant's."""
        keys = self._codes * len(self._instants) + self._instants.searchsorted(self.rows["ds"].to_numpy())
        return keys[np.diff(keys, prepend=-1) > 0]

    @cached_property
    def _first(self) -> NDArray[np.int64]:
        """Where the rows of each cell begin, and where the last one's end, shape `(n_cells + 1,)`."""
        keys = self._codes * len(self._instants) + self._instants.searchsorted(self.rows["ds"].to_numpy())
        return np.append(np.flatnonzero(np.diff(keys, prepend=-1) > 0), len(keys))

    @cached_property
    def _values(self) -> NDArray[np.float64]:
        return self.rows[list(self.columns)].to_numpy(dtype=np.float64)

    def at(self, names: Sequence[str], ds: NDArray[np.int64], seen: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what is known at the instants `seen` `(n,)` of steps `ds` `(n, steps)`, shape `(n, steps, n_columns)`.

        `names` are the series, one for each of n; NaN where nothing is known.
        """
        if self._apart:
            return np.concatenate([each.at(names, ds, seen) for each in self._apart], axis=2)
        if not len(self.rows):
            return np.full((*ds.shape, len(self.columns)), np.nan)
        series = np.zeros(len(ds), np.int64) if self.shared else self._series.get_indexer(pd.Index(names))
        place = self._instants.searchsorted(ds, side="right") - 1
        begins = np.broadcast_to((series * len(self._instants))[:, None], ds.shape)
        wanted = begins + place
        cell = self._cells.searchsorted(wanted, side="right") - 1
        there = (series >= 0)[:, None] & self._of_series(cell, begins)
        if not self.hold:
            there &= (self._cells[cell] == wanted) & (self._instants[place] == ds)
        row, instants = np.full(ds.shape, -1), np.broadcast_to(seen[:, None], ds.shape)
        row[there] = self._newest(cell[there], instants[there])
        pending = there & (row < 0)
        while self.hold and pending.any():  # what was not known yet: the cell before
            cell[pending] -= 1
            pending &= self._of_series(cell, begins)
            row[pending] = self._newest(cell[pending], instants[pending])
            pending &= row < 0
        return np.where((row < 0)[:, :, None], np.nan, self._values[row])

    def _of_series(self, cell: NDArray[np.int64], begins: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Whether cells are some, of the series whose cells begin there; a later series' they never are."""
        return np.asarray((cell >= 0) & (self._cells[np.maximum(cell, 0)] >= begins))

    def _newest(self, cell: NDArray[np.int64], seen: NDArray[np.int64]) -> NDArray[np.int64]:
        """The newest row of each cell that is available by then, -1 where none is: a binary search in all cells at once."""
        first, stop = self._first[cell], self._first[cell + 1]
        available = self.rows["available_at"].to_numpy()
        low, high = first.copy(), stop.copy()
        while (low < high).any():
            middle = np.minimum((low + high) // 2, len(available) - 1)
            known, searched = available[middle] <= seen, low < high
            low = np.where(searched & known, middle + 1, low)
            high = np.where(searched & ~known, middle, high)
        return np.where(low > first, low - 1, -1)


@dataclass(frozen=True, eq=False)
class Ahead:
    """All that is known ahead at an as_of."""

    blocks: tuple[AheadBlock, ...]
    lag: int = 0
    """From a window's first target to the instant at which it is forecast, in ns: what as_of is to the first step after it."""
    gap: int = 0
    """From the newest step to the first one after it, in ns: where steps lie unevenly, such as business days, a lag before
    the first target is the same share of each window's own gap. None: the lag is taken as it is."""

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns, in the order of `at`."""
        return tuple(column for block in self.blocks for column in block.columns)

    @property
    def steady(self) -> bool:
        """Return whether a step's values are the same at every origin."""
        return all((block.rows["available_at"] == ALWAYS).all() for block in self.blocks)

    def at(
        self, names: Sequence[str], ds: NDArray[np.int64], origin: NDArray[np.int64], gap: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return what windows with first targets at `origin` `(n,)` know of steps `ds` `(n, steps)`, both in ns since 1970.

        `gap` `(n,)` is from the step before each origin.
        """
        seen = origin + self.lag
        if self.lag < 0 and self.gap:
            seen = origin + np.where(gap == self.gap, self.lag, np.floor(self.lag * (gap / self.gap)).astype(np.int64))
        parts = [block.at(names, ds, seen) for block in self.blocks]
        return np.concatenate(parts, axis=2) if parts else np.zeros((*ds.shape, 0))

    def only(self, columns: Sequence[str]) -> "Ahead":
        """Return some of the columns, in the order given."""
        holder = {column: place for place, block in enumerate(self.blocks) for column in block.columns}
        runs = [(place, tuple(run)) for place, run in groupby(columns, key=holder.__getitem__)]
        return replace(self, blocks=tuple(self.blocks[place].only(run) for place, run in runs))

    def without_values(self, values: Sequence[float]) -> "Ahead":
        """Return it with each cell empty that holds one of the values."""
        return replace(self, blocks=tuple(block.without_values(values) for block in self.blocks))

    def of_series(self, names: Sequence[str]) -> NDArray[np.bool_]:
        """Return which series have values, by column, shape `(n_series, n_columns)`."""
        return np.concatenate([block.names(names) for block in self.blocks], axis=1)
