"""Leases as tags of MLflow's runs: held by a beating thread, looked at by whoever wants the same interval.

The only clock besides that of `scheduling.requests`: whether somebody is still alive is a question about now.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from mlflow.entities import Run
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from recurcast.instants import format_instant, parse_instant
from recurcast.tracking.clocks import BEAT, expect_same_clock
from recurcast.tracking.recorded_runs import runs_where
from recurcast.tracking.store import Store

_MISSED = 3


@dataclass(frozen=True)
class Lease:
    """A claim on a run: a process of a host, which says every BEAT that it is alive."""

    holder: str
    host: str
    heartbeat: datetime

    def void(self, now: datetime) -> bool:
        """Return whether three beats were missed."""
        return now - self.heartbeat > _MISSED * BEAT


@dataclass(frozen=True)
class Claim:
    """A run in its order of claiming the same interval: of two the smaller wins."""

    started: int
    """Milliseconds since 1970, as MLflow records a run's start."""
    run_id: str

    def yields_to(self, other: "Claim") -> bool:
        """Return whether the other one wins."""
        return (other.started, other.run_id) < (self.started, self.run_id)


_HOLDER, _HOST, _HEARTBEAT = "lease.holder", "lease.host", "lease.heartbeat"


def lease_tags() -> dict[str, str]:
    """Return the tags of a run that this process holds from now on."""
    return {_HOLDER: _this_process(os.getpid()), _HOST: socket.gethostname(), _HEARTBEAT: _now()}


@contextlib.contextmanager
def beating(store: Store, run_id: str) -> Iterator[None]:
    """Say every BEAT that the run's holder is alive, from a thread of its own, until the context is left."""
    over = threading.Event()

    def beat() -> None:
        while not over.wait(BEAT.total_seconds()):
            # A store that is busy for a moment is asked again at the next beat; three of them may be missed.
            with contextlib.suppress(Exception):
                store.client.set_tag(run_id, _HEARTBEAT, _now())

    thread = threading.Thread(target=beat, name=f"lease of {run_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def rival(store: Store, pipeline: str, as_of: datetime, own: str | None = None) -> Run | None:
    """Return a living run that works on the interval, or none; for the run of id `own`, one that claimed it first.

    Runs that are experiments (`adhoc`) claim nothing. StoreUnavailable says that clocks are too far apart to tell who lives.
    """
    expect_same_clock(store.uri)
    condition = f"attributes.status = 'RUNNING' and tags.as_of = '{format_instant(as_of)}' and tags.adhoc = 'false'"
    claims = list(runs_where(store, pipeline, condition))
    if own is not None:
        asking = next((_claim(each) for each in claims if each.info.run_id == own), None)
        claims = [each for each in claims if asking is not None and asking.yields_to(_claim(each))]
    return next((each for each in claims if held(each.data.tags)), None)


def held(tags: Mapping[str, str]) -> bool:
    """Return whether whoever holds the lease of a run with these tags still works on it."""
    if _HEARTBEAT not in tags:
        return False
    lease = Lease(tags.get(_HOLDER, ""), tags.get(_HOST, ""), parse_instant(tags[_HEARTBEAT]))
    if lease.void(datetime.now(UTC)):
        return False
    pid, _, _ = lease.holder.partition("@")
    here = lease.host == socket.gethostname() and lease.holder.endswith(_this_machine())
    # A process of this very machine need not miss three beats: it can be looked up.
    return not here or _this_process(int(pid)) == lease.holder


def holder_of(tags: Mapping[str, str]) -> str:
    """Return who holds the run, in words."""
    pid, _, _ = tags.get(_HOLDER, "").partition("@")
    return f"process {pid} on {tags.get(_HOST, 'an unknown host')}"


def abandoned_runs(store: Store, name: str) -> list[Run]:
    """Return the runs of an experiment that are RUNNING although nobody holds them, nor the parent they belong to."""
    running = list(runs_where(store, name, "attributes.status = 'RUNNING' and tags.pipeline LIKE '%'"))
    alive = {each.info.run_id for each in running if held(each.data.tags)}
    return [each for each in running if not {each.info.run_id, each.data.tags.get(MLFLOW_PARENT_RUN_ID)} & alive]


def _claim(run: Run) -> Claim:
    return Claim(run.info.start_time, run.info.run_id)


def _this_process(pid: int) -> str:
    """A process by its number, the moment it started (numbers are used again) and its machine; else no such process."""
    try:
        state, *fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        started = "gone" if state == "Z" else fields[18]
    except OSError:
        started = "unknown" if _exists(pid) else "gone"
    return f"{pid}@{started}@{_this_machine()}"


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


@cache
def _this_machine() -> str:
    """This boot of this machine, and where a container has numbers of its own, the container; empty where unknown."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return socket.gethostname()


def _now() -> str:
    return format_instant(datetime.now(UTC))
