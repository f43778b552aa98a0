"""A forecast lets the training run of its own tick go first, so that it uses what was trained at that tick.

On one worker that runs a single flow at a time the forecast may hold the only place, and the training run can't start:
then nothing of its queue moves, and after a while the forecast goes on with the champion that stands.
"""

import time
from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING

from recurcast.config.project_file import TRAIN
from recurcast.scheduling.server import once_it_answers

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.filters import FlowRunFilter
    from prefect.client.schemas.objects import FlowRun

_LOOK_AGAIN = 2.0  # seconds
_STANDSTILL = 120.0  # seconds in which no run of its queue is under way: a worker asks for runs every ten
_PATIENCE = 6 * 3600.0  # seconds: a training run that takes longer is not waited for


def wait_for_training(
    name: str,
    slot: datetime,
    tell: Callable[[str], None],
    *,
    standstill: float = _STANDSTILL,
    patience: float = _PATIENCE,
    look_again: float = _LOOK_AGAIN,
) -> None:
    """Wait until the scheduled run of train/NAME for the same slot is over; `tell` hears what was waited for, and why not."""
    from prefect.client.orchestration import get_client

    waited = stood_still = 0.0
    with get_client(sync_client=True) as client:
        training = once_it_answers(lambda: _training_run(client, name, slot))
        if training is None:
            return tell("no training run is scheduled for this tick")
        while not _is_over(training):
            if not waited:
                tell(f"waiting for the training run '{training.name}' of the same tick")
            if stood_still >= standstill or waited >= patience:
                return tell(_given_up(training, waited, stood_still))
            time.sleep(look_again)
            waited += look_again
            moves = once_it_answers(partial(_queue_moves, client, training))
            stood_still = 0.0 if moves else stood_still + look_again
            training = once_it_answers(partial(client.read_flow_run, training.id))
    return tell(f"the training run of the same tick has ended: {training.state_name}")


def _given_up(training: "FlowRun", waited: float, stood_still: float) -> str:
    idle = f" No run of its queue was under way for {stood_still:g} s." if stood_still else ""
    remedy = (
        " This run may hold the worker's only place: let the worker run two at once (--limit 2)." if stood_still else ""
    )
    return (
        f"not waiting any longer: after {waited:g} s the training run of the same tick is {training.state_name}.{idle}{remedy} "
        "The champion that stands forecasts."
    )


def _training_run(client: "SyncPrefectClient", name: str, slot: datetime) -> "FlowRun | None":
    from prefect.client.schemas.filters import (
        DeploymentFilter,
        DeploymentFilterName,
        FlowFilter,
        FlowFilterName,
        FlowRunFilter,
        FlowRunFilterExpectedStartTime,
    )

    runs = client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=[TRAIN])),
        deployment_filter=DeploymentFilter(name=DeploymentFilterName(any_=[name])),
        flow_run_filter=FlowRunFilter(
            expected_start_time=FlowRunFilterExpectedStartTime(after_=slot, before_=slot),
        ),
    )
    scheduled = [run for run in runs if run.auto_scheduled]
    return next((run for run in scheduled if not _is_over(run)), next(iter(scheduled), None))


def _queue_moves(client: "SyncPrefectClient", training: "FlowRun") -> bool:
    """Whether the training run has begun, or another of its queue, which may come before it, is under way."""
    from prefect.client.schemas.filters import WorkQueueFilter, WorkQueueFilterId
    from prefect.runtime import flow_run

    if training.work_queue_id is None:
        return False
    under_way = client.read_flow_runs(
        work_queue_filter=WorkQueueFilter(id=WorkQueueFilterId(any_=[training.work_queue_id])),
        flow_run_filter=_under_way(),
    )
    return any(str(run.id) != flow_run.id for run in under_way)


def _under_way() -> "FlowRunFilter":
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
    from prefect.client.schemas.objects import StateType

    types = [StateType.PENDING, StateType.RUNNING, StateType.CANCELLING]
    return FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=types)))


def _is_over(run: "FlowRun") -> bool:
    return run.state is not None and run.state.is_final()
