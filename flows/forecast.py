"""The champion's forecast of a pipeline at a tick, on a schedule."""

from prefect import flow
from pydantic import AwareDatetime

from recurcast.config import PipelineConfig


@flow(name="forecast", flow_run_name="{pipeline.name}", persist_result=False)
def forecast(pipeline: PipelineConfig, as_of: AwareDatetime | None = None) -> None:
    """Forecast what comes after `as_of` with the champion as of then, from the newest window of every series.

    Args:
        pipeline: The whole configuration of the pipeline.
        as_of: The instant that the forecast knows nothing after; empty: the slot of a scheduled run, else the latest tick.
    """
    raise NotImplementedError("the flow's body comes with the bundles")
