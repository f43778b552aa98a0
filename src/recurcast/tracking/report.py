"""What a report needs of MLflow: the newest runs in one search, their small artifacts a few at a time.

MLflow takes about 5 ms for a run that it lists, and for an artifact of its own folder less than one; so the runs are
bounded, and of the reports of validation only the newest are read.
"""

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from recurcast.config import PipelineConfig
from recurcast.errors import ConfigurationError
from recurcast.instants import parse_instant
from recurcast.reporting.notes.report_link import linked
from recurcast.reporting.page.records import (
    CoveredState,
    FailedRun,
    IntervalScores,
    LastForecast,
    LookAtData,
    Remembered,
    Server,
)
from recurcast.runs.addresses import run_address
from recurcast.series.validation.report import Finding
from recurcast.tracking.artifacts import LEADERBOARD
from recurcast.tracking.forecast import known_before, newest_forecast
from recurcast.tracking.intervals import recorded_state
from recurcast.tracking.measures import finite, measure_in
from recurcast.tracking.notes import NOTE
from recurcast.tracking.recorded_runs import BY_NAME, runs_where
from recurcast.tracking.registry.champion_facts import champion_facts
from recurcast.tracking.registry.champion_history import championship_of
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import Store, collector_paused, store_errors
from recurcast.tracking.track_record import tracked_in

REPORT = "report/report.html"

_NEWEST = 10


VALIDATION = "validation/report.json"
_MOST_LOOKS, _MOST_FAILED = 12, 40
_AT_ONCE = 8
"""Artifacts that are fetched together: from a server each is a request of its own."""


def read_for_report(store: Store, pipeline: PipelineConfig, last: int) -> Remembered:
    """Return what MLflow remembers of a pipeline's newest `last` runs.

    Raises ConfigurationError where there is no run.
    """
    with collector_paused():
        listed = newest_runs(store, pipeline.name, last + 1)
    runs = [run for run in listed[:last] if tells_something(run)]
    if not runs:
        raise ConfigurationError(
            f"a report is of runs; '{pipeline.name}' has none yet in {store.uri}. "
            f"Run it first: recurcast run {pipeline.name}"
        )
    newest = _newest_of_each(runs)
    failed = sorted((run for run in newest.values() if recorded_state(run) == "failed"), key=_as_of, reverse=True)
    looks = _looks(store, [*newest.values()], failed)
    return Remembered(
        pipeline,
        last,
        len(listed) > last,
        {as_of: _covered(run) for as_of, run in newest.items()},
        _server(store, pipeline),
        championship_of(store, pipeline.name),
        tracked_in(runs),
        _scores(store, pipeline, [newest[as_of] for as_of in sorted(newest)]),
        _forecast(store, pipeline.name),
        tuple(looks[run.info.run_id] for run in _newest_first(newest.values()) if run.info.run_id in looks)[
            :_MOST_LOOKS
        ],
        tuple(_failure(run, looks.get(run.info.run_id)) for run in failed[:_MOST_FAILED]),
    )


def newest_runs(store: Store, name: str, most: int) -> list[Run]:
    """Return the runs of intervals, experiments left aside, the newest as_of first: it is their name."""
    return list(runs_where(store, name, "tags.adhoc = 'false' and tags.as_of LIKE '%'", BY_NAME, most=most))


def tells_something(run: Run) -> bool:
    """Return whether a run says how it ended, or that it goes on or failed: who gave way to another has nothing to tell."""
    return run.info.status != "FINISHED" or "outcome" in run.data.tags


def _newest_of_each(runs: Iterable[Run]) -> dict[datetime, Run]:
    """The newest run of each interval; one that is done is done, whatever was begun after it."""
    in_order = sorted(runs, key=lambda run: (recorded_state(run) == "done", run.info.start_time))
    return {_as_of(run): run for run in in_order}


def _newest_first(runs: Iterable[Run]) -> list[Run]:
    return sorted(runs, key=_as_of, reverse=True)


def _as_of(run: Run) -> datetime:
    return parse_instant(run.data.tags["as_of"])


def _covered(run: Run) -> CoveredState:
    return recorded_state(run)


def _server(store: Store, pipeline: PipelineConfig) -> Server | None:
    try:
        facts = champion_facts(store, pipeline)
    except ConfigurationError:  # nothing is registered yet
        return None
    serving = facts.serving
    return Server(serving.version, serving.name, serving.as_of, facts.entry, facts.scores, facts.damage, facts.metric)


