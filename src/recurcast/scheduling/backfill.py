"""From the wish for a backfill to its run in MLflow: planned and begun, or found again to go on with."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, cast

from recurcast.config import PipelineConfig
from recurcast.config.project import load_pipeline
from recurcast.errors import ConfigurationError
from recurcast.instants import parse_time
from recurcast.runs.backfill import Choice, Order, Reprocess
from recurcast.scheduling.backfill_plans import BackfillRequest, PlannedBackfill

if TYPE_CHECKING:
    from recurcast.tracking.backfill import RecordedBackfill
    from recurcast.tracking.store import Store


@dataclass(frozen=True)
class BegunBackfill:
    """A backfill to carry out; without `recorded` there is nothing to run, and `nothing` says why."""

    pipeline: PipelineConfig
    recorded: "RecordedBackfill | None"
    force: bool
    nothing: str = ""


def request_of(
    pipeline: str,
    start: str,
    end: str | None,
    reprocess: str,
    order: str,
    limit: int | None,
    budget: str | None,
    *,
    isolated: bool,
    concurrency: int,
) -> BackfillRequest:
    """Return the request that the words of a command line make; a date may leave its zone open."""
    choice = choice_of(cast(Reprocess, reprocess), cast(Order, order), limit, budget)  # which Choice itself checks
    return BackfillRequest(pipeline, parse_time(start), parse_time(end) if end else None, choice, isolated, concurrency)


def choice_of(reprocess: Reprocess, order: Order, limit: int | None, budget: str | None) -> Choice:
    """Return the choice; a budget is a duration such as '30m' or '2h'."""
    return Choice(reprocess, order, limit, None if budget is None else _seconds(budget))


def begin(store: "Store", planned: PlannedBackfill) -> BegunBackfill:
    """Return the backfill of a plan, recorded in MLflow, unless nothing of it runs."""
    from recurcast.tracking.backfill import create_backfill, read_backfill

    choice, pipeline = planned.choice, planned.pipeline
    if not planned.plan.to_run:
        nothing = f"nothing to run with reprocess '{choice.reprocess}': {planned.plan.headline}"
        return BegunBackfill(pipeline, None, False, nothing)
    run = create_backfill(store, pipeline, planned.plan, choice)
    return BegunBackfill(pipeline, read_backfill(store, run.run_id), choice.reprocess == "all")


def resumed(root: Path, recorded: "RecordedBackfill") -> BegunBackfill:
    """Return a recorded backfill to go on with, on today's configuration of its pipeline."""
    pipeline = load_pipeline(root, recorded.pipeline).pipeline
    return BegunBackfill(pipeline, recorded, recorded.choice.reprocess == "all")


def _seconds(text: str) -> float:
    from recurcast.series.grid import duration

    try:
        return duration(text).total_seconds()
    except ValueError as error:
        raise ConfigurationError(f"a budget is a duration, such as '30m' or '2h'; received '{text}'.") from error
