"""The series that a champion is explained on: those that are trained on; of a whole lake as many as the memory should hold."""

from dataclasses import dataclass
from pathlib import Path

from recurcast.config import PipelineConfig
from recurcast.environment import memory
from recurcast.errors import ConfigurationError
from recurcast.series.bounds import refuse_costly
from recurcast.series.calendar import columns_of
from recurcast.series.lake.lake import lake_of, no_lake

MOST_SERIES = 2_000
"""Of a lake: at most 500 windows are exchanged, and the attention of 2,000 is looked at."""
_SHARE = 8
"""Of the memory, for the windows of the test part laid out."""


@dataclass(frozen=True)
class ExplainedOn:
    """How many series the windows are of, and how many could be used; of more these are a sample."""

    series: int
    of: int

    @property
    def told(self) -> str:
        """Return it as what follows a number of windows; empty where they are of all series."""
        return f" of {self.series:,} of {self.of:,} series" if self.series < self.of else ""


def held_to_explain(pipeline: PipelineConfig, root: Path) -> PipelineConfig:
    """Return the pipeline as it holds in memory what is explained: of a lake whose series it trains on, all, a seeded sample.

    Raises ConfigurationError where it streams, and its source is no lake.
    """
    training = pipeline.training
    if training.sample_series is not None:
        return pipeline
    lake = lake_of(pipeline, root)
    if lake is None:
        if training.stream:
            raise no_lake(pipeline)
        return pipeline
    count = min(MOST_SERIES, lake.manifest.series)
    while count > 1 and not _fits(pipeline, count, lake.manifest.rows):
        count //= 2
    held = training.model_copy(update={"stream": False, "sample_series": count})
    return pipeline.model_copy(update={"training": held})


def _fits(pipeline: PipelineConfig, series: int, rows: int) -> bool:
    windows, source = pipeline.windows, pipeline.source
    lookback = pipeline.seen.lookback
    beside = columns_of(pipeline.network.calendar) + 2 * len(source.attributes)
    of_one = lookback * (1 + len(source.covariates)) + (lookback + windows.horizon) * beside + windows.horizon
    if 8 * series * -(-pipeline.parts.test // windows.stride) * of_one > memory() // _SHARE:
        return False
    try:
        refuse_costly(pipeline, series, rows)
    except ConfigurationError:
        return False
    return True
