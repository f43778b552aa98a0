"""What Prefect shows of a run: its stages in the log, its outcome as the name of its state, artifacts of a backfill."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from time import monotonic
from typing import TYPE_CHECKING
from uuid import UUID

from prefect import State
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.logging import get_run_logger
from prefect.states import Completed, Failed

from recurcast.errors import ExecutorUnavailable, RecurcastError, StoreUnavailable
from recurcast.escaping import in_markdown
from recurcast.instants import format_instant
from recurcast.pipelines.backfill import NotBegun, Progress
from recurcast.reporting.notes.search_lines import line_of, lines_of_begun
from recurcast.runs.backfill import Ended, Plan
from recurcast.runs.forecast import ForecastOutcome, ForecastResult
from recurcast.runs.search import FreshScore, SearchRecord, Trial
from recurcast.runs.search_request import Begun
from recurcast.runs.train import Outcome, RunResult
from recurcast.scheduling.flow_runs.isolated import TAKEN_BACK

if TYPE_CHECKING:
    from recurcast.tracking.backfill_summary import BackfillSummary

_TENTH, _MOMENT = 10.0, 2.0
"""Percent and seconds between two updates of a progress artifact: each takes a cell's thread 20 ms."""

_STATES: dict[Outcome, str] = {
    "trained": "Completed",
    "already done": "Already done",
    "no new data": "No new data",
    "no data": "No data",
    "superseded": "Superseded",
    "held": "Held elsewhere",
}

_FAIL_ALL: dict[str, type[RecurcastError]] = {"No store": StoreUnavailable, "Nobody to fit": ExecutorUnavailable}
"""Names of the states of runs that failed by what others would fail by too: so it is known in another process."""

_FORECAST_STATES: dict[ForecastOutcome, str] = {
    "forecast": "Completed",
    "already done": "Already done",
    "no new data": "No new data",
    "superseded": "Superseded",
}


def state_of(result: RunResult) -> State[str]:
    """Return the completed state that tells a result, its outcome in the name."""
    return Completed(name=_STATES[result.outcome], message=result.summary)


def forecast_state_of(result: ForecastResult) -> State[str]:
    """Return the completed state that tells what became of a forecast."""
    return Completed(name=_FORECAST_STATES[result.outcome], message=result.summary)


def state_of_failure(failure: Exception) -> State[str] | None:
    """Return the failed state that tells what the runs that follow would fail by too; none of other failures."""
    name = next((name for name, kind in _FAIL_ALL.items() if isinstance(failure, kind)), None)
    return None if name is None else Failed(name=name, message=str(failure))


def outcome_of(state: State[str]) -> Outcome:
    """Return the outcome that a run's state tells; raise RecurcastError with its message where it did not complete.

    Where what failed is the store, or who fits, it is that error, which ends a backfill.
    """
    if state.name == TAKEN_BACK:
        raise NotBegun(state.message or TAKEN_BACK)
    if not state.is_completed():
        raise _FAIL_ALL.get(state.name or "", RecurcastError)(state.message or f"the run ended as {state.name}")
    return next(outcome for outcome, name in _STATES.items() if name == state.name)


def log_line(line: str) -> None:
    """Log a line in the run that calls."""
    get_run_logger().info(line)


class SearchLog:
    """Logs where a search looks, and each trial that ends."""

    def __init__(self) -> None:
        self._log, self._of = get_run_logger(), 0

    def begun(self, begun: Begun) -> None:
        """Log where trials are judged."""
        self._of = begun.trials
        for line in lines_of_begun(begun):
            self._log.info(line)

    def ended(self, trial: Trial, best: Trial | None, count: int) -> None:
        """Log how a trial ended."""
        self._log.info(line_of(trial, best, count, self._of))

    def told(self, fresh: FreshScore) -> None:
        """Log a score on the fresh origins."""
        self._log.info("trial %d on fresh origins: %.4g", fresh.trial, fresh.score)

    def over(self, record: SearchRecord) -> None:
        """Leave what came of it to the card."""


