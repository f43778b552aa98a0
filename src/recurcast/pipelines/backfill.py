"""A backfill at work: its intervals in their order, what failed noted and passed over, the end of it always told.

How an interval runs is the caller's: here in this process, as a child flow run, or as a run of the deployment.
"""

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from recurcast.errors import ExecutorUnavailable, RecurcastError, StoreUnavailable
from recurcast.executors.seam import current, in_advance
from recurcast.pipelines.ahead import Ahead
from recurcast.pipelines.threads import threads_for
from recurcast.pipelines.told_ahead import forgetting
from recurcast.runs.backfill import Ended, Interval
from recurcast.runs.train import Outcome, Ticket

if TYPE_CHECKING:
    from pathlib import Path

    from recurcast.config import PipelineConfig
    from recurcast.tracking.backfill import RecordedBackfill
    from recurcast.tracking.backfill_summary import BackfillSummary
    from recurcast.tracking.store import Store

_LOOK_AGAIN = 1.0  # seconds between two looks at whether to cancel, or whether another's interval has ended


@dataclass
class Progress:
    """How far a backfill is; changed by it while it works."""

    total: int
    before: int = 0
    """How many were done already when the backfill was taken up again."""
    ended: list[Ended] = field(default_factory=list)
    cancelled: bool = False

    @property
    def done(self) -> int:
        """Return how many of all intervals have ended, before and now."""
        return self.before + len(self.ended)

    @property
    def share(self) -> float:
        """Return how far the backfill is, in percent."""
        return 100 * self.done / self.total if self.total else 100.0

    @property
    def failed(self) -> list[Ended]:
        """Return the intervals that failed."""
        return [each for each in self.ended if each.outcome is None]


class NotBegun(RecurcastError):
    """An interval was handed out, and taken back before anybody began it."""


class Way(Protocol):
    """How a backfill runs its intervals, and who hears of it."""

    def run(self, interval: Interval, ticket: Ticket) -> Outcome:
        """Return how the interval ended; raise where it failed."""

    def ended(self, ended: Ended, progress: Progress) -> None:
        """Hear how an interval has ended."""

    def cancelled(self) -> None:
        """Hear that the backfill is cancelled, at each look, or ends: take back what has not begun (`run` raises NotBegun)."""


def carry_out(
    store: "Store",
    pipeline: "PipelineConfig",
    root: "Path",
    backfill: "RecordedBackfill",
    way: Way,
    *,
    concurrency: int = 1,
    fail_fast: bool = False,
    fits_here: bool = False,
) -> "BackfillSummary":
    """Return what became of a backfill, begun or taken up again: what it has done before is not done again.

    Where training starts warm its intervals run one at a time, oldest first, in whatever order it was begun. Where this
    process has their cells fitted (`fits_here`) by others, they begin those of the next intervals meanwhile. Raises
    ConfigurationError where somebody else works on it, and at once StoreUnavailable where MLflow fails: without it no
    interval can be recorded; and ExecutorUnavailable, which says how the backfill goes on, where nobody is left to fit.
    """
    from recurcast.pipelines.final_verdicts import settle, track_the_end
    from recurcast.tracking.backfill import cancel_requested, ended_intervals, working_on
    from recurcast.tracking.backfill_summary import record_summary, summarize
    from recurcast.tracking.recovery import recover

    recover(store, pipeline)
    with _told_how_to_go_on(backfill), working_on(store, backfill) as run:
        ended = ended_intervals(store, backfill)
        remaining = tuple(each for each in backfill.intervals if each.as_of not in ended)
        if in_order := pipeline.training.warm_start is not None:
            remaining, concurrency = tuple(sorted(remaining, key=lambda each: each.as_of)), 1
        as_ofs = [each.as_of for each in backfill.intervals]
        progress = Progress(len(backfill.intervals), before=len(backfill.intervals) - len(remaining))
        # Rows that come from elsewhere are not asked for twice.
        near = fits_here and concurrency == 1 and pipeline.source.kind in ("generated", "file")
        looks_ahead = in_advance(root, len(pipeline.network.cells)) if near else nullcontext()
        with looks_ahead as executor, forgetting():
            ahead = Ahead(pipeline, root, executor or current(root)) if fits_here else None
            work = _work_through(backfill.id, remaining, way, progress, concurrency, fail_fast, in_order, ahead)
            for still_open in work:
                settle(store, pipeline, root, as_ofs, still_open)
                progress.cancelled = progress.cancelled or cancel_requested(run)
                if progress.cancelled and still_open:
                    way.cancelled()
        summary = summarize(store, pipeline, run, backfill.intervals, progress.ended)
        record_summary(run, pipeline, summary)
        run.tag(outcome="cancelled" if progress.cancelled else "failed" if progress.failed else "done")
        track_the_end(
            store, pipeline, root, as_ofs
        )  # last: it reads the source, whose rows may no longer keep the rules
    return summary


