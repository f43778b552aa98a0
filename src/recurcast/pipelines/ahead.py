"""The fits of a backfill's next intervals, begun by other processes or threads while this one judges and records in order.

    interval 1   fit ... | judge, record |
    interval 2     fit ...               | judge, record |
    interval 3                fit ...                    | judge, record

It is a guess, and nothing hangs on it: an interval asks for its fits by what they depend on. What was begun for other data,
or for an interval that is not trained, is never asked for.
"""

from collections.abc import Iterable
from datetime import datetime
from functools import partial
from importlib import import_module
from itertools import islice
from pathlib import Path

from recurcast.config import PipelineConfig
from recurcast.environment import importing
from recurcast.errors import ExecutorUnavailable
from recurcast.executors.seam import Executor
from recurcast.pipelines.told_ahead import told_ahead
from recurcast.runs.backfill import Interval


class Ahead:
    """Looks ahead as far as keeps the workers of an executor busy."""

    def __init__(self, pipeline: PipelineConfig, root: Path, executor: Executor) -> None:
        self._pipeline, self._root, self._executor = pipeline, root, executor
        self._seen: set[datetime] = set()

    def look(self, beginning: Interval, queue: Iterable[Interval]) -> None:
        """Begin the fits of the intervals after the one that begins; none where each starts from the one before.

        Nor of a sample, which a run reads file by file: here all would be read.
        """
        self._seen.add(beginning.as_of)
        training = self._pipeline.training
        if training.warm_start is not None or training.sample_series is not None:
            return
        for interval in islice(queue, self._executor.intervals_ahead(len(self._pipeline.network.cells))):
            if interval.as_of not in self._seen:
                self._seen.add(interval.as_of)
                with importing():  # by this thread: two that import at once meet each other's halves
                    import_module("recurcast.series.validation.checks")
                self._executor.meanwhile(partial(self._begin, interval))

    def _begin(self, interval: Interval) -> None:
        from recurcast.series.lake.scanning import obtain_to_train

        try:
            frame = obtain_to_train(self._pipeline, interval.as_of, self._root)
            if not frame.has_news_since(interval.previous):
                return
            split = told_ahead(frame, self._pipeline, interval.as_of)
            self._executor.foresee(self._pipeline.network.cells, self._pipeline, split)
        except ExecutorUnavailable:
            raise
        except Exception:  # the interval will meet it in its turn, and tell of it
            return
