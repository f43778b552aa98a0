"""The files of what is known ahead, read as the source's own is, and what of them is known at an as_of."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.config.ahead import KnownAhead
from recurcast.config.interval_sources import SqlSource
from recurcast.config.source import Columns, FileSource, ReadSource
from recurcast.errors import DataRejected
from recurcast.instants import EARLIEST
from recurcast.series.ahead import ALWAYS, Ahead, AheadBlock, told_whole
from recurcast.series.ahead_refusals import facts_of, refuse_twice, refuse_unfit
from recurcast.series.files import read_file
from recurcast.series.frame import without_values
from recurcast.series.grid import Grid, duration
from recurcast.series.reading.interval import Interval

_HELD = timedelta(days=400)
"""How long before the first step a value may lie that still stands there, in a query: of each interval its own."""


@dataclass(frozen=True)
class AheadSource:
    """Where a block of what is known ahead lies, and of which interval a query is asked."""

    block: KnownAhead
    pipeline: PipelineConfig
    root: Path
    asked: Interval

    @cached_property
    def settings(self) -> dict[str, Any]:
        """Return what a source of any kind is told of its columns and of how they are written."""
        block, beside = self.block, self.pipeline.source
        assert isinstance(beside, ReadSource), "others have none"
        return {
            "columns": Columns(
                unique_id=block.unique_id,
                ds=block.ds,
                y=block.columns[0],
                covariates=block.columns[1:],
                available_at=block.available_at,
            ),
            "timezone": block.timezone or beside.timezone,
            "time_format": block.time_format,
            "snap": beside.snap,
            "numbers": block.numbers,
        }

    @cached_property
    def source(self) -> FileSource | SqlSource:
        """Return the file, or the query."""
        block = self.block
        if block.path is not None:
            return FileSource(path=block.path, format=block.format, **self.settings)
        # When each value became known the block says; a query's own delay says it of no row.
        return SqlSource(url=str(block.url), query=str(block.query), delay="0min", **self.settings)

    @property
    def interval(self) -> Interval:
        """Return what a query is asked for: where values stand on, those before too."""
        earlier = self.asked.wider(_HELD) if self.block.hold else self.asked
        return replace(self.asked, start=earlier.start)

    def whole(self) -> AheadBlock:
        """Return all that a file holds, or a query gives of its interval. Raises DataRejected where it can't be read."""
        with self.telling():
            if isinstance(self.source, FileSource):
                found = read_file(self.source, self.root, "")
            else:
                from recurcast.series.reading.sql import rows_of_query

                found = rows_of_query(self.source, self.pipeline.name, self.root, self.interval)
        return self.of(found)

    def of(self, found: pd.DataFrame) -> AheadBlock:
        """Return what rows as a source's tell, of all series or of some whole ones.

        Raises DataRejected where one stands twice.
        """
        block = self.block
        rows = without_values(found, block.columns[1:], self.pipeline.checks.missing_values)
        rows = rows.rename(columns={"y": block.columns[0]})
        rows = rows[rows[list(block.columns)].notna().any(axis=1)]  # those of a file that holds other columns
        ds = rows["ds"].astype("int64").to_numpy()
        if block.available_at is not None:
            available = rows["available_at"].astype("int64").to_numpy()
        elif block.lead is not None:
            available = ds - pd.Timedelta(duration(block.lead)).as_unit("ns").value
        else:
            available = np.full(len(rows), ALWAYS)
        named = rows["unique_id"].astype("str") if block.unique_id else pd.Series("", index=rows.index)
        known = rows[list(block.columns)].assign(unique_id=named, ds=ds, available_at=available)
        refuse_twice(block, known)
        known = known.sort_values(["unique_id", "ds", "available_at"], ignore_index=True)
        held_for = None if block.path is not None else pd.Timedelta(_HELD).as_unit("ns").value
        return AheadBlock(
            block.columns, told_whole(known, block.columns), block.unique_id is None, block.hold, held_for
        )

    @contextmanager
    def telling(self, among: str = "") -> Iterator[None]:
        """Say of which block it is what is refused: it is read as a source is, and in a source's words."""
        told = self.block.told
        try:
            yield
        except DataRejected as rejected:
            received = rejected.received if told in rejected.received else f"'{told}': {rejected.received}"
            remedy = rejected.remedy.replace("`source.", "`source.known_ahead.").replace(
                "`columns.ds", "`source.known_ahead.ds"
            )
            raise DataRejected(
                rejected.rule, received + among, remedy, series=rejected.series, timestamps=rejected.timestamps
            ) from rejected


