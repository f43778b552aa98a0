"""A forecast beside the training run of its own tick, on a real server; no worker runs anything."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import pytest

from recurcast.scheduling.deployments.work_pools import ensure_work_pool
from recurcast.scheduling.flow_runs.training_first import wait_for_training

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

HOUR = timedelta(hours=1)
SLOT = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) - HOUR


@pytest.fixture
def training(server: "SyncPrefectClient") -> "FlowRun":
    """The scheduled run of train/sine at SLOT, which waits for a worker."""
    ensure_work_pool(server, "recurcast")
    return scheduled(server, "sine")


def scheduled(server: "SyncPrefectClient", name: str) -> "FlowRun":
    from prefect.client.schemas.actions import DeploymentScheduleCreate
    from prefect.client.schemas.schedules import IntervalSchedule

    hourly = DeploymentScheduleCreate(schedule=IntervalSchedule(interval=HOUR, anchor_date=SLOT), slug="hourly")
    flow = server.create_flow_from_name("train")
    deployment = server.create_deployment(flow, name, schedules=[hourly], work_pool_name="recurcast")
    span = {"start_time": SLOT.isoformat(), "end_time": (SLOT + timedelta(minutes=1)).isoformat()}
    server._client.post(f"/deployments/{deployment}/schedule", json=span).raise_for_status()
    runs = [run for run in server.read_flow_runs(limit=200) if run.deployment_id == deployment]
    (at_slot,) = [run for run in runs if run.expected_start_time == SLOT]
    return at_slot


def waited(
    server: "SyncPrefectClient", on_first_line: Callable[[], object] = lambda: None, **bounds: float
) -> list[str]:
    """What a forecast of SLOT tells while it waits, a tenth of a second between two looks."""
    lines: list[str] = []

    def tell(line: str) -> None:
        lines.append(line)
        if len(lines) == 1:
            on_first_line()

    wait_for_training("sine", SLOT, tell, look_again=0.1, **bounds)
    return lines


def turn(server: "SyncPrefectClient", run: UUID, *names: str) -> None:
    from prefect import states

    for name in names:
        server.set_flow_run_state(run, getattr(states, name)(), force=True)


def test_a_forecast_waits_until_the_training_run_of_its_tick_has_ended(
    server: "SyncPrefectClient", training: "FlowRun"
) -> None:
    told = waited(server, lambda: turn(server, training.id, "Running", "Completed"))
    assert told[0] == f"waiting for the training run '{training.name}' of the same tick"
    assert told[-1] == "the training run of the same tick has ended: Completed"

    assert waited(server) == told[-1:]


def test_where_no_training_run_is_scheduled_at_the_tick_nothing_is_waited_for(server: "SyncPrefectClient") -> None:
    ensure_work_pool(server, "recurcast")
    scheduled(server, "other")

    assert waited(server) == ["no training run is scheduled for this tick"]


def test_a_training_run_that_cannot_start_is_given_up_once_its_queue_has_stood_still(
    server: "SyncPrefectClient", training: "FlowRun"
) -> None:
    told = waited(server, standstill=0.25)

    assert "not waiting any longer: after 0.3 s the training run of the same tick is " in told[-1]
    assert "No run of its queue was under way for 0.3 s." in told[-1]
    assert "let the worker run two at once (--limit 2). The champion that stands forecasts." in told[-1]


def test_a_training_run_whose_queue_moves_is_waited_for_longer_but_not_for_ever(
    server: "SyncPrefectClient", training: "FlowRun"
) -> None:
    before = scheduled(server, "other")
    turn(server, before.id, "Running")

    told = waited(server, standstill=0.1, patience=0.35)

    assert "not waiting any longer: after 0.4 s" in told[-1]
    assert "only place" not in told[-1]
