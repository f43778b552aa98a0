"""What is left of runs, searches and backfills on a Dask cluster of which a part is killed: kill -9 at random moments.

    python benchmarks/executor_kills.py [--rounds 20] [--seed 1]

A round starts `recurcast run`, `search` or `backfill run` of a tiny pipeline, kills a worker, the scheduler or the command itself
once, starts again what was killed, and repeats the command (a backfill is resumed) until it ends well. Told are every round's
exit codes, and
whether each interval, trial and MLflow run is there once, nothing is RUNNING, and the champion is that of commands
which nobody killed.
"""

import argparse
import contextlib
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import psutil
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from clusters import scheduler, worker
from measuring import RECURCAST, introduce
from search_kill import AS_OF, project

COMMANDS = {
    "run": ["run", "tiny", "--as-of", AS_OF],
    "search": ["search", "tiny", "--as-of", AS_OF, "--trials", "6"],
    "backfill": ["backfill", "run", "tiny", "--from", "2024-05-31T19:00:00Z", "--to", AS_OF, "--here"],
}
RESUME = ["backfill", "resume", "--here"]
"""How a backfill goes on; where it had not begun it is begun again."""
INTERVALS = {"run": 1, "search": 0, "backfill": 5}
VICTIMS = ("worker", "scheduler", "command")
MOST_TRIES = 4


class Cluster:
    """A cluster whose parts may be killed and started anew, at one address."""

    def __init__(self, folder: Path, stack: contextlib.ExitStack) -> None:
        self._folder, self._stack = folder, stack
        self.address = ""
        self.start()

    def start(self) -> None:
        """Start what is not there: the scheduler at its port, and two workers."""
        port = int(self.address.rpartition(":")[2] or 0)
        self.address, self.scheduler = self._stack.enter_context(scheduler(self._folder, port))
        self.workers = [self._stack.enter_context(worker(self._folder, self.address, number)) for number in range(2)]

    def kill(self, who: str, draw: random.Random) -> None:
        """Kill -9 the scheduler, or the process of a worker that fits: who watches over it starts another."""
        if who == "scheduler":
            self.scheduler.kill()
            self.scheduler.wait()
            return
        fitting = [child for each in self.workers for child in psutil.Process(each.pid).children() if _fits(child)]
        if fitting:
            draw.choice(fitting).kill()

    def mend(self) -> None:
        """Start the cluster anew where its scheduler was killed."""
        if self.scheduler.poll() is not None:
            for each in self.workers:
                each.kill()
                each.wait()
            self.start()


def main() -> None:
    """Print a line per round, and what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=20)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    introduce(f"{given.rounds} rounds of a killed worker, scheduler or command")
    draw, wrong = random.Random(given.seed), Counter[str]()
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        cluster = Cluster(Path(folder), stack)
        expected, seconds = {}, {}
        for what in COMMANDS:
            with tempfile.TemporaryDirectory() as own:
                began = time.monotonic()
                if _ended(project(Path(own)), what, cluster.address) != 0:
                    sys.exit(f"{what} fails where nobody is killed")
                seconds[what], expected[what] = time.monotonic() - began, _champion(Path(own))
        for number in range(given.rounds):
            what, who = list(COMMANDS)[number % 3], VICTIMS[(number // 3) % 3]
            with tempfile.TemporaryDirectory() as own:
                root, after = project(Path(own)), draw.uniform(0.3, 1.0) * seconds[what]
                kill = None if who == "command" else lambda who=who: cluster.kill(who, draw)
                codes = [_ended(root, what, cluster.address, after, kill)]
                while codes[-1] != 0 and len(codes) < MOST_TRIES:
                    cluster.mend()
                    codes.append(_again(root, what, cluster.address))
                cluster.mend()
                found = [*_wrong(root, what), *(["another champion"] * (_champion(root) != expected[what]))]
                found += ["never ended well"] * (codes[-1] != 0)
            wrong.update(found)
            print(
                f"{number + 1:>3} {what:<9} {who:<10} after {after:4.1f} s: exit codes {codes} {'; '.join(found) or 'right'}",
                flush=True,
            )
    print(f"\n{given.rounds} rounds; wrong: {dict(wrong) or 'nothing'}")


def _again(root: Path, what: str, address: str) -> int:
    """Return how a command ended that is called again, as a user would who reads what was said."""
    begun = what == "backfill" and _ended(root, what, address, command=RESUME)
    return _ended(root, what, address) if what != "backfill" or begun == 2 else int(begun)


def _ended(
    root: Path,
    what: str,
    address: str,
    after: float | None = None,
    kill: Callable[[], None] | None = None,
    command: list[str] | None = None,
) -> int:
    """Return how a command ended; after some seconds somebody is killed: the command itself where nobody is said."""
    call = [RECURCAST, *(command or COMMANDS[what]), "--executor", address]
    with (root / "said").open("ab") as said:
        went = subprocess.Popen(call, cwd=root, stdout=said, stderr=said, start_new_session=True)
        try:
            with contextlib.suppress(subprocess.TimeoutExpired):
                if after is not None and went.wait(after) is None:
                    return 0
            if after is not None and went.poll() is None:
                went.kill() if kill is None else kill()
            return went.wait(600)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(went.pid, signal.SIGKILL)


def _wrong(root: Path, what: str) -> list[str]:
    """What should not be there, or not be there twice."""
    client = MlflowClient(f"sqlite:///{root / 'mlflow.db'}")
    runs = list(client.search_runs([client.get_experiment_by_name("tiny").experiment_id], max_results=1000))
    done = [each for each in runs if each.data.tags.get("outcome") == "trained"]
    found = ["RUNNING in MLflow"] * any(each.info.status == "RUNNING" for each in runs)
    if len(done) != INTERVALS[what] or len({each.data.tags["as_of"] for each in done}) != len(done):
        found.append(f"{len(done)} intervals of {INTERVALS[what]}")
    children = Counter(
        (each.data.tags.get("mlflow.parentRunId"), each.data.tags.get("cell"), each.data.tags.get("trial"))
        for each in runs
        if "mlflow.parentRunId" in each.data.tags
    )
    found += ["a cell or trial twice"] * any(count > 1 for count in children.values())
    trials = {each.data.tags["trial"] for each in runs if "trial" in each.data.tags}
    found += [f"{len(trials)} trials"] * (what == "search" and len(trials) != 6)
    versions = Counter(each.run_id for each in client.search_model_versions("name = 'tiny'") if each.run_id)
    return found + ["a version twice"] * any(count > 1 for count in versions.values())


def _champion(root: Path) -> str:
    """The weights of the champion: the digest that its cell's run has; a baseline has none, nor has a search a champion."""
    client = MlflowClient(f"sqlite:///{root / 'mlflow.db'}", registry_uri=f"sqlite:///{root / 'mlflow.db'}")
    with contextlib.suppress(MlflowException):
        version = client.get_model_version_by_alias("tiny", "champion")
        return str(client.get_run(version.run_id).data.tags["weights"]) if version.run_id else "a baseline"
    return "none"


def _fits(process: psutil.Process) -> bool:
    with contextlib.suppress(psutil.Error):
        return "spawn_main" in " ".join(process.cmdline())
    return False


if __name__ == "__main__":
    main()
