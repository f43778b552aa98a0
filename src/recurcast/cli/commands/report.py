"""`recurcast report`."""

import json
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

from recurcast.cli.display.printing import say
from recurcast.config import PipelineConfig
from recurcast.config.project import TrainingDeployment, find_root, load_pipeline, only_pipeline
from recurcast.environment import importing
from recurcast.errors import RecurcastError
from recurcast.forecasting.files import refuse_other_endings, write_whole
from recurcast.instants import format_instant
from recurcast.scheduling.clock import now
from recurcast.scheduling.ticks import coming_ticks, newest_ticks
from recurcast.stack.pages import mlflow_page

if TYPE_CHECKING:
    from recurcast.reporting.page.records import Remembered, Report
    from recurcast.tracking.runs import TrackedRun


def write_report(name: str | None, output: Path | None, last: int, *, as_json: bool) -> None:
    """Write a pipeline's report, keep it with its newest run too, and print where it stands."""
    refuse_other_endings(output, (".html",))
    root = find_root(Path.cwd())
    deployment = load_pipeline(root, name or only_pipeline(root, "report"))
    name = deployment.name
    with importing():
        from recurcast.reporting.charts.report import drawings_of
        from recurcast.reporting.page.page import page_of
        from recurcast.tracking.report import attach_report, read_for_report
        from recurcast.tracking.store import connect

    store = connect(root)
    report = _report_of(deployment, read_for_report(store, deployment.pipeline, last))
    page = page_of(report, drawings_of(report))
    path = output or root / "data" / name / "report.html"
    write_whole(page.encode(), path)
    run: TrackedRun | RecurcastError
    try:
        run = attach_report(store, name, page)
    except RecurcastError as error:  # who may only read the store has the page all the same
        run = error
    told = _told(report, path, len(page.encode()), run, mlflow_page(root))
    if as_json:
        print(json.dumps(told))  # noqa: T201
    else:
        _print(Console(), told)


def _report_of(deployment: TrainingDeployment, remembered: "Remembered") -> "Report":
    from recurcast.reporting.page.coverage import MOST_PASSED, covered
    from recurcast.reporting.page.records import Report

    schedules, newest, present = deployment.schedules, remembered.newest, now()
    ticks = newest_ticks(schedules, min(remembered.states), newest, remembered.last)
    coming = coming_ticks(schedules, newest, present) if _grows(deployment.pipeline) else iter(())
    passed = sum(tick.instant > newest for tick in islice(coming, MOST_PASSED + 1))
    return Report(remembered, covered(ticks, remembered.states), passed, deployment.timezone, present)


def _grows(pipeline: PipelineConfig) -> bool:
    return not pipeline.source.static


def _told(
    report: "Report", path: Path, size: int, run: "TrackedRun | RecurcastError", page: str | None
) -> dict[str, Any]:
    from recurcast.reporting.page.words import skill_of_the_champion
    from recurcast.tracking.report import address_in

    remembered = report.remembered
    server = remembered.server
    kept: dict[str, str | None] = {"run_id": None, "link": None, "note": None}
    if isinstance(run, RecurcastError):
        kept["note"] = f"not kept in MLflow: {run}"
    else:
        kept["run_id"] = run.run_id
        kept["link"] = None if page is None else f"{page}/{address_in(run.experiment_id, run.run_id)}"
    return {
        "pipeline": remembered.pipeline.name,
        "path": str(path),
        "bytes": size,
        "made_at": _text(report.made_at),
        "as_of": _text(remembered.newest),
        "champion": None if server is None or server.trained_as_of is None else server.version,
        "skill": skill_of_the_champion(remembered).text,
        "intervals": len(report.ticks),
        "older_left_out": remembered.older,
        "forecast_as_of": None if remembered.forecast is None else _text(remembered.forecast.as_of),
    } | kept


def _text(instant: datetime) -> str:
    return format_instant(instant.replace(microsecond=0))


def _print(console: Console, told: dict[str, Any]) -> None:
    say(console, f"{told['pipeline']} as of {told['as_of']}: {told['skill']}")
    say(console, f"written to {told['path']} ({told['bytes'] / 1000:,.0f} kB): it opens anywhere, without a network")
    say(console, told["note"] or f"on MLflow's page: {told['link'] or 'report/report.html of run ' + told['run_id']}")
