"""The frame: the long table that every source delivers, and its dense form, the panel.

frame.rows   unique_id | ds (datetime64, UTC) | y | covariates ...      one row per observation
panel.values (n_series, n_steps, 1 + n_covariates), NaN where a step is absent; all series share the steps
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.series.ahead import Ahead
from recurcast.series.attributes import FORMS, Attributes, attributes_in, written
from recurcast.series.days import DayCalendar
from recurcast.series.grid import Grid
from recurcast.series.ids import coded, places_and_names
from recurcast.series.stretches import places_of, stretches


@dataclass(frozen=True)
class SeriesFrame:
    """What was known at as_of, in the span of the three parts, sorted by (unique_id, ds).

    `steps` are the grid's steps of that span; rows may still lie off the grid until they are validated.
    """

    rows: pd.DataFrame
    grid: Grid
    steps: pd.DatetimeIndex
    covariates: tuple[str, ...] = ()
    last_known: pd.Timestamp | None = None
    """The instant at which the newest of the rows became known; none without rows."""
    days: tuple[DayCalendar, ...] = ()
    """The calendars of days that its steps are told by, as they were known when it was read."""
    ahead: Ahead | None = None
    """What is known ahead beside y; none where the pipeline names nothing of the kind."""
    attributes: tuple[str, ...] = ()
    """Columns of the rows that say something of a series once, as texts."""

    @property
    def beside(self) -> tuple[str, ...]:
        """Return the names of all columns that the rows have beside y."""
        return (*self.covariates, *self.attributes)

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the series' names, sorted."""
        return tuple(sorted(self.rows["unique_id"].unique()))

    @property
    def n_rows(self) -> int:
        """Return how many rows there are."""
        return len(self.rows)

    @property
    def ends(self) -> tuple[pd.Timestamp, pd.Timestamp] | None:
        """Return the first and the last timestamp, or none without rows."""
        return None if self.rows.empty else (self.rows["ds"].min(), self.rows["ds"].max())

    def pieces(self) -> "Iterator[SeriesFrame]":
        """Yield frames of whole series that are this one together: itself, where it is not read in pieces."""
        yield self

    @property
    def off_grid_ids(self) -> frozenset[str]:
        """Return the series most of whose rows lie off the grid: those of another frequency."""
        off = pd.Series(~self.grid.contains(self.rows["ds"])).groupby(self.rows["unique_id"].to_numpy()).mean()
        return frozenset(str(name) for name in off.index[off > 0.5])

    def has_news_since(self, previous: datetime | None) -> bool:
        """Return whether any row became known at or after `previous`; everything is news to a first interval."""
        return previous is None or (self.last_known is not None and self.last_known >= previous)

    def without(self, dropped: frozenset[str]) -> "SeriesFrame":
        """Return the frame without some series."""
        if not dropped:
            return self
        return replace(self, rows=_those(self.rows, ~self.rows["unique_id"].isin(dropped)))

    def only(self, chosen: frozenset[str]) -> "SeriesFrame":
        """Return the frame of some series."""
        return replace(self, rows=_those(self.rows, self.rows["unique_id"].isin(chosen)))


