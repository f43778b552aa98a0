"""Rows of a source that is asked for the interval that a run needs, and no more."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.config.interval_sources import IntervalSource
from recurcast.errors import DataRejected, TooLittleHistory
from recurcast.instants import format_instant
from recurcast.series.bounds import refuse_costly
from recurcast.series.files import expect_columns, rows_of
from recurcast.series.frame import order_of, without_values
from recurcast.series.grid import UTC_NS, Grid, fixed_step, phases_of
from recurcast.series.ids import coded
from recurcast.series.known import Known, Over, end_of_knowledge, grid_shown, known_ranges, rows_known
from recurcast.series.reading.giving_back import give_back
from recurcast.series.reading.interval import WHOLE, Interval, interval_at, interval_over
from recurcast.series.reading.watching import Gather

T = TypeVar("T")
_LEAST_AT_ONCE = 10_000
"""Steps that are read at once for many as_ofs, however few each of them needs."""
Last = tuple[datetime, datetime]


class Reader(Protocol):
    """What a kind of source does to be read; whatever goes wrong it says as DataRejected."""

    @property
    def of_as_of(self) -> bool:
        """Return whether its rows depend on as_of, beside the interval."""

    def read(self, interval: Interval, gather: "Gather[T]") -> T:
        """Return what is made of tables with the mapped columns, which hold at least the rows of an interval."""


@dataclass(frozen=True)
class Asked:
    """A pipeline's source of which a run reads an interval."""

    pipeline: PipelineConfig
    source: IntervalSource
    reader: Reader

    def known(self, as_of: datetime) -> Known:
        """Return what is known at an as_of. Raises DataRejected where no row is, or the source can't be read."""
        pipeline, asked = self.pipeline, interval_at(self.pipeline, as_of)
        # One name for all that becomes of the rows: what they were before need not be held beside it.
        rows = rows_known(self.rows(asked), as_of)
        if rows.empty:
            raise _nothing_known(self.source, asked)
        refuse_costly(pipeline, rows["unique_id"].nunique(), len(rows))
        grid = grid_shown(pipeline, rows)
        steps = grid.steps_until(end_of_knowledge(self.source.delay, as_of), pipeline.parts.steps)
        rows = rows[rows["ds"] >= steps[0]]
        order = order_of(rows)
        if order is not None:
            rows = pd.DataFrame({name: rows.pop(name).array.take(order) for name in list(rows.columns)}, copy=False)
        return Known(rows, grid, steps)

    def together(self, as_ofs: Sequence[datetime]) -> Iterator[Sequence[datetime]]:
        """Yield the ascending as_ofs in groups that are read at once: what they need overlaps, or is little."""
        if self.reader.of_as_of:
            yield from ([as_of] for as_of in as_ofs)
            return
        step = fixed_step(self.pipeline.frequency or "") or pd.Timedelta(days=1)
        group: list[datetime] = []
        for as_of in as_ofs:
            asked = interval_at(self.pipeline, as_of)
            most = max(2 * (asked.end - asked.start), _LEAST_AT_ONCE * step.to_pytimedelta())
            if group and asked.end - interval_at(self.pipeline, group[0]).start > most:
                yield group
                group = []
            group.append(as_of)
        yield group

    def over(self, as_ofs: Sequence[datetime]) -> Over:
        """Return what ascending as_ofs know, read at once."""
        intervals = [interval_at(self.pipeline, as_of) for as_of in as_ofs]
        rows = self.rows(interval_over(intervals))
        if not rows.empty:
            refuse_costly(self.pipeline, rows["unique_id"].nunique(), len(rows))
        known = known_ranges(rows, as_ofs)
        ends = [end_of_knowledge(self.source.delay, as_of) for as_of in as_ofs]
        alike = rows.empty or len(np.unique(phases_of(rows["ds"], self._frequency, self.source.timezone))) == 1
        grids: list[Grid | None] = []
        for index, asked in enumerate(intervals):
            own = rows[(known.first <= index) & (index < known.stop) & (rows["ds"] >= asked.start)]
            before = next((grid for grid in grids if grid is not None), None)
            if alike and before is not None and before.anchor is None and not own.empty:
                grids.append(before)
            else:
                grids.append(None if own.empty else grid_shown(self.pipeline, own))
        return Over(grids, ends, lambda _: [(rows, known)])

    def last_row(self) -> Last | None:
        """Return the last timestamp and the instant at which the last row became known, without keeping any; or none."""

        def newest(tables: Iterator[pd.DataFrame]) -> Last | None:
            last: Last | None = None
            for table in tables:
                expect_columns(table, self.source)
                if not table.empty:
                    rows = rows_of(table, self.source, self.pipeline.name)
                    ends = [rows[name].max().to_pydatetime() for name in ("ds", "available_at")]
                    last = (ends[0], ends[1]) if last is None else (max(last[0], ends[0]), max(last[1], ends[1]))
            return last

        return self.reader.read(WHOLE, newest)

    @property
    def _frequency(self) -> str:
        assert self.pipeline.frequency is not None, "the configuration requires it"
        return self.pipeline.frequency

    def rows(self, asked: Interval) -> pd.DataFrame:
        """Return the rows of an interval, and none around it: which ones a source gives besides changes nothing."""
        table = self.reader.read(asked, joined)
        if table is not None:
            expect_columns(table, self.source)
        if table is None or table.empty:
            return _no_rows(self.source)
        try:
            rows = rows_of(table, self.source, self.pipeline.name)
        except DataRejected as rejected:
            told = rejected.received
            raise rejected.receiving(
                told if self.source.told in told else f"{told}, in {self.source.told}"
            ) from rejected
        del table
        give_back()
        within = (rows["ds"] >= asked.start) & (rows["ds"] < asked.end)
        rows = rows if within.all() else rows[within].reset_index(drop=True)
        if rows.attrs.get("has_revisions"):
            rows = _told_apart(rows, self.source)
        return without_values(rows, self.source.beside, self.pipeline.checks.missing_values)


