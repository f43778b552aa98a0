"""The digests of many intervals out of one pass over the source.

Each row counts in one range of as_ofs: from the first one that knows it, to the first one that knows a revision of it
or whose span of history, validation and test begins after it. Its hash is added where its range begins and taken away
where it ends; the running sums are the digests.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.series.ahead import AheadBlock
from recurcast.series.ahead_files import AheadSource, sources_of, span_of
from recurcast.series.digest import digest_of, hashes_ahead, row_hashes, with_ahead
from recurcast.series.event_days import calendar_digests
from recurcast.series.grid import Grid, fixed_step, offset_of
from recurcast.series.known import KnownRanges, Over, end_of_knowledge, nanoseconds
from recurcast.series.lake.ahead_parts import in_parts
from recurcast.series.lake.counting import count_lake, grids_shown
from recurcast.series.lake.lake import lake_of
from recurcast.series.supplies import ROWS_AT_ONCE, supply_of


@dataclass(frozen=True)
class IntervalData:
    """What an interval's run would read: the digest of its frame, or none where it would find no frame."""

    as_of: datetime
    digest: str | None
    calendar: str = ""
    """Digest of the days of holidays, sessions, events that it would be told; empty without such."""


def interval_digests(pipeline: PipelineConfig, as_ofs: Sequence[datetime], root: Path) -> tuple[IntervalData, ...]:
    """Return for each as_of the digest of the frame that `obtain` gives: the source is read or generated once.

    None where `obtain` refuses: no row is known yet, or the known ones show no frequency. Raises DataRejected where
    the file can't be read as the pipeline says.
    """
    ascending = sorted(set(as_ofs))
    if not ascending:
        return ()
    by_as_of, calendars = dict[datetime, str | None](), dict[datetime, str]()
    for together, over in _seen(pipeline, ascending, root):
        starts = _span_starts(over.grids, over.ends, pipeline.parts.steps)
        sums = _Sums(starts, pipeline.source.beside)
        for each in over.hashed(starts):
            sums.add(each)
        digests = _with_ahead(pipeline, root, sums.digests(over.grids), over, starts, together)
        by_as_of |= zip(together, digests, strict=True)
        calendars |= zip(together, calendar_digests(pipeline, over.grids, over.ends, together, root), strict=True)
    return tuple(IntervalData(as_of, by_as_of[as_of], calendars[as_of]) for as_of in as_ofs)


class _Hashed(Protocol):
    """Rows, or sums of rows, each of an instant and known to some as_ofs, and the hashes of those that count."""

    @property
    def ds(self) -> NDArray[np.int64]: ...

    @property
    def known(self) -> KnownRanges: ...

    def hashes(self, counts: NDArray[np.bool_]) -> NDArray[np.uint64]: ...


@dataclass(frozen=True)
class _Rows:
    """Rows that are hashed when they count."""

    rows: pd.DataFrame
    known: KnownRanges
    beside: tuple[str, ...]

    @property
    def ds(self) -> NDArray[np.int64]:
        return np.asarray(self.rows["ds"].astype("int64"))

    def hashes(self, counts: NDArray[np.bool_]) -> NDArray[np.uint64]:
        return row_hashes(self.rows[counts], self.beside)


@dataclass(frozen=True)
class _Seen:
    """What ascending as_ofs see of a source; `hashed` is told where each one's span begins, `places` are a lake's."""

    grids: Sequence[Grid | None]
    ends: Sequence[datetime]
    hashed: Callable[[NDArray[np.int64]], Iterable[_Hashed]]
    places: int | None = None


def _seen(
    pipeline: PipelineConfig, as_ofs: Sequence[datetime], root: Path
) -> Iterator[tuple[Sequence[datetime], _Seen]]:
    """Yield as_ofs that are looked at at once, and what they see: of a lake file by file all of them."""
    lake = lake_of(pipeline, root)
    if lake is not None:
        counted = count_lake(pipeline, lake, as_ofs)
        ends = [end_of_knowledge(pipeline.source.delay, as_of) for as_of in as_ofs]
        grids = grids_shown(pipeline, counted, as_ofs)
        yield as_ofs, _Seen(grids, ends, lambda _: [counted], lake.manifest.places)
        return
    supply, beside = supply_of(pipeline, root), pipeline.source.beside
    for together in supply.together(as_ofs):
        over = supply.over(together)
        yield together, _Seen(over.grids, over.ends, partial(_rows_of, over, beside))


