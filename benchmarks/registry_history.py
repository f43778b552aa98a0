"""A promoting run beside a registry of 2,500 versions: how often it reads the history of verdicts, and what that takes.

A reading is MLflow's `get_registered_model`, by whomever: MLflow's own client calls it before many a write, and before the
files of a version are copied. One interval of a tiny pipeline is really run; its version and the entry of its verdict are
then copied 2,499 times in the database, each for an hour of its own, every third a promotion. Every round runs the next
interval in this process, which promotes. *by hand* is a run that nothing else waits for; *scheduled, warm* scores the
champion of an earlier tick besides, and begins from the champion's weights. Processor seconds are those of the run's own
thread.
"""

# ruff: noqa: E402  MLflow is imported after its telemetry is off.

import json
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock
from uuid import uuid4

from measuring import ROOT, in_turn, introduce, report, rounds_asked

sys.path.insert(0, str(ROOT / "tests"))
from recurcast import environment

environment.prepare()
environment.silence()

from recurcast.config import PipelineConfig
from recurcast.instants import format_instant
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.runs.train import Request, Silence
from support.tiny import AS_OF, tiny_pipeline

VERSIONS = 2_500
HOUR = timedelta(hours=1)
ALWAYS = {"gate": {"policy": "always", "must_beat_baseline": False, "baseline": "moving_average"}}
KINDS = {"by hand": {}, "scheduled, warm": {"training": {"epochs": 5, "learning_rate": 0.05, "warm_start": "champion"}}}


@dataclass
class Watched(Silence):
    """When each stage of a run began, by the clock and by this thread's, and how often and how long it read the history."""

    begun: dict[str, float] = field(default_factory=dict)
    worked: dict[str, float] = field(default_factory=dict)
    reads: Counter[str] = field(default_factory=Counter)
    reading: float = 0.0

    def stage(self, name: str) -> None:
        """Note that a stage begins."""
        self.begun[name], self.worked[name] = time.perf_counter(), time.thread_time()

    def read(self, original: Any, *arguments: Any) -> Any:
        """Return what the reading returns, counted for the stage that asks."""
        began = time.thread_time()
        found = original(*arguments)
        self.reading += time.thread_time() - began
        self.reads[next(reversed(self.begun))] += 1
        return found


def main() -> None:
    """Print reads by stage, and seconds of the reads, of the stage `promote` and of the whole run."""
    rounds = rounds_asked(__doc__, 5)
    introduce(f"a promoting run beside {VERSIONS:,} versions")
    with tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as folder:
        projects = {kind: Path(folder, str(number)) for number, kind in enumerate(KINDS)}
        for kind, project in projects.items():
            project.mkdir()
            _run(kind, project, 0)
            _multiply(project / "mlflow.db")
            _run(kind, project, VERSIONS)  # which moves the alias to where it belongs
        hours = {kind: iter(range(VERSIONS + 3, 10 * VERSIONS, 3)) for kind in KINDS}
        watched = in_turn(
            rounds, {kind: lambda kind=kind: _run(kind, projects[kind], next(hours[kind])) for kind in KINDS}
        )
    for kind, runs in watched.items():
        print(f"\n{kind}: " + ", ".join(f"{stage} {number}" for stage, number in runs[-1].reads.items()))
        report("reads of the history", [each.reads.total() for each in runs], "")
        report("all of them, processor", [each.reading for each in runs], "s")
        report("the stage promote, processor", [each.worked["done"] - each.worked["promote"] for each in runs], "s")
        report("the stage promote, wall", [each.begun["done"] - each.begun["promote"] for each in runs], "s")
        report("the whole run, wall", [each.begun["done"] - each.begun["open the run"] for each in runs], "s")


def _run(kind: str, project: Path, hour: int) -> Watched:
    pipeline, as_of, watched = _pipeline(kind), AS_OF + hour * HOUR, Watched()
    following = None if kind == "by hand" else as_of + 3 * HOUR
    with _counted(watched):
        result = run_interval(Request(pipeline, as_of, project, following=following), PLAIN, watched)
    if result.registration is None or not result.registration.promoted:
        sys.exit(f"the run did not promote: {result.summary}")
    return watched


def _pipeline(kind: str) -> PipelineConfig:
    return tiny_pipeline(**ALWAYS, **KINDS[kind])


@contextmanager
def _counted(watched: Watched) -> Iterator[None]:
    """Count the readings by whatever module asks for one."""
    from mlflow import MlflowClient

    original = MlflowClient.get_registered_model
    with mock.patch.object(MlflowClient, "get_registered_model", lambda *given: watched.read(original, *given)):
        yield


def _multiply(path: Path) -> None:
    """Copy version, tags and entry of the one interval for each further hour, under new ids."""
    database = sqlite3.connect(path)
    conditions = dict.fromkeys(("model_versions", "model_version_tags"), "true")
    conditions["registered_model_tags"] = "key like 'history.%'"
    rows = {
        table: database.execute(f"select * from {table} where {each}").fetchall() for table, each in conditions.items()
    }
    ((key, entry),) = database.execute("select key, value from registered_model_tags where key like 'history.%'")
    run_id, first = key.removeprefix("history."), format_instant(AS_OF)
    for hour in range(1, VERSIONS):
        own, as_of, decision = uuid4().hex, format_instant(AS_OF + hour * HOUR), "keep" if hour % 3 else "promote"
        changed = {"version": hour + 1, "newest": hour + 1, "as_of": as_of, "run_id": own, "decision": decision}
        told = json.dumps(json.loads(entry) | changed)
        cells = {1: hour + 1, run_id: own, first: as_of, "promote": decision, key: f"history.{own}", entry: told}
        for table, copied in rows.items():
            copies = [[cells.get(cell, cell) for cell in row] for row in copied]
            database.executemany(f"insert into {table} values ({','.join('?' * len(copies[0]))})", copies)
    database.commit()
    database.close()


if __name__ == "__main__":
    main()
