"""A backfill gives way: between two of its intervals the runs of live ticks have the machine to themselves.

A live tick starts at once, in a process of its own; it shares the machine with one interval of a backfill at most.
"""

import time
from typing import TYPE_CHECKING

from recurcast.scheduling.flow_runs.tags import BACKFILL_TAG
from recurcast.scheduling.server import once_it_answers

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

_LOOK_AGAIN = 2.0  # seconds
_PATIENCE = 1800.0  # seconds: a run whose process is gone may pass for running until somebody notices


def give_way_to_live_runs() -> None:
    """Wait until no run of a training deployment is under way that isn't a backfill's."""
    from prefect.client.orchestration import get_client

    waited = 0.0
    with get_client(sync_client=True) as client:
        while waited < _PATIENCE and once_it_answers(lambda: _live_runs(client)):
            time.sleep(_LOOK_AGAIN)
            waited += _LOOK_AGAIN


def _live_runs(client: "SyncPrefectClient") -> bool:
    from prefect.client.schemas.filters import (
        FlowFilter,
        FlowFilterName,
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType

    under_way = FlowRunFilterStateType(any_=[StateType.PENDING, StateType.RUNNING])
    runs = client.read_flow_runs(
        flow_filter=FlowFilter(name=FlowFilterName(any_=["train"])),
        flow_run_filter=FlowRunFilter(state=FlowRunFilterState(type=under_way)),
    )
    return any(run.parent_task_run_id is None and BACKFILL_TAG not in run.tags for run in runs)
