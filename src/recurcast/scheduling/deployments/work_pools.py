"""The work pools that deployments name, and the queues that runs wait in.

    queue               priority   at once      of two queues the one with the smaller number goes first
    default                    1         1      live ticks, in the order of their slots
    forecast                 500                forecasts: each waits for the training of its own tick, and so for no other's
    backfill                1000         1      backfills, one after another
    search                  1500         1      searches, one after another
    backfill-intervals      2000               intervals that a backfill submits; it bounds their number itself

A team's own queues take the first free number, and so go before any backfill. What is there stays as it is.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from recurcast.config.project_file import DeploymentBlock
from recurcast.errors import ConfigurationError

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

LIVE_QUEUE = "default"
FORECAST_QUEUE = "forecast"
BACKFILL_QUEUE = "backfill"
SEARCH_QUEUE = "search"
INTERVALS_QUEUE = "backfill-intervals"


def work_pool_of(wanted: DeploymentBlock) -> str:
    """Return the name of the deployment's work pool. A ConfigurationError says that it names none."""
    work_pool = wanted.block.get("work_pool")
    name = work_pool.get("name") if isinstance(work_pool, Mapping) else None
    if not isinstance(name, str):
        raise ConfigurationError(
            f"deployment '{wanted.name}': a deployment names its work pool; received none. "
            f"Add 'work_pool: {{name: recurcast}}'."
        )
    return name


def ensure_work_pool(client: "SyncPrefectClient", name: str) -> None:
    """Create the work pool (type process) and its queues where they are missing."""
    from prefect.exceptions import ObjectNotFound

    try:
        client.read_work_pool(name)
    except ObjectNotFound:
        _create_work_pool(client, name)
    known = {queue.name for queue in client.read_work_queues(name)}
    if FORECAST_QUEUE not in known:
        _create_queue(client, name, FORECAST_QUEUE, "Forecasts, behind live ticks.", priority=500, at_once=None)
    if BACKFILL_QUEUE not in known:
        _create_queue(client, name, BACKFILL_QUEUE, "Backfills, one after another.", priority=1000, at_once=1)
    if SEARCH_QUEUE not in known:
        _create_queue(client, name, SEARCH_QUEUE, "Searches, one after another.", priority=1500, at_once=1)
    if INTERVALS_QUEUE not in known:
        _create_queue(client, name, INTERVALS_QUEUE, "Intervals that backfills submit.", priority=2000, at_once=None)


def _create_work_pool(client: "SyncPrefectClient", name: str) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.exceptions import ObjectAlreadyExists
    from prefect.workers.process import ProcessWorker

    template = ProcessWorker.get_default_base_job_template()
    try:
        client.create_work_pool(WorkPoolCreate(name=name, type="process", base_job_template=template))
    except ObjectAlreadyExists:  # someone else's deploy was faster
        return
    live = client.read_work_queue_by_name(LIVE_QUEUE, work_pool_name=name)
    client.update_work_queue(live.id, concurrency_limit=1, description="Live ticks, in the order of their slots.")


def _create_queue(
    client: "SyncPrefectClient", work_pool: str, name: str, description: str, *, priority: int, at_once: int | None
) -> None:
    from prefect.exceptions import ObjectAlreadyExists

    try:
        client.create_work_queue(
            name, description, work_pool_name=work_pool, priority=priority, concurrency_limit=at_once
        )
    except ObjectAlreadyExists:  # someone else's deploy was faster
        return
