"""An interval of a backfill as a run of its pipeline's deployment, in a process of its own."""

import time
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from recurcast.instants import format_instant
from recurcast.runs.train import Ticket
from recurcast.scheduling.deployments.work_pools import INTERVALS_QUEUE
from recurcast.scheduling.flow_runs.tags import tag_of, ticket_tags
from recurcast.scheduling.server import once_it_answers

if TYPE_CHECKING:
    from prefect import State

_LOOK_AGAIN = 1.0  # seconds
TAKEN_BACK = "Taken back"
"""Name of the state of a run that was cancelled before it began."""


def run_isolated(name: str, as_of: datetime, ticket: Ticket, *, attempt: str, force: bool) -> "State[Any]":
    """Return the final state of the deployment's run for `as_of`, whose slot it takes as its scheduled time.

    The key keeps a request that the network repeats from making a second run; `attempt` sets apart another try.
    """
    from prefect.client.orchestration import get_client
    from prefect.states import Scheduled

    with get_client(sync_client=True) as client:
        deployment = once_it_answers(lambda: client.read_deployment_by_name(f"train/{name}"))
        run = once_it_answers(
            lambda: client.create_flow_run_from_deployment(
                deployment.id,
                parameters={"as_of": format_instant(as_of), "force": force},
                state=Scheduled(scheduled_time=as_of),
                idempotency_key=f"{attempt}-{format_instant(as_of)}",
                work_queue_name=INTERVALS_QUEUE,
                tags=list(ticket_tags(ticket)),
                name=f"{name} {format_instant(as_of)}",
            )
        )
        made = run.id
        while run.state is None or not run.state.is_final():
            time.sleep(_LOOK_AGAIN)
            run = once_it_answers(lambda: client.read_flow_run(made))
        return run.state


def take_back(backfill: str) -> None:
    """Cancel the runs of a backfill's intervals that no worker has begun."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterState,
        FlowRunFilterStateType,
        FlowRunFilterTags,
    )
    from prefect.client.schemas.objects import StateType
    from prefect.states import Cancelled

    waiting = FlowRunFilter(
        tags=FlowRunFilterTags(all_=[tag_of(backfill)]),
        state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
    )
    with get_client(sync_client=True) as client:
        for run in once_it_answers(lambda: client.read_flow_runs(flow_run_filter=waiting)):
            state: State[Any] = Cancelled(name=TAKEN_BACK, message="the backfill was cancelled before it began")
            once_it_answers(partial(client.set_flow_run_state, run.id, state))