def _scores(store: Store, pipeline: PipelineConfig, runs: Sequence[Run]) -> tuple[IntervalScores, ...]:
    trained = [run for run in runs if recorded_state(run) == "done" and "decision" in run.data.tags]
    tables = _artifacts(store, trained, LEADERBOARD)
    found = (
        _in_table(table, pipeline) if table else _in_metrics(run, pipeline)
        for run, table in zip(trained, tables, strict=True)
    )
    return tuple(
        IntervalScores(
            _as_of(run),
            run.data.tags["decision"],
            run.data.tags.get("provisional") == "true",
            run.data.tags["challenger"],
            scores,
            metric,
        )
        for run, (metric, scores) in zip(trained, found, strict=True)
    )


def _in_table(table: Mapping[str, Any], pipeline: PipelineConfig) -> tuple[str, dict[str, float]]:
    """The metric that judged, and the scores of all competitors."""
    rows = [dict(zip(table["columns"], values, strict=True)) for values in table["data"]]
    found = {
        metric: {row["competitor"]: row[metric] for row in rows if finite(row.get(metric)) is not None}
        for metric in ("mae", pipeline.gate.metric)
    }
    without = pipeline.gate.metric == "mase" and not found["mase"] and found["mae"]
    metric = "mae" if without else pipeline.gate.metric
    return metric, found[metric]


def _in_metrics(run: Run, pipeline: PipelineConfig) -> tuple[str, dict[str, float]]:
    """Where the leaderboard is gone: the best cell, the champion and the baseline."""
    names = {"challenger": run.data.tags["challenger"], "champion": "champion", "baseline": pipeline.gate.baseline}
    metric = measure_in(run.data.metrics, pipeline.gate.metric)
    found = {name: finite(run.data.metrics.get(f"{role}/{metric}")) for role, name in names.items()}
    return metric, {name: score for name, score in found.items() if score is not None}


def _looks(store: Store, runs: Sequence[Run], failed: Sequence[Run]) -> dict[str, LookAtData]:
    """What validation found in the newest runs, and in those that failed, by the run's id."""
    chosen = {run.info.run_id: run for run in [*_newest_first(runs)[: 2 * _MOST_LOOKS], *failed[:_MOST_FAILED]]}
    contents = _artifacts(store, list(chosen.values()), VALIDATION)
    return {
        run.info.run_id: LookAtData(
            _as_of(run),
            content["n_rows"],
            content["n_series"],
            content.get("missing_share"),
            tuple(Finding(**finding | {"timestamps": tuple(finding["timestamps"])}) for finding in content["findings"]),
        )
        for run, content in zip(chosen.values(), contents, strict=True)
        if content
    }


def _failure(run: Run, look: LookAtData | None) -> FailedRun:
    reason = run.data.tags.get("failure", "its process is gone")
    return FailedRun(_as_of(run), look is not None and bool(look.broken), reason, run.info.run_id)


def _forecast(store: Store, name: str) -> LastForecast | None:
    recorded = newest_forecast(store, name)
    if recorded is None:
        return None
    made = recorded.made
    as_of = made.rows["as_of"].iloc[0].to_pydatetime()
    return LastForecast(as_of, made.rows, known_before(store, recorded), made.remarks)


def _artifacts(store: Store, runs: Sequence[Run], path: str) -> Iterator[dict[str, Any]]:
    """The JSON that each run has under a path; an empty one of a run that has it not."""
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(_AT_ONCE) as threads:
        yield from threads.map(lambda run: _artifact(store, run, path, Path(folder)), runs)


def _artifact(store: Store, run: Run, path: str, folder: Path) -> dict[str, Any]:
    own = folder / run.info.run_id
    own.mkdir()
    try:
        file = get_artifact_repository(run.info.artifact_uri, store.uri).download_artifacts(path, str(own))
        content: dict[str, Any] = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, MlflowException, ValueError):  # pruned, or never written
        return {}
    return content


def attach_report(store: Store, name: str, page: str) -> TrackedRun:
    """Return the run of the newest as_of that has ended, the page now among its artifacts, a link in its description.

    The link is relative to MLflow's page, so that it holds wherever that page is served from. A run that is running
    describes itself at its end, and would lose the link then.
    """
    runs = newest_runs(store, name, _NEWEST)
    newest = next((run for run in runs if run.info.status != "RUNNING" and tells_something(run)), runs[0])
    run = TrackedRun(store, newest.info.experiment_id, newest.info.run_id)
    run.text(page, REPORT)
    with store_errors(store.uri):
        standing = store.client.get_run(run.run_id).data.tags.get(NOTE, "")
    run.tag(**{"report": REPORT, NOTE: linked(standing, address_in(run.experiment_id, run.run_id))})
    return run


def address_in(experiment_id: str, run_id: str) -> str:
    """Return where on MLflow's page a run's report is shown."""
    return run_address(experiment_id, run_id, REPORT)
