"""How the stack stands: its parts, what is scheduled, what dead processes left behind."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from recurcast.config.project_file import read_project_file
from recurcast.errors import ConfigurationError, RecurcastError
from recurcast.masking import masked
from recurcast.scheduling.deployments.deployed import full_name_of
from recurcast.scheduling.deployments.differences import Difference, differences
from recurcast.scheduling.deployments.work_pools import work_pool_of
from recurcast.scheduling.server import connected
from recurcast.stack import processes
from recurcast.stack.health import answers
from recurcast.stack.pools import read_pool
from recurcast.stack.record import MLFLOW, PREFECT, WORKER, Part, StackRecord, read_record
from recurcast.stack.scheduled import Scheduled, read_scheduled
from recurcast.stack.servers import servers, talking_to

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

Condition = Literal["healthy", "does not answer", "dead", "not started", "nobody serves it"]


@dataclass(frozen=True)
class PartStatus:
    """How a part stands; `memory` in bytes, none where the part is not ours."""

    name: str
    condition: Condition
    address: str = ""
    pid: int | None = None
    memory: int | None = None
    note: str = ""


@dataclass(frozen=True)
class StackStatus:
    """How everything stands; `scheduled` is none where no server answers, `problem` says what the server said instead."""

    parts: tuple[PartStatus, ...]
    scheduled: Scheduled | None
    differences: tuple[Difference, ...] = ()
    problem: str = ""

    @property
    def healthy(self) -> bool:
        """Return whether every part is, and scheduled runs appear."""
        healthy = all(part.condition == "healthy" for part in self.parts)
        return healthy and self.scheduled is not None and not self.scheduled.missing


def read_status(root: Path) -> StackStatus:
    """Return how the project's stack stands; nothing is changed."""
    record = read_record(root)
    foreign = servers(record)
    prefect = _server(PREFECT, record, foreign.prefect)
    own = (_server(MLFLOW, record, foreign.mlflow), prefect, *(_worker(part) for part in record.workers))
    unknown = own if record.workers else (*own, PartStatus(WORKER, "not started"))
    api = foreign.prefect or (record.parts[PREFECT].address if PREFECT in record.parts else None)
    if api is None or prefect.condition != "healthy":
        return StackStatus(unknown, None)
    try:
        with talking_to(api), connected() as client:
            parts = (*own, *_served_by_others(client, root, record))
            return StackStatus(parts, read_scheduled(client, _wanted(root)), differences(client, root))
    except ConfigurationError:
        raise
    except RecurcastError as error:
        return StackStatus(unknown, None, problem=str(error))


def _wanted(root: Path) -> list[str]:
    return [full_name_of(root, block) for block in read_project_file(root).deployments]


def _served_by_others(client: "SyncPrefectClient", root: Path, record: StackRecord) -> Sequence[PartStatus]:
    """How the work pools stand that no worker of this stack is for: a team's server has workers of its own."""
    wanted = {work_pool_of(block) for block in read_project_file(root).deployments}
    pools = [read_pool(client, name) for name in sorted(wanted - {part.address for part in record.workers})]
    return [
        PartStatus(
            WORKER if len(wanted) == 1 else f"{WORKER}-{pool.name}",
            "healthy" if pool.served else "nobody serves it",
            pool.name,
            note=pool.note,
        )
        for pool in pools
    ]


def _server(name: str, record: StackRecord, foreign: str | None) -> PartStatus:
    if foreign is not None:
        condition: Condition = "healthy" if answers(name, foreign) else "does not answer"
        return PartStatus(name, condition, masked(foreign), note="yours")
    part = record.parts.get(name)
    if part is None:
        return PartStatus(name, "not started")
    if not processes.alive(part):
        return PartStatus(name, "dead", part.address)
    return _running(part, "healthy" if answers(name, part.address) else "does not answer")


def _worker(part: Part) -> PartStatus:
    return _running(part, "healthy") if processes.alive(part) else PartStatus(part.name, "dead", part.address)


def _running(part: Part, condition: Condition) -> PartStatus:
    return PartStatus(part.name, condition, part.address, part.pid, processes.memory(part))
