"""30 intervals of `sine` in one warm process, without a server and with one, beside one cold `recurcast run sine`.

Each as a person would start it: `recurcast run`, `recurcast backfill run --here`, and `recurcast backfill run` with a
real Prefect server and worker, which were started before. The time per interval is that of the whole command, start
included, over 30.
"""

import os
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from measuring import RECURCAST, ROOT, fresh_project, in_turn, introduce, report, rounds_asked, run

sys.path.insert(0, str(ROOT / "tests"))
from support.prefect_server import environment, running, wait_until

INTERVALS = 30
RANGE = ["--from", "2024-03-01T00:00:00Z", "--to", "2024-03-02T06:00:00Z"]
MOST = 0.25


def main() -> None:
    """Print the seconds of each, and the ratio of an interval to a cold run, round by round."""
    rounds = rounds_asked(__doc__, 3)
    introduce(f"{INTERVALS} intervals of sine in one process, beside one cold run")
    walls = in_turn(rounds, {"cold run": _cold, "per interval, here": _here, "per interval, server": _on_server})
    for name, seconds in walls.items():
        report(name, seconds, "s")
    for name, peaks in _PEAKS.items():
        report(f"{name}: peak memory", peaks, "MB")
    for name in ("per interval, here", "per interval, server"):
        ratios = [ours / cold for ours, cold in zip(walls[name], walls["cold run"], strict=True)]
        report(f"{name} / cold run, round by round", ratios, "x", below=MOST)


_PEAKS: dict[str, list[float]] = {"cold run": [], "backfill, here": []}


def _cold() -> float:
    with fresh_project() as project:
        measured = run([RECURCAST, "run", "sine", "--as-of", "2024-03-01T00:00:00Z"], project)
    _PEAKS["cold run"].append(measured.peak)
    return measured.wall


def _here() -> float:
    with fresh_project() as project:
        measured = run([RECURCAST, "backfill", "run", "sine", *RANGE, "--here"], project)
        _expect_all_trained(project)
    _PEAKS["backfill, here"].append(measured.peak)
    return measured.wall / INTERVALS


def _on_server() -> float:
    with fresh_project() as project, _server(project) as env:
        shutil.copytree(ROOT / "flows", project / "flows")
        subprocess.run([RECURCAST, "deploy"], cwd=project, env=env, check=True, capture_output=True)
        arguments = ["worker", "start", "--pool", "recurcast", "--type", "process"]
        with running(arguments, env, project / "worker.log"):
            begin = time.perf_counter()
            subprocess.run(
                [RECURCAST, "backfill", "run", "sine", *RANGE], cwd=project, env=env, check=True, capture_output=True
            )
            wall = time.perf_counter() - begin
        _expect_all_trained(project)
    return wall / INTERVALS


@contextmanager
def _server(project: Path) -> Iterator[dict[str, str]]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = environment(project / ".prefect") | {"PWD": str(project)}
    address = {"PREFECT_SERVER_API_HOST": "127.0.0.1", "PREFECT_SERVER_API_PORT": str(port)}
    url = f"http://127.0.0.1:{port}/api"

    def healthy() -> bool:
        with suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=1):
            return True
        return False

    with running(["server", "start"], env | address, project / "server.log"):
        wait_until(healthy, 90, "the Prefect server answers")
        yield {**os.environ, **env, "PREFECT_API_URL": url}


def _expect_all_trained(project: Path) -> None:
    query = "select count(*) from tags where key = 'outcome' and value = 'trained'"
    (trained,) = sqlite3.connect(project / "mlflow.db").execute(query).fetchone()
    if trained != INTERVALS:
        sys.exit(f"{trained} intervals were trained, not {INTERVALS}")


if __name__ == "__main__":
    main()