@contextmanager
def _told_how_to_go_on(backfill: "RecordedBackfill") -> Iterator[None]:
    """The same command would pass over the interval that it was at, which failed."""
    try:
        yield
    except ExecutorUnavailable as gone:
        goes_on = f"This backfill goes on by: recurcast backfill resume {backfill.id[:8]}"
        raise ExecutorUnavailable(f"{gone} {goes_on}") from gone


def _work_through(
    backfill_id: str,
    intervals: tuple[Interval, ...],
    way: Way,
    progress: Progress,
    concurrency: int,
    fail_fast: bool,
    in_order: bool,
    ahead: Ahead | None,
) -> Iterator[frozenset[datetime]]:
    """Yield what is still to come or running, whenever an interval has ended and at the very end.

    An interval that another living run holds is waited for at the end, or `in_order` before those after it: if that run
    fails, it is run here after all.
    """
    queue, running = deque(intervals), dict[Future[Outcome], Interval]()
    held_in_a_row = 0
    with threads_for(concurrency) as executor:
        while queue or running:
            stopping = progress.cancelled or (fail_fast and bool(progress.failed))
            while queue and len(running) < concurrency and not stopping:
                interval = queue.popleft()
                if ahead is not None:
                    ahead.look(interval, queue)
                provisional = any(each < interval.as_of for each in _open(queue, running))
                ticket = Ticket(backfill_id, provisional, tidy=not progress.failed)
                running[executor.submit(way.run, interval, ticket)] = interval
            if not running:
                break
            for future in wait(running, timeout=_LOOK_AGAIN, return_when=FIRST_COMPLETED).done:
                interval = running.pop(future)
                if progress.cancelled and isinstance(future.exception(), NotBegun):
                    queue.appendleft(interval)
                    continue
                try:
                    ended = _ended(interval, future)
                except (StoreUnavailable, ExecutorUnavailable):
                    way.cancelled()  # what nobody has begun would fail by the same
                    raise
                if ended.outcome == "held":
                    queue.insert(0 if in_order else len(queue), interval)
                    held_in_a_row += 1
                    continue
                held_in_a_row = 0
                progress.ended.append(ended)
                way.ended(ended, progress)
            yield _open(queue, running)
            if queue and held_in_a_row >= (1 if in_order else len(queue)):
                time.sleep(_LOOK_AGAIN)
    yield _open(queue, running)


def _open(queue: deque[Interval], running: dict[Future[Outcome], Interval]) -> frozenset[datetime]:
    return frozenset(each.as_of for each in (*queue, *running.values()))


def _ended(interval: Interval, future: Future[Outcome]) -> Ended:
    try:
        return Ended(interval.as_of, future.result())
    except (StoreUnavailable, ExecutorUnavailable):
        raise
    except Exception as error:
        first = next(iter(str(error).splitlines()), type(error).__name__)
        return Ended(
            interval.as_of, None, first if isinstance(error, RecurcastError) else f"{type(error).__name__}: {first}"
        )
