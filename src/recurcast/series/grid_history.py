"""Which grid a run saw at each of many as_ofs: a source shows its grid, and what it shows may change as it grows.

Rows are laid out in the order in which they became known, so that what an as_of knows is a beginning of them. The
grid of the newest as_of is asked for; it holds for each earlier one whose rows certainly show the same, which in the
ordinary case are all of them. The newest of the others is asked next, and so on: right in every case, and one pass
where the source keeps to one grid.
"""

from collections.abc import Callable, Sequence
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.series.grid import Grid, fixed_step, grid_of, offset_of, phases_of
from recurcast.series.known import grid_shown

_HOUR, _DAY = 3_600 * 10**9, 86_400 * 10**9
_BETWEEN_BUSINESS_HOURS = (17 * _HOUR, 65 * _HOUR)
"""Gaps over a night and over a weekend, which pandas takes for business hours where all others are of one hour."""


def grids_at(
    pipeline: PipelineConfig,
    rows: pd.DataFrame,
    first: NDArray[np.int64],
    as_ofs: Sequence[datetime],
    known_at: Callable[[int], pd.DataFrame],
) -> list[Grid | None]:
    """Return the grid at each as_of, or none where no row is known, or the rows known show no frequency.

    `first` is the first as_of that knows each row, shape `(n_rows,)`; `known_at(k)` are the rows known at as_of k.
    """
    arrived = _in_order_of_arrival(rows, first, len(as_ofs))
    known = arrived["first"].searchsorted(np.arange(len(as_ofs)), side="right")
    grids: list[Grid | None] = [None] * len(as_ofs)
    open_still = known > 0
    while open_still.any():
        newest = int(np.flatnonzero(open_still)[-1])
        grid = _shown_by(pipeline, known_at(newest))
        answered = known == known[newest]
        if grid is not None:
            answered |= _certainly_shown(grid, arrived, known, inferred=pipeline.frequency is None)
        for index in np.flatnonzero(open_still & answered):
            grids[index] = grid
        open_still &= ~answered
    return grids


def _shown_by(pipeline: PipelineConfig, known: pd.DataFrame) -> Grid | None:
    try:
        return grid_shown(pipeline, known)
    except DataRejected:
        return None


def _in_order_of_arrival(rows: pd.DataFrame, first: NDArray[np.int64], never: int) -> pd.DataFrame:
    arrived = rows[["unique_id", "ds"]].assign(first=first)[first < never].sort_values("first", kind="stable")
    # A revision brings no new timestamp: what it revises has already shown it.
    return arrived.drop_duplicates(["unique_id", "ds"]) if rows.attrs.get("has_revisions") else arrived


def _certainly_shown(
    grid: Grid, arrived: pd.DataFrame, known: NDArray[np.int64], *, inferred: bool
) -> NDArray[np.bool_]:
    """Where a grid is certainly the one that the first `known` rows show: the phase of most of them, of their frequency."""
    if grid.anchor is not None or (fixed_step(grid.frequency) is None and offset_of(grid.frequency).n > 1):
        return np.zeros(len(known), dtype=bool)
    on_phase = _most(phases_of(arrived["ds"], grid.frequency, grid.timezone) == grid.phase.value)
    shown = np.concatenate(([False], on_phase))[known]
    if inferred:
        for _, own in arrived.groupby("unique_id"):
            shown &= _frequency_shown(grid, own.drop_duplicates("ds").sort_values("ds"), len(known))
    return shown


def _frequency_shown(grid: Grid, own: pd.DataFrame, n_as_ofs: int) -> NDArray[np.bool_]:
    """At which as_ofs one series is unknown, or certainly shows the grid's frequency; `own` ascends in time."""
    as_ofs, first = np.arange(n_as_ofs), own["first"].to_numpy()
    known = np.sort(first).searchsorted(as_ofs, side="right")
    without_hole = np.maximum.accumulate(first).searchsorted(as_ofs, side="right")
    shown = np.concatenate(([True], _beginnings_that_show(grid, own["ds"])))
    return np.asarray(shown[known] & (known == without_hole))


def _beginnings_that_show(grid: Grid, ds: "pd.Series[pd.Timestamp]") -> NDArray[np.bool_]:
    """Whether `infer_frequency` certainly gives the grid's frequency for the first 1, 2, ... timestamps; false: ask it.

    Most gaps are of one step; and the rules for days, weeks and months can't apply where a gap is no whole day.
    """
    wall = pd.DatetimeIndex(ds).tz_convert(grid.timezone).tz_localize(None)
    gaps, wall_gaps = np.diff(pd.DatetimeIndex(ds).asi8), np.diff(wall.asi8)
    least, most = np.minimum.accumulate(wall_gaps), np.maximum.accumulate(wall_gaps)
    step = fixed_step(grid.frequency)
    if step is not None and step.value % _DAY:
        business_hours = (least == _HOUR) & np.isin(most, _BETWEEN_BUSINESS_HOURS)
        shown = _most(gaps == step.value) & _most(wall_gaps == step.value)
        shown &= (least <= 0) | ((least % _DAY != 0) & ~business_hours)
    elif grid.frequency in ("D", "B"):
        whole_days = (least > 0) & np.logical_and.accumulate(wall_gaps % _DAY == 0)
        every_day = (most == _DAY) | np.maximum.accumulate(wall.day_of_week >= 5)[1:]
        shown = whole_days & _most(wall_gaps == _DAY) & (every_day if grid.frequency == "D" else ~every_day)
    elif grid.frequency.startswith("W-"):
        shown = (least == 7 * _DAY) & (most == 7 * _DAY)
    else:
        return np.zeros(len(ds), dtype=bool)
    own = grid_of(ds, grid.frequency, grid.timezone)
    on_phase = phases_of(ds, grid.frequency, grid.timezone) == own.phase.value
    enough = np.arange(1, len(ds) + 1) >= 3
    return np.asarray(enough & np.concatenate(([False], shown)) & _most(on_phase) & _most(own.contains(ds)))


def _most(holds: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """For each beginning of the values, whether more than half of it holds: nothing else can then be more common."""
    return np.asarray(2 * np.cumsum(holds) > np.arange(1, len(holds) + 1))
