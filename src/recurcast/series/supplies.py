"""How each kind of source gives its rows: the table that a source is added to."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import GeneratedSource, PipelineConfig
from recurcast.errors import TooLittleHistory
from recurcast.instants import format_instant
from recurcast.series.bounds import refuse_costly
from recurcast.series.files import read_file
from recurcast.series.frame import without_values
from recurcast.series.generation import generate
from recurcast.series.grid import UTC_NS, Grid, duration, fixed_step, grid_of
from recurcast.series.grid_history import grids_at
from recurcast.series.known import (
    Known,
    KnownRanges,
    Over,
    end_of_knowledge,
    grid_shown,
    known_ranges,
    nanoseconds,
    rows_known,
)

ROWS_AT_ONCE = 2**20
"""Bounds the memory that a long generated series takes."""


@dataclass(frozen=True)
class Recorded:
    """Rows that lie somewhere and are read whole; they show their grid."""

    pipeline: PipelineConfig
    rows: pd.DataFrame

    def known(self, as_of: datetime) -> Known:
        """Return what is known at an as_of. Raises DataRejected where no row is known yet, or no grid is shown."""
        pipeline, known = self.pipeline, rows_known(self.rows, as_of)
        if known.empty:
            raise _nothing_known(self.rows, as_of)
        refuse_costly(pipeline, known["unique_id"].nunique(), len(self.rows))
        grid = grid_shown(pipeline, known)
        end = end_of_knowledge(pipeline.source.delay, as_of)
        return Known(known, grid, grid.steps_until(end, pipeline.parts.steps))

    def together(self, as_ofs: Sequence[datetime]) -> Iterable[Sequence[datetime]]:
        """Return the ascending as_ofs in groups that are looked at at once: all of them."""
        return [as_ofs]

    def last_row(self) -> tuple[datetime, datetime] | None:
        """Return the last timestamp and the instant at which the last row became known, or none."""
        rows = self.rows
        if self.pipeline.source.ahead and rows["y"].notna().any():  # what is known ahead may stand in rows without y
            rows = rows[rows["y"].notna()]
        return None if rows.empty else (rows["ds"].max().to_pydatetime(), rows["available_at"].max().to_pydatetime())

    def over(self, as_ofs: Sequence[datetime]) -> Over:
        """Return what ascending as_ofs know."""
        rows, pipeline = self.rows, self.pipeline
        refuse_costly(pipeline, rows["unique_id"].nunique(), len(rows))
        known = known_ranges(rows, as_ofs)

        def known_at(index: int) -> pd.DataFrame:
            return rows[(known.first <= index) & (index < known.stop)]

        grids = grids_at(pipeline, rows, known.first, as_ofs, known_at)
        ends = [end_of_knowledge(pipeline.source.delay, as_of) for as_of in as_ofs]
        return Over(grids, ends, lambda _: [(rows, known)])


@dataclass(frozen=True)
class Generated:
    """Rows that are made by formula, as far as they are needed; the configuration says their grid."""

    pipeline: PipelineConfig
    source: GeneratedSource

    @property
    def grid(self) -> Grid:
        """Return the grid that they lie on."""
        assert self.pipeline.frequency is not None, "the configuration requires it of generated sources"
        return grid_of(pd.Series([pd.Timestamp(self.source.anchor)]).astype(UTC_NS), self.pipeline.frequency, "UTC")

    def known(self, as_of: datetime) -> Known:
        """Return what is known at an as_of. Raises TooLittleHistory where that lies before nanoseconds begin."""
        source = self.source
        refuse_costly(self.pipeline, source.series)
        grid, end = self.grid, end_of_knowledge(source.delay, as_of)
        steps = grid.steps_until(end, self.pipeline.parts.steps)
        if steps.empty:
            raise TooLittleHistory(
                f"a run at {format_instant(as_of)} needs steps known by then",
                f"those that '{source.delay}' of delay leave lie before 1677-09-23, where pandas' nanoseconds begin",
                "Shorten source.delay, or take a later as_of",
            )
        rows = generate(source, grid.frequency, steps[0].to_pydatetime(), end)
        rows["available_at"] = rows["ds"] + duration(source.delay)
        return Known(rows, grid, steps)

    def together(self, as_ofs: Sequence[datetime]) -> Iterable[Sequence[datetime]]:
        """Return the ascending as_ofs in groups that are looked at at once: all of them."""
        return [as_ofs]

    def last_row(self) -> None:
        """Return that it has no last row: what is generated grows."""

    def over(self, as_ofs: Sequence[datetime]) -> Over:
        """Return what ascending as_ofs know."""
        refuse_costly(self.pipeline, self.source.series)
        ends = [end_of_knowledge(self.source.delay, as_of) for as_of in as_ofs]
        return Over([self.grid] * len(as_ofs), ends, partial(self._stretches, nanoseconds(ends)))

    def _stretches(
        self, ends: NDArray[np.int64], starts: NDArray[np.int64]
    ) -> Iterator[tuple[pd.DataFrame, KnownRanges]]:
        """Yield all rows that any of the spans [start, end) holds, each once, in stretches that fit the memory."""
        frequency = self.grid.frequency
        step = fixed_step(frequency)
        assert step is not None
        length = max(ROWS_AT_ONCE // self.source.series, 1) * step.value
        begin = int(starts[0])
        while begin < ends[-1]:
            begin = max(begin, int(starts[ends.searchsorted(begin, side="right")]))
            end = min(begin + length, int(ends[-1]))
            rows = generate(self.source, frequency, pd.Timestamp(begin, tz="UTC"), pd.Timestamp(end, tz="UTC"))
            first = ends.searchsorted(rows["ds"].astype("int64"), side="right")
            yield rows, KnownRanges(first, np.full(len(rows), len(ends)))
            begin = end


def read_whole(read: Callable[[Any, Path, str], pd.DataFrame], pipeline: PipelineConfig, root: Path) -> Recorded:
    """Return what `read` gives of the pipeline's source: its rows as `read_file` gives a file's.

    Cells that hold one of `checks.missing_values` are missing.
    """
    rows = read(pipeline.source, root, pipeline.name)
    return Recorded(pipeline, without_values(rows, pipeline.source.beside, pipeline.checks.missing_values))


def _generated(pipeline: PipelineConfig, root: Path) -> Generated:
    assert isinstance(pipeline.source, GeneratedSource), "the table is by kind"
    return Generated(pipeline, pipeline.source)


def _folder(pipeline: PipelineConfig, root: Path) -> "Supply":
    from recurcast.series.reading.folder import asked_of_folder

    return asked_of_folder(pipeline, root)


def _python(pipeline: PipelineConfig, root: Path) -> "Supply":
    from recurcast.series.reading.function import asked_by_function

    return asked_by_function(pipeline, root)


def _sql(pipeline: PipelineConfig, root: Path) -> "Supply":
    from recurcast.series.reading.sql import asked_by_query

    return asked_by_query(pipeline, root)


class Knows(Protocol):
    """Rows of a pipeline, as they were known at an instant."""

    def known(self, as_of: datetime) -> Known:
        """Return what is known at an as_of. Raises DataRejected where that is nothing, or no grid is shown."""


class Supply(Knows, Protocol):
    """The rows of a pipeline's source, whole or of the interval that is needed."""

    def together(self, as_ofs: Sequence[datetime]) -> Iterable[Sequence[datetime]]:
        """Return the ascending as_ofs in groups that are looked at at once."""

    def over(self, as_ofs: Sequence[datetime]) -> Over:
        """Return what the ascending as_ofs of a group know."""

    def last_row(self) -> tuple[datetime, datetime] | None:
        """Return the last timestamp and the instant at which the last row became known, or none."""


SUPPLIES: Mapping[str, Callable[[PipelineConfig, Path], Supply]] = {
    "file": partial(read_whole, read_file),
    "folder": _folder,
    "sql": _sql,
    "python": _python,
    "generated": _generated,
}
"""By kind; relative paths start at the folder given."""


def supply_of(pipeline: PipelineConfig, root: Path) -> Supply:
    """Return the rows of the pipeline's source. Raises DataRejected where a file can't be read as the pipeline says."""
    return SUPPLIES[pipeline.source.kind](pipeline, root)


def _nothing_known(rows: pd.DataFrame, as_of: datetime) -> TooLittleHistory:
    first = "the source has no row at all" if rows.empty else f"the first row is of {format_instant(rows['ds'].min())}"
    return TooLittleHistory(
        f"a run at {format_instant(as_of)} needs rows known by then",
        first,
        "Check the file, its `delay`, or take a later as_of",
    )
