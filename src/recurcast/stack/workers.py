"""The workers of the stack: one for each work pool of `prefect.yaml` whose runs are processes of this machine."""

import socket
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recurcast.config.project_file import read_project_file
from recurcast.errors import RecurcastError
from recurcast.scheduling.deployments.work_pools import PROCESS, ensure_work_pool, work_pool_types
from recurcast.stack import parts, processes
from recurcast.stack.launching import Launches, Starting
from recurcast.stack.record import WORKER
from recurcast.stack.servers import API_PATH

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

_LONGEST = 90.0  # seconds
_BETWEEN = 0.2


@dataclass(frozen=True)
class StartingWorker:
    """A worker on its way, the name that the server knows it by, and the last beat of an earlier one of that name."""

    starting: Starting
    known_as: str
    last_beat: Any


def start_workers(
    client: "SyncPrefectClient", root: Path, address: str, launches: Launches
) -> tuple[StartingWorker, ...]:
    """Return the workers on their way; work pools that are missing are created."""
    pools = work_pool_types(read_project_file(root).deployments)
    starting = []
    for pool, kind in sorted(pools.items()):
        ensure_work_pool(client, pool, kind)
        if client.read_work_pool(pool).type != PROCESS:
            continue  # its runs are containers or jobs elsewhere, and so is its worker
        name = WORKER if len(pools) == 1 else f"{WORKER}-{pool}"
        known_as = f"{root.resolve().name} on {socket.gethostname()}"
        beat = _last_beat(client, pool, known_as)
        launched = launches.worker(name, lambda: parts.worker(root, pool, name, address + API_PATH, known_as))  # noqa: B023
        starting.append(StartingWorker(launched, known_as, beat))
    return tuple(starting)


def wait_until_known(client: "SyncPrefectClient", root: Path, worker: StartingWorker) -> None:
    """Return once the server has heard of the worker. A RecurcastError gives the last words of one that ended."""
    part = worker.starting.part
    deadline = time.monotonic() + _LONGEST
    while worker.starting.how == "started" and _last_beat(client, part.address, worker.known_as) == worker.last_beat:
        if not processes.alive(part):
            words = processes.last_words(root, part.name) or "nothing"
            raise RecurcastError(f"the worker ended as it started; it says: {words} ('recurcast logs {part.name}').")
        if time.monotonic() > deadline:
            raise RecurcastError(
                f"a worker is known to the server within {_LONGEST:g} s; this one is not. See 'recurcast logs {part.name}'."
            )
        time.sleep(_BETWEEN)


def _last_beat(client: "SyncPrefectClient", pool: str, known_as: str) -> Any:
    workers = client.read_workers_for_work_pool(pool)
    return next((each.last_heartbeat_time for each in workers if each.name == known_as), None)
