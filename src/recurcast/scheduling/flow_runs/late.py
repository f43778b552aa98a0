"""Scheduled runs that start late, after a pause: which of them still train, by their pipeline's policy `catch_up`.

slots     |05:00       |06:00       |07:00          the worker was off, and is on again at 07:20
all        trains       trains       trains         each as of its own slot
latest     superseded   superseded   trains         07:00 is the newest that is due
skip       superseded   superseded   trains         07:20 is closer to 07:00 than to 08:00; 07:40 is late
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from recurcast.config.schedule import Schedule
from recurcast.instants import format_instant, to_utc
from recurcast.scheduling.clock import now
from recurcast.scheduling.flow_runs.tags import BACKFILL_TAG
from recurcast.scheduling.ticks import first_tick_after

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

CatchUp = Literal["all", "latest", "skip"]

_LEAST_DELAY = timedelta(minutes=1)  # a worker asks every few seconds, and starts a process for each run
_PAGE = 200  # the most runs that the server gives at once


def superseded_reason(policy: CatchUp, slot: datetime, schedules: Sequence[Schedule]) -> str | None:
    """Return why the scheduled flow run that calls does not train, or none where it goes on.

    It looks at runs that the scheduler made, never at a backfill's. What a person starts once more goes on.
    """
    from prefect.client.orchestration import get_client
    from prefect.runtime import flow_run

    if policy == "all":
        return None
    started = now()
    with get_client(sync_client=True) as client:
        run = client.read_flow_run(flow_run.id)
        if run.run_count > 1 or run.deployment_id is None:
            return None
        newest = _newest_due(client, run.deployment_id, slot, started) if policy == "latest" else None
    return standing_of_late_run(policy, slot, newest, first_tick_after(schedules, slot), started)


def standing_of_late_run(
    policy: CatchUp, slot: datetime, newest_due: datetime | None, next_tick: datetime | None, started: datetime
) -> str | None:
    """Return why a run of `slot` that starts at `started` is superseded, or none where it goes on.

    `newest_due` is the newest slot up to now of the same deployment, `next_tick` the first after `slot`. A run is late
    from the middle between its slot and the next tick on; the last one of a schedule never is.
    """
    if policy == "latest" and newest_due is not None and newest_due > slot:
        return f"superseded by the run of {format_instant(newest_due)}"
    if policy == "skip" and next_tick is not None and started - slot > max((next_tick - slot) / 2, _LEAST_DELAY):
        delay = timedelta(seconds=int((started - slot).total_seconds()))
        return f"skipped, because it started {delay} after its tick (catch_up: skip)"
    return None


def _newest_due(client: "SyncPrefectClient", deployment_id: UUID, first: datetime, last: datetime) -> datetime | None:
    """Return the newest slot in `[first, last]`; one whose run is cancelled counts as little as one that never was."""
    from prefect.client.schemas.filters import (
        FlowRunFilter,
        FlowRunFilterDeploymentId,
        FlowRunFilterExpectedStartTime,
        FlowRunFilterState,
        FlowRunFilterStateType,
    )
    from prefect.client.schemas.objects import StateType
    from prefect.client.schemas.sorting import FlowRunSort

    stopped = FlowRunFilterStateType(not_any_=[StateType.CANCELLED, StateType.CANCELLING])
    wanted = FlowRunFilter(
        deployment_id=FlowRunFilterDeploymentId(any_=[deployment_id]),
        expected_start_time=FlowRunFilterExpectedStartTime(after_=first, before_=last),
        state=FlowRunFilterState(type=stopped),
    )
    offset = 0
    while page := client.read_flow_runs(
        flow_run_filter=wanted, sort=FlowRunSort.EXPECTED_START_TIME_DESC, limit=_PAGE, offset=offset
    ):
        for run in page:
            if run.auto_scheduled and run.expected_start_time and BACKFILL_TAG not in run.tags:
                return to_utc(run.expected_start_time)
        offset += len(page)
    return None
