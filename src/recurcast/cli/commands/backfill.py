"""`recurcast backfill run|status|cancel|resume`."""

import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from recurcast.cli.commands.stated import refuse_on_server
from recurcast.cli.display.backfill import (
    BackfillBar,
    plan_as_dict,
    print_plan,
    print_status,
    print_summary,
    status_as_dict,
    summary_as_dict,
)
from recurcast.config.project import find_root, load_pipeline, only_pipeline, read_deployments
from recurcast.errors import ConfigurationError, RecurcastError
from recurcast.instants import format_instant

if TYPE_CHECKING:
    from recurcast.config import PipelineConfig
    from recurcast.pipelines.backfill import Progress
    from recurcast.runs.backfill import Ended, Interval
    from recurcast.runs.train import Outcome, Ticket
    from recurcast.scheduling.backfill import BackfillRequest, BegunBackfill
    from recurcast.tracking.backfill import RecordedBackfill
    from recurcast.tracking.store import Store


@dataclass(frozen=True)
class How:
    """Where a backfill runs and what is said of it; `on_server` none: wherever PREFECT_API_URL says."""

    on_server: bool | None
    fail_fast: bool
    as_json: bool
    executor: str | None = None
    """Who fits, where it runs here."""


def named_or_only(name: str | None) -> str:
    """Return the name that was given, else that of the project's only pipeline."""
    return name or only_pipeline(find_root(Path.cwd()), "backfill run")


def run_backfill(request: "BackfillRequest", how: How, *, dry_run: bool) -> None:
    """Print the plan; unless this is a dry run, carry it out and print what became of it."""
    from recurcast.scheduling.backfill import begin, plan_backfill

    root, store = _project()
    on_server = not dry_run and _on_server(request, how)
    planned = plan_backfill(store, root, request)
    if not how.as_json:
        print_plan(Console(), request.pipeline, planned.plan, planned.choice, planned.timezone)
    if dry_run or not planned.plan.to_run:
        if how.as_json:
            print(json.dumps(plan_as_dict(planned.plan)))  # noqa: T201
    elif on_server:
        _submit(request, how)
    else:
        _carry_out(store, root, begin(store, planned), how)


def resume_backfill(wanted: str | None, how: How) -> None:
    """Carry a backfill on with what it has not done yet."""
    from recurcast.scheduling.backfill import BackfillRequest, resumed

    root, store = _project()
    recorded = _find(store, root, wanted)
    request = BackfillRequest(recorded.pipeline, recorded.first, None, recorded.choice, resume=recorded.id)
    if _on_server(request, how):
        _submit(request, how)
    else:
        _carry_out(store, root, resumed(root, recorded), how)


def show_status(wanted: str | None, *, as_json: bool) -> None:
    """Print how a backfill stands."""
    from recurcast.tracking.backfill import run_of
    from recurcast.tracking.backfill_summary import summarize

    root, store = _project()
    recorded = _find(store, root, wanted)
    pipeline = load_pipeline(root, recorded.pipeline).pipeline
    summary = summarize(store, pipeline, run_of(store, recorded), recorded.intervals, ())
    if as_json:
        print(json.dumps(status_as_dict(recorded, summary)))  # noqa: T201
    else:
        print_status(Console(), recorded, summary)


def cancel_backfill(wanted: str | None, *, as_json: bool) -> None:
    """Ask whoever works on a backfill to end after the interval that is running."""
    from recurcast.tracking.backfill import request_cancel

    root, store = _project()
    recorded = _find(store, root, wanted)
    if not recorded.alive:
        raise ConfigurationError(
            f"only a backfill that somebody works on can be cancelled; nobody works on {recorded.id[:8]} "
            f"({recorded.status}). How it stands: recurcast backfill status {recorded.id[:8]}"
        )
    request_cancel(store, recorded.id)
    if as_json:
        print(json.dumps({"backfill": recorded.id, "cancelled": True}))  # noqa: T201
    else:
        said = f"backfill {recorded.id[:8]} of {recorded.pipeline} ends after the interval that is running"
        Console(highlight=False).print(f"{said}; go on later with: recurcast backfill resume {recorded.id[:8]}")


