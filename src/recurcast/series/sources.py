"""How data comes in: every source becomes a frame of what was known at as_of."""

from datetime import datetime
from pathlib import Path

import pandas as pd

from recurcast.config import FileSource, GeneratedSource, PipelineConfig
from recurcast.errors import DataRejected, TooLittleHistory
from recurcast.instants import EARLIEST, format_instant
from recurcast.series.bounds import refuse_costly
from recurcast.series.files import read_file
from recurcast.series.frame import SeriesFrame
from recurcast.series.generation import generate
from recurcast.series.grid import UTC_NS, Grid, duration, grid_of, infer_frequency
from recurcast.series.known import known_ranges


def obtain(pipeline: PipelineConfig, as_of: datetime, root: Path) -> SeriesFrame:
    """Return the rows known at `as_of`, in the span of the pipeline's parts; `root` is where relative paths start.

    Raises DataRejected where the file can't be read as the pipeline says, or no row is known yet.
    """
    source = pipeline.source
    if isinstance(source, FileSource):
        rows = read_file(source, root, series_name=pipeline.name)
        known = rows_known(rows, as_of)
        if known.empty:
            raise _nothing_known(rows, as_of)
        refuse_costly(pipeline, known["unique_id"].nunique(), len(rows))
        grid = grid_shown(pipeline, known)
        steps = grid.steps_until(end_of_knowledge(source.delay, as_of), pipeline.parts.steps)
    else:
        refuse_costly(pipeline, source.series)
        grid = generated_grid(pipeline)
        end = end_of_knowledge(source.delay, as_of)
        steps = grid.steps_until(end, pipeline.parts.steps)
        if steps.empty:
            raise TooLittleHistory(
                f"a run at {format_instant(as_of)} needs steps known by then",
                f"those that '{source.delay}' of delay leave lie before 1677-09-23, where pandas' nanoseconds begin",
                "Shorten source.delay, or take a later as_of",
            )
        known = generate(source, grid.frequency, steps[0].to_pydatetime(), end)
        known["available_at"] = known["ds"] + duration(source.delay)
    return _framed(known, grid, steps, source.covariates)


def rows_known(rows: pd.DataFrame, as_of: datetime) -> pd.DataFrame:
    """Return the rows with `ds < as_of` and `available_at <= as_of`, of several revisions the latest."""
    known = known_ranges(rows, [as_of])
    counts = (known.first == 0) & (known.stop > 0)
    return rows if counts.all() else rows[counts]


def grid_shown(pipeline: PipelineConfig, known: pd.DataFrame) -> Grid:
    """Return the grid that a file's known rows lie on, of the pipeline's frequency or of the one that they show.

    Raises DataRejected where the pipeline states none and the rows show none.
    """
    timezone = pipeline.source.timezone
    return grid_of(known["ds"], pipeline.frequency or _inferred(known, timezone), timezone)


def generated_grid(pipeline: PipelineConfig) -> Grid:
    """Return the grid of a generated source."""
    assert isinstance(pipeline.source, GeneratedSource), "files show their grid"
    assert pipeline.frequency is not None, "the configuration requires it of generated sources"
    return grid_of(pd.Series([pd.Timestamp(pipeline.source.anchor)]).astype(UTC_NS), pipeline.frequency, "UTC")


def end_of_knowledge(delay: str, as_of: datetime) -> datetime:
    """Return the instant before which lie all steps that can be known: `ds < as_of` and `ds + delay <= as_of`."""
    waiting = duration(delay)
    if waiting > as_of - EARLIEST:
        return EARLIEST
    return as_of - waiting + pd.Timedelta(1, "us").to_pytimedelta() if waiting else as_of


def last_row(pipeline: PipelineConfig, root: Path) -> tuple[datetime, datetime]:
    """Return the last timestamp of a static file and the instant at which its last row became known."""
    assert isinstance(pipeline.source, FileSource), "only files are static"
    rows = read_file(pipeline.source, root, series_name=pipeline.name)
    if rows.empty:
        raise DataRejected("a source has at least one row", f"'{pipeline.source.path}' has none", "Check the file")
    return rows["ds"].max().to_pydatetime(), rows["available_at"].max().to_pydatetime()


def _framed(known: pd.DataFrame, grid: Grid, steps: pd.DatetimeIndex, covariates: tuple[str, ...]) -> SeriesFrame:
    extra = [c for c in ("anomaly",) if c in known.columns]
    within = known["ds"] >= steps[0]
    span = _in_order(known if within.all() else known[within])
    last_known = None if span.empty else max(span["ds"].max(), span["available_at"].max())
    rows = span[["unique_id", "ds", "y", *covariates, *extra]].reset_index(drop=True)
    return SeriesFrame(rows, grid, steps, covariates, last_known)


def _in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Sort by series and time; what is sorted, as most files are, is not copied."""
    series, _ = pd.factorize(rows["unique_id"], sort=True)
    ds = rows["ds"].astype("int64").to_numpy()
    same, later = series[1:] == series[:-1], series[1:] > series[:-1]
    if (later | (same & (ds[1:] >= ds[:-1]))).all():
        return rows
    return rows.sort_values(["unique_id", "ds"], kind="stable")


def _inferred(known: pd.DataFrame, timezone: str) -> str:
    per_series = {
        str(unique_id): infer_frequency(ds.sort_values().drop_duplicates(), timezone)
        for unique_id, ds in known.groupby("unique_id")["ds"]
    }
    frequencies = set(per_series.values())
    if len(frequencies) != 1 or None in frequencies:
        shown = ", ".join(
            f"{unique_id}: {frequency or 'none'}" for unique_id, frequency in list(per_series.items())[:5]
        )
        raise DataRejected(
            "the frequency is inferred where all series show the same one",
            f"found {shown}",
            "Set `frequency`, such as 'h'",
        )
    return str(frequencies.pop())


def _nothing_known(rows: pd.DataFrame, as_of: datetime) -> TooLittleHistory:
    first = "the source has no row at all" if rows.empty else f"the first row is of {format_instant(rows['ds'].min())}"
    return TooLittleHistory(
        f"a run at {format_instant(as_of)} needs rows known by then",
        first,
        "Check the file, its `delay`, or take a later as_of",
    )
