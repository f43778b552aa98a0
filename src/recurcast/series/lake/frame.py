"""The frame of a lake: what was known at as_of, file by file, the whole never in one place.

obtain      every file once: the grid that its rows show, their digest, their names, when the newest became known; what is
            known ahead, laid down by file where it is by series
validate    every file again (`pieces`): the facts of its series, the rules on its rows
train       all files (`piece`), where it streams; else the files of the sampled series (`only`)
forecast    every file (`piece`): its forecasts, laid down before the next one is read
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.series.frame import SeriesFrame, in_order
from recurcast.series.grid import Grid
from recurcast.series.ids import coded
from recurcast.series.known import Known, end_of_knowledge, rows_known
from recurcast.series.lake.ahead import LakeAhead
from recurcast.series.lake.lake import Lake
from recurcast.series.lake.manifest import LakeFile, places_of
from recurcast.series.reading.giving_back import give_back
from recurcast.series.reading.interval import interval_at
from recurcast.series.sources import framed


@dataclass(frozen=True)
class LakeFrame(SeriesFrame):
    """A frame whose rows lie in files, so that `rows` has none: `pieces` and `only` read them."""

    reading: "Reading" = field(kw_only=True)
    names: tuple[str, ...] = field(kw_only=True)
    of_rows: str = field(kw_only=True)
    """The digest of the rows, without what is known ahead."""
    count: int = field(kw_only=True)
    first_and_last: tuple[pd.Timestamp, pd.Timestamp] = field(kw_only=True)
    dropped: frozenset[str] = field(default=frozenset(), kw_only=True)
    """Series that are in the files and left out."""
    known_ahead: LakeAhead | None = field(default=None, kw_only=True)
    """What `ahead` holds of all series, and of those of each file."""

    @property
    def digest(self) -> str:
        """Return what `data_digest` gives of the same rows in one place."""
        return self.of_rows if self.known_ahead is None else self.known_ahead.digest(self.of_rows)

    @property
    def ids(self) -> tuple[str, ...]:
        """Return the series' names, sorted."""
        return self.names

    @property
    def n_rows(self) -> int:
        """Return how many rows there are."""
        return self.count

    @property
    def ends(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        """Return the first and the last timestamp."""
        return self.first_and_last

    @property
    def n_files(self) -> int:
        """Return how many files there are."""
        return len(self.reading.lake.manifest.files)

    @property
    def unnamed(self) -> "LakeFrame":
        """Return the same without the series' names, of which there may be very many: what reads a file needs none."""
        return replace(self, names=())

    @property
    def rows_alone(self) -> "LakeFrame":
        """Return the same without what is known ahead either, which no rule of rows or series looks at."""
        return replace(self.unnamed, ahead=None, known_ahead=None)

    def pieces(self) -> Iterator[SeriesFrame]:
        """Yield a frame for each file with rows of the span; each holds whole series, sorted."""
        for number in range(self.n_files):
            piece = self.piece(number)
            if piece.n_rows:
                yield piece
            del piece  # before the next one is read
            give_back()

    def piece(self, number: int) -> SeriesFrame:
        """Return the frame of a file by its number in the manifest; it may have no rows of the span."""
        return self._piece(self.reading.lake.manifest.files[number])

    def without(self, dropped: frozenset[str]) -> "LakeFrame":
        """Return the same without some series."""
        if not dropped:
            return self
        names = tuple(name for name in self.names if name not in dropped)
        return replace(self, names=names, dropped=self.dropped | dropped)

    def only(self, chosen: frozenset[str]) -> SeriesFrame:
        """Return the frame of some series, in memory: the files that they lie in are read."""
        manifest = self.reading.lake.manifest
        places = set(places_of(chosen, manifest.places).tolist())
        kept = [self._rows(file).only(chosen).rows for file in manifest.files if file.place in places]
        ahead = None if self.known_ahead is None else self.known_ahead.of(chosen)
        return replace(self._of(kept), ahead=ahead)

    def knowing(self, ahead: LakeAhead | None) -> "LakeFrame":
        """Return the same with what is known ahead."""
        return self if ahead is None else replace(self, ahead=ahead.whole, known_ahead=ahead)

    def _of(self, kept: list[pd.DataFrame]) -> SeriesFrame:
        rows = self.rows
        if kept:
            joined = pd.concat(kept)
            rows = in_order(joined.assign(unique_id=coded(joined["unique_id"]))).reset_index(drop=True)
        attributes = self.attributes
        return SeriesFrame(
            rows, self.grid, self.steps, self.covariates, self.last_known, self.days, attributes=attributes
        )

    def _piece(self, file: LakeFile) -> SeriesFrame:
        ahead = None if self.known_ahead is None else self.known_ahead.beside(file.place)
        return replace(self._rows(file), ahead=ahead)

    def _rows(self, file: LakeFile) -> SeriesFrame:
        rows = self.reading.rows_of(file)
        own = framed_of(in_span(rows, self.grid, self.steps), self.reading.pipeline, self.last_known)
        return replace(own, grid=self.grid, days=self.days).without(self.dropped)


@dataclass(frozen=True)
class Reading:
    """What reads the files of a lake as a run at as_of sees them."""

    lake: Lake
    pipeline: PipelineConfig
    as_of: datetime

    def rows_of(self, file: LakeFile) -> pd.DataFrame:
        """Return the rows of a file that are known."""
        return rows_known(self.lake.rows_in(file, self.pipeline, interval_at(self.pipeline, self.as_of)), self.as_of)

    def steps_of(self, grid: Grid) -> pd.DatetimeIndex:
        """Return the steps of the pipeline's parts on a grid."""
        return grid.steps_until(end_of_knowledge(self.pipeline.source.delay, self.as_of), self.pipeline.parts.steps)


def framed_of(known: Known, pipeline: PipelineConfig, last_known: pd.Timestamp | None) -> SeriesFrame:
    """Return the frame of rows of a lake; `last_known`, where it is given, is that of all of them."""
    own = framed(known, pipeline.source)
    return own if last_known is None else replace(own, last_known=last_known)


def in_span(rows: pd.DataFrame, grid: Grid, steps: pd.DatetimeIndex) -> Known:
    """Return the rows of the span of the pipeline's parts."""
    within = rows["ds"] >= steps[0]
    return Known(rows if within.all() else rows[within], grid, steps)
