"""Which interval of a source a run needs: the span of its parts, and a little more before it.

            start                                        end
              |--|---- history ----|- validation -|- test -|   as_of
a few steps: ^^
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from recurcast.config import PipelineConfig
from recurcast.config.base import SESSIONS
from recurcast.config.interval_sources import IntervalSource
from recurcast.instants import EARLIEST, LATEST
from recurcast.series.grid import Grid, fixed_step
from recurcast.series.known import end_of_knowledge

_MORE = 4
"""Steps before the first one of the parts: where on the clock steps lie is seen once rows are there."""


@dataclass(frozen=True)
class Interval:
    """What a source is asked for: rows of `[start, end)`, as they were known at `as_of`."""

    start: datetime
    end: datetime
    as_of: datetime

    def wider(self, by: timedelta) -> "Interval":
        """Return an interval that begins earlier and ends later, as far as instants are counted."""
        start = EARLIEST if self.start - EARLIEST < by else self.start - by
        return Interval(start, LATEST if LATEST - self.end < by else self.end + by, self.as_of)


WHOLE = Interval(EARLIEST, LATEST, LATEST)
"""All that a source has."""


def interval_at(pipeline: PipelineConfig, as_of: datetime) -> Interval:
    """Return the interval that a run of a pipeline with a frequency needs."""
    source = pipeline.source
    assert isinstance(source, IntervalSource), "other sources are not asked for one"
    end = end_of_knowledge(source.delay, as_of)
    return Interval(_start(pipeline, end), end if source.columns.available_at is None else as_of, as_of)


def interval_over(intervals: list[Interval]) -> Interval:
    """Return the interval that holds several, as known at the latest as_of."""
    return Interval(
        min(each.start for each in intervals),
        max(each.end for each in intervals),
        max(each.as_of for each in intervals),
    )


def _start(pipeline: PipelineConfig, end: datetime) -> datetime:
    assert pipeline.frequency is not None, "the configuration requires it of sources that are asked for an interval"
    count, step = pipeline.parts.steps + _MORE, fixed_step(pipeline.frequency)
    if step is not None:
        return (
            EARLIEST
            if count * step.value // 1000 > _microseconds(end - EARLIEST)
            else end - count * step.to_pytimedelta()
        )
    if pipeline.frequency.startswith(SESSIONS):  # which ones they are is asked later; a year has 230 and more
        return max(EARLIEST, end - timedelta(days=count * 8 // 5 + 30))
    steps = Grid(pipeline.frequency, pipeline.source.timezone).steps_until(end, count)
    return EARLIEST if len(steps) < count else max(EARLIEST, steps[0].to_pydatetime())


def _microseconds(length: timedelta) -> int:
    return length // timedelta(microseconds=1)
