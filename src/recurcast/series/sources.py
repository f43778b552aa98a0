"""How data comes in: every source becomes a frame of what was known at as_of."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.config.kinds_of_source import Source
from recurcast.errors import DataRejected
from recurcast.series.ahead import Ahead
from recurcast.series.ahead_files import known_ahead
from recurcast.series.attributes import TwoSaid, attributes_in
from recurcast.series.event_days import calendars_for
from recurcast.series.frame import SeriesFrame, in_order
from recurcast.series.ids import coded
from recurcast.series.known import Known
from recurcast.series.supplies import Knows, Recorded, supply_of


def obtain(
    pipeline: PipelineConfig,
    as_of: datetime,
    root: Path,
    supply: Knows | None = None,
    ahead_of: Callable[..., Ahead | None] = known_ahead,
) -> SeriesFrame:
    """Return the rows known at `as_of`, in the span of the pipeline's parts; `root` is where relative paths start.

    They are those of the pipeline's source, or of a supply that holds some of it; `ahead_of` then reads what is known ahead
    of them.

    Raises DataRejected where the file can't be read as the pipeline says, no row is known yet, or a calendar of days ends
    before the horizon.
    """
    known = (supply or supply_of(pipeline, root)).known(as_of)
    days = calendars_for(pipeline, known.grid, known.steps, as_of, root)
    own = next((each for each in days if each.name == known.grid.frequency), None)
    grid = replace(known.grid, sessions=own)
    ahead = ahead_of(pipeline, root, grid, known.steps, known.rows["unique_id"].unique(), as_of)
    return replace(framed(known, pipeline.source), days=days, grid=grid, ahead=ahead)


def frame_known(pipeline: PipelineConfig, rows: pd.DataFrame, as_of: datetime) -> SeriesFrame:
    """Return the same of rows that were read before, without calendars of days."""
    return framed(Recorded(pipeline, rows).known(as_of), pipeline.source)


def last_row(pipeline: PipelineConfig, root: Path) -> tuple[datetime, datetime]:
    """Return the last timestamp of a static source and the instant at which its last row became known."""
    last = supply_of(pipeline, root).last_row()
    if last is None:
        thing = getattr(pipeline.source, "thing", "source")
        raise DataRejected("a source has at least one row", f"'{pipeline.source.told}' has none", f"Check the {thing}")
    return last


def framed(known: Known, source: Source) -> SeriesFrame:
    """Return the frame of rows that are known, without calendars of days. Raises DataRejected where a series says two things."""
    extra = [c for c in ("anomaly",) if c in known.rows.columns]
    within = known.rows["ds"] >= known.steps[0]
    span = in_order(known.rows if within.all() else known.rows[within])
    last_known = None if span.empty else max(span["ds"].max(), span["available_at"].max())
    rows = span[["unique_id", "ds", "y", *source.beside, *extra]].reset_index(drop=True)
    rows["unique_id"] = coded(rows["unique_id"])
    if source.attributes:
        _refuse_two_said(rows, source.attributes)
    found = SeriesFrame(rows, known.grid, known.steps, source.covariates, last_known)
    return replace(found, attributes=source.attributes)


def _refuse_two_said(rows: pd.DataFrame, names: tuple[str, ...]) -> None:
    try:
        attributes_in(rows, names)
    except TwoSaid as two:
        raise DataRejected(two.rule, two.received, two.remedy, series=two.series) from two