def _rows_of(over: Over, beside: tuple[str, ...], starts: NDArray[np.int64]) -> Iterator[_Rows]:
    for rows, known in over.stretches(starts):
        yield _Rows(rows, known, beside)


def _with_ahead(
    pipeline: PipelineConfig,
    root: Path,
    digests: list[str | None],
    over: _Seen,
    starts: NDArray[np.int64],
    as_ofs: Sequence[datetime],
) -> list[str | None]:
    """The digests of the rows with those of what is known ahead at each as_of."""
    if not pipeline.source.ahead:
        return digests
    spans: dict[int, tuple[int, int]] = {}
    for index, (digest, grid) in enumerate(zip(digests, over.grids, strict=True)):
        if digest is not None and grid is not None:
            first, last = pd.Timestamp(starts[index], tz="UTC"), grid.steps_until(over.ends[index], 1)[-1]
            begin, _, until = span_of(grid, pipeline.windows.horizon, first, last)
            spans[index] = begin, until
    if not spans:
        return digests
    begins, untils = zip(*spans.values(), strict=True)
    sources = sources_of(pipeline, root, min(begins), max(untils))
    counted = [_counted_ahead(source, spans, nanoseconds(as_ofs), over.places) for source in sources]
    found = list(digests)
    for index in spans:
        found[index] = with_ahead(str(digests[index]), [(block, sums[index]) for block, sums in counted])
    return found


def _counted_ahead(
    source: AheadSource, spans: dict[int, tuple[int, int]], instants: NDArray[np.int64], places: int | None
) -> tuple[AheadBlock, dict[int, NDArray[np.uint64]]]:
    """A block without its rows, and the sums of the hashes of those that each as_of knows, by its number."""
    sums = {index: np.zeros(3, np.uint64) for index in spans}
    for part in [source.whole()] if places is None else in_parts(source, places):
        hashes = hashes_ahead(part)
        for index, span in spans.items():
            sums[index] += hashes[:, part.counts(int(instants[index]), *span)].sum(axis=1, dtype=np.uint64)
        block = replace(part, rows=part.rows.iloc[:0])
        del part
    return block, sums


class _Sums:
    """Sums of row hashes that change from as_of to as_of."""

    def __init__(self, span_starts: NDArray[np.int64], beside: tuple[str, ...]) -> None:
        self._starts, self._beside = span_starts, beside
        self._changes = np.zeros((3, len(span_starts) + 1), dtype=np.uint64)

    def add(self, each: _Hashed) -> None:
        """Count each row where it is known and inside the span."""
        ds, known = each.ds, each.known
        # A grid that changes may move the span's start back; between such places it only rises, so that a row that
        # falls out of it stays out.
        falls = np.flatnonzero(self._starts[1:] < self._starts[:-1]) + 1
        for begin, end in pairwise([0, *falls, len(self._starts)]):
            first = np.maximum(known.first, begin)
            stop = np.minimum(known.stop, begin + self._starts[begin:end].searchsorted(ds, side="right"))
            counts = first < stop
            for part, changes in zip(each.hashes(counts), self._changes, strict=True):
                np.add.at(changes, first[counts], part)
                np.subtract.at(changes, stop[counts], part)

    def digests(self, grids: Sequence[Grid | None]) -> list[str | None]:
        """Return the digest at each as_of, none without a grid; in 64 bits, what is taken away leaves no trace."""
        sums = self._changes[:, :-1].cumsum(axis=1, dtype=np.uint64).T
        return [
            None if grid is None else digest_of(own, grid.frequency, grid.timezone, self._beside)
            for own, grid in zip(sums, grids, strict=True)
        ]


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
    reach = count + min(int(instants[-1] - instants[0]) // int(np.diff(newest).min()) + 1, ROWS_AT_ONCE)
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
    offset = offset_of(grid.frequency)
    return fixed_step(grid.frequency) is None and (
        (offset.n > 1 and grid.anchor is None)
        or isinstance(offset, pd.offsets.BusinessHour | pd.offsets.CustomBusinessHour)
    )
