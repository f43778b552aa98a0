"""Many intervals of the past: each a child flow run of `train` in this warm process, or a run of its deployment."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Annotated

from prefect import State, flow, tags
from prefect.runtime import flow_run
from prefect.states import Completed, Failed
from pydantic import Field

from recurcast import environment
from recurcast.config import PipelineConfig
from recurcast.instants import format_instant
from recurcast.pipelines.backfill import carry_out
from recurcast.runs.backfill import Interval, Order, Reprocess
from recurcast.runs.train import Outcome, Ticket
from recurcast.scheduling.backfill import BackfillRequest, begin, choice_of, plan_backfill, resumed
from recurcast.scheduling.deployments.automations import HEARTBEAT_TAG
from recurcast.scheduling.flow_runs.current import name_flow_run
from recurcast.scheduling.flow_runs.giving_way import give_way_to_live_runs
from recurcast.scheduling.flow_runs.isolated import run_isolated, take_back
from recurcast.scheduling.flow_runs.tags import tag_of, ticket_tags
from reporting import BackfillNews, outcome_of, show_plan
from train import train

ROOT = Path(__file__).parent.parent
Limit = Annotated[int, Field(ge=1)]
AtOnce = Annotated[int, Field(ge=1, le=64)]


@flow(name="backfill", flow_run_name="backfill {pipeline}", persist_result=False)
def backfill(
    pipeline: str,
    start: datetime,
    end: datetime | None = None,
    reprocess: Reprocess = "missing",
    order: Order = "oldest",
    limit: Limit | None = None,
    budget: str | None = None,
    dry_run: bool = False,
    fail_fast: bool = False,
    isolated: bool = False,
    concurrency: AtOnce = 1,
    resume: str | None = None,
) -> State[str]:
    """Train the intervals of a pipeline's past that its schedule's ticks end, oldest first; today's champion stays.

    Args:
        pipeline: Name of the pipeline, such as energy.
        start: First instant of the range; without a zone, in the schedule's. Of no account with `resume`.
        end: The range ends before this instant; empty: now.
        reprocess: Which intervals run: missing ones; failed ones too; stale ones too, whose inputs changed; or all.
        order: Which intervals run first.
        limit: Most intervals to run, 1 or more; empty: all.
        budget: How long they may take by the duration of past runs, such as 30m; empty: any time.
        dry_run: Whether only the plan is shown, as an artifact of the run.
        fail_fast: Whether the first interval that fails ends the backfill.
        isolated: Whether each interval is a run of the pipeline's deployment, in a process of its own; slower.
        concurrency: How many intervals run at once, 1 to 64; more than one needs `isolated`.
        resume: Id of a backfill to go on with; the range and the choice are then its own. Empty: a new one.
    """
    from recurcast.tracking.backfill import find_backfill  # MLflow, for which a deploy that reads this file has no use
    from recurcast.tracking.store import connect

    environment.prepare()
    store = connect(ROOT)
    wish = BackfillRequest(
        pipeline, start, end, choice_of(reprocess, order, limit, budget), isolated, concurrency, resume
    )
    if wish.resume is not None:
        begun = resumed(ROOT, find_backfill(store, [pipeline], wish.resume))
    else:
        planned = plan_backfill(store, ROOT, wish)
        name_flow_run(_name(pipeline, [each.interval for each in planned.plan.intervals]), pipeline)
        show_plan(pipeline, planned.plan)
        if dry_run:
            return Completed(name="Dry run", message=planned.plan.headline)
        begun = begin(store, planned)
    if begun.recorded is None:
        return Completed(name="Nothing to do", message=begun.nothing)
    name_flow_run(_name(begun.pipeline.name, begun.recorded.intervals), begun.pipeline.name, tag_of(begun.recorded.id))
    news = BackfillNews(pipeline, begun.recorded.id, len(begun.recorded.intervals))
    way = _Isolated(begun.pipeline, begun.force, news) if isolated else _Children(begun.pipeline, begun.force, news)
    how = {"concurrency": concurrency, "fail_fast": fail_fast, "fits_here": not isolated}
    summary = carry_out(store, begun.pipeline, ROOT, begun.recorded, way, **how)
    news.over(summary)
    said = f"{summary.headline} (MLflow run {begun.recorded.id})"
    if summary.failed:
        return Failed(message=f"{said}. When the cause is mended: recurcast backfill resume {begun.recorded.id[:8]}")
    return Completed(message=said)


def _name(pipeline: str, intervals: Sequence[Interval]) -> str:
    first, last = (format_instant(end(each.as_of for each in intervals)) for end in (min, max))
    return f"backfill {pipeline} {first} to {last}"


class _Children:
    """Intervals as child flow runs in this process: imports and compiled programs are paid once."""

    def __init__(self, pipeline: PipelineConfig, force: bool, news: BackfillNews) -> None:
        self._pipeline, self._force, self.ended = pipeline, force, news.ended
        # A child inherits no tags; with this one the server notices where its process is gone.
        self._beating = {HEARTBEAT_TAG} & set(flow_run.tags or [])

    def run(self, interval: Interval, ticket: Ticket) -> Outcome:
        """Return how the interval ended; between two intervals live runs have the machine to themselves."""
        give_way_to_live_runs()
        with tags(*ticket_tags(ticket), *self._beating):
            return outcome_of(train(self._pipeline, interval.as_of, force=self._force, return_state=True))

    def cancelled(self) -> None:
        """Nothing is handed out that has not begun."""


class _Isolated:
    """Intervals as runs of the pipeline's deployment, in the queue of lowest priority."""

    def __init__(self, pipeline: PipelineConfig, force: bool, news: BackfillNews) -> None:
        self._pipeline, self._force, self.ended = pipeline, force, news.ended
        self._attempt, self._backfill = str(flow_run.id), news.backfill

    def run(self, interval: Interval, ticket: Ticket) -> Outcome:
        """Return how the interval ended."""
        name = self._pipeline.name
        return outcome_of(run_isolated(name, interval.as_of, ticket, attempt=self._attempt, force=self._force))

    def cancelled(self) -> None:
        """Cancel the runs that no worker has begun."""
        take_back(self._backfill)
