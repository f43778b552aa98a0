"""A promoting run beside a registry of 2,500 versions: how often it reads the history of verdicts, and what that takes.

A reading is MLflow's `get_registered_model`, by whomever: MLflow's own client calls it before many a write, and before the
files of a version are copied. One interval of a tiny pipeline is really run; its version and the entry of its verdict are
then copied 2,499 times in the database, each for an hour of its own, every third a promotion. Every round runs the next
interval in this process, which promotes. *by hand* is a run that nothing else waits for; *scheduled, warm* scores the
champion of an earlier tick besides, and begins from the champion's weights. Each runs in turn with the same beside 10 versions:
what it takes more is what the history costs. Processor seconds are those of the run's own thread.
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

VERSIONS, FEW = 2_500, 10
MOST_MORE = 0.2
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
        ways = {f"{kind}, {count}": (kind, count) for kind in KINDS for count in (FEW, VERSIONS)}
        projects = {way: Path(folder, str(number)) for number, way in enumerate(ways)}
        for way, (kind, count) in ways.items():
            projects[way].mkdir()
            _run(kind, projects[way], 0)
            _multiply(projects[way] / "mlflow.db", count)
            _run(kind, projects[way], VERSIONS)  # which moves the alias to where it belongs
        hours = {way: iter(range(VERSIONS + 3, 10 * VERSIONS, 3)) for way in ways}
        runs = in_turn(
            rounds,
            {way: lambda way=way: _run(ways[way][0], projects[way], next(hours[way])) for way in ways},
        )
    for kind in KINDS:
        _report(kind, runs[f"{kind}, {FEW}"], runs[f"{kind}, {VERSIONS}"])


def _report(kind: str, few: list[Watched], many: list[Watched]) -> None:
    print(f"\n{kind}: " + ", ".join(f"{stage} {number}" for stage, number in many[-1].reads.items()))
    report(f"{kind}: reads of the history", [each.reads.total() for each in many], "")
    report(f"{kind}: all of them, processor", [each.reading for each in many], "s")
    report(
        f"{kind}: the stage promote, processor", [each.worked["done"] - each.worked["promote"] for each in many], "s"
    )
    report(f"{kind}: the whole run, wall", [_seconds(each.begun) for each in many], "s")
    pairs = list(zip(many, few, strict=True))
    more = [_seconds(a.begun) - _seconds(b.begun) for a, b in pairs]
    report(f"{kind}: more than beside {FEW}, wall", more, "s", below=MOST_MORE)
    report(f"{kind}: the same, processor", [_seconds(a.worked) - _seconds(b.worked) for a, b in pairs], "s")


def _seconds(at: dict[str, float]) -> float:
    return at["done"] - at["open the run"]


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


def _multiply(path: Path, versions: int) -> None:
    """Copy version, tags and entry of the one interval for each further hour, so many in all, under new ids."""
    database = sqlite3.connect(path)
    conditions = dict.fromkeys(("model_versions", "model_version_tags"), "true")
    conditions["registered_model_tags"] = "key like 'history.%'"
    rows = {
        table: database.execute(f"select * from {table} where {each}").fetchall() for table, each in conditions.items()
    }
    ((key, entry),) = database.execute("select key, value from registered_model_tags where key like 'history.%'")
    run_id, first = key.removeprefix("history."), format_instant(AS_OF)
    for hour in range(1, versions):
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
