"""Prefect's server on SQLite with flows at once: as `recurcast up` starts it, beside `prefect server start`.

Each round starts a server with the automations of `recurcast deploy`, then a few processes that run one small flow of eight
tasks after another for some seconds. Counted are the flow runs, the words "database is locked" in the server's log, the
events that it gave up, and the longest time that its health page took to answer.
"""

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from measuring import ROOT, introduce, report

sys.path.insert(0, str(ROOT / "tests"))
from recurcast.stack.parts import PREFECT_SERVER
from support.prefect_server import environment, free_port, running, wait_until

FLOW = """
import sys, time
from prefect import flow, tags, task

@task
def step(number): time.sleep(0.02)

@flow
def small():
    for number in range(8): step(number)

@flow
def again_and_again(seconds):
    end, ended = time.monotonic() + seconds, 0
    while time.monotonic() < end:
        small()
        ended += 1
    print("ended", ended)

with tags("heartbeat-30s"):
    again_and_again(float(sys.argv[1]))
"""


@dataclass(frozen=True)
class Round:
    """What one server did."""

    flows: float
    locked: float
    lost: float
    longest: float


def main() -> None:
    """Print the figures of both, in turn."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=3)
    asked.add_argument("--seconds", type=float, default=40)
    asked.add_argument("--at-once", type=int, default=3)
    wish = asked.parse_args()
    introduce(f"Prefect's server on SQLite, {wish.at_once} processes with small flows for {wish.seconds:g} s")
    found: dict[str, list[Round]] = {"prefect server start": [], "recurcast up": []}
    for _ in range(wish.rounds):
        found["prefect server start"].append(_round("prefect", wish.seconds, wish.at_once))
        found["recurcast up"].append(_round(PREFECT_SERVER, wish.seconds, wish.at_once))
    for name, rounds in found.items():
        report(f"{name}: flow runs a minute", [each.flows / wish.seconds * 60 for each in rounds], "")
        report(f"{name}: 'database is locked' in its log", [each.locked for each in rounds], "")
        report(f"{name}: events given up", [each.lost for each in rounds], "")
        report(f"{name}: longest answer of /health", [each.longest for each in rounds], "s")


def _round(module: str, seconds: float, at_once: int) -> Round:
    with tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as name:
        home = Path(name)
        (home / "small.py").write_text(FLOW)
        log = home / "server.log"
        with _server(home, module, log) as client, _probing(client["PREFECT_API_URL"]) as answers:
            command = [sys.executable, str(home / "small.py"), str(seconds)]
            processes = [
                subprocess.Popen(command, env=client, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                for _ in range(at_once)
            ]
            said = [process.communicate()[0].split() for process in processes]
        words = log.read_text()
        flows = sum(int(each[each.index("ended") + 1]) for each in said if "ended" in each)
        return Round(
            flows, words.count("OperationalError) database is locked"), words.count("dead letter"), max(answers)
        )


@contextlib.contextmanager
def _server(home: Path, module: str, log: Path) -> Iterator[dict[str, str]]:
    """Run a server with the automations; give the environment of its clients."""
    from recurcast.scheduling.deployments.automations import crash_detection, ensure_automations

    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    address = {"PREFECT_SERVER_API_HOST": "127.0.0.1", "PREFECT_SERVER_API_PORT": str(port)}
    with running(["server", "start"], environment(home) | address, log, module=module):
        wait_until(lambda: _seconds_to_answer(url) is not None, 120, "the server answers")
        client = environment(home) | {"PREFECT_API_URL": url, "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}
        os.environ.update(client)
        from prefect.client.orchestration import get_client
        from prefect.settings import PREFECT_API_URL, temporary_settings

        with temporary_settings({PREFECT_API_URL: url}), get_client(sync_client=True) as asking:
            ensure_automations(asking, crash_detection())
        yield client


@contextlib.contextmanager
def _probing(url: str) -> Iterator[list[float]]:
    """Ask the server five times a second how it is."""
    over, answers = threading.Event(), [0.0]

    def ask() -> None:
        while not over.wait(0.2):
            seconds = _seconds_to_answer(url)
            if seconds is not None:
                answers.append(seconds)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield answers
    finally:
        over.set()
        thread.join()


def _seconds_to_answer(url: str) -> float | None:
    began = time.monotonic()
    with contextlib.suppress(OSError), urllib.request.urlopen(f"{url}/health", timeout=300):
        return time.monotonic() - began
    return None


if __name__ == "__main__":
    main()
