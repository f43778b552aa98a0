"""The rows of a lake counted by instant and by who knows them: what the digests of many intervals need, a file at a time.

of file 1   2024-03-01 00:00, known to as_ofs 3 to 8     812 rows, the sum of their hashes
            2024-03-01 01:00, known to as_ofs 4 to 8     815 rows, ...
of file 2   the same again: numbers and sums are added

The series of a lake share their steps, so that there are about as many of these as steps, however many series there are. Which
rows lie in the span of an interval is known only when all files have shown their grid, and follows from the instants alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.series.bounds import refuse_costly
from recurcast.series.digest import row_hashes
from recurcast.series.event_days import sessions_around
from recurcast.series.grid import UTC_NS, Grid, grid_of, offset_of, phases_of
from recurcast.series.known import KnownRanges, known_ranges, nanoseconds
from recurcast.series.lake.lake import Lake
from recurcast.series.lake.manifest import LakeFile
from recurcast.series.reading.giving_back import give_back
from recurcast.series.reading.interval import Interval, interval_at, interval_over


@dataclass(frozen=True, eq=False)
class Counted:
    """Rows by instant and by the as_ofs that know them, each shape `(n,)`; `sums` of their hashes is `(3, n)`."""

    ds: NDArray[np.int64]
    known: KnownRanges
    rows: NDArray[np.int64]
    sums: NDArray[np.uint64]

    def hashes(self, counts: NDArray[np.bool_]) -> NDArray[np.uint64]:
        """Return the sums of those that count."""
        return self.sums[:, counts]


def count_lake(pipeline: PipelineConfig, lake: Lake, as_ofs: Sequence[datetime]) -> Counted:
    """Return what ascending as_ofs know of a lake; each file is read once, and let go.

    Raises DataRejected where a file is not what the manifest says, ConfigurationError where a run would hold all in memory
    and that is more than it should.
    """
    asked = interval_over([interval_at(pipeline, as_of) for as_of in as_ofs])
    found, series, n_rows = _NONE, 0, 0
    for file in lake.manifest.files:
        own, n_series, n_own = _count(pipeline, lake, asked, as_ofs, file)
        found, series, n_rows = _together(found, own), series + n_series, n_rows + n_own
        give_back()
    if n_rows and not pipeline.training.stream and pipeline.training.sample_series is None:
        refuse_costly(pipeline, series, n_rows)
    return found


def grids_shown(pipeline: PipelineConfig, counted: Counted, as_ofs: Sequence[datetime]) -> list[Grid | None]:
    """Return the grid that the rows of each interval show, as `grid_shown` finds it of rows in one place; none without rows."""
    assert pipeline.frequency is not None, "the configuration requires it of folders"
    begins = nanoseconds([interval_at(pipeline, as_of).start for as_of in as_ofs])
    # The intervals' starts ascend: a row falls out of them once.
    stop = np.minimum(counted.known.stop, begins.searchsorted(counted.ds, side="right"))
    inside = KnownRanges(counted.known.first, stop)
    usual = _usual_phases(pipeline, counted, inside, len(as_ofs))
    asks = offset_of(pipeline.frequency).n > 1 or pipeline.frequency.startswith("sessions")
    grids: dict[object, Grid] = {}
    found: list[Grid | None] = []
    for index, phase in enumerate(usual):
        if phase is None:
            found.append(None)
            continue
        own = counted.ds[(inside.first <= index) & (index < inside.stop)] if asks else counted.ds[:0]
        grid = _grid(pipeline, phase, _times(np.unique(own)))
        days = grid.sessions and (grid.sessions.first, grid.sessions.last)
        found.append(grids.setdefault((phase, grid.anchor, days), grid))  # whose steps are laid out once
    return found


def _count(
    pipeline: PipelineConfig, lake: Lake, asked: Interval, as_ofs: Sequence[datetime], file: LakeFile
) -> tuple[Counted, int, int]:
    rows = lake.rows_in(file, pipeline, asked)
    known = known_ranges(rows, as_ofs)
    counts = known.first < known.stop
    hashes = row_hashes(rows[counts], pipeline.source.beside)
    ds = np.asarray(rows["ds"].astype("int64"))[counts]
    own = KnownRanges(known.first[counts], known.stop[counts])
    return _added(ds, own, np.ones(len(ds), np.int64), hashes), rows["unique_id"].nunique(), len(rows)


def _together(one: Counted, other: Counted) -> Counted:
    ds, rows, first, stop = (
        np.concatenate(both)
        for both in (
            (one.ds, other.ds),
            (one.rows, other.rows),
            (one.known.first, other.known.first),
            (one.known.stop, other.known.stop),
        )
    )
    return _added(ds, KnownRanges(first, stop), rows, np.concatenate([one.sums, other.sums], axis=1))


def _added(ds: NDArray[np.int64], known: KnownRanges, rows: NDArray[np.int64], hashes: NDArray[np.uint64]) -> Counted:
    """Those of one instant that the same as_ofs know, added up; in 64 bits nothing is lost that the digest holds."""
    _, step = np.unique(ds, return_inverse=True)
    width = int(known.stop.max(initial=0)) + 1
    knowing, by = np.unique(known.first * width + known.stop, return_inverse=True)
    _, where, place = np.unique(step * max(len(knowing), 1) + by, return_index=True, return_inverse=True)
    added, sums = np.zeros(len(where), np.int64), np.zeros((3, len(where)), np.uint64)
    np.add.at(added, place, rows)
    for part, own in zip(sums, hashes, strict=True):
        np.add.at(part, place, own)
    return Counted(ds[where], KnownRanges(known.first[where], known.stop[where]), added, sums)


def _usual_phases(
    pipeline: PipelineConfig, counted: Counted, inside: KnownRanges, n_as_ofs: int
) -> list[pd.Timedelta | None]:
    """The phase that most rows have at each as_of, of equally common ones the smallest; none without rows."""
    assert pipeline.frequency is not None, "the configuration requires it of folders"
    phases = phases_of(_times(counted.ds), pipeline.frequency, pipeline.source.timezone)
    usual, most = np.zeros(n_as_ofs, np.int64), np.zeros(n_as_ofs, np.int64)
    counts = inside.first < inside.stop
    order = np.flatnonzero(counts)[np.argsort(phases[counts], kind="stable")]
    for own in np.split(order, np.flatnonzero(np.diff(phases[order])) + 1):
        changes = np.zeros(n_as_ofs + 1, np.int64)
        np.add.at(changes, inside.first[own], counted.rows[own])
        np.subtract.at(changes, inside.stop[own], counted.rows[own])
        number = changes[:-1].cumsum()
        usual[number > most] = phases[own[0]] if len(own) else 0
        most = np.maximum(most, number)
    return [pd.Timedelta(int(phase), "ns") if rows else None for phase, rows in zip(usual, most, strict=True)]


def _grid(pipeline: PipelineConfig, phase: pd.Timedelta, shown: "pd.Series[pd.Timestamp]") -> Grid:
    """The grid of a phase; `shown` are the instants of its rows, where a frequency asks for them."""
    frequency, timezone = str(pipeline.frequency), pipeline.source.timezone
    anchor = grid_of(shown, frequency, timezone).anchor if len(shown) else None
    return Grid(frequency, timezone, phase, anchor, sessions_around(frequency, shown, pipeline.parts.steps))


def _times(ds: NDArray[np.int64]) -> "pd.Series[pd.Timestamp]":
    return pd.Series(pd.DatetimeIndex(ds, tz="UTC")).astype(UTC_NS)


_EMPTY = np.zeros(0, np.int64)
_NONE = Counted(_EMPTY, KnownRanges(_EMPTY, _EMPTY), _EMPTY, np.zeros((3, 0), np.uint64))