def joined(tables: Iterator[pd.DataFrame]) -> pd.DataFrame | None:
    """Return tables below each other; none where there are none."""
    found = list(tables)
    held = [table for table in found if not table.empty] or found[:1]
    if len(held) < 2:
        return held[0] if held else None
    del found
    # Column by column, each let go where it came from: never is all there twice.
    names = list(dict.fromkeys(name for table in held for name in table.columns))
    columns = {name: pd.concat([table.pop(name) for table in held], ignore_index=True) for name in names}
    give_back()
    return pd.DataFrame(columns, copy=False)


def _no_rows(source: IntervalSource) -> pd.DataFrame:
    rows = pd.DataFrame({"unique_id": coded(pd.Series([], dtype="str")), "ds": pd.Series([], dtype=UTC_NS)})
    for name in ("y", *source.covariates):
        rows[name] = pd.Series([], dtype="float64")
    for name in source.attributes:
        rows[name] = pd.Series([], dtype="str")
    rows["available_at"] = pd.Series([], dtype=UTC_NS)
    rows.attrs["has_revisions"] = source.columns.available_at is not None
    return rows


def _told_apart(rows: pd.DataFrame, source: IntervalSource) -> pd.DataFrame:
    """Without rows that stand twice; revisions of one instant that differ have no order here, so that none is the latest."""
    once = rows.drop_duplicates()
    again = once.duplicated(["unique_id", "ds", "available_at"])
    if again.any():
        twice = once[again].iloc[0]
        raise DataRejected(
            f"of several revisions of a row that the {source.thing} has, {source.columns.available_at} says which is the latest",
            f"series '{twice['unique_id']}' has two of {twice['ds'].isoformat()}, both of {twice['available_at'].isoformat()}",
            "Remove one of them, or map a column that tells them apart",
            series=str(twice["unique_id"]),
            timestamps=(twice["ds"].isoformat(),),
        )
    return rows if len(once) == len(rows) else once.reset_index(drop=True)


def _nothing_known(source: IntervalSource, asked: Interval) -> TooLittleHistory:
    return TooLittleHistory(
        f"a run at {format_instant(asked.as_of)} needs rows known by then",
        f"{source.told} gave none between {format_instant(asked.start)} and {format_instant(asked.end)}",
        f"Check the {source.thing}, its `delay`, or take a later as_of",
    )
