"""The digests of many intervals out of one pass over the source.

Each row counts in one range of as_ofs: from the first one that knows it, to the first one that knows a revision of it
or whose span of history, validation and test begins after it. Its hash is added where its range begins and taken away
where it ends; the running sums are the digests.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from pandas.tseries.frequencies import to_offset

from recurcast.config import FileSource, GeneratedSource, PipelineConfig
from recurcast.series.bounds import refuse_costly
from recurcast.series.digest import digest_of, row_hashes
from recurcast.series.files import read_file
from recurcast.series.generation import generate
from recurcast.series.grid import Grid, fixed_step
from recurcast.series.grid_history import grids_at
from recurcast.series.known import KnownRanges, known_ranges, nanoseconds
from recurcast.series.sources import end_of_knowledge, generated_grid

_ROWS_AT_ONCE = 2**20
"""Bounds the memory that a long generated series takes."""


@dataclass(frozen=True)
class IntervalData:
    """What an interval's run would read: the digest of its frame, or none where it would find no frame."""

    as_of: datetime
    digest: str | None


def interval_digests(pipeline: PipelineConfig, as_ofs: Sequence[datetime], root: Path) -> tuple[IntervalData, ...]:
    """Return for each as_of the digest of the frame that `obtain` gives: the source is read or generated once.

    None where `obtain` refuses: no row is known yet, or the known ones show no frequency. Raises DataRejected where
    the file can't be read as the pipeline says.
    """
    ascending = sorted(set(as_ofs))
    if not ascending:
        return ()
    digests = _of_file if isinstance(pipeline.source, FileSource) else _of_generated
    by_as_of = dict(zip(ascending, digests(pipeline, ascending, root), strict=True))
    return tuple(IntervalData(as_of, by_as_of[as_of]) for as_of in as_ofs)


def _of_file(pipeline: PipelineConfig, as_ofs: Sequence[datetime], root: Path) -> list[str | None]:
    source = pipeline.source
    assert isinstance(source, FileSource)
    rows = read_file(source, root, series_name=pipeline.name)
    refuse_costly(pipeline, rows["unique_id"].nunique(), len(rows))
    known = known_ranges(rows, as_ofs)

    def known_at(index: int) -> pd.DataFrame:
        return rows[(known.first <= index) & (index < known.stop)]

    grids = grids_at(pipeline, rows, known.first, as_ofs, known_at)
    ends = [end_of_knowledge(source.delay, as_of) for as_of in as_ofs]
    sums = _Sums(_span_starts(grids, ends, pipeline.parts.steps), source.columns.covariates)
    sums.add(rows, known)
    return sums.digests(grids)


def _of_generated(pipeline: PipelineConfig, as_ofs: Sequence[datetime], root: Path) -> list[str | None]:
    source = pipeline.source
    assert isinstance(source, GeneratedSource)
    refuse_costly(pipeline, source.series)
    grids = [generated_grid(pipeline)] * len(as_ofs)
    ends = [end_of_knowledge(source.delay, as_of) for as_of in as_ofs]
    starts, instants = _span_starts(grids, ends, pipeline.parts.steps), nanoseconds(ends)
    sums = _Sums(starts, ())
    for rows in _stretches(source, grids[0].frequency, starts, instants):
        first = instants.searchsorted(_instants_of(rows), side="right")
        sums.add(rows, KnownRanges(first, np.full(len(rows), len(as_ofs))))
    return sums.digests(grids)