@dataclass(frozen=True)
class Panel:
    """All series on the same steps; `values[i, t]` are y and the covariates of series i at step t."""

    ids: tuple[str, ...]
    steps: pd.DatetimeIndex
    values: NDArray[np.float64]
    calendar: NDArray[np.float64]
    """What the calendar says of each step, shape `(n_steps, n_calendar)`; no column without calendar entries."""
    covariates: tuple[str, ...] = ()
    """The names of `values[:, :, 1:]`."""
    grid: Grid | None = None
    """Of the steps; a panel that is laid out from a frame has it."""
    days: tuple[DayCalendar, ...] = ()
    """Calendars of days that `calendar` was made by."""
    ahead: Ahead | None = None
    """What is known ahead beside y, by series and instant."""
    attributes: Attributes | None = None
    """What the series say of themselves once."""

    @property
    def n_dated(self) -> int:
        """Return how many columns change from step to step up to the last target: the calendar's, and what is known ahead."""
        return self.calendar.shape[1] + (0 if self.ahead is None else len(self.ahead.names))

    @property
    def n_drivers(self) -> int:
        """Return how many columns stand beside y up to the last target: those that change, and two for each attribute."""
        return self.n_dated + (0 if self.attributes is None else FORMS * len(self.attributes.names))

    def drivers(
        self, series: NDArray[np.int64], steps: NDArray[np.int64], origin: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return calendar, what was known ahead at windows' origins, and attributes; NaN where nothing was known.

        `steps` are `(n_windows, n_steps)`, the result is `(n_windows, n_steps, n_drivers)`. A step outside of the panel has
        the values of the nearest one.
        """
        dated = self.dated(series, steps, origin)
        if self.attributes is None:
            return dated
        said = self._said[series][:, None, :]
        return np.concatenate([dated, np.broadcast_to(said, (*steps.shape, said.shape[2]))], axis=2)

    def dated(
        self, series: NDArray[np.int64], steps: NDArray[np.int64], origin: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """Return the same without attributes, shape `(n_windows, n_steps, n_dated)`."""
        steps = np.clip(steps, 0, len(self.steps) - 1)
        calendar = self.calendar[steps]
        if self.ahead is None:
            return calendar
        names, instants = [self.ids[each] for each in series], self.steps.as_unit("ns").asi8
        gaps = np.concatenate([[self.ahead.gap], np.diff(instants)])
        known = self.ahead.at(names, instants[steps], instants[origin], gaps[origin])
        return np.concatenate([calendar, known], axis=2)

    @cached_property
    def _said(self) -> NDArray[np.float64]:
        assert self.attributes is not None, "only a panel that has some is asked"
        return self.attributes.seen(self.ids)

    @property
    def y(self) -> NDArray[np.float64]:
        """Return the series alone, a view of shape `(n_series, n_steps)`."""
        return self.values[:, :, 0]

    @cached_property
    def complete(self) -> NDArray[np.bool_]:
        """Return where y and all covariates are present, shape `(n_series, n_steps)`."""
        return np.asarray(~np.isnan(self.values).any(axis=2))


def _those(rows: pd.DataFrame, kept: "pd.Series[bool]") -> pd.DataFrame:
    """Those rows, and no name of a series that none of them has."""
    found = rows[kept].reset_index(drop=True)
    return found.assign(unique_id=coded(found["unique_id"]))


def without_values(rows: pd.DataFrame, beside: Sequence[str], values: Sequence[float]) -> pd.DataFrame:
    """Return the rows with each cell of y and the columns beside it missing that holds one of the values."""
    if not values:
        return rows
    texts = [written(value, "") for value in values]
    cells = {
        column: rows[column].mask(rows[column].isin(texts if rows[column].dtype == "str" else values))
        for column in ("y", *beside)
    }
    return rows.assign(**cells)


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return the rows sorted by series and time; what is sorted, as most files are, is not copied."""
    order = order_of(rows)
    return rows if order is None else rows.take(order)


def order_of(rows: pd.DataFrame) -> NDArray[np.intp] | None:
    """Return the places of the rows by series and time, shape `(n_rows,)`, or none where they are sorted."""
    series, _ = places_and_names(rows["unique_id"])
    ds = rows["ds"].astype("int64").to_numpy()
    return (
        None
        if all(_in_order(series[own], ds[own]) for own in stretches(len(ds), overlap=1))
        else np.lexsort((ds, series))
    )


def _in_order(series: NDArray[Any], ds: NDArray[Any]) -> bool:
    same, later = series[1:] == series[:-1], series[1:] > series[:-1]
    return bool((later | (same & (ds[1:] >= ds[:-1]))).all())


def attributes_for(names: Sequence[str], panel: Panel) -> Attributes | None:
    """Return what a panel's series say under these names; none without any. Raises ValueError where it has not one of them."""
    if not names:
        return None
    if panel.attributes is None:
        raise ValueError(f"the series say nothing of themselves; asked for {', '.join(names)}")
    return panel.attributes.only(names)


def aligned(panel: Panel) -> Panel:
    """Return the panel with each series moved to where its last value lies at the last step."""
    n_steps = len(panel.steps)
    silent = np.array([n_steps - 1 - int(np.flatnonzero(~np.isnan(own))[-1]) for own in panel.y])
    values = np.full_like(panel.values, np.nan)
    for row, steps in enumerate(silent):
        values[row, steps:] = panel.values[row, : n_steps - steps]
    return replace(panel, values=values)


def with_steps_before(panel: Panel, steps: pd.DatetimeIndex, calendar: NDArray[np.float64]) -> Panel:
    """Return the panel with absent steps before its first; `calendar` is that of all steps."""
    values = np.pad(panel.values, ((0, 0), (len(steps), 0), (0, 0)), constant_values=np.nan)
    return replace(panel, steps=pd.DatetimeIndex(steps.append(panel.steps)), values=values, calendar=calendar)


def lay_out(frame: SeriesFrame, calendar: NDArray[np.float64]) -> Panel:
    """Return the frame's rows on its steps, absent ones NaN; rows off the grid are not expected here."""
    series, ids = places_and_names(frame.rows["unique_id"])
    values = np.full((len(ids), len(frame.steps), 1 + len(frame.covariates)), np.nan)
    ds = frame.rows["ds"].astype("int64").to_numpy()
    columns = [frame.rows[column].to_numpy(dtype=np.float64) for column in ("y", *frame.covariates)]
    for own in stretches(len(ds)):
        row_series, row_step = series[own], places_of(ds[own], frame.steps)
        for feature, column in enumerate(columns):
            values[row_series, row_step, feature] = column[own]
    found = Panel(ids, frame.steps, values, calendar, frame.covariates, frame.grid, frame.days)
    said = attributes_in(frame.rows, frame.attributes) if frame.attributes else None
    return replace(found, ahead=frame.ahead, attributes=said)
