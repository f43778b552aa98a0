import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from recurcast.config.schedule import Schedule
from recurcast.scheduling.deployments.work_pools import ensure_work_pool
from recurcast.scheduling.flow_runs.late import standing_of_late_run, superseded_reason

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

SLOT = datetime(2024, 3, 1, 5, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
SECOND = timedelta(seconds=1)

FLOW = """
from prefect import flow
from prefect.states import Completed

from recurcast.scheduling.flow_runs.late import superseded_reason
from recurcast.scheduling.train import slot_of_flow_run
from recurcast.config.schedule import Schedule


@flow(name="train", persist_result=False)
def train(catch_up: str):
    slot = slot_of_flow_run()
    hourly = Schedule(slug="hourly", interval=3600, anchor_date=slot.isoformat())
    reason = superseded_reason(catch_up, slot, [hourly])
    return Completed(name="Superseded", message=reason) if reason else Completed(message="trained")
"""


def hourly(slot: datetime) -> Schedule:
    return Schedule.model_validate({"slug": "hourly", "interval": 3600, "anchor_date": slot.isoformat()})


def put(server: "SyncPrefectClient", name: str, slot: datetime, **changed: Any) -> UUID:
    """Put a deployment on the server with a tick at the slot, and one each hour before and after."""
    from prefect.client.schemas.actions import DeploymentScheduleCreate
    from prefect.client.schemas.schedules import IntervalSchedule

    schedule = IntervalSchedule(interval=HOUR, anchor_date=slot)
    settings = {"work_pool_name": "recurcast"} | changed
    return server.create_deployment(
        server.create_flow_from_name("train"),
        name,
        schedules=[DeploymentScheduleCreate(schedule=schedule, slug="hourly", active=True)],
        **settings,
    )


def missed(server: "SyncPrefectClient", deployment: UUID, last: datetime, ticks: int) -> list["FlowRun"]:
    """The runs that the scheduler made for the last ticks up to `last`, while no worker took them; oldest first."""
    span = {"start_time": (last - ticks * HOUR + SECOND).isoformat(), "end_time": (last + SECOND).isoformat()}
    made = server._client.post(f"/deployments/{deployment}/schedule", json=span | {"min_runs": ticks})
    made.raise_for_status()
    return runs_of(server, deployment, last)


def runs_of(server: "SyncPrefectClient", deployment: UUID, last: datetime) -> list["FlowRun"]:
    due = [
        run
        for run in server.read_flow_runs()
        if run.deployment_id == deployment and run.expected_start_time and run.expected_start_time <= last
    ]
    return sorted(due, key=lambda run: str(run.expected_start_time))


@pytest.mark.parametrize(
    ("policy", "newest_due", "next_tick", "delay", "reason"),
    [
        ("all", SLOT + 5 * HOUR, SLOT + HOUR, 6 * HOUR, None),
        ("latest", SLOT + HOUR, SLOT + HOUR, HOUR, "superseded by the run of 2024-03-01T06:00:00Z"),
        ("latest", SLOT, SLOT + HOUR, 6 * HOUR, None),  # only itself is due, however late
        ("latest", None, SLOT + HOUR, -SECOND, None),  # a worker may start it a moment before its slot
        ("skip", SLOT + 5 * HOUR, SLOT + HOUR, HOUR / 2, None),
        (
            "skip",
            None,
            SLOT + HOUR,
            HOUR / 2 + SECOND,
            "skipped, because it started 0:30:01 after its tick (catch_up: skip)",
        ),
        ("skip", None, SLOT + 90 * SECOND, MINUTE, None),
        (
            "skip",
            None,
            SLOT + 90 * SECOND,
            MINUTE + SECOND,
            "skipped, because it started 0:01:01 after its tick (catch_up: skip)",
        ),
        ("skip", None, None, 6 * HOUR, None),  # the schedule has no further tick that it would be closer to
    ],
)
def test_a_late_run_goes_on_or_is_superseded_as_its_pipelines_policy_says(
    policy: Any, newest_due: datetime | None, next_tick: datetime | None, delay: timedelta, reason: str | None
) -> None:
    assert standing_of_late_run(policy, SLOT, newest_due, next_tick, SLOT + delay) == reason


def test_only_newer_runs_of_its_own_schedule_that_are_due_supersede_a_run(
    server: "SyncPrefectClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.states import Cancelled, Cancelling, Completed, Scheduled

    last = datetime.now(UTC).replace(microsecond=0) - 50 * MINUTE
    ensure_work_pool(server, "recurcast")
    deployment = put(server, "sine", last)
    five, six, seven, eight = missed(server, deployment, last, ticks=4)
    missed(server, put(server, "other", last + MINUTE), last + MINUTE, ticks=1)
    for tags in ([], ["backfill"]):
        state = Scheduled(scheduled_time=last + MINUTE)
        server.create_flow_run_from_deployment(deployment, state=state, tags=tags)

    def reason_of(run: "FlowRun") -> str | None:
        monkeypatch.setenv("PREFECT__FLOW_RUN_ID", str(run.id))
        assert run.expected_start_time is not None
        return superseded_reason("latest", run.expected_start_time, [hourly(last)])

    eighth, sixth = f"{last:%Y-%m-%dT%H:%M:%SZ}", f"{last - 2 * HOUR:%Y-%m-%dT%H:%M:%SZ}"
    assert reason_of(five) == f"superseded by the run of {eighth}"
    assert reason_of(eight) is None  # the next one is not due yet
    server.set_flow_run_state(eight.id, Cancelled(), force=True)
    server.set_flow_run_state(seven.id, Cancelling(), force=True)
    server.set_flow_run_state(six.id, Completed(name="Superseded"), force=True)
    assert reason_of(five) == f"superseded by the run of {sixth}"


def test_a_superseded_run_that_a_person_starts_again_goes_on(
    server: "SyncPrefectClient", monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.states import Completed, Pending, Running, Scheduled

    last = datetime.now(UTC).replace(microsecond=0) - 50 * MINUTE
    ensure_work_pool(server, "recurcast")
    run, _ = missed(server, put(server, "sine", last), last, ticks=2)
    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", str(run.id))

    reasons = []
    for _ in range(2):
        for state in (Pending(), Running()):
            server.set_flow_run_state(run.id, state)
        reasons.append([superseded_reason(policy, last - HOUR, [hourly(last)]) for policy in ("latest", "skip")])
        for state in (Completed(name="Superseded"), Scheduled()):
            server.set_flow_run_state(run.id, state)

    assert all(reasons[0])
    assert reasons[1] == [None, None]


def test_after_hours_without_a_worker_all_the_latest_or_none_of_the_runs_train(
    server: "SyncPrefectClient",
    start_worker: Callable[..., subprocess.Popen[bytes]],
    warm: Path,
    wait_until: Callable[[Callable[[], object], float, str], object],
    tmp_path: Path,
) -> None:
    (tmp_path / "late.py").write_text(FLOW)
    last = datetime.now(UTC).replace(microsecond=0) - 50 * MINUTE
    ensure_work_pool(server, "recurcast")
    deployments = {}
    for policy, queue in {"all": "default", "latest": "second", "skip": "third"}.items():
        if queue != "default":
            server.create_work_queue(queue, work_pool_name="recurcast", concurrency_limit=1)
        deployments[policy] = put(
            server,
            policy,
            last,
            entrypoint="late.py:train",
            path=str(tmp_path),
            pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": str(tmp_path)}}],
            parameters={"catch_up": policy},
            work_queue_name=queue,
        )
    ticks = {"all": 2, "latest": 3, "skip": 1}  # each costs a process
    waiting = [run for policy, each in deployments.items() for run in missed(server, each, last, ticks[policy])]
    assert len(waiting) == 6

    start_worker("recurcast", python=warm)

    for run in waiting:  # one question at a time: to list them all ten times a second takes longer than they do
        wait_until(lambda run=run: server.read_flow_run(run.id).end_time, 180, "all runs have ended")
    runs = {policy: runs_of(server, deployment, last) for policy, deployment in deployments.items()}
    names = {policy: [run.state_name for run in each] for policy, each in runs.items()}
    assert names == {
        "all": 2 * ["Completed"],
        "latest": ["Superseded", "Superseded", "Completed"],
        "skip": ["Superseded"],
    }
    for each in runs.values():  # one at a time, in the order of their slots
        assert all(earlier.end_time <= later.start_time for earlier, later in pairwise(each))
    newest = f"{last:%Y-%m-%dT%H:%M:%SZ}"
    assert {run.state.message for run in runs["latest"][:-1]} == {f"superseded by the run of {newest}"}
