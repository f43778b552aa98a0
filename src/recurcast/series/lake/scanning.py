"""One pass over a lake's files: the grid that their rows show together, the digest, the names of the series."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.errors import TooLittleHistory
from recurcast.instants import format_instant
from recurcast.series.bounds import refuse_costly
from recurcast.series.digest import digest_of, row_hashes
from recurcast.series.event_days import calendars_for, sessions_around
from recurcast.series.grid import Grid, grid_of, phases_of
from recurcast.series.lake.frame import LakeFrame, Reading, framed_of, in_span
from recurcast.series.lake.lake import lake_of
from recurcast.series.reading.giving_back import give_back


def obtain_by_file(pipeline: PipelineConfig, as_of: datetime, root: Path) -> LakeFrame | None:
    """Return the frame of a lake as `obtain` gives it, its rows in their files; none where the source is another one.

    What is known ahead is read with the whole: none there too. Raises as `obtain` does, and where a file is not what the
    manifest says.
    """
    lake = None if pipeline.source.ahead else lake_of(pipeline, root)
    if lake is None:
        return None
    reading = Reading(lake, pipeline, as_of)
    scan = _scanned(reading, None)
    grid = scan.shown.grid(pipeline)
    if scan.grid != grid:  # the first file shows another one than all of them
        scan = _scanned(reading, grid)
    # Where the span has no row, there is nothing that would not fit in one place.
    return _framed(reading, scan, root) if scan.count else None


@dataclass
class _Shown:
    """Which grids the rows of several files show: how many rows lie at which phase, and the first day of each."""

    phases: dict[int, int] = field(default_factory=dict)
    anchors: list[pd.Timestamp] = field(default_factory=list)
    ends: list[pd.Timestamp] = field(default_factory=list)

    def add(self, ds: "pd.Series[pd.Timestamp]", pipeline: PipelineConfig) -> None:
        """Look at the timestamps of a file."""
        assert pipeline.frequency is not None, "the configuration requires it of folders"
        phases, counts = np.unique(phases_of(ds, pipeline.frequency, pipeline.source.timezone), return_counts=True)
        for phase, count in zip(phases.tolist(), counts.tolist(), strict=True):
            self.phases[phase] = self.phases.get(phase, 0) + count
        anchor = grid_of(ds, pipeline.frequency, pipeline.source.timezone).anchor
        self.anchors += [] if anchor is None else [anchor]
        self.ends += [ds.min(), ds.max()]

    def grid(self, pipeline: PipelineConfig) -> Grid:
        """Return the grid that most of the rows lie on, as `grid_shown` does of rows in one place."""
        assert pipeline.frequency is not None, "the configuration requires it of folders"
        most = max(self.phases.values())
        phase = pd.Timedelta(min(phase for phase, count in self.phases.items() if count == most), "ns")
        sessions = sessions_around(pipeline.frequency, pd.Series(self.ends), pipeline.parts.steps)
        return Grid(pipeline.frequency, pipeline.source.timezone, phase, min(self.anchors, default=None), sessions)


@dataclass
class _Scan:
    """What was found of the files' rows in the span that a grid gives."""

    grid: Grid
    shown: _Shown = field(default_factory=_Shown)
    names: list[str] = field(default_factory=list)
    sums: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(3, dtype=np.uint64))
    count: int = 0
    ends: list[pd.Timestamp] = field(default_factory=list)
    known: list[pd.Timestamp] = field(default_factory=list)


def _scanned(reading: Reading, grid: Grid | None) -> _Scan:
    """What all files show, of their rows in the span of a grid; of the one that the first file shows, where none is given."""
    pipeline, shown = reading.pipeline, _Shown()
    scan = None if grid is None else _Scan(grid, shown)
    for file in reading.lake.manifest.files:
        rows = reading.rows_of(file)
        if rows.empty:
            continue
        shown.add(rows["ds"], pipeline)
        if scan is None:
            scan = _Scan(shown.grid(pipeline), shown)
        own = framed_of(in_span(rows, scan.grid, reading.steps_of(scan.grid)), pipeline, None)
        del rows
        _count(scan, own.rows, own.beside, own.last_known)
        del own
        give_back()
    if scan is None:
        raise TooLittleHistory(
            f"a run at {format_instant(reading.as_of)} needs rows known by then",
            f"the lake {reading.lake.source.path} has none of its interval",
            "Check the lake, its `delay`, or take a later as_of",
        )
    return scan


def _count(scan: _Scan, rows: pd.DataFrame, beside: tuple[str, ...], last_known: pd.Timestamp | None) -> None:
    if rows.empty:
        return
    scan.names += [str(name) for name in rows["unique_id"].unique()]
    scan.sums += row_hashes(rows, beside).sum(axis=1, dtype=np.uint64)
    scan.count += len(rows)
    scan.ends += [rows["ds"].min(), rows["ds"].max()]
    scan.known += [] if last_known is None else [last_known]


def _framed(reading: Reading, scan: _Scan, root: Path) -> LakeFrame:
    pipeline, grid = reading.pipeline, scan.grid
    wanted = pipeline.training.sample_series
    if wanted is not None:
        refuse_costly(pipeline, min(wanted, len(scan.names)), scan.count)
    steps = reading.steps_of(grid)
    days = calendars_for(pipeline, grid, steps, reading.as_of, root)
    source = pipeline.source
    empty = pd.DataFrame({name: [] for name in ("unique_id", "ds", "y", *source.beside)})
    return LakeFrame(
        empty,
        replace(grid, sessions=next((each for each in days if each.name == grid.frequency), None)),
        steps,
        source.covariates,
        max(scan.known, default=None),
        days,
        attributes=source.attributes,
        reading=reading,
        names=tuple(sorted(scan.names)),
        digest=digest_of(scan.sums, grid.frequency, grid.timezone, source.beside),
        count=scan.count,
        first_and_last=(min(scan.ends), max(scan.ends)),
    )
