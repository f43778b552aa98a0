"""What Prefect's page shows of a run once it is over: a card, tags to find it by, events to act on.

A run that has done its work is no failure where one of these can't be made; the log says so then.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from prefect.artifacts import create_markdown_artifact
from prefect.events import emit_event
from prefect.logging import get_run_logger

from recurcast.errors import DataRejected
from recurcast.forecast_records import ForecastRequest, ForecastResult
from recurcast.intervals import format_instant
from recurcast.records import Request, RunResult
from recurcast.run_cards import forecast_card, rejection_card, run_card
from recurcast.scheduling.own_flow_run import outcome_tag, tag_flow_run
from recurcast.scheduling.pages import mlflow_page
from recurcast.scheduling.pipeline_events import PipelineEvent, events_of, rejection_of
from recurcast.tracking.run_pages import failed_run, recorded_run
from recurcast.tracking.store import connect


def show_result(request: Request, result: RunResult) -> None:
    """Show what became of a training run."""
    with _in_passing("events"):
        for event in events_of(request, result):
            _emit(event)
    with _in_passing("tags"):
        tag_flow_run(outcome_tag(result))
    with _in_passing("card"):
        card = run_card(result, recorded_run(connect(request.root), result.run_id), mlflow_page(request.root))
        _show(
            f"run-{result.pipeline}", card, f"{result.pipeline} {format_instant(result.as_of)}: {outcome_tag(result)}"
        )


def show_rejection(request: Request, rejected: DataRejected) -> None:
    """Show which rule the data of a training run broke, before its failure is told."""
    name, instant = request.pipeline.name, format_instant(request.as_of)
    with _in_passing("events"):
        _emit(rejection_of(request, rejected))
    with _in_passing("tags"):
        tag_flow_run("data-rejected")
    with _in_passing("card"):
        recorded = failed_run(connect(request.root), name, request.as_of)
        card = rejection_card(name, request.as_of, rejected, recorded, mlflow_page(request.root))
        _show(f"run-{name}", card, f"{name} {instant}: data rejected")


def show_forecast(result: ForecastResult) -> None:
    """Show what became of a forecast."""
    request = result.request
    name, root = request.pipeline.name, request.root
    with _in_passing("tags"):
        tag_flow_run(result.outcome.replace(" ", "-"))
    with _in_passing("card"):
        recorded = recorded_run(connect(root), result.run_id) if result.run_id else None
        card = forecast_card(result, recorded, mlflow_page(root))
        _show(f"forecast-{name}", card, f"{name} {format_instant(request.as_of)}: {result.outcome}")


def show_rejected_forecast(request: ForecastRequest, rejected: DataRejected) -> None:
    """Show which rule the newest rows broke, before the failure is told."""
    name, instant = request.pipeline.name, format_instant(request.as_of)
    with _in_passing("tags"):
        tag_flow_run("data-rejected")
    with _in_passing("card"):
        card = rejection_card(name, request.as_of, rejected, None, None, undone="forecast")
        _show(f"forecast-{name}", card, f"{name} {instant}: data rejected")


def _show(key: str, card: str, description: str) -> None:
    create_markdown_artifact(card, key=key, description=description)


def _emit(event: PipelineEvent) -> None:
    emit_event(event.name, resource=event.resource, payload=dict(event.payload))


@contextmanager
def _in_passing(what: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:
        get_run_logger().warning("no %s of the run on this page: %s", what, error)
