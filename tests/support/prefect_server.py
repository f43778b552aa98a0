"""A real Prefect server for all tests of a folder whose conftest imports the fixtures, and real workers."""

import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import pytest

from recurcast.stack.parts import PREFECT_SERVER

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

Answer = TypeVar("Answer")

_PORTS = range(20_000, 32_000)


def wait_until(question: Callable[[], Answer], seconds: float, what: str) -> Answer:
    """Ask until the answer is true; with a deadline, so that a test fails and does not hang.

    An answer that costs something is asked for less often: the asking takes the processor from what is waited for.
    """
    deadline = time.monotonic() + seconds
    asked = time.monotonic()
    while not (answer := question()):
        took = time.monotonic() - asked
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s: {what}")
        time.sleep(min(max(0.1, 5 * took), 2.0))
        asked = time.monotonic()
    return answer


@pytest.fixture(name="wait_until")
def fixture_wait_until() -> Callable[[Callable[[], object], float, str], object]:
    return wait_until


def environment(home: Path) -> dict[str, str]:
    """Return an environment in which Prefect keeps to itself: own home, no analytics, fast polls."""
    quiet = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT_")}
    return quiet | {
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "false",
        "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "1",
        "PREFECT_WORKER_QUERY_SECONDS": "1",
        "DO_NOT_TRACK": "true",
    }


@contextmanager
def running(
    arguments: list[str],
    env: dict[str, str],
    log: Path,
    *,
    gently: bool = True,
    module: str = "prefect",
    python: str | Path = sys.executable,
) -> Iterator[subprocess.Popen[bytes]]:
    """Run `prefect ...` in a process group of its own, and end it with its children whatever happens.

    A worker that is asked to end takes a quarter of a minute for it, and has nothing to lose in a test.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            [str(python), "-m", module, *arguments],
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            children = _children_of(process.pid)
            if gently:
                with suppress(ProcessLookupError, subprocess.TimeoutExpired):
                    os.killpg(process.pid, signal.SIGTERM)
                    process.wait(timeout=15)
            for child in children:  # a worker's flow runs have groups of their own
                with suppress(ProcessLookupError):
                    os.killpg(child, signal.SIGKILL)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(timeout=15)


def free_port() -> int:
    """Return a port that is free, and that no test got before.

    It is none of those that connections leave from: such a one may be taken before the server listens to it.
    """
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        with suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            _give(port)
            return port
    raise RuntimeError("no port is free")


def _give(port: int) -> None:
    """Write down that a test has it; FileExistsError where one had. Benchmarks, one at a time, have no cache of their own."""
    if cache := os.environ.get("XDG_CACHE_HOME"):
        given = Path(cache) / "ports"
        given.mkdir(exist_ok=True)
        (given / str(port)).touch(exist_ok=False)


def _children_of(pid: int) -> list[int]:
    """Return the processes that a process started and that lead a group of their own."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            _, parent, group, *_ = stat.read_text().rpartition(")")[2].split()
            child = int(stat.parent.name)
            if int(parent) == pid and int(group) == child:
                found.append(child)
    return found


@pytest.fixture(scope="package")
def prefect_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="package")
def server_url(prefect_home: Path) -> Iterator[str]:
    """Start a real server on a port that is free now; it ends with the folder, as an idle one takes its share too."""
    from prefect.events.worker import EventsWorker
    from prefect.logging.handlers import APILogWorker

    port = free_port()
    address = {"PREFECT_SERVER_API_HOST": "127.0.0.1", "PREFECT_SERVER_API_PORT": str(port)}
    log = prefect_home / "server.log"
    with running(["server", "start"], environment(prefect_home) | address, log, module=PREFECT_SERVER) as process:
        url = f"http://127.0.0.1:{port}/api"

        def healthy() -> bool:
            assert process.poll() is None, log.read_text()
            with suppress(urllib.error.URLError, OSError), urllib.request.urlopen(f"{url}/health", timeout=1):
                return True
            return False

        wait_until(healthy, 90, "the Prefect server answers")
        yield url
        for sender in (APILogWorker, EventsWorker):  # what this process still has to tell it
            sender.drain_all(timeout=10, at_exit=False)


@pytest.fixture
def server(server_url: str, prefect_home: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["SyncPrefectClient"]:
    """Make the folder's server the one that the environment names; leave it as empty as it was."""
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_URL, PREFECT_HOME, temporary_settings

    for name, value in (environment(prefect_home) | {"PREFECT_API_URL": server_url}).items():
        monkeypatch.setenv(name, value)
    settings = {PREFECT_API_URL: server_url, PREFECT_HOME: prefect_home}
    with temporary_settings(settings), get_client(sync_client=True) as client:
        yield client
        for deployment in client.read_deployments():
            client.delete_deployment(deployment.id)
        for automation in client.read_automations():
            client.delete_automation(automation.id)
        for flow_run in client.read_flow_runs():
            client.delete_flow_run(flow_run.id)
        for pool in client.read_work_pools():
            client.delete_work_pool(pool.name)


@pytest.fixture
def start_worker(
    server_url: str, prefect_home: Path, server: "SyncPrefectClient"
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start a real worker on a work pool, with more arguments if need be, and wait until the server knows it.

    By a `python` that is warm it and its runs begin in moments.
    """
    with ExitStack() as workers:

        def start(work_pool: str, *more: str, python: str | Path = sys.executable) -> subprocess.Popen[bytes]:
            env = environment(prefect_home) | {"PREFECT_API_URL": server_url}
            arguments = ["worker", "start", "--pool", work_pool, "--type", "process", *more]
            log = prefect_home / "worker.log"
            process = workers.enter_context(running(arguments, env, log, gently=False, python=python))
            wait_until(lambda: server.read_workers_for_work_pool(work_pool), 60, "the worker is known to the server")
            return process

        yield start