def sources_of(pipeline: PipelineConfig, root: Path, begin: int, until: int) -> tuple[AheadSource, ...]:
    """Return where what a pipeline knows ahead lies, in the order of its blocks; queries give the steps in [begin, until)."""
    source = pipeline.source
    if not isinstance(source, ReadSource):
        return ()
    asked = Interval(_instant(begin), _instant(until), _instant(until))
    return tuple(AheadSource(block, pipeline, root, asked) for block in source.known_ahead)


def _instant(nanoseconds: int) -> datetime:
    return max(pd.Timestamp(nanoseconds, tz="UTC").to_pydatetime(warn=False), EARLIEST)


@dataclass(frozen=True)
class Reach:
    """What is known ahead at an instant, in ns since 1970: of the steps in [begin, until)."""

    instant: int
    begin: int
    until: int
    lag: int
    """From the first step that is forecast to the instant."""
    gap: int
    """From the newest step to the first that is forecast."""

    def of(self, blocks: tuple[AheadBlock, ...]) -> Ahead:
        """Return all blocks as windows see them."""
        return Ahead(blocks, self.lag, self.gap)


def reach_of(
    pipeline: PipelineConfig, grid: Grid, steps: pd.DatetimeIndex, as_of: datetime, horizon: int | None = None
) -> Reach:
    """Return how far is seen at an as_of: the steps of a frame, and those that are forecast after it.

    `horizon` is the pipeline's unless it is given. Raises DataRejected where these lie beyond what nanoseconds count.
    """
    begin, origin, until = span_of(grid, horizon or pipeline.windows.horizon, steps[0], steps[-1])
    instant = pd.Timestamp(as_of).as_unit("ns").value
    return Reach(instant, begin, until, instant - origin, origin - steps[-1].as_unit("ns").value)


def known_ahead(
    pipeline: PipelineConfig,
    root: Path,
    grid: Grid,
    steps: pd.DatetimeIndex,
    names: Collection[str],
    as_of: datetime,
    horizon: int | None = None,
) -> Ahead | None:
    """Return what is known at an as_of of the steps of a frame and of those that are forecast after it; none without blocks.

    `names` are the frame's series; `horizon` is the pipeline's unless it is given. Raises DataRejected where a block names
    none of them, lies on other steps, or holds what is no number of this world.
    """
    if not pipeline.source.ahead:
        return None
    reach = reach_of(pipeline, grid, steps, as_of, horizon)
    sources, known = sources_of(pipeline, root, reach.begin, reach.until), list[AheadBlock]()
    for source in sources:
        known.append(source.whole().known_at(reach.instant, reach.begin, reach.until))
    for block in known:
        refuse_unfit(facts_of(block, names), names, steps)
    return reach.of(tuple(known))


def span_of(grid: Grid, horizon: int, first: pd.Timestamp, last: pd.Timestamp) -> tuple[int, int, int]:
    """Return the first step, the one after the last, and where the steps end that may be forecast, in ns since 1970."""
    ahead = grid.steps_after(last, horizon).as_unit("ns").asi8
    if not len(ahead):
        raise DataRejected(
            "the steps that are forecast lie before 2262-04-10", f"the last one is {last.isoformat()}", "Check the file"
        )
    return first.as_unit("ns").value, int(ahead[0]), int(ahead[-1]) + 1
