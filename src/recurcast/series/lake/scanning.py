"""One pass over a lake's files: the grid that their rows show together, the digest, the names of the series."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.errors import TooLittleHistory
from recurcast.instants import format_instant
from recurcast.series.ahead_files import known_ahead
from recurcast.series.bounds import refuse_costly, refuse_much_evidence
from recurcast.series.digest import data_digest, digest_of, row_hashes
from recurcast.series.event_days import calendars_for, sessions_around
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import Grid, grid_of, phases_of
from recurcast.series.lake.ahead import lake_ahead
from recurcast.series.lake.frame import LakeFrame, Reading, framed_of, in_span
from recurcast.series.lake.in_order import InOrder, one_by_one
from recurcast.series.lake.lake import lake_of, no_lake
from recurcast.series.lake.manifest import LakeFile
from recurcast.series.sources import obtain


def obtain_by_file(
    pipeline: PipelineConfig, as_of: datetime, root: Path, in_order: InOrder = one_by_one
) -> LakeFrame | None:
    """Return the frame of a lake as `obtain` gives it, its rows in their files; none where the source is another one.

    Raises as `obtain` does, and where a file is not what the manifest says.
    """
    lake = lake_of(pipeline, root)
    if lake is None:
        return None
    reading = Reading(lake, pipeline, as_of)
    files = [each for each in in_order(partial(_look, reading, None), lake.manifest.files) if each is not None]
    if not files:
        raise TooLittleHistory(
            f"a run at {format_instant(as_of)} needs rows known by then",
            f"the lake {lake.source.path} has none of its interval",
            "Check the lake, its `delay`, or take a later as_of",
        )
    grid = _grid_of([each.shown for each in files], pipeline)
    if any(each.grid != grid for each in files):  # some file alone shows another one than all of them
        files = [each for each in in_order(partial(_look, reading, grid), lake.manifest.files) if each is not None]
    # Where the span has no row, there is nothing that would not fit in one place.
    return _framed(reading, grid, files, root) if any(each.count for each in files) else None


def obtain_to_train(
    pipeline: PipelineConfig, as_of: datetime, root: Path, in_order: InOrder = one_by_one
) -> SeriesFrame:
    """Return the frame of what is known at as_of: of a lake its files, where the pipeline trains on some series, or streams.

    Raises ConfigurationError where it streams and its source is no lake.
    """
    training = pipeline.training
    if training.stream and lake_of(pipeline, root) is None:
        raise no_lake(pipeline)
    by_file = training.stream or training.sample_series
    found = obtain_by_file(pipeline, as_of, root, in_order) if by_file else None
    return found or obtain(pipeline, as_of, root)


def reaching(frame: SeriesFrame, pipeline: PipelineConfig, as_of: datetime, root: Path, horizon: int) -> SeriesFrame:
    """Return the frame with what is known ahead of so many steps after it, more than the pipeline's horizon."""
    if isinstance(frame, LakeFrame):
        return _knowing(frame, pipeline, as_of, root, horizon)
    ids = frame.rows["unique_id"].unique()
    return replace(frame, ahead=known_ahead(pipeline, root, frame.grid, frame.steps, ids, as_of, horizon))


def digest_in(frame: SeriesFrame) -> str:
    """Return the digest of a frame's rows, wherever they lie."""
    return frame.digest if isinstance(frame, LakeFrame) else data_digest(frame)


def layout_of(pipeline: PipelineConfig, root: Path) -> str:
    """Return how the lake of a pipeline that streams is packed, such as `64 places`; empty where nothing is streamed."""
    lake = lake_of(pipeline, root) if pipeline.training.stream else None
    return "" if lake is None else f"{lake.manifest.places} places"


@dataclass(frozen=True)
class _Shown:
    """Which grid the rows of a file show: how many lie at which phase, the first day, the first and last instant."""

    phases: dict[int, int]
    anchor: pd.Timestamp | None
    ends: tuple[pd.Timestamp, pd.Timestamp]


@dataclass(frozen=True)
class _Looked:
    """What was found of a file, of its rows in the span that a grid gives."""

    shown: _Shown
    grid: Grid
    names: tuple[str, ...] = ()
    sums: tuple[int, ...] = (0, 0, 0)
    count: int = 0
    ends: tuple[pd.Timestamp, ...] = ()
    known: pd.Timestamp | None = None


