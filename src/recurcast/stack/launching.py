"""Parts started or joined, one after another, and all that was started undone where one of them fails."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recurcast.errors import StoreUnavailable
from recurcast.masking import masked
from recurcast.stack import processes
from recurcast.stack.health import answers, expect_version, wait_until_healthy
from recurcast.stack.parts import Launch, port_of
from recurcast.stack.ports import Port, free_port
from recurcast.stack.record import PREFECT, Part, StackRecord, write_record

How = Literal["started", "joined", "yours"]
"""Whether a part was started just now, ran already, or is a server that the environment names."""


@dataclass(frozen=True)
class RunningPart:
    """A part that is healthy; `note` says what a person should know of it."""

    name: str
    address: str
    how: How
    seconds: float
    note: str = ""


@dataclass(frozen=True)
class Starting:
    """A part on its way: its process runs, or is somebody else's; `began` is of the monotonic clock."""

    part: Part
    how: How
    began: float
    note: str = ""


class Launches:
    """The parts of one `up`, written down as soon as they run."""

    def __init__(self, root: Path, record: StackRecord, tell: Callable[[RunningPart], None]) -> None:
        self._root, self.record, self._tell = root, record, tell
        self._started: list[Part] = []
        self.running: list[RunningPart] = []

    def server(self, name: str, foreign: str | None, host: str, port: int, launch: Callable[[int], Launch]) -> Starting:
        """Return the server on its way: somebody else's, the one that runs, or a new one on a free port near `port`."""
        began = time.monotonic()
        if foreign is not None:
            _expect_usable(name, foreign)
            return Starting(Part(name, 0, 0.0, foreign), "yours", began)
        before = self.record.parts.get(name)
        if before is not None and processes.alive(before):
            return Starting(before, "joined", began)
        # The page stays where people have it open.
        free = free_port(host, (port_of(before.address) if before else None) or port)
        return Starting(self._start(name, launch(free.number)), "started", began, _where_instead(free, port))

    def worker(self, name: str, launch: Callable[[], Launch]) -> Starting:
        """Return the worker on its way: the one that runs, or a new one."""
        began = time.monotonic()
        before = self.record.parts.get(name)
        if before is not None and processes.alive(before):
            return Starting(before, "joined", began)
        return Starting(self._start(name, launch()), "started", began)

    def until_healthy(self, starting: Starting) -> str:
        """Return the address of a server once it answers. A RecurcastError says why it does not."""
        if starting.how != "yours":
            wait_until_healthy(self._root, starting.part)
        self.is_healthy(starting)
        return starting.part.address

    def is_healthy(self, starting: Starting) -> None:
        """Tell that a part is healthy."""
        part, seconds = starting.part, time.monotonic() - starting.began
        running = RunningPart(part.name, masked(part.address), starting.how, seconds, starting.note)
        self.running.append(running)
        self._tell(running)

    def undo(self) -> None:
        """Stop what was started here; what ran before still runs."""
        processes.stop(self._started)
        left = {name: part for name, part in self.record.parts.items() if part not in self._started}
        write_record(self._root, StackRecord(left, self.record.holder))

    def _start(self, name: str, launch: Launch) -> Part:
        part = processes.start(self._root, name, launch.command, launch.environment, launch.address)
        self._started.append(part)
        self.record = self.record.having(part)
        write_record(self._root, self.record)
        return part


def _expect_usable(name: str, address: str) -> None:
    """Raise StoreUnavailable where a server that the environment names does not answer, or is too old for us."""
    if not answers(name, address):
        variable = "PREFECT_API_URL" if name == PREFECT else "MLFLOW_TRACKING_URI"
        raise StoreUnavailable(
            f"a server that the environment names is used as it is; received {address} for {name}, and nothing healthy "
            f"answers there. Start it, correct the address, or unset {variable}: 'recurcast up' then starts one."
        )
    expect_version(name, address)


def _where_instead(free: Port, wanted: int) -> str:
    return f"port {wanted} is taken by {free.taken}" if free.taken else ""
