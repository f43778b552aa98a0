"""A report in MLflow: an artifact of the pipeline's newest run, with a link to it in that run's description."""

from mlflow.entities import Run
from mlflow.utils.mlflow_tags import MLFLOW_RUN_NOTE

from recurcast.tracking.report_records import newest_runs, tells_something
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import Store, store_errors

REPORT = "report/report.html"
_BEGINS = "[Report of the pipeline]("
_NEWEST = 10


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
        now = store.client.get_run(run.run_id)
    run.tag(**{"report": REPORT, MLFLOW_RUN_NOTE: described(now)})
    return run


def address_in(experiment_id: str, run_id: str) -> str:
    """Return where on MLflow's page a run's report is shown."""
    return f"#/experiments/{experiment_id}/runs/{run_id}/artifacts/{REPORT}"


def described(run: Run) -> str:
    """Return the run's description with one link to its report, the last thing in it."""
    address = address_in(run.info.experiment_id, run.info.run_id)
    before = [line for line in run.data.tags.get(MLFLOW_RUN_NOTE, "").split("\n") if not line.startswith(_BEGINS)]
    text = "\n".join(before).rstrip()
    return f"{text}\n\n{_BEGINS}{address})".lstrip()
