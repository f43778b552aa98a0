"""A search as a run in MLflow: found by its id, its record written and read; its trials are the run's children."""

from collections.abc import Sequence

from mlflow.entities import Run

from recurcast.errors import ConfigurationError
from recurcast.runs.search import SearchRecord, from_json, to_json
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.search import artifact, has_artifact, runs_where
from recurcast.tracking.store import Store, store_errors

KIND, SEARCH, TRIAL = "kind", "search", "trial"
"""The tag that tells a search's run, and its trials', from those that train an interval."""
RECORD = "search.json"


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
