"""What became of a backfill's intervals, read from MLflow, and the summary that its own run keeps of them."""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from itertools import product
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from mlflow.entities import Metric, Run

from recurcast.config import PipelineConfig
from recurcast.evaluation.scales import common_measure
from recurcast.instants import format_instant, parse_instant
from recurcast.promotion.rules import Verdict
from recurcast.runs.backfill import Interval
from recurcast.tracking.leases import held
from recurcast.tracking.measures import finite, measure_in
from recurcast.tracking.recorded_runs import runs_where
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.stamps import metric_stamp
from recurcast.tracking.store import Store, collector_paused, store_errors

if TYPE_CHECKING:
    from recurcast.runs.backfill import Ended

SummaryState = Literal[
    "trained", "already done", "no new data", "no data", "superseded", "failed", "running", "held", "to come"
]
"""How an interval stands in its backfill; `held`: a living run outside of the backfill works on it."""

_STATES: tuple[SummaryState, ...] = get_args(SummaryState)
_TRAINED = "attributes.status = 'FINISHED' and tags.outcome = 'trained' and tags.adhoc = 'false'"
_AT_ONCE = 1000


@dataclass(frozen=True)
class IntervalSummary:
    """What became of one interval; scores are those of `metric` on the test windows, none where not finite."""

    as_of: datetime
    state: SummaryState
    run_id: str | None = None
    """The run that tells of the interval: the backfill's, or the one that had done it, or that holds it."""
    verdict: Verdict | None = None
    provisional: bool = False
    cell: str | None = None
    score: float | None = None
    baseline_score: float | None = None
    seconds: float | None = None
    reason: str = ""
    """Of the verdict, of its staying provisional, of the failure, or why nothing was trained."""
    metric: str | None = None
    """Which judged the interval: the gate's, or MAE in the place of MASE where no series had a scale."""


@dataclass(frozen=True)
class BackfillSummary:
    """What became of all intervals of a backfill, in the order of time."""

    id: str
    pipeline: str
    metric: str
    """The gate's; or MAE where that judged every scored interval."""
    baseline: str
    started: datetime
    rows: tuple[IntervalSummary, ...]

    @property
    def failed(self) -> tuple[IntervalSummary, ...]:
        """Return the intervals that failed."""
        return self.of("failed")

    @property
    def compared(self) -> tuple[IntervalSummary, ...]:
        """Return the rows but those whose scores are of another metric than the summary's."""
        return tuple(row for row in self.rows if row.metric in (None, self.metric))

    def other_measure(self, row: IntervalSummary) -> str | None:
        """Return the metric of a row's scores where it is not the summary's."""
        return row.metric if row.metric != self.metric else None

    def of(self, *states: SummaryState) -> tuple[IntervalSummary, ...]:
        """Return the intervals that stand so."""
        return tuple(row for row in self.rows if row.state in states)

    def counts(self) -> dict[SummaryState, int]:
        """Return how many intervals stand how, those apart that none does."""
        return {state: len(found) for state in _STATES if (found := self.of(state))}

    def verdicts(self) -> dict[Verdict, int]:
        """Return how often each verdict was given, those apart that were not; one of a run that failed afterwards is none."""
        given = [row.verdict for row in self.rows if row.state != "failed"]
        return {verdict: given.count(verdict) for verdict in get_args(Verdict) if verdict in given}

    @property
    def headline(self) -> str:
        """Return one line, such as `28 trained, 1 failed; verdicts: 3 promote, 25 keep`."""
        counts = ", ".join(f"{count:,} {state}" for state, count in self.counts().items())
        verdicts = ", ".join(f"{count:,} {verdict}" for verdict, count in self.verdicts().items())
        return f"{counts}; verdicts: {verdicts}" if verdicts else counts

    def as_table(self) -> list[dict[str, Any]]:
        """Return plain rows under the names of columns."""
        return [asdict(row) | {"as_of": format_instant(row.as_of)} for row in self.rows]


