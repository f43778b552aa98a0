"""A Dask cluster on loopback, its scheduler and workers in processes, folders and homes of their own."""

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

_PATIENCE = 120  # seconds


@contextlib.contextmanager
def cluster(folder: Path, workers: int) -> Iterator[str]:
    """Start a cluster; return its address."""
    with contextlib.ExitStack() as stack:
        address, _ = stack.enter_context(scheduler(folder))
        for number in range(workers):
            stack.enter_context(worker(folder, address, number))
        yield address


@contextlib.contextmanager
def scheduler(folder: Path, port: int = 0) -> Iterator[tuple[str, subprocess.Popen[bytes]]]:
    """Start a scheduler; return its address and process."""
    stated = folder / "scheduler.json"
    stated.unlink(missing_ok=True)
    with _process(folder / "scheduler", "dask_scheduler", "--port", str(port), "--scheduler-file", str(stated)) as own:
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            with contextlib.suppress(OSError, json.JSONDecodeError):
                yield str(json.loads(stated.read_text())["address"]), own
                return
            time.sleep(0.1)
        sys.exit(f"no scheduler after {_PATIENCE} seconds: {(folder / 'scheduler' / 'log').read_text()}")


@contextlib.contextmanager
def worker(folder: Path, address: str, number: int) -> Iterator[subprocess.Popen[bytes]]:
    """Start a worker of one thread; return the process that watches over it and starts it anew."""
    home = folder / f"worker-{number}"
    with _process(home, "dask_worker", address, "--nthreads", "1") as own:
        until = time.monotonic() + _PATIENCE
        while "Registered to" not in (home / "log").read_text():
            if time.monotonic() > until:
                sys.exit(f"no worker after {_PATIENCE} seconds: {(home / 'log').read_text()}")
            time.sleep(0.1)
        yield own


@contextlib.contextmanager
def _process(home: Path, command: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    home.mkdir(exist_ok=True)
    call = [sys.executable, "-m", f"distributed.cli.{command}", *arguments, "--host", "127.0.0.1", "--no-dashboard"]
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(call, cwd=home, env=os.environ | {"HOME": str(home)}, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        process.kill()
        process.wait()
