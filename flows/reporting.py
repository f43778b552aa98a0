"""What Prefect shows of a run: its stages in the log, its outcome as the name of its state, artifacts of a backfill."""

from prefect import State
from prefect.artifacts import create_progress_artifact, create_table_artifact, update_progress_artifact
from prefect.events import emit_event
from prefect.logging import get_run_logger
from prefect.states import Completed

from recurcast.backfilling import Ended, NotBegun, Progress
from recurcast.backfills import Plan
from recurcast.errors import RecurcastError
from recurcast.forecast_records import ForecastOutcome, ForecastResult
from recurcast.intervals import format_instant
from recurcast.records import Outcome, RunResult
from recurcast.scheduling.isolated_runs import TAKEN_BACK
from recurcast.tracking.backfill_summary import BackfillSummary

_STATES: dict[Outcome, str] = {
    "trained": "Completed",
    "already done": "Already done",
    "no new data": "No new data",
    "no data": "No data",
    "superseded": "Superseded",
    "held": "Held elsewhere",
}

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


def outcome_of(state: State[str]) -> Outcome:
    """Return the outcome that a run's state tells; raise RecurcastError with its message where it did not complete."""
    if state.name == TAKEN_BACK:
        raise NotBegun(state.message or TAKEN_BACK)
    if not state.is_completed():
        raise RecurcastError(state.message or f"the run ended as {state.name}")
    return next(outcome for outcome, name in _STATES.items() if name == state.name)


def log_line(line: str) -> None:
    """Log a line in the run that calls."""
    get_run_logger().info(line)


def emit_what_happened(result: RunResult) -> None:
    """Emit `recurcast.champion.below-baseline` of the pipeline, with the figures, where its champion has fallen so low."""
    decision = result.decision
    if decision is None or result.outcome != "trained" or not decision.champion_below_baseline:
        return
    emit_event(
        "recurcast.champion.below-baseline",
        resource={
            "prefect.resource.id": f"recurcast.pipeline.{result.pipeline}",
            "prefect.resource.name": result.pipeline,
        },
        payload={
            "as_of": format_instant(result.as_of),
            "metric": decision.metric,
            "champion": decision.opponent_score,
            decision.baseline: decision.baseline_score,
        },
    )


class FlowLog:
    """Logs each stage, and each tenth epoch of a cell."""

    def __init__(self) -> None:
        self._log = get_run_logger()

    def stage(self, name: str) -> None:
        """Log the stage that begins."""
        self._log.info(name)

    def epoch(self, cell: str, number: int, of: int, train: float, validation: float) -> None:
        """Log an epoch's losses."""
        if number % 10 == 0 or number in (1, of):
            self._log.info("%s epoch %d of %d: loss %.5g, validation %.5g", cell, number, of, train, validation)


def show_plan(pipeline: str, plan: Plan) -> None:
    """Show as a table which intervals there are, how each stands, and whether it will run."""
    get_run_logger().info("%s: %s", pipeline, plan.headline)
    create_table_artifact(key=f"backfill-plan-{pipeline}", table=plan.as_table(), description=plan.headline)


class BackfillNews:
    """Tells how far a backfill is: a line of the log per interval, a progress artifact, and a table at the end."""

    def __init__(self, pipeline: str, backfill_id: str, total: int) -> None:
        self._log, self._pipeline, self.backfill, self._total = get_run_logger(), pipeline, backfill_id, total
        self._log.info("backfill %s of %s: %d intervals", backfill_id[:8], pipeline, total)
        title = f"Backfill {backfill_id[:8]} of {pipeline}"
        self._artifact = create_progress_artifact(0.0, key=f"backfill-progress-{pipeline}", description=title)

    def ended(self, ended: Ended, progress: Progress) -> None:
        """Tell how an interval has ended."""
        how = ended.outcome or f"failed: {ended.failure}"
        self._log.info("%d of %d: %s %s", progress.done, self._total, format_instant(ended.as_of), how)
        update_progress_artifact(self._artifact, progress.share)

    def over(self, summary: BackfillSummary) -> None:
        """Show the table of all intervals."""
        title = f"Backfill {self.backfill[:8]} of {self._pipeline}: {summary.headline}"
        create_table_artifact(key=f"backfill-{self._pipeline}", table=summary.as_table(), description=title)
        self._log.info(title)
