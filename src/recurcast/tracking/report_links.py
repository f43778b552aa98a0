"""A report in MLflow: an artifact of the pipeline's newest run, with a link to it in that run's description."""

from recurcast.reporting.notes.report_link import linked
from recurcast.tracking.notes import NOTE
from recurcast.tracking.report import newest_runs, tells_something
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import Store, store_errors

REPORT = "report/report.html"
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
        standing = store.client.get_run(run.run_id).data.tags.get(NOTE, "")
    run.tag(**{"report": REPORT, NOTE: linked(standing, address_in(run.experiment_id, run.run_id))})
    return run


def address_in(experiment_id: str, run_id: str) -> str:
    """Return where on MLflow's page a run's report is shown."""
    return f"#/experiments/{experiment_id}/runs/{run_id}/artifacts/{REPORT}"
