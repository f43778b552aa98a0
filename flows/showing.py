"""What Prefect's page shows of a run once it is over: a card, tags to find it by, events to act on.

A run that has done its work is no failure where one of these can't be made; the log says so then.
"""

from pathlib import Path

from prefect.artifacts import create_markdown_artifact
from prefect.events import emit_event

from recurcast.errors import DataRejected, StoreUnavailable
from recurcast.instants import format_instant
from recurcast.reporting.cards import RecordedRun, failure_card, forecast_card, run_card
from recurcast.reporting.notes.search import search_note
from recurcast.reporting.page.searched import ShownSearch
from recurcast.runs.forecast import ForecastRequest, ForecastResult
from recurcast.runs.search import SearchRecord
from recurcast.runs.search_facts import outcome_of
from recurcast.runs.search_request import SearchRequest
from recurcast.runs.train import Request, RunResult
from recurcast.scheduling.events import PipelineEvent, events_of, rejection_of
from recurcast.scheduling.flow_runs.current import outcome_tag, tag_flow_run
from recurcast.stack.pages import mlflow_page
from reporting import errors_only_logged


def show_result(request: Request, result: RunResult) -> None:
    """Show what became of a training run."""
    with errors_only_logged("events"):
        for event in events_of(request, result):
            _emit(event)
    with errors_only_logged("tags"):
        tag_flow_run(outcome_tag(result))
    with errors_only_logged("card"):
        recorded, unit = _recorded(request.root, result.run_id), request.pipeline.unit
        card = run_card(result, recorded, mlflow_page(request.root), unit)
        _show(
            f"run-{result.pipeline}", card, f"{result.pipeline} {format_instant(result.as_of)}: {outcome_tag(result)}"
        )


def show_failure(request: Request, failure: Exception) -> None:
    """Show why a training run fails, before it does: which rule its data broke, or what else."""
    if isinstance(failure, DataRejected):
        with errors_only_logged("events"):
            _emit(rejection_of(request, failure))
    with errors_only_logged("card"):
        from recurcast.tracking.cards import failed_run
        from recurcast.tracking.store import connect

        gone = isinstance(failure, StoreUnavailable)
        recorded = None if gone else failed_run(connect(request.root), request.pipeline.name, request.as_of)
        _show_failure("run", request, failure, recorded, "trained")


def show_forecast(result: ForecastResult) -> None:
    """Show what became of a forecast."""
    request = result.request
    name, root = request.pipeline.name, request.root
    with errors_only_logged("tags"):
        tag_flow_run(result.outcome.replace(" ", "-"))
    with errors_only_logged("card"):
        recorded = _recorded(root, result.run_id) if result.run_id else None
        card = forecast_card(result, recorded, mlflow_page(root))
        _show(f"forecast-{name}", card, f"{name} {format_instant(request.as_of)}: {result.outcome}")


def show_failed_forecast(request: ForecastRequest, failure: Exception) -> None:
    """Show why a forecast fails, before it does."""
    with errors_only_logged("card"):
        _show_failure("forecast", request, failure, None, "forecast")


def show_search(request: SearchRequest, record: SearchRecord) -> None:
    """Show what came of a search."""
    name = record.pipeline
    with errors_only_logged("tags"):
        tag_flow_run(outcome_of(record))
    with errors_only_logged("card"):
        card = search_note(ShownSearch(record, request.pipeline, request.timezone))
        _show(f"search-{name}", card, f"{name} {format_instant(record.as_of)}: {outcome_of(record)}")


def show_failed_search(request: SearchRequest, failure: Exception) -> None:
    """Show why a search fails, before it does."""
    with errors_only_logged("card"):
        _show_failure("search", request, failure, None, "searched")


def _show_failure(
    kind: str,
    request: Request | ForecastRequest | SearchRequest,
    failure: Exception,
    recorded: RecordedRun | None,
    undone: str,
) -> None:
    name, how = request.pipeline.name, "data rejected" if isinstance(failure, DataRejected) else "failed"
    tag_flow_run(how.replace(" ", "-"))
    card = failure_card(name, request.as_of, failure, recorded, mlflow_page(request.root), undone)
    _show(f"{kind}-{name}", card, f"{name} {format_instant(request.as_of)}: {how}")


def _recorded(root: Path, run_id: str) -> RecordedRun:
    """What MLflow has of a run; imported here, as a deploy that reads the flows has no use for MLflow."""
    from recurcast.tracking.cards import recorded_run
    from recurcast.tracking.store import connect

    return recorded_run(connect(root), run_id)


def _show(key: str, card: str, description: str) -> None:
    create_markdown_artifact(card, key=key, description=description)


def _emit(event: PipelineEvent) -> None:
    emit_event(event.name, resource=event.resource, payload=dict(event.payload))