def _look(reading: Reading, grid: Grid | None, file: LakeFile) -> _Looked | None:
    """What a file holds in the span of a grid; of the one that it shows itself, where none is given."""
    pipeline, rows = reading.pipeline, reading.rows_of(file)
    if rows.empty:
        return None
    shown = _shown_by(rows["ds"], pipeline)
    grid = grid or _grid_of([shown], pipeline)
    own = framed_of(in_span(rows, grid, reading.steps_of(grid)), pipeline, None)
    del rows
    if own.rows.empty:
        return _Looked(shown, grid)
    return _Looked(
        shown,
        grid,
        tuple(str(name) for name in own.rows["unique_id"].unique()),
        tuple(row_hashes(own.rows, own.beside).sum(axis=1, dtype=np.uint64).tolist()),
        len(own.rows),
        (own.rows["ds"].min(), own.rows["ds"].max()),
        own.last_known,
    )


def _shown_by(ds: "pd.Series[pd.Timestamp]", pipeline: PipelineConfig) -> _Shown:
    assert pipeline.frequency is not None, "the configuration requires it of folders"
    phases, counts = np.unique(phases_of(ds, pipeline.frequency, pipeline.source.timezone), return_counts=True)
    anchor = grid_of(ds, pipeline.frequency, pipeline.source.timezone).anchor
    return _Shown(dict(zip(phases.tolist(), counts.tolist(), strict=True)), anchor, (ds.min(), ds.max()))


def _grid_of(files: Sequence[_Shown], pipeline: PipelineConfig) -> Grid:
    """The grid that most of the rows lie on, as `grid_shown` finds it of rows in one place."""
    assert pipeline.frequency is not None, "the configuration requires it of folders"
    phases: dict[int, int] = {}
    for each in files:
        for phase, count in each.phases.items():
            phases[phase] = phases.get(phase, 0) + count
    most = max(phases.values())
    usual = pd.Timedelta(min(phase for phase, count in phases.items() if count == most), "ns")
    ends = pd.Series([end for each in files for end in each.ends])
    sessions = sessions_around(pipeline.frequency, ends, pipeline.parts.steps)
    anchor = min((each.anchor for each in files if each.anchor is not None), default=None)
    return Grid(pipeline.frequency, pipeline.source.timezone, usual, anchor, sessions)


def _framed(reading: Reading, grid: Grid, files: Sequence[_Looked], root: Path) -> LakeFrame:
    pipeline, count = reading.pipeline, sum(each.count for each in files)
    names = sorted(name for each in files for name in each.names)
    wanted = pipeline.training.sample_series
    if wanted is not None:
        refuse_costly(pipeline, min(wanted, len(names)), count)
    if pipeline.training.stream:
        largest = reading.lake.manifest.files
        refuse_costly(pipeline, max(file.series for file in largest), max(file.rows for file in largest))
        refuse_much_evidence(pipeline, len(names))
    steps = reading.steps_of(grid)
    days = calendars_for(pipeline, grid, steps, reading.as_of, root)
    source = pipeline.source
    empty = pd.DataFrame({name: [] for name in ("unique_id", "ds", "y", *source.beside)})
    ends = [end for each in files for end in each.ends]
    sums = np.array([each.sums for each in files], np.uint64).sum(axis=0, dtype=np.uint64)
    found = LakeFrame(
        empty,
        replace(grid, sessions=next((each for each in days if each.name == grid.frequency), None)),
        steps,
        source.covariates,
        max((each.known for each in files if each.known is not None), default=None),
        days,
        attributes=source.attributes,
        reading=reading,
        names=tuple(names),
        of_rows=digest_of(sums, grid.frequency, grid.timezone, source.beside),
        count=count,
        first_and_last=(min(ends), max(ends)),
    )
    return _knowing(found, pipeline, reading.as_of, root)


def _knowing(
    frame: LakeFrame, pipeline: PipelineConfig, as_of: datetime, root: Path, horizon: int | None = None
) -> LakeFrame:
    places = frame.reading.lake.manifest.places
    return frame.knowing(lake_ahead(pipeline, root, frame.grid, frame.steps, frame.names, as_of, places, horizon))
