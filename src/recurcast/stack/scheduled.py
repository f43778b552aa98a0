"""Whether scheduled runs really appear: a scheduler can be dead while server, deployments and worker look healthy."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from recurcast.instants import to_utc
from recurcast.scheduling.clock import now
from recurcast.scheduling.ticks import first_tick_after
from recurcast.scheduling.train import as_schedules

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse

_LONGEST = 60.0  # seconds: the scheduler looks at new deployments every 5, at all every 60
_BETWEEN = 0.5
_AHEAD = timedelta(days=90)
"""The scheduler makes no runs that are more than a hundred days ahead."""


@dataclass(frozen=True)
class ComingRun:
    """The next scheduled run of a deployment such as `train/energy`."""

    deployment: str
    at: datetime


@dataclass(frozen=True)
class Scheduled:
    """What the scheduler has made: the next run of each deployment, in their order; `missing` have a schedule and no run."""

    coming: tuple[ComingRun, ...]
    missing: tuple[str, ...]
    paused: tuple[str, ...]

    @property
    def next(self) -> ComingRun | None:
        """Return the run that comes first."""
        return min(self.coming, key=lambda run: run.at, default=None)


def wait_until_scheduled(
    client: "SyncPrefectClient", deployments: Sequence[str], longest: float = _LONGEST
) -> Scheduled:
    """Return what is scheduled once nothing is missing, or after `longest` seconds what there is."""
    deadline = time.monotonic() + longest
    while (found := read_scheduled(client, deployments)).missing and time.monotonic() < deadline:
        time.sleep(_BETWEEN)
    return found


def read_scheduled(client: "SyncPrefectClient", deployments: Sequence[str]) -> Scheduled:
    """Return what is scheduled now for the deployments with these full names; those that are not deployed are left out."""
    from prefect.exceptions import ObjectNotFound

    coming, missing, paused = [], [], []
    for name in deployments:
        try:
            deployment = client.read_deployment_by_name(name)
        except ObjectNotFound:
            continue
        if deployment.paused:
            paused.append(name)
        active = as_schedules([each for each in deployment.schedules if each.active])
        tick = None if deployment.paused else first_tick_after(active, now())
        if tick is None:
            continue
        if (at := _next_run(client, deployment)) is not None:
            coming.append(ComingRun(name, at))
        elif tick - now() < _AHEAD:
            missing.append(name)
    return Scheduled(tuple(coming), tuple(missing), tuple(paused))


def _next_run(client: "SyncPrefectClient", deployment: "DeploymentResponse") -> datetime | None:
    """When the deployment's next run starts, if there is one: a scheduler that has died some time ago has made too few."""
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterDeploymentId,
        FlowRunFilterExpectedStartTime,
    )
    from prefect.client.schemas.sorting import FlowRunSort

    wanted = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[deployment.id]),
        expected_start_time=FlowRunFilterExpectedStartTime(after_=now()),
    )
    for run in client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=5):
        if run.auto_scheduled and run.expected_start_time is not None:
            return to_utc(run.expected_start_time)
    return None
