"""A search as a run in MLflow: found by its id, its record written and read; its trials are the run's children."""

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from math import isfinite

from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME

from recurcast.errors import ConfigurationError
from recurcast.instants import format_instant
from recurcast.masking import masked
from recurcast.reporting.palette import COMPETITORS, OPERATION
from recurcast.runs.search import SearchRecord, Value, from_json, to_json
from recurcast.runs.search_request import SearchRequest
from recurcast.tracking.experiments import experiment_of
from recurcast.tracking.leases import beating, held, lease_tags
from recurcast.tracking.recorded_runs import artifact, has_artifact, runs_where
from recurcast.tracking.runs import COLOUR, TrackedRun, closing
from recurcast.tracking.stamps import last_steps
from recurcast.tracking.store import Store, store_errors
from recurcast.training.fit import FittedCell

KIND, SEARCH, TRIAL = "kind", "search", "trial"
"""The tag that tells a search's run, and its trials', from those that train an interval."""
RECORD = "search.json"


def run_of_search(store: Store, request: SearchRequest, study: str, metric: str) -> str:
    """Return the id of a search's run: the one that there is of a study, else a new one.

    It has no tag `as_of`: that is what runs of intervals are found by.
    """
    search, instant = request.pipeline.search, format_instant(request.as_of)
    there = next(runs_where(store, request.pipeline.name, f"tags.study = '{study}'", most=1), None)
    if there is not None:
        return str(there.info.run_id)
    tags = {
        "pipeline": request.pipeline.name,
        KIND: SEARCH,
        "search_as_of": instant,
        "study": study,
        "trigger": request.trigger,
        MLFLOW_RUN_NAME: f"search {instant}",
        COLOUR: OPERATION,
    }
    with store_errors(store.uri):
        experiment_id = experiment_of(store, request.pipeline)
        created = store.client.create_run(experiment_id, tags=tags | lease_tags(), run_name=tags[MLFLOW_RUN_NAME])
    run = TrackedRun(store, experiment_id, created.info.run_id)
    asked = {"sampler": search.sampler, "pruner": search.pruner, "search_seed": search.seed, "metric": metric}
    run.params(asked)
    return run.run_id


@contextlib.contextmanager
def working_on_search(store: Store, run_id: str) -> Iterator[TrackedRun]:
    """Hold a search's run, opened again where it was closed, and close it whatever happens; others may hold it too."""
    with store_errors(store.uri):
        run = TrackedRun(store, store.client.get_run(run_id).info.experiment_id, run_id)
    hold(run)
    with closing(run), beating(store, run_id):
        yield run


def hold(run: TrackedRun) -> None:
    """Say that this process works on the run, where nobody else who lives does; one that was closed is opened."""
    with store_errors(run.store.uri):
        found = run.store.client.get_run(run.run_id)
        if found.info.status != "RUNNING":
            run.store.client.update_run(run.run_id, status="RUNNING")
        if "failure" in found.data.tags:
            run.store.client.delete_tag(run.run_id, "failure")
        if not held(found.data.tags):
            run.tag(**lease_tags())


@contextlib.contextmanager
def trial_run(
    parent: TrackedRun, pipeline: str, number: int, cell: str, settings: Mapping[str, Value], seed: int, run_id: str
) -> Iterator[TrackedRun]:
    """Open the run of a trial below its search, or the one that a dead process left, and close it whatever happens."""
    tags = {
        "pipeline": pipeline,
        KIND: TRIAL,
        "trial": str(number),
        MLFLOW_PARENT_RUN_ID: parent.run_id,
        MLFLOW_RUN_NAME: f"trial {number} {cell}",
        COLOUR: COMPETITORS[cell],
    }
    store = parent.store
    with store_errors(store.uri):
        if not run_id:  # a process may have been killed before it told anybody
            own = f"tags.{KIND} = '{TRIAL}' and tags.trial = '{number}'"
            below = f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{parent.run_id}'"
            left = next(runs_where(store, pipeline, f"{own} and {below}", most=1), None)
            run_id = "" if left is None else str(left.info.run_id)
        if run_id:
            run = TrackedRun(store, parent.experiment_id, run_id)
        else:
            created = store.client.create_run(
                parent.experiment_id, tags=tags | lease_tags(), run_name=tags[MLFLOW_RUN_NAME]
            )
            run = TrackedRun(store, parent.experiment_id, created.info.run_id)
            run.params({"cell": cell, **settings, "training.seed": seed})
    if run_id:
        run.tag(**lease_tags())
        hold(run)
    with closing(run), beating(store, run.run_id):
        yield run


