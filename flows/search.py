"""Better settings of a pipeline, searched for on a schedule: they are proposed, and nothing is promoted."""

from pathlib import Path

from prefect import State, flow
from prefect.states import Completed
from pydantic import AwareDatetime

from recurcast import environment
from recurcast.config import PipelineConfig
from recurcast.instants import format_instant
from recurcast.pipelines.search import run_search
from recurcast.reporting.page.searched import verdict_of
from recurcast.scheduling.flow_runs.current import name_flow_run
from recurcast.scheduling.flow_runs.giving_way import give_way_to_live_runs
from recurcast.scheduling.search import request_of_search_flow_run
from reporting import SearchLog
from showing import show_failed_search, show_search

ROOT = Path(__file__).parent.parent


@flow(name="search", flow_run_name="{pipeline.name}", persist_result=False)
def search(pipeline: PipelineConfig, as_of: AwareDatetime | None = None) -> State[str]:
    """Try settings of a pipeline at instants before `as_of`, judge the best where no trial looked, and propose it.

    Args:
        pipeline: The whole configuration of the pipeline; its block `search` says what is tried, and how often.
        as_of: The instant that the search knows nothing after; empty: the training's latest tick.
    """
    environment.prepare()
    request = request_of_search_flow_run(pipeline, as_of, ROOT)
    name_flow_run(f"{pipeline.name} {format_instant(request.as_of)}", pipeline.name, request.trigger)
    try:
        record = run_search(request, SearchLog(), give_way_to_live_runs)
    except Exception as failure:
        show_failed_search(request, failure)
        raise
    show_search(request, record)
    return Completed(message=f"{verdict_of(record).text} (MLflow run {record.run_id})")