def summarize(
    store: Store, pipeline: PipelineConfig, run: TrackedRun, intervals: Sequence[Interval], ended: "Sequence[Ended]"
) -> BackfillSummary:
    """Return what became of the intervals of the backfill that `run` records.

    `ended` is what whoever works on it knows besides: that another run had done an interval is written nowhere else.
    """
    told, name = {each.as_of: each for each in ended}, pipeline.name
    with store_errors(store.uri), collector_paused():
        started = store.client.get_run(run.run_id).info.start_time
        own = _newest(runs_where(run.store, name, f"tags.backfill = '{run.run_id}' and tags.as_of LIKE '%'"))
        left = {each.as_of for each in intervals if not _is_done(own.get(each.as_of))}
        others = _newest(_of_others(run, name, started)) if left else {}
        if any(told[as_of].outcome == "already done" for as_of in left & told.keys() - others.keys()):
            others = _newest(runs_where(run.store, name, f"{_TRAINED} and attributes.end_time < {started}")) | others
    as_ofs = sorted(each.as_of for each in intervals)
    rows = tuple(_row(pipeline, as_of, own.get(as_of), others.get(as_of), told.get(as_of)) for as_of in as_ofs)
    began = datetime.fromtimestamp(started // 1000, UTC)
    metric = common_measure((row.metric for row in rows), pipeline.gate.metric)
    return BackfillSummary(run.run_id, pipeline.name, metric, pipeline.gate.baseline, began, rows)


def record_summary(run: TrackedRun, pipeline: PipelineConfig, summary: BackfillSummary) -> None:
    """Leave the summary in the backfill's run: scores over all intervals, counts, a table and a chart.

    A backfill that is taken up again records it again; what MLflow only appends to is then completed, not doubled.
    """
    with store_errors(run.store.uri):
        points = [*_score_points(run, summary), *_count_points(run, summary)]
        for first in range(0, len(points), _AT_ONCE):
            run.store.client.log_batch(run.run_id, metrics=points[first : first + _AT_ONCE])
    run.text(_split_form(summary.as_table()), "backfill/summary.json")
    if any(row.baseline_score is not None for row in summary.compared):
        from recurcast.reporting.charts import ScoredInterval, backfill_chart, png_of

        scored = [
            ScoredInterval(row.as_of, row.cell, row.score, row.baseline_score, row.verdict == "promote")
            for row in summary.compared
        ]
        run.file(png_of(backfill_chart(pipeline, scored, summary.metric)), "charts/scores.png")


def _score_points(run: TrackedRun, summary: BackfillSummary) -> Iterator[Metric]:
    """A point per scored interval that has none yet; its step is the interval's place, whatever is scored so far."""
    measures = sorted({row.metric for row in summary.rows if row.metric is not None})
    for role, metric in product(("challenger", "baseline"), measures):
        key = f"{role}/{metric}"
        there = {point.step for point in run.store.client.get_metric_history(run.run_id, key)}
        for step, row in enumerate(summary.rows, 1):
            value = row.score if role == "challenger" else row.baseline_score
            if value is not None and row.metric == metric and step not in there:
                yield Metric(key, value, metric_stamp(row.as_of), step)


def _count_points(run: TrackedRun, summary: BackfillSummary) -> Iterator[Metric]:
    """How many intervals stand how, a step further with each summary that changed: MLflow shows the last step."""
    client, counts = run.store.client, summary.counts()
    values = {f"intervals/{state}": float(counts.get(state, 0)) for state in _STATES}
    recorded = client.get_run(run.run_id).data.metrics
    if any(recorded.get(key) != value for key, value in values.items()):
        step = len(client.get_metric_history(run.run_id, f"intervals/{_STATES[0]}")) + 1
        stamp = metric_stamp(summary.rows[-1].as_of)
        yield from (Metric(key, value, stamp, step) for key, value in values.items())


def _split_form(table: list[dict[str, Any]]) -> str:
    """MLflow's page shows a JSON artifact in `split` form as a table."""
    return json.dumps({"columns": list(table[0]), "data": [list(row.values()) for row in table]})


def _of_others(run: TrackedRun, name: str, started: int) -> Iterator[Run]:
    """Runs outside of the backfill that trained an interval since it began, or work on one now."""
    since = f"{_TRAINED} and attributes.end_time >= {started}"
    yield from runs_where(run.store, name, f"{since} and tags.backfill IS NULL")
    yield from runs_where(run.store, name, f"{since} and tags.backfill != '{run.run_id}'")
    running = runs_where(
        run.store, name, "attributes.status = 'RUNNING' and tags.as_of LIKE '%' and tags.adhoc = 'false'"
    )
    yield from (each for each in running if each.data.tags.get("backfill") != run.run_id and held(each.data.tags))


def _newest(runs: Iterable[Run]) -> dict[datetime, Run]:
    """The newest run of each interval; one that is done is done, whatever was begun after it."""
    in_order = sorted(runs, key=lambda run: (_is_done(run), run.info.start_time))
    return {parse_instant(each.data.tags["as_of"]): each for each in in_order}


def _is_done(run: Run | None) -> bool:
    return run is not None and run.info.status == "FINISHED" and "outcome" in run.data.tags


def _row(
    pipeline: PipelineConfig, as_of: datetime, own: Run | None, other: Run | None, told: "Ended | None"
) -> IntervalSummary:
    state = _state(own, other, told)
    run = other if state in ("already done", "held") else own
    failure = told.failure if told is not None and state == "failed" else ""
    if run is None:
        return IntervalSummary(as_of, state, reason=failure)
    tags, metrics, info = run.data.tags, run.data.metrics, run.info
    metric = measure_in(metrics, pipeline.gate.metric)
    over = info.status in ("FINISHED", "FAILED")  # one that was killed ended some time before it was closed
    return IntervalSummary(
        as_of,
        state,
        info.run_id,
        cast(Verdict | None, tags.get("decision")),
        tags.get("provisional") == "true",
        tags.get("challenger"),
        finite(metrics.get(f"challenger/{metric}")),
        finite(metrics.get(f"baseline/{metric}")),
        (info.end_time - info.start_time) / 1000 if over else None,
        failure or _reason(run, state),
        metric if "decision" in tags else None,
    )


def _state(own: Run | None, other: Run | None, told: "Ended | None") -> SummaryState:
    """MLflow is the memory: what is told counts where it says nothing."""
    if own is not None and _is_done(own):
        return cast(SummaryState, own.data.tags["outcome"])
    if told is not None:
        return "failed" if told.outcome is None else told.outcome
    if own is not None:
        return "running" if own.info.status == "RUNNING" and held(own.data.tags) else "failed"
    if other is not None:
        return "held" if other.info.status == "RUNNING" else "already done"
    return "to come"


def _reason(run: Run, state: SummaryState) -> str:
    tags = run.data.tags
    if tags.get("provisional") == "true" and "settling" in tags:
        return f"stays provisional: {tags['settling']}"
    told = tags.get("failure" if state == "failed" else "reason", "")
    abandoned = state == "failed" and run.info.status == "RUNNING"
    return "its process is gone" if abandoned else next(iter(told.splitlines()), "")
