"""The champion's forecast of a pipeline at a tick, on a schedule."""

from pathlib import Path

from prefect import State, flow
from pydantic import AwareDatetime

from recurcast import environment
from recurcast.config import PipelineConfig
from recurcast.instants import format_instant
from recurcast.scheduling.flow_runs.current import name_flow_run
from recurcast.scheduling.forecast import request_of_forecast_flow_run
from reporting import forecast_state_of, log_line
from showing import show_failed_forecast, show_forecast
from tasks import forecast_champion, training_first

ROOT = Path(__file__).parent.parent


@flow(name="forecast", flow_run_name="{pipeline.name}", persist_result=False)
def forecast(pipeline: PipelineConfig, as_of: AwareDatetime | None = None) -> State[str]:
    """Forecast what comes after `as_of` with the champion as of then, from the newest window of every series.

    Args:
        pipeline: The whole configuration of the pipeline.
        as_of: The instant that the forecast knows nothing after; empty: the slot of a scheduled run, else the latest tick.
    """
    environment.prepare()
    request = request_of_forecast_flow_run(pipeline, as_of, ROOT)
    name_flow_run(f"{pipeline.name} {format_instant(request.as_of)}", pipeline.name, request.trigger)
    if request.trigger == "schedule" and request.superseded is None:
        training_first(pipeline.name, request.as_of, log_line)
    try:
        result = forecast_champion(request)
    except Exception as failure:
        show_failed_forecast(request, failure)
        raise
    show_forecast(result)
    return forecast_state_of(result)
