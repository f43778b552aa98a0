"""8 processes that write runs at once: on SQLite, on PostgreSQL itself, and on an MLflow server over PostgreSQL.

Each writes ten runs as a training does: the run, its parameters and tags, 300 metrics in batches, an end. They begin at the same
instant, each with a home of its own. At the end every run must be finished, with every metric, and stderr empty.
"""

# ruff: noqa: E402  MLflow is imported after its telemetry is off.

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from unittest import mock

from measuring import ROOT, introduce, report

sys.path.insert(0, str(ROOT / "tests"))
from recurcast import environment

environment.prepare()
environment.silence()

from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag

from recurcast.tracking.store import connect
from support.mlflow_server import lacking, mlflow_server, postgresql

WRITERS, RUNS, METRICS = 8, 10, 300
STORES = ("SQLite", "PostgreSQL", "MLflow's server over PostgreSQL")


def main() -> None:
    """Print how long a run's writing took, and fail where anything was lost."""
    if len(sys.argv) == 3 and sys.argv[2].isdigit():
        return _write(Path(sys.argv[1]), int(sys.argv[2]))
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stores", nargs="+", default=STORES, choices=STORES)
    asked = parser.parse_args()
    introduce(f"{WRITERS} processes x {RUNS} runs of {METRICS} metrics at the same instant")
    for kind in asked.stores:
        if kind != "SQLite" and (lack := lacking()):
            print(f"{kind}: not measured, {lack}")
            continue
        with tempfile.TemporaryDirectory(prefix="writers-") as folder, _store(kind) as uri:
            Path(folder).chmod(0o755)
            began = time.perf_counter()
            seconds = _write_all(Path(folder), uri)
            took = time.perf_counter() - began
            _expect_nothing_lost(Path(folder), uri)
        report(f"{kind}: one run", seconds, "s")
        report(f"{kind}: the slowest of twenty", sorted(seconds)[-max(1, len(seconds) // 20) :], "s")
        print(
            f"{kind}: {WRITERS * RUNS} runs, {WRITERS * RUNS * METRICS:,} metrics, nothing lost, {took:.1f} s in all\n"
        )
    return None


@contextmanager
def _store(kind: str) -> Iterator[str | None]:
    if kind == "SQLite":
        yield None
    elif kind == "PostgreSQL":
        with tempfile.TemporaryDirectory(prefix="pg-") as name, postgresql(Path(name)) as address:
            yield address
    else:
        with mlflow_server() as address:
            yield address


def _named(uri: str | None) -> dict[str, str]:
    return {"MLFLOW_TRACKING_URI": uri} if uri else {}


def _write_all(root: Path, uri: str | None) -> list[float]:
    with mock.patch.dict(os.environ, _named(uri)):  # the tables are made by one
        connect(root).client.create_experiment("writers", artifact_location=(root / "mlruns").as_uri())
    writers = []
    for number in range(WRITERS):
        home = root / f"home-{number}"
        home.mkdir()
        paths = os.pathsep.join([str(ROOT / "src"), str(ROOT / "tests"), str(ROOT / "benchmarks")])
        own = os.environ | _named(uri) | {"HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": paths}
        command = [sys.executable, __file__, str(root), str(number)]
        writers.append(subprocess.Popen(command, env=own, stderr=subprocess.PIPE, text=True))
    while not all((root / f"ready-{number}").exists() for number in range(WRITERS)):
        if any(each.poll() for each in writers):
            break
        time.sleep(0.05)
    (root / "go").touch()
    said = [each.communicate()[1] for each in writers]
    if any(each.returncode for each in writers) or any(said):
        told = [line for text in said for line in text.splitlines() if "Error" in line]
        sys.exit(f"{sum(bool(each.returncode) for each in writers)} of {WRITERS} writers failed: {told[:1]}")
    return [value for number in range(WRITERS) for value in json.loads((root / f"seconds-{number}").read_text())]


def _write(root: Path, number: int) -> None:
    client = connect(root).client
    experiment = client.get_experiment_by_name("writers").experiment_id
    seconds = []
    (root / f"ready-{number}").touch()
    while not (root / "go").exists():
        time.sleep(0.005)
    for each in range(RUNS):
        begun = time.perf_counter()
        run = client.create_run(experiment, run_name=f"{number}-{each}").info.run_id
        tags = [RunTag(f"tag{n}", str(n)) for n in range(20)]
        client.log_batch(run, params=[Param(f"field{n}", str(n)) for n in range(40)], tags=tags)
        for step in range(0, METRICS, 100):
            client.log_batch(run, [Metric("loss/train", 1 / (1 + step + n), 1_000, step + n) for n in range(100)])
        client.set_terminated(run)
        seconds.append(time.perf_counter() - begun)
    (root / f"seconds-{number}").write_text(json.dumps(seconds))


def _expect_nothing_lost(root: Path, uri: str | None) -> None:
    with mock.patch.dict(os.environ, _named(uri)):
        client: MlflowClient = connect(root).client
        experiment = client.get_experiment_by_name("writers").experiment_id
        runs = client.search_runs([experiment], max_results=1000)
        histories = {run.info.run_name: len(client.get_metric_history(run.info.run_id, "loss/train")) for run in runs}
    finished = sum(run.info.status == "FINISHED" for run in runs)
    whole = {f"{number}-{each}": METRICS for number in range(WRITERS) for each in range(RUNS)}
    if histories != whole or finished != len(whole):
        sys.exit(f"something was lost: {finished} finished, metrics of each run {histories}")


if __name__ == "__main__":
    main()
