"""One interval of a pipeline, on a schedule: the chain of `recurcast.pipelines.train` with its stages as tasks."""

from pathlib import Path

from prefect import State, flow
from pydantic import AwareDatetime

from recurcast import environment
from recurcast.config import PipelineConfig
from recurcast.instants import format_instant
from recurcast.pipelines.search_at_the_gate import run_proposal
from recurcast.pipelines.train import run_interval
from recurcast.scheduling.flow_runs.current import name_flow_run
from recurcast.scheduling.train import request_of_flow_run
from reporting import FlowLog, errors_only_logged, log_line, state_of, state_of_failure
from showing import show_failure, show_result
from tasks import STAGES

ROOT = Path(__file__).parent.parent


@flow(name="train", flow_run_name="{pipeline.name}", persist_result=False)
def train(
    pipeline: PipelineConfig, as_of: AwareDatetime | None = None, promote: bool = True, force: bool = False
) -> State[str]:
    """Train the cells on what was known at `as_of`, judge and record them, promote the best if it earns it.

    Args:
        pipeline: The whole configuration of the pipeline.
        as_of: The instant that the run knows nothing after; empty: the slot of a scheduled run, else the latest tick.
        promote: Whether the best cell is registered and may become champion.
        force: Train again what is done with the same configuration, data and code.
    """
    environment.prepare()
    request = request_of_flow_run(pipeline, as_of, ROOT, promote=promote, force=force)
    name_flow_run(f"{pipeline.name} {format_instant(request.as_of)}", pipeline.name, request.trigger)
    try:
        result = run_interval(request, STAGES, FlowLog(pipeline.name, len(pipeline.network.cells)))
    except Exception as failure:
        show_failure(request, failure)
        if (failed := state_of_failure(failure)) is not None:
            return failed
        raise
    show_result(request, result)
    # What was trained as it stands is done, whatever becomes of the settings that a search proposed.
    with errors_only_logged("proposal"):
        beside = run_proposal(request, STAGES, FlowLog(pipeline.name, 1))
        if beside is not None:
            log_line(beside.summary)
    return state_of(result)
