"""What MLflow has of a run that is shown elsewhere: where it stands, which version it registered, its charts."""

from datetime import datetime

from mlflow.entities import Run

from recurcast.instants import format_instant
from recurcast.reporting.cards import REPORT, RecordedRun
from recurcast.tracking.artifacts import COMPARISON_CHART, FORECAST_CHART
from recurcast.tracking.recorded_runs import artifact, has_artifact, runs_where
from recurcast.tracking.registry.registry import version_of_run
from recurcast.tracking.store import Store, store_errors


def recorded_run(store: Store, run_id: str) -> RecordedRun:
    """Return what MLflow has of a run of a pipeline, one that trains or one that forecasts."""
    with store_errors(store.uri):
        return _shown(store, store.client.get_run(run_id))


def failed_run(store: Store, pipeline: str, as_of: datetime) -> RecordedRun | None:
    """Return what MLflow has of the newest training run of an interval that failed, or none."""
    condition = f"tags.as_of = '{format_instant(as_of)}' and tags.adhoc LIKE '%' and attributes.status = 'FAILED'"
    newest = next(runs_where(store, pipeline, condition, most=1), None)
    with store_errors(store.uri):
        return None if newest is None else _shown(store, newest)


def _shown(store: Store, run: Run) -> RecordedRun:
    tags, run_id = run.data.tags, run.info.run_id
    forecast = tags.get("kind") == "forecast"
    version = None if forecast else version_of_run(store, tags["pipeline"], run_id)
    return RecordedRun(
        tags["pipeline"],
        run.info.experiment_id,
        run_id,
        run.info.run_name,
        int(tags["version"]) if forecast else None if version is None else int(version.version),
        report=has_artifact(store, run_id, REPORT),
        plot=_chart(store, run_id, FORECAST_CHART if forecast else COMPARISON_CHART),
    )


def _chart(store: Store, run_id: str, path: str) -> bytes | None:
    """A chart of the run, made small; none where it drew none."""
    if not has_artifact(store, run_id, path):
        return None
    from recurcast.reporting.charts.interactive_page import embeddable

    return embeddable(artifact(store, run_id, path))
