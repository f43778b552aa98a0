"""What a run leaves in MLflow before anything is trained."""

from recurcast.forecasting.files import csv_of
from recurcast.runs.train import Outcome, Request, RunResult
from recurcast.series.frame import SeriesFrame
from recurcast.series.validation.report import ValidationReport
from recurcast.tracking.runs import TrackedRun

_MOST_REJECTED_ROWS = 10_000


def untrained(run: TrackedRun, request: Request, outcome: Outcome, why: str) -> RunResult:
    """Return the result of an interval in which nothing was trained, recorded with the reason."""
    run.tag(**outcome_tags(request, outcome), reason=why)
    return RunResult(
        request.pipeline.name,
        request.as_of,
        outcome,
        run.run_id,
        run.store.shown,
        remarks=(why,),
        experiment_id=run.experiment_id,
    )


def outcome_tags(request: Request, outcome: Outcome) -> dict[str, str]:
    """Return how an interval ended; from a tick on there is a champion whose forecasts are still to be scored."""
    stands = request.claims and request.following is not None and outcome in ("trained", "no new data")
    return {"outcome": outcome} | ({"track": "pending"} if stands else {})


def log_report(run: TrackedRun, report: ValidationReport, rejected: SeriesFrame | None) -> None:
    """Store the validation report as JSON and as a page, and the rows that were rejected."""
    pages = {"validation/report.json": report.to_json(), "validation/report.html": report.to_html()}
    run.files({path: page.encode() for path, page in pages.items()})
    if report.dropped:
        run.tag(dropped_series=", ".join(name for name, _ in report.dropped)[:4900])
    if rejected is not None:
        run.text(csv_of(rejected.rows.tail(_MOST_REJECTED_ROWS)), "validation/rejected_rows.csv")