class _Sums:
    """Sums of row hashes that change from as_of to as_of."""

    def __init__(self, span_starts: NDArray[np.int64], covariates: tuple[str, ...]) -> None:
        self._starts, self._covariates = span_starts, covariates
        self._changes = np.zeros((3, len(span_starts) + 1), dtype=np.uint64)

    def add(self, rows: pd.DataFrame, known: KnownRanges) -> None:
        """Count each row where it is known and inside the span."""
        ds = _instants_of(rows)
        # A grid that changes may move the span's start back; between such places it only rises, so that a row that
        # falls out of it stays out.
        falls = np.flatnonzero(self._starts[1:] < self._starts[:-1]) + 1
        for begin, end in pairwise([0, *falls, len(self._starts)]):
            first = np.maximum(known.first, begin)
            stop = np.minimum(known.stop, begin + self._starts[begin:end].searchsorted(ds, side="right"))
            counts = first < stop
            hashes = row_hashes(rows[counts], self._covariates)
            for part, changes in zip(hashes, self._changes, strict=True):
                np.add.at(changes, first[counts], part)
                np.subtract.at(changes, stop[counts], part)

    def digests(self, grids: Sequence[Grid | None]) -> list[str | None]:
        """Return the digest at each as_of, none without a grid; in 64 bits, what is taken away leaves no trace."""
        sums = self._changes[:, :-1].cumsum(axis=1, dtype=np.uint64).T
        return [
            None if grid is None else digest_of(own, grid.frequency, grid.timezone, self._covariates)
            for own, grid in zip(sums, grids, strict=True)
        ]


def _stretches(
    source: GeneratedSource, frequency: str, starts: NDArray[np.int64], ends: NDArray[np.int64]
) -> Iterator[pd.DataFrame]:
    """Yield all rows that any of the spans [start, end) holds, each once, in stretches that fit the memory."""
    step = fixed_step(frequency)
    assert step is not None
    length = max(_ROWS_AT_ONCE // source.series, 1) * step.value
    begin = int(starts[0])
    while begin < ends[-1]:
        begin = max(begin, int(starts[ends.searchsorted(begin, side="right")]))
        end = min(begin + length, int(ends[-1]))
        yield generate(source, frequency, pd.Timestamp(begin, tz="UTC"), pd.Timestamp(end, tz="UTC"))
        begin = end


def _span_starts(grids: Sequence[Grid | None], ends: Sequence[datetime], count: int) -> NDArray[np.int64]:
    """Where the span of `count` steps that ends before each of the ascending `ends` begins; without a grid, anywhere."""
    of_grid: dict[Grid, list[int]] = {}
    for index, grid in enumerate(grids):
        if grid is not None:
            of_grid.setdefault(grid, []).append(index)
    starts = np.full(len(ends), np.iinfo(np.int64).min)
    for grid, indices in of_grid.items():
        starts[indices] = first_steps(grid, [ends[index] for index in indices], count)
    return starts


def first_steps(grid: Grid, ends: Sequence[datetime], count: int) -> NDArray[np.int64]:
    """Return `grid.steps_until(end, count)[0]` for each of the ascending ends, in ns since 1970, shape `(n_ends,)`.

    The grid's steps are laid out once for many ends; a stretch of them at a time, because there may be one per second.
    """
    if _depends_on_end(grid):
        firsts = (grid.steps_until(end, count).asi8 for end in ends)
        return np.array([steps[0] if len(steps) else np.iinfo(np.int64).max for steps in firsts])
    starts, instants = np.empty(len(ends), dtype=np.int64), nanoseconds(ends)
    newest = grid.steps_until(ends[-1], max(count, 8)).asi8
    if len(newest) < 2:
        return np.full(len(ends), newest.min(initial=np.iinfo(np.int64).max))
    reach = count + min(int(instants[-1] - instants[0]) // int(np.diff(newest).min()) + 1, _ROWS_AT_ONCE)
    open_still = len(ends)
    while open_still:
        steps = grid.steps_until(ends[open_still - 1], reach).asi8
        before = steps.searchsorted(instants[:open_still], side="left")
        answered = (before >= count) | (len(steps) < reach)  # there are no steps before nanoseconds begin
        starts[:open_still][answered] = steps[np.maximum(before[answered] - count, 0)]
        open_still -= int(answered.sum())
    return starts


def _depends_on_end(grid: Grid) -> bool:
    """Whether the grid's steps are counted from wherever one begins: several periods without an anchor, hours of days."""
    offset = to_offset(grid.frequency)
    return fixed_step(grid.frequency) is None and (
        (offset.n > 1 and grid.anchor is None)
        or isinstance(offset, pd.offsets.BusinessHour | pd.offsets.CustomBusinessHour)
    )


def _instants_of(rows: pd.DataFrame) -> NDArray[np.int64]:
    return np.asarray(rows["ds"].astype("int64"))
