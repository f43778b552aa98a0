"""A Dask cluster as a team has it: a scheduler and workers in processes, folders and homes of their own."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from support.prefect_server import wait_until


@dataclass(frozen=True)
class Cluster:
    """Its address, and the processes of scheduler and workers."""

    address: str
    scheduler: subprocess.Popen[bytes]
    workers: tuple[subprocess.Popen[bytes], ...]


@contextlib.contextmanager
def dask_cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """Start a cluster on ports of the system's choice; its processes end with the context."""
    stated = folder / "scheduler.json"
    with contextlib.ExitStack() as stack:
        scheduler = stack.enter_context(
            _process(folder / "scheduler", "dask_scheduler", "--port", "0", "--scheduler-file", str(stated))
        )
        wait_until(lambda: _address(stated) != "", 60, "the scheduler listens")
        address = _address(stated)
        started = tuple(
            stack.enter_context(_process(folder / f"worker-{number}", "dask_worker", address, "--nthreads", "1"))
            for number in range(workers)
        )
        logs = [folder / f"worker-{number}" / "log" for number in range(workers)]
        wait_until(lambda: all("Registered to" in log.read_text() for log in logs), 60, "the workers are there")
        yield Cluster(address, scheduler, started)


@contextlib.contextmanager
def _process(home: Path, command: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    home.mkdir()
    unset = ("PREFECT_", "MLFLOW_", "XDG_", "COV_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(unset)}
    call = [sys.executable, "-m", f"distributed.cli.{command}", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(call, cwd=home, env=environment | {"HOME": str(home)}, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()


def _address(stated: Path) -> str:
    try:
        return str(json.loads(stated.read_text())["address"])
    except (FileNotFoundError, json.JSONDecodeError):
        return ""
