"""How the stack stands: its parts, what is scheduled, what dead processes left behind."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recurcast.errors import ConfigurationError, RecurcastError
from recurcast.masking import masked
from recurcast.scheduling.differences import Difference, differences
from recurcast.scheduling.project_file import read_project_file
from recurcast.scheduling.server import connected
from recurcast.scheduling.stack import processes
from recurcast.scheduling.stack.health import answers
from recurcast.scheduling.stack.record import MLFLOW, PREFECT, WORKER, Part, StackRecord, read_record
from recurcast.scheduling.stack.scheduled import Scheduled, read_scheduled
from recurcast.scheduling.stack.servers import servers, talking_to
from recurcast.scheduling.standing import full_name_of

Condition = Literal["healthy", "does not answer", "dead", "not started"]


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
    parts = [
        _server(MLFLOW, record, foreign.mlflow),
        _server(PREFECT, record, foreign.prefect),
        *(_worker(part) for part in record.workers),
    ]
    if not record.workers:
        parts.append(PartStatus(WORKER, "not started"))
    api = foreign.prefect or (record.parts[PREFECT].address if PREFECT in record.parts else None)
    if api is None or parts[1].condition != "healthy":
        return StackStatus(tuple(parts), None)
    try:
        with talking_to(api), connected() as client:
            scheduled = read_scheduled(client, _wanted(root))
            return StackStatus(tuple(parts), scheduled, differences(client, root))
    except ConfigurationError:
        raise
    except RecurcastError as error:
        return StackStatus(tuple(parts), None, problem=str(error))


def _wanted(root: Path) -> list[str]:
    return [full_name_of(root, block) for block in read_project_file(root).deployments]


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
