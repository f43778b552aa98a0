"""The series that a search compares settings on: all, or a sample that is drawn once and is the same at each origin.

a lake     one pass for the grid and its steps, one for the rows of the sample, which are held with all their revisions
others     what is known at each origin is there, and the sample is taken of it
"""

from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path

import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.config.search import SAMPLE_OF_STREAMED
from recurcast.errors import ConfigurationError
from recurcast.runs.search import Compared
from recurcast.series.frame import SeriesFrame
from recurcast.series.ids import coded
from recurcast.series.known import Known, rows_known
from recurcast.series.lake.ahead import known_ahead_of_some
from recurcast.series.lake.frame import LakeFrame
from recurcast.series.lake.in_order import InOrder
from recurcast.series.lake.lake import lake_of, no_lake
from recurcast.series.lake.scanning import obtain_to_train
from recurcast.series.reading.giving_back import give_back
from recurcast.series.reading.interval import interval_at
from recurcast.series.sampling import sample_of
from recurcast.series.sources import obtain
from recurcast.series.supplies import Recorded


@dataclass(frozen=True, eq=False)
class Sample:
    """Some series of a pipeline's source."""

    names: frozenset[str]
    of: int
    """How many they were drawn from."""
    held: pd.DataFrame | None
    """Their rows with every revision, where they lie in a lake; else the source gives them at each origin."""
    places: int = 0
    """Of the lake."""

    @property
    def compared(self) -> Compared | None:
        """Return of how many series they are some; none where they are all."""
        return Compared(len(self.names), self.of) if len(self.names) < self.of else None

    def known(self, pipeline: PipelineConfig, as_of: datetime, root: Path) -> SeriesFrame:
        """Return what was known of them at an instant, as `obtain` gives it."""
        if self.held is None:
            return obtain(pipeline, as_of, root).only(self.names)
        # What is known ahead was judged with all series.
        ahead_of = partial(known_ahead_of_some, places=self.places)
        return obtain(pipeline, as_of, root, _Held(pipeline, self.held), ahead_of)


@dataclass(frozen=True)
class _Held:
    """Rows that are asked for an interval, as a lake's are."""

    pipeline: PipelineConfig
    rows: pd.DataFrame

    def known(self, as_of: datetime) -> Known:
        asked, ds = interval_at(self.pipeline, as_of), self.rows["ds"]
        within = self.rows[(ds >= asked.start) & (ds < asked.end)].reset_index(drop=True)
        return Recorded(self.pipeline, within).known(as_of)


def as_searched(pipeline: PipelineConfig) -> PipelineConfig:
    """Return the pipeline that settings are compared with: one that streams its lake holds a sample of it in memory."""
    training, wanted = pipeline.training, pipeline.search.sample_series
    if wanted is None and not training.stream:
        return pipeline
    sampled = training.model_copy(update={"stream": False, "sample_series": wanted or SAMPLE_OF_STREAMED})
    return pipeline.model_copy(update={"training": sampled})


def known_of_all(pipeline: PipelineConfig, as_of: datetime, root: Path, in_order: InOrder) -> SeriesFrame:
    """Return what is known at as_of of all series, to see which steps there are; of a lake its files.

    Raises ConfigurationError where the pipeline streams and its source is no lake, or where the sample would take more than
    the memory should hold.
    """
    if pipeline.training.stream and lake_of(pipeline, root) is None:
        raise no_lake(pipeline)
    searched = as_searched(pipeline)
    try:
        return obtain_to_train(searched, as_of, root, in_order)
    except ConfigurationError as refused:
        if searched.training.sample_series is None:
            raise
        fewer = f"Or compare settings on fewer series than {searched.training.sample_series:,}: search.sample_series."
        raise ConfigurationError(f"{refused} {fewer}") from refused


def drawn(whole: SeriesFrame, pipeline: PipelineConfig, before: pd.Timestamp | None) -> Sample | None:
    """Return the sample that a searched pipeline asks for, of series with a row before an instant, or any row; none: of all.

    Series that came later change no sample, as they change no score.
    """
    count, seed = pipeline.training.sample_series, pipeline.training.seed
    if count is None:
        return None
    if isinstance(whole, LakeFrame):
        return _of_lake(whole, pipeline, before)
    names = _names(whole.rows, whole.steps[0], before)
    return Sample(sample_of(names, count, seed), len(names), None)


def _of_lake(whole: LakeFrame, pipeline: PipelineConfig, before: pd.Timestamp | None) -> Sample:
    """Read each file once, and hold no more than so many series and a file."""
    reading, training = whole.reading, pipeline.training
    assert training.sample_series is not None, "asked of a sample alone"
    asked = interval_at(reading.pipeline, reading.as_of)
    chosen, of, held = frozenset[str](), 0, list[pd.DataFrame]()
    for file in reading.lake.manifest.files:
        rows = reading.lake.rows_in(file, reading.pipeline, asked)
        own = _names(rows_known(rows, reading.as_of), whole.steps[0], before)
        of += len(own)
        chosen = sample_of(chosen | own, training.sample_series, training.seed)
        held = [each[each["unique_id"].isin(chosen)] for each in (*held, rows)]
        revised = rows.attrs.get("has_revisions", False)
        del rows
        give_back()
    joined = pd.concat(held, ignore_index=True)
    joined["unique_id"] = coded(joined["unique_id"])
    joined.attrs["has_revisions"] = revised
    return Sample(chosen, of, joined, reading.lake.manifest.places)


def _names(rows: pd.DataFrame, since: pd.Timestamp, before: pd.Timestamp | None) -> frozenset[str]:
    ds = rows["ds"]
    within = (ds >= since) if before is None else (ds >= since) & (ds < before)
    return frozenset(str(name) for name in rows["unique_id"][within].unique())
