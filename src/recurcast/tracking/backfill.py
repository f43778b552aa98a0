"""A backfill as a run in MLflow: its plan, its progress, whether it was cancelled, and its summary.

It lives in its pipeline's experiment beside the intervals' runs, which carry its id in their tag `backfill`; so it can
be looked at, cancelled and taken up again from anywhere, whatever ran it.
"""

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from mlflow.entities import Run
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NAME

from recurcast.config import PipelineConfig
from recurcast.errors import ConfigurationError
from recurcast.instants import format_instant, parse_instant
from recurcast.reporting.palette import OPERATION
from recurcast.runs.backfill import Choice, Interval, Plan
from recurcast.tracking.experiments import experiment_of
from recurcast.tracking.leases import beating, held, holder_of, lease_tags
from recurcast.tracking.recorded_runs import artifact, runs_where
from recurcast.tracking.runs import COLOUR, TrackedRun, closing
from recurcast.tracking.store import Store, store_errors

_PLAN = "backfill/plan.json"
_CANCEL = "cancel"


@dataclass(frozen=True)
class RecordedBackfill:
    """A backfill as MLflow remembers it; `intervals` are those that it set out to run, in its order."""

    id: str
    pipeline: str
    first: datetime
    last: datetime
    choice: Choice
    intervals: tuple[Interval, ...]
    status: str
    """MLflow's: RUNNING, FINISHED, FAILED or KILLED."""
    alive: bool
    """Whether somebody works on it now."""
    cancelled: bool
    holder: str


def create_backfill(store: Store, pipeline: PipelineConfig, plan: Plan, choice: Choice) -> TrackedRun:
    """Return the new run of a backfill, its plan recorded; nobody holds it yet."""
    first, last = (format_instant(plan.intervals[end].as_of) for end in (0, -1))
    tags = {
        "pipeline": pipeline.name,
        "kind": "backfill",
        MLFLOW_RUN_NAME: f"backfill {first} to {last}",
        COLOUR: OPERATION,
    } | lease_tags()
    with store_errors(store.uri):
        experiment_id = experiment_of(store, pipeline)
        created = store.client.create_run(experiment_id, tags=tags, run_name=tags[MLFLOW_RUN_NAME])
    run = TrackedRun(store, experiment_id, created.info.run_id)
    run.params({"first": first, "last": last, "intervals": len(plan.to_run)} | asdict(choice))
    content = {
        "first": first,
        "last": last,
        "choice": asdict(choice),
        "intervals": [[_text(each.as_of), _text(each.previous), _text(each.following)] for each in plan.to_run],
    }
    run.text(json.dumps(content), _PLAN)
    return run


@contextlib.contextmanager
def working_on(store: Store, backfill: RecordedBackfill) -> Iterator[TrackedRun]:
    """Hold a backfill's run and close it whatever happens; one that was closed or abandoned is opened again.

    Raises ConfigurationError where somebody else works on it.
    """
    if backfill.alive and backfill.holder != _own_holder():
        raise ConfigurationError(
            f"a backfill is worked on by one at a time; {backfill.holder} works on {backfill.id[:8]}. "
            "Wait for it, or cancel it."
        )
    with store_errors(store.uri):
        client = store.client
        client.update_run(backfill.id, status="RUNNING")
        client.set_tag(backfill.id, _CANCEL, "no")
        for key, value in lease_tags().items():
            client.set_tag(backfill.id, key, value)
    run = run_of(store, backfill)
    with closing(run), beating(store, run.run_id):
        yield run


def find_backfill(store: Store, pipelines: Sequence[str], wanted: str | None) -> RecordedBackfill:
    """Return the backfill whose id begins with `wanted`, or the newest of all that the pipelines have.

    Raises ConfigurationError where there is none, or several begin so.
    """
    found = _backfill_runs(store, pipelines)
    if not found:
        raise ConfigurationError(
            "there is no backfill yet. Start one with: recurcast backfill run NAME --from A --to B"
        )
    matching = [run for run in found if run.info.run_id.startswith(wanted or "")]
    if not matching or (wanted and len(matching) > 1):
        shown = ", ".join(f"{run.info.run_id[:8]} ({run.data.tags['pipeline']})" for run in found[:5])
        count = "none does" if not matching else f"{len(matching)} do"
        raise ConfigurationError(
            f"an id names one backfill; of those that begin with '{wanted}' {count}. Newest: {shown}."
        )
    return read_backfill(store, matching[0].info.run_id)


def read_backfill(store: Store, backfill_id: str) -> RecordedBackfill:
    """Return what is recorded of a backfill now."""
    with store_errors(store.uri):
        run = store.client.get_run(backfill_id)
        content = json.loads(artifact(store, backfill_id, _PLAN))
    tags = run.data.tags
    return RecordedBackfill(
        backfill_id,
        tags["pipeline"],
        parse_instant(content["first"]),
        parse_instant(content["last"]),
        Choice(**content["choice"]),
        tuple(
            Interval(_instant(end), _optional(begin), _optional(after)) for end, begin, after in content["intervals"]
        ),
        run.info.status,
        run.info.status == "RUNNING" and held(tags),
        tags.get(_CANCEL) == "requested",
        holder_of(tags),
    )


def run_of(store: Store, backfill: RecordedBackfill) -> TrackedRun:
    """Return the run of a backfill, to read from."""
    with store_errors(store.uri):
        return TrackedRun(store, store.client.get_run(backfill.id).info.experiment_id, backfill.id)


def ended_intervals(store: Store, backfill: RecordedBackfill) -> frozenset[datetime]:
    """Return the as_of of each interval that the backfill has brought to its end."""
    condition = f"attributes.status = 'FINISHED' and tags.backfill = '{backfill.id}' and tags.outcome LIKE '%'"
    runs = runs_where(store, backfill.pipeline, condition)
    return frozenset(parse_instant(each.data.tags["as_of"]) for each in runs)


def request_cancel(store: Store, backfill_id: str) -> None:
    """Ask whoever works on a backfill to end after the running interval."""
    with store_errors(store.uri):
        store.client.set_tag(backfill_id, _CANCEL, "requested")


def cancel_requested(run: TrackedRun) -> bool:
    """Return whether somebody asked to end the backfill."""
    with store_errors(run.store.uri):
        return bool(run.store.client.get_run(run.run_id).data.tags.get(_CANCEL) == "requested")


def _backfill_runs(store: Store, pipelines: Sequence[str]) -> list[Run]:
    found = [run for name in pipelines for run in runs_where(store, name, "tags.kind = 'backfill'")]
    return sorted(found, key=lambda run: run.info.start_time, reverse=True)


def _own_holder() -> str:
    return holder_of(lease_tags())


def _text(instant: datetime | None) -> str | None:
    return None if instant is None else format_instant(instant)


def _instant(text: Any) -> datetime:
    return parse_instant(str(text))


def _optional(text: str | None) -> datetime | None:
    return None if text is None else parse_instant(text)
