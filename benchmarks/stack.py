"""The local stack: seconds until it is healthy, its memory, ten times up and down, and four runs at once, twenty times.

The project is the repository's own, with all its pipelines, in a temporary folder. Each round brings the stack up (the first
one copies both databases from what a machine's very first one has kept, the others find them), reads its memory from
`recurcast status`, takes it down, and fails where a process, a lock or a listening port is left. Then, with the stack up, four
processes at a time run `recurcast run`, each on a pipeline of its own: every run must end FINISHED with all its metrics, and
not a word of a locked database may be said.
"""

# ruff: noqa: E402  MLflow is imported after its telemetry is off.

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from measuring import ROOT, introduce, report

sys.path.insert(0, str(ROOT / "tests"))
from recurcast import environment

environment.prepare()
environment.silence()

from mlflow import MlflowClient

from recurcast.stack.health import answers
from recurcast.stack.record import FOLDER
from support.stack import WAVE, Stack, project_in

EPOCHS = 20
AT_ONCE = tuple(f"wave-{letter}" for letter in "abcd")


def main() -> None:
    """Print seconds and memory, and fail where anything is left behind or lost."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--rounds", type=int, default=10, help="of up and down; twice as many of four runs at once")
    rounds = asked.parse_args().rounds
    introduce("the local stack: recurcast up and down, runs at once")
    with tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as name:
        cache = {"XDG_CACHE_HOME": str(Path(name) / "cache")}
        _very_first(Stack(_copy_of_ours(Path(name) / "first"), cache))
        _up_and_down(Stack(_copy_of_ours(Path(name) / "all"), cache), rounds)
        _runs_at_once(Path(name) / "waves", 2 * rounds)


def _very_first(stack: Stack) -> None:
    try:
        began = time.perf_counter()
        stack.up()
        report("the very first of a machine, which has nothing kept", [time.perf_counter() - began], "s")
    finally:
        stack.clear()


def _copy_of_ours(root: Path) -> Path:
    for each in ("flows", "data/samples"):
        shutil.copytree(ROOT / each, root / each, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "prefect.yaml", root)
    return root


def _up_and_down(stack: Stack, rounds: int) -> None:
    ups, downs, memories = [], [], []
    try:
        for _ in range(rounds):
            began = time.perf_counter()
            running = stack.up()
            ups.append(time.perf_counter() - began)
            memories.append(sum(part["memory"] for part in stack.status()["parts"]) / 1e6)
            began = time.perf_counter()
            assert stack.command("down").returncode == 0
            downs.append(time.perf_counter() - began)
            _expect_nothing_left(stack, running)
    finally:
        stack.clear()
    report("the first `recurcast up --detach`, which makes the databases", ups[:1], "s")
    if len(ups) > 1:
        report("`recurcast up --detach`, until all is healthy and scheduled", ups[1:], "s")
    report("`recurcast down`", downs, "s")
    report("memory of the stack, shared pages counted by their share", memories, "MB")


def _expect_nothing_left(stack: Stack, running: dict[str, Any]) -> None:
    assert stack.living == [], stack.living
    assert {path.name for path in (stack.root / FOLDER).iterdir()} == {"logs", "prefect"}
    assert not list(stack.root.glob("*.lock"))
    for part in running["parts"]:
        if part["name"] != "worker":
            assert not answers(part["name"], part["address"]), part


def _runs_at_once(root: Path, rounds: int) -> None:
    pipelines = [WAVE | {"name": name, "training": {"epochs": EPOCHS, "patience": None}} for name in AT_ONCE]
    stack = Stack(project_in(root, *pipelines), {})
    seconds = []
    try:
        stack.up()
        for number in range(rounds):
            began = time.perf_counter()
            _run_all(stack, f"2024-03-01T{number % 24:02d}:00:00Z")
            seconds.append(time.perf_counter() - began)
        _expect_all_metrics(stack, rounds)
    finally:
        stack.clear()
    report(f"{len(AT_ONCE)} x `recurcast run` at once", seconds, "s")
    print(f"{rounds * len(AT_ONCE)} runs: all FINISHED, no metric lost, no locked database in front of a user")


def _run_all(stack: Stack, as_of: str) -> None:
    around = stack.around() | {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    running = [subprocess.Popen(stack.line("run", name, "--as-of", as_of, "--json"), **around) for name in AT_ONCE]
    for process in running:
        said, complaint = process.communicate()
        assert process.returncode == 0, said + complaint
        assert json.loads(said)["outcome"] == "trained", said
        assert complaint == "", complaint


def _expect_all_metrics(stack: Stack, rounds: int) -> None:
    uri = f"sqlite:///{stack.root / 'mlflow.db'}"
    client = MlflowClient(uri, uri)
    for name in AT_ONCE:
        experiment = client.get_experiment_by_name(name)
        assert experiment is not None
        runs = client.search_runs([experiment.experiment_id], "tags.cell LIKE '%'", max_results=5000)
        assert len(runs) == 3 * rounds, (name, len(runs))
        for run in runs:
            assert run.info.status == "FINISHED", run.info
            for metric in ("loss/train", "loss/validation"):
                assert len(client.get_metric_history(run.info.run_id, metric)) == EPOCHS, (run.info.run_id, metric)


if __name__ == "__main__":
    main()