def log_trial(
    run: TrackedRun, request: SearchRequest, state: str, scores: Sequence[float], fitted: FittedCell | None, error: str
) -> None:
    """Record how a trial ended: its score at each origin, their mean, and the curve of the last fit."""
    series = {"score/origins": list(scores)}
    if state == "finished":
        series["score"] = [sum(scores) / len(scores)]
    if fitted is not None:
        series["loss/train"] = [epoch.train for epoch in fitted.epochs]
        series["loss/validation"] = [epoch.validation for epoch in fitted.epochs]
    finite = {name: values for name, values in series.items() if values and all(map(isfinite, values))}
    told = {"failure": masked(error)[:4900]} if error else {}
    run.metrics(finite, request.as_of, state=state, **told)


def log_told(run: TrackedRun, record: SearchRecord) -> None:
    """Record what is told of a search beside its record: to sort searches by, and to see in a list."""
    series = {"baseline/score": [record.baseline_score], "baseline/fresh": [record.baseline_fresh]}
    for role, number in (("winner", record.winner), ("stood", record.stood)):
        found = next((each for each in record.trials if each.number == number), None)
        if found is not None and found.state == "finished":
            series |= {f"{role}/score": [found.score], f"{role}/fresh": [record.fresh_score(found.number)]}
    states = [each.state for each in record.trials]
    counted = ", ".join(f"{states.count(each)} {each}" for each in dict.fromkeys(sorted(states)))
    finite = {name: values for name, values in series.items() if all(map(isfinite, values))}
    winner = "" if record.winner is None else str(record.winner)
    with store_errors(run.store.uri):
        standing = run.store.client.get_run(run.run_id).data
    run.metrics(finite, record.as_of, None, last_steps(standing), trials=counted, winner=winner)


def tags_of_run(store: Store, run_id: str) -> dict[str, str]:
    """Return the tags of a run; none where it is gone."""
    try:
        return dict(store.client.get_run(run_id).data.tags)
    except MlflowException:
        return {}


def search_runs(store: Store, pipelines: Sequence[str]) -> list[Run]:
    """Return the runs of all searches of the pipelines, the newest first."""
    found = [run for name in pipelines for run in runs_where(store, name, f"tags.{KIND} = '{SEARCH}'")]
    return sorted(found, key=lambda run: run.info.start_time, reverse=True)


def find_search(store: Store, pipelines: Sequence[str], wanted: str) -> Run:
    """Return the run of the search whose id begins with `wanted`.

    Raises ConfigurationError where there is none, or several begin so.
    """
    found = search_runs(store, pipelines)
    matching = [run for run in found if run.info.run_id.startswith(wanted)]
    if len(matching) == 1:
        return matching[0]
    shown = ", ".join(f"{run.info.run_id[:8]} ({run.data.tags['pipeline']})" for run in found[:5]) or "none"
    count = "none does" if not matching else f"{len(matching)} do"
    raise ConfigurationError(f"an id names one search; of those that begin with '{wanted}' {count}. Newest: {shown}.")


def write_record(run: TrackedRun, record: SearchRecord) -> None:
    """Keep the record with the search's run."""
    run.text(to_json(record), RECORD)


def read_record(store: Store, run_id: str) -> SearchRecord | None:
    """Return the record of a search's run; none of one that has not ended."""
    with store_errors(store.uri):
        return from_json(artifact(store, run_id, RECORD)) if has_artifact(store, run_id, RECORD) else None


def tag_search(store: Store, run_id: str, tag: str, as_of: datetime) -> None:
    """Say in a tag of a search's run as of which instant something was done with it."""
    with store_errors(store.uri):
        store.client.set_tag(run_id, tag, format_instant(as_of))
