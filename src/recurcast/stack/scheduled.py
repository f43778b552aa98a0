"""Whether scheduled runs really appear: a scheduler can be dead while server, deployments and worker look healthy."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from recurcast.instants import to_utc
from recurcast.scheduling.clock import now
from recurcast.scheduling.deployments.deployed import deployments_by_name
from recurcast.scheduling.ticks import first_tick_after
from recurcast.scheduling.train import as_schedules

if TYPE_CHECKING:
    from uuid import UUID

    from prefect.client.orchestration import SyncPrefectClient

_LONGEST = 60.0  # seconds: the scheduler looks at new deployments every 5, at all every 60
_BETWEEN = 0.2
_PAGE = 200
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
    there = deployments_by_name(client)
    deployed = {name: there[name] for name in deployments if name in there}
    soon = _next_runs(client, [each.id for each in deployed.values()])
    coming, missing, paused = [], [], []
    for name, deployment in deployed.items():
        if deployment.paused:
            paused.append(name)
        active = as_schedules([each for each in deployment.schedules if each.active])
        tick = None if deployment.paused else first_tick_after(active, now())
        if tick is None:
            continue
        at = soon.get(deployment.id) or _next_runs(client, [deployment.id]).get(deployment.id)
        if at is not None:
            coming.append(ComingRun(name, at))
        elif tick - now() < _AHEAD:
            missing.append(name)
    return Scheduled(tuple(coming), tuple(missing), tuple(paused))


def _next_runs(client: "SyncPrefectClient", deployments: "list[UUID]") -> "dict[UUID, datetime]":
    """When the next run of each deployment starts, as far as the next 200 runs of all of them tell.

    A scheduler that has died some time ago has made too few.
    """
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterDeploymentId,
        FlowRunFilterExpectedStartTime,
    )
    from prefect.client.schemas.sorting import FlowRunSort

    wanted = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=deployments),
        expected_start_time=FlowRunFilterExpectedStartTime(after_=now()),
    )
    found: dict[UUID, datetime] = {}
    for run in client.read_flow_runs(flow_run_filter=wanted, sort=FlowRunSort.EXPECTED_START_TIME_ASC, limit=_PAGE):
        if run.auto_scheduled and run.expected_start_time is not None and run.deployment_id is not None:
            found.setdefault(run.deployment_id, to_utc(run.expected_start_time))
    return found
