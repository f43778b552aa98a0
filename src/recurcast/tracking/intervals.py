"""What MLflow remembers of a pipeline's intervals: which are done, on what, and how the others ended.

That an interval is done is read from the versions of the registered model, one for the best cell of each run: thousands
of versions are listed in a second or two, thousands of runs, with all their parameters and metrics, in half a minute.
"""

from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime

from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion

from recurcast.instants import format_instant, parse_instant
from recurcast.runs.backfill import RecordedInterval, RecordedState
from recurcast.runs.fingerprint import Fingerprint
from recurcast.runs.zone_rules import changed_rules
from recurcast.tracking.leases import held
from recurcast.tracking.recorded_runs import experiment_id, runs_where
from recurcast.tracking.store import Store, collector_paused, store_errors

_MOST_RUNS = 10_000
_MOST_VERSIONS = 100_000
_MOST_BASELINES = 20
"""Versions that may be newer than the newest that was trained."""


def recorded_intervals(store: Store, name: str) -> dict[datetime, RecordedInterval]:
    """Return the pipeline's intervals that were ever run, experiments left aside, by as_of."""
    with store_errors(store.uri), collector_paused():
        if experiment_id(store, name) is None:
            return {}
        recorded = _done(sorted(_versions(store, name), key=_number))
        for each in _others(store, name):
            if each.as_of not in recorded or each.state == "running":
                recorded[each.as_of] = each
    return recorded


def trained_runs(store: Store, name: str, as_of: datetime) -> list[Run]:
    """Return the runs that trained the interval to its end, experiments left aside, the newest first."""
    interval = f"tags.as_of = '{format_instant(as_of)}' and tags.adhoc = 'false'"
    return list(runs_where(store, name, f"attributes.status = 'FINISHED' and tags.outcome = 'trained' and {interval}"))


def zone_changes(store: Store, names: Iterable[str]) -> dict[str, str]:
    """Return by pipeline which time zone's rules its newest version was trained by and this process reads otherwise."""
    changes = {}
    with store_errors(store.uri):
        for name in names:
            newest = store.client.search_model_versions(
                f"name='{name}'", max_results=_MOST_BASELINES, order_by=["version_number DESC"]
            )
            trained = [each.tags for each in newest if "as_of" in each.tags]
            if trained and (change := changed_rules(trained[0])):
                changes[name] = change
    return changes


def fingerprint_in(tags: dict[str, str]) -> Fingerprint:
    """Return the fingerprint that a run or a version was tagged with; what is missing is empty, and so differs."""
    return Fingerprint(**{part.name: tags.get(part.name, "") for part in fields(Fingerprint)})


def typical_seconds(store: Store, name: str) -> float | None:
    """Return the median duration of the newest trained runs in seconds, or none where there are none."""
    newest = runs_where(store, name, "attributes.status = 'FINISHED' and tags.outcome = 'trained'", most=15)
    seconds = sorted((each.info.end_time - each.info.start_time) / 1000 for each in newest)
    return seconds[len(seconds) // 2] if seconds else None


def _versions(store: Store, name: str) -> Iterable[ModelVersion]:
    found = store.client.search_model_versions(f"name='{name}'", max_results=_MOST_VERSIONS)
    # What a search proposed was trained beside its interval's own run.
    return (each for each in found if "as_of" in each.tags and "proposal" not in each.tags)


def _number(version: ModelVersion) -> int:
    return int(version.version)


def _done(versions: Iterable[ModelVersion]) -> dict[datetime, RecordedInterval]:
    done: dict[datetime, RecordedInterval] = {}
    for each in versions:
        as_of = parse_instant(each.tags["as_of"])
        earlier, changes = (done[as_of].fingerprints, done[as_of].zone_changes) if as_of in done else ((), ())
        done[as_of] = RecordedInterval(
            as_of,
            "done",
            each.tags.get("run", str(each.run_id)),
            (*earlier, fingerprint_in(each.tags)),
            (*changes, changed_rules(each.tags)),
            each.tags.get("provisional") == "true",
        )
    return done


def _others(store: Store, name: str) -> Iterable[RecordedInterval]:
    """The newest run of each interval besides those that ended well and still have their version."""
    how = ("attributes.status != 'FINISHED'", "tags.outcome != 'trained'", "tags.pruned = 'true'")
    found = [
        run for each in how for run in runs_where(store, name, f"{each} and tags.adhoc = 'false'", at_once=_MOST_RUNS)
    ]
    newest = {each.data.tags["as_of"]: each for each in sorted(found, key=lambda each: each.info.start_time)}
    for run in newest.values():
        tags, state = run.data.tags, recorded_state(run)
        looked = state in ("done", "no new data", "no data")
        fingerprints = (fingerprint_in(tags),) if looked else ()
        yield RecordedInterval(parse_instant(tags["as_of"]), state, run.info.run_id, fingerprints)


def recorded_state(run: Run) -> RecordedState:
    """Return how an interval's run ended, or that it is running."""
    outcome = run.data.tags.get("outcome")
    if run.info.status == "RUNNING":
        return "running" if held(run.data.tags) else "failed"
    if run.info.status != "FINISHED":
        return "failed"
    endings: dict[str | None, RecordedState] = {
        "trained": "done", "no new data": "no new data", "no data": "no data", "superseded": "superseded",
    }  # fmt: skip
    return endings[outcome]
