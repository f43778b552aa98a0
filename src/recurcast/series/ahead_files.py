"""The files of what is known ahead, read as the source's own is, and what of them is known at an as_of."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
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
from recurcast.series.bounds import LARGEST
from recurcast.series.files import read_file
from recurcast.series.frame import without_values
from recurcast.series.grid import Grid, duration
from recurcast.series.reading.interval import Interval

_LEAST_SHARE = 0.5
_HELD = timedelta(days=400)
"""How long before the first step a value may lie that still stands there, in a query: of each interval its own."""


def blocks_of(pipeline: PipelineConfig, root: Path, begin: int, until: int) -> tuple[AheadBlock, ...]:
    """Return what the pipeline knows ahead: of files all rows, of queries those of the steps in [begin, until), in ns.

    Raises DataRejected where a file or a query can't be read as the pipeline says.
    """
    source = pipeline.source
    if not isinstance(source, ReadSource):
        return ()
    asked = Interval(_instant(begin), _instant(until), _instant(until))
    return tuple(_read(block, pipeline, source, asked, root) for block in source.known_ahead)


def _instant(nanoseconds: int) -> datetime:
    return max(pd.Timestamp(nanoseconds, tz="UTC").to_pydatetime(warn=False), EARLIEST)


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
    begin, origin, until = span_of(grid, horizon or pipeline.windows.horizon, steps[0], steps[-1])
    instant = pd.Timestamp(as_of).as_unit("ns").value
    known = tuple(block.known_at(instant, begin, until) for block in blocks_of(pipeline, root, begin, until))
    for block in known:
        _refuse_other_series(block, names)
        _refuse_other_steps(block, steps)
        _refuse_infinite(block)
    return Ahead(known, instant - origin, origin - steps[-1].as_unit("ns").value)


def span_of(grid: Grid, horizon: int, first: pd.Timestamp, last: pd.Timestamp) -> tuple[int, int, int]:
    """Return the first step, the one after the last, and where the steps end that may be forecast, in ns since 1970."""
    ahead = grid.steps_after(last, horizon).as_unit("ns").asi8
    if not len(ahead):
        raise DataRejected(
            "the steps that are forecast lie before 2262-04-10", f"the last one is {last.isoformat()}", "Check the file"
        )
    return first.as_unit("ns").value, int(ahead[0]), int(ahead[-1]) + 1


def _read(block: KnownAhead, pipeline: PipelineConfig, beside: ReadSource, asked: Interval, root: Path) -> AheadBlock:
    shared: dict[str, Any] = {
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
    with _telling(block):
        if block.path is not None:
            found = read_file(FileSource(path=block.path, format=block.format, **shared), root, "")
        else:
            from recurcast.series.reading.sql import rows_of_query

            # When each value became known the block says; a query's own delay says it of no row.
            source = SqlSource(url=str(block.url), query=str(block.query), delay="0min", **shared)
            earlier = asked.wider(_HELD) if block.hold else asked
            found = rows_of_query(source, pipeline.name, root, replace(asked, start=earlier.start))
    rows = without_values(found, block.columns[1:], pipeline.checks.missing_values)
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
    found = rows[list(block.columns)].assign(unique_id=named, ds=ds, available_at=available)
    _refuse_twice(block, found)
    found = found.sort_values(["unique_id", "ds", "available_at"], ignore_index=True)
    held_for = None if block.path is not None else pd.Timedelta(_HELD).as_unit("ns").value
    return AheadBlock(block.columns, told_whole(found, block.columns), block.unique_id is None, block.hold, held_for)


@contextmanager
def _telling(block: KnownAhead) -> Iterator[None]:
    """Say of which block it is what is refused: it is read as a source is, and in a source's words."""
    try:
        yield
    except DataRejected as rejected:
        received = rejected.received if block.told in rejected.received else f"'{block.told}': {rejected.received}"
        remedy = rejected.remedy.replace("`source.", "`source.known_ahead.").replace(
            "`columns.ds", "`source.known_ahead.ds"
        )
        raise DataRejected(
            rejected.rule, received, remedy, series=rejected.series, timestamps=rejected.timestamps
        ) from rejected


def _refuse_other_series(block: AheadBlock, names: Collection[str]) -> None:
    there = set() if block.shared else set(block.rows["unique_id"].unique())
    if there and not there & set(names):
        raise DataRejected(
            "what is known ahead by series names those of the source",
            f"{_told(block)} names '{min(there)}' and {len(there) - 1} more, the source '{min(names)}' and "
            f"{len(names) - 1} more: none is the same",
            "Write the same names, or leave unique_id out where the values are those of all series",
        )


def _refuse_infinite(block: AheadBlock) -> None:
    beyond = block.rows[list(block.columns)].abs() > LARGEST
    if beyond.to_numpy().any():
        row, place = np.argwhere(beyond.to_numpy())[0]
        first = block.rows.iloc[row]
        raise DataRejected(
            f"what is known ahead is finite, within ±{LARGEST:g}",
            f"'{block.columns[place]}' holds {first[block.columns[place]]:g} at "
            f"{pd.Timestamp(int(first['ds']), tz='UTC').isoformat()}, and {int(beyond.to_numpy().sum()) - 1} more values do so",
            "Correct or empty those cells, or name the value in checks.missing_values",
        )


def _refuse_other_steps(block: AheadBlock, steps: pd.DatetimeIndex) -> None:
    """Where hardly a step has a value its times are of another zone or another grid: that is never a gap."""
    instants, found = steps.as_unit("ns").asi8, np.unique(block.rows["ds"].to_numpy())
    begins = found[0] if len(found) else instants[0]
    expected = instants[instants >= begins]
    there = int(np.isin(expected, found).sum())
    if len(found) and (block.hold or there >= _LEAST_SHARE * len(expected)):
        return
    first = f"the first is of {pd.Timestamp(int(begins), tz='UTC').isoformat()}" if len(found) else "there are none"
    raise DataRejected(
        f"what is known ahead has values at the steps of y, at {_LEAST_SHARE:.0%} of them at least from its first on",
        f"{_told(block)} has one at {there:,} of {len(expected):,} steps up to {steps[-1].isoformat()}; of what was known by "
        f"as_of {first}",
        "Set its timezone, available_at or lead; values that are further apart than the steps stand on with hold: true",
    )


def _told(block: AheadBlock) -> str:
    return ", ".join(f"'{column}'" for column in block.columns)


def _refuse_twice(block: KnownAhead, rows: pd.DataFrame) -> None:
    twice = rows.duplicated(["unique_id", "ds", "available_at"])
    if twice.any():
        first = rows[twice].iloc[0]
        series = f"series '{first['unique_id']}', " if block.unique_id else ""
        raise DataRejected(
            f"'{block.told}' has one row for each step"
            + (" and time at which it became known" if block.available_at else ""),
            f"{series}{pd.Timestamp(int(first['ds']), tz='UTC').isoformat()} stands more than once",
            "Drop the copies; revisions of a value need a column that says when each became known (available_at); a file "
            "of several series, unique_id",
        )