class _Here:
    """Intervals in this process, one after another: imports and compiled programs are paid once."""

    def __init__(self, pipeline: "PipelineConfig", root: Path, force: bool, bar: BackfillBar) -> None:
        self._pipeline, self._root, self._force, self._bar = pipeline, root, force, bar

    def run(self, interval: "Interval", ticket: "Ticket") -> "Outcome":
        """Return how the interval ended."""
        from recurcast.pipelines.stages import PLAIN
        from recurcast.pipelines.train import run_interval
        from recurcast.runs.train import Request

        self._bar.begins(interval.as_of)
        request = Request(
            self._pipeline,
            interval.as_of,
            self._root,
            "backfill",
            previous=interval.previous,
            following=interval.following,
            force=self._force,
            ticket=ticket,
        )
        return run_interval(request, PLAIN, self._bar.waiting).outcome

    def ended(self, ended: "Ended", progress: "Progress") -> None:
        """Hear how an interval has ended."""
        self._bar.ended(ended, progress)

    def cancelled(self) -> None:
        """Nothing is handed out that has not begun."""


def _carry_out(store: "Store", root: Path, begun: "BegunBackfill", how: How) -> None:
    from recurcast.executors.seam import engaged
    from recurcast.pipelines.backfill import carry_out

    assert begun.recorded is not None, "an empty plan is not carried out"
    recorded, console = begun.recorded, Console(stderr=True, quiet=how.as_json, highlight=False)
    console.print(
        f"to end it after the running interval, in another terminal: recurcast backfill cancel {recorded.id[:8]}"
    )
    bars = BackfillBar(console, len(recorded.intervals), shown=not how.as_json)
    with engaged(root, how.executor), bars as bar:
        way = _Here(begun.pipeline, root, begun.force, bar)
        summary = carry_out(store, begun.pipeline, root, recorded, way, fail_fast=how.fail_fast, fits_here=True)
    if how.as_json:
        print(json.dumps(summary_as_dict(summary)))  # noqa: T201
    else:
        print_summary(Console(), summary)
    if summary.failed:
        raise RecurcastError(
            f"{len(summary.failed)} of {len(recorded.intervals)} intervals failed. When the cause is mended: "
            f"recurcast backfill resume {recorded.id[:8]}"
        )


def _submit(request: "BackfillRequest", how: How) -> None:
    from recurcast.cli.commands.on_server import follow_flow_run

    choice = request.choice
    parameters = {
        "pipeline": request.pipeline,
        "start": _stated(request.start),
        "end": None if request.end is None else _stated(request.end),
        "reprocess": choice.reprocess,
        "order": choice.order,
        "limit": choice.limit,
        "budget": None if choice.budget is None else f"{choice.budget:g}s",
        "fail_fast": how.fail_fast,
        "isolated": request.isolated,
        "concurrency": request.concurrency,
        "resume": request.resume,
    }
    follow_flow_run("backfill", "backfill", None, parameters, as_json=how.as_json)


def _stated(instant: datetime) -> str:
    """As it was given: what has no zone gets the schedule's on the server as well."""
    return format_instant(instant) if instant.tzinfo is not None else instant.isoformat()


def _on_server(request: "BackfillRequest", how: How) -> bool:
    """Whether Prefect's server runs it: as asked for, else where one is named."""
    from recurcast.scheduling.server import is_named

    if request.isolated and how.on_server is False:
        raise ConfigurationError("isolated intervals are runs of a deployment on a server; received --here. Drop one.")
    on_server = how.on_server
    if on_server is None:
        on_server = request.isolated or (how.executor is None and is_named())
    if on_server:
        refuse_on_server(how.executor)
    return on_server


def _find(store: "Store", root: Path, wanted: str | None) -> "RecordedBackfill":
    from recurcast.tracking.backfill import find_backfill

    return find_backfill(store, [each.name for each in read_deployments(root)], wanted)


def _project() -> "tuple[Path, Store]":
    from recurcast.tracking.store import connect

    root = find_root(Path.cwd())
    return root, connect(root)