class FlowLog:
    """Logs each stage, and each tenth epoch of a cell; a progress artifact shows how far the training is."""

    def __init__(self, pipeline: str, cells: int) -> None:
        self._log, self._pipeline, self._cells = get_run_logger(), pipeline, cells
        self._training: TrainingNews | None = None
        self._waited = False

    def stage(self, name: str) -> None:
        """Log the stage that begins."""
        self._log.info(name)
        if self._training is not None:
            self._training.over()
            self._training = None
        if name == "train":
            self._training = TrainingNews(self._pipeline, self._cells)

    def epoch(self, cell: str, number: int, of: int, train: float, validation: float) -> None:
        """Log an epoch's losses."""
        if self._training is not None:
            self._training.epoch(cell, number, of)
        if number % 10 == 0 or number in (1, of):
            self._log.info("%s epoch %d of %d: loss %.5g, validation %.5g", cell, number, of, train, validation)

    def waits(self, why: str) -> None:
        """Log once why fits by others have not begun."""
        if why and not self._waited:
            self._waited = True
            self._log.warning(why)


class TrainingNews:
    """Tells how far the cells are, each in a thread of its own: at most once a tenth, and not every moment."""

    def __init__(self, pipeline: str, cells: int) -> None:
        self._lock, self._cells = Lock(), cells
        self._shares: dict[str, float] = {}
        self._told, self._at = 0.0, monotonic()
        title = f"Training of {pipeline}: epochs of the cells"
        self._artifact = _begun(f"training-{pipeline}", title)

    def epoch(self, cell: str, number: int, of: int) -> None:
        """Hear that a cell has trained one of so many epochs, and tell it if it is time to."""
        with self._lock:
            self._shares[cell] = 100 * number / of
            share, present = sum(self._shares.values()) / self._cells, monotonic()
            if share < self._told + _TENTH or present < self._at + _MOMENT:
                return
            self._told, self._at = share, present
        _tell(self._artifact, share)

    def over(self) -> None:
        """Tell that all is trained; a cell that stopped early had epochs left."""
        _tell(self._artifact, 100.0)


def show_plan(pipeline: str, plan: Plan) -> None:
    """Show as a table which intervals there are, how each stands, and whether it will run."""
    get_run_logger().info("%s: %s", pipeline, plan.headline)
    create_table_artifact(
        key=f"backfill-plan-{pipeline}", table=plan.as_table(), description=in_markdown(plan.headline)
    )


class BackfillNews:
    """Tells how far a backfill is: a line of the log per interval, a progress artifact, and a table at the end."""

    def __init__(self, pipeline: str, backfill_id: str, total: int) -> None:
        self._log, self._pipeline, self.backfill, self._total = get_run_logger(), pipeline, backfill_id, total
        self._log.info("backfill %s of %s: %d intervals", backfill_id[:8], pipeline, total)
        title = f"Backfill {backfill_id[:8]} of {pipeline}"
        self._artifact = _begun(f"backfill-progress-{pipeline}", title)

    def ended(self, ended: Ended, progress: Progress) -> None:
        """Tell how an interval has ended."""
        how = ended.outcome or f"failed: {ended.failure}"
        self._log.info("%d of %d: %s %s", progress.done, self._total, format_instant(ended.as_of), how)
        _tell(self._artifact, progress.share)

    def over(self, summary: "BackfillSummary") -> None:
        """Show the table of all intervals."""
        title = f"Backfill {self.backfill[:8]} of {self._pipeline}: {summary.headline}"
        create_table_artifact(
            key=f"backfill-{self._pipeline}", table=summary.as_table(), description=in_markdown(title)
        )
        self._log.info(title)


def _begun(key: str, title: str) -> UUID | None:
    """A new progress artifact; none where the server is away, which stops no work."""
    with errors_only_logged("progress"):
        return create_progress_artifact(0.0, key=key, description=title)
    return None


def _tell(artifact: UUID | None, share: float) -> None:
    with errors_only_logged("progress"):
        if artifact is not None:
            update_progress_artifact(artifact, share)


@contextmanager
def errors_only_logged(what: str) -> Iterator[None]:
    """Let the work go on where something of it can't be shown; the log says so."""
    try:
        yield
    except Exception as error:
        get_run_logger().warning("no %s of the run on this page: %s", what, error)
