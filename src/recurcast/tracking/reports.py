"""What a run leaves in MLflow before anything is trained."""

from recurcast.records import Request, RunResult
from recurcast.series.frame import SeriesFrame
from recurcast.tracking.runs import TrackedRun
from recurcast.validation.report import ValidationReport

_MOST_REJECTED_ROWS = 10_000


def untrained(run: TrackedRun, request: Request) -> RunResult:
    """Return the result of an interval that brought no new row."""
    run.tag(outcome="no new data")
    return RunResult(request.pipeline.name, request.as_of, "no new data", run.run_id, run.store.uri)


def log_report(run: TrackedRun, report: ValidationReport, rejected: SeriesFrame | None) -> None:
    """Store the validation report as JSON and as a page, and the rows that were rejected."""
    run.text(report.to_json(), "validation/report.json")
    run.text(report.to_html(), "validation/report.html")
    if report.dropped:
        run.tag(dropped_series=", ".join(name for name, _ in report.dropped)[:4900])
    if rejected is not None:
        run.text(rejected.rows.tail(_MOST_REJECTED_ROWS).to_csv(index=False), "validation/rejected_rows.csv")
