"""Who serves the work pools of `prefect.yaml` where the stack has no worker of its own: as the server has heard of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recurcast.instants import format_instant, to_utc

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import Worker


@dataclass(frozen=True)
class ServedPool:
    """A work pool; `served` is whether its runs begin, `note` says by whom, or since when by nobody."""

    name: str
    served: bool
    note: str


def read_pool(client: "SyncPrefectClient", name: str) -> ServedPool:
    """Return how the work pool is served; the server takes a worker for online until three of its heartbeats are missed."""
    from prefect.client.schemas.objects import WorkerStatus
    from prefect.exceptions import ObjectNotFound

    try:
        pool = client.read_work_pool(name)
    except ObjectNotFound:
        return ServedPool(name, False, "the server has no such work pool: recurcast deploy")
    if pool.is_paused:
        return ServedPool(name, False, "the work pool is paused")
    if pool.is_push_pool or pool.is_managed_pool:
        return ServedPool(name, True, "needs no worker")
    workers = client.read_workers_for_work_pool(name)
    online = [worker for worker in workers if worker.status == WorkerStatus.ONLINE]
    if online:
        return ServedPool(name, True, f"{len(online)} online: {', '.join(sorted(each.name for each in online))}")
    return ServedPool(name, False, last_seen(workers))


def last_seen(workers: "Sequence[Worker]") -> str:
    """Return in words which of the workers was heard of last, and when."""
    beats = {worker.last_heartbeat_time: worker.name for worker in workers if worker.last_heartbeat_time is not None}
    if not beats:
        return "the server has heard of none"
    last = max(beats)
    return f"the server last heard of '{beats[last]}' at {format_instant(to_utc(last).replace(microsecond=0))}"
