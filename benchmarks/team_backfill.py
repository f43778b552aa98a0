"""A backfill of 20 intervals over two Prefect workers on PostgreSQL, one of which is killed with `kill -9` on the way.

The servers of docs/deploy.md: PostgreSQL, MLflow with accounts and artifacts in S3 (moto's), Prefect with a password. Each
worker has the project in a folder of its own and a home of its own, as on another machine. When three tenths of the intervals
are done, the worker that does not run the backfill itself dies with all its children. What it was at is Crashed after 75 s; a
second call with `--reprocess failed` does it again. At the end every interval must be there once, with one version and one final
verdict, no run be left RUNNING, and verdicts and champion be those of the same backfill in one process that nobody killed.
"""

# ruff: noqa: E402  MLflow is imported after its telemetry is off.

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any
from unittest import mock

import psutil
import yaml

from measuring import RECURCAST, ROOT, introduce

sys.path.insert(0, str(ROOT / "tests"))
from recurcast import environment

environment.prepare()
environment.silence()

from recurcast.promotion.champion_history import fold
from recurcast.promotion.entries import Entry
from recurcast.stack.servers import talking_to
from recurcast.tracking.registry.champion_history import read_history
from recurcast.tracking.store import Store, connect
from support.prefect_server import wait_until
from support.stack import project_in
from support.team import Team, lacking, team
from support.tiny import TINY

FIRST, INTERVALS = "2024-03-01", 20
WAVE = TINY | {"name": "wave", "training": {"epochs": 2}}


def main() -> None:
    """Print what became of the intervals, and fail where one is lost or doubled."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--intervals", type=int, default=INTERVALS)
    asked = parser.parse_args()
    if lack := lacking():
        sys.exit(lack)
    introduce(f"a backfill of {asked.intervals} intervals over two workers on PostgreSQL, one killed")
    with tempfile.TemporaryDirectory(prefix="machines-") as name, team(workers=2) as servers:
        machines = {each: _machine(Path(name) / each, servers) for each in ("desk", "east", "west")}
        _call(machines["desk"], "deploy")
        with ExitStack() as held:
            workers = {each: held.enter_context(_worker(machines[each], each)) for each in ("east", "west")}
            _backfill(machines["desk"], workers, asked.intervals, servers)


def _machine(root: Path, servers: Team) -> tuple[Path, dict[str, str]]:
    """A folder with the project, and the environment of somebody who works there."""
    project_in(root / "project", WAVE, cron="0 0 * * *")
    document = yaml.safe_load((root / "project" / "prefect.yaml").read_text())
    document["pull"] = [{"prefect.deployments.steps.set_working_directory": {"directory": "{{ $RECURCAST_PROJECT }}"}}]
    backfill = {"name": "backfill", "entrypoint": "flows/backfill.py:backfill"}
    backfill["work_pool"] = {"name": "recurcast", "work_queue_name": "backfill"}  # type: ignore[assignment]
    document["deployments"] = [*document["deployments"], backfill]
    document["deployments"][0]["paused"] = True  # no live tick comes between
    (root / "project" / "prefect.yaml").write_text(yaml.safe_dump(document))
    (root / "home").mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "MLFLOW_"))}
    own = {"HOME": str(root / "home"), "PREFECT_HOME": str(root / "home" / ".prefect"), "DO_NOT_TRACK": "true"}
    return root / "project", kept | servers.environment() | own


def _call(machine: tuple[Path, dict[str, str]], *arguments: str) -> "subprocess.CompletedProcess[str]":
    done = subprocess.run([RECURCAST, *arguments], cwd=machine[0], env=machine[1], capture_output=True, text=True)
    print(f"  recurcast {' '.join(arguments)}: exit code {done.returncode}", flush=True)
    return done


@contextmanager
def _worker(machine: tuple[Path, dict[str, str]], name: str) -> Iterator[psutil.Process]:
    command = [sys.executable, "-m", "prefect", "worker", "start", "--pool", "recurcast", "--type", "process"]
    command += ["--name", name, "--limit", "2"]
    own = machine[1] | {"RECURCAST_PROJECT": str(machine[0]), "PREFECT_WORKER_QUERY_SECONDS": "2"}
    with (machine[0] / "worker.log").open("wb") as log:
        started = subprocess.Popen(
            command, env=own, cwd=machine[0].parent, stdout=log, stderr=log, start_new_session=True
        )
    worker = psutil.Process(started.pid)
    try:
        yield worker
    finally:
        _kill(worker)
        started.wait()


def _kill(worker: psutil.Process) -> int:
    """Kill a worker and all that it started, as when its machine loses power; return how many processes there were."""
    try:
        everybody = [worker, *worker.children(recursive=True)]
    except psutil.NoSuchProcess:
        return 0
    for each in everybody:
        try:
            os.kill(each.pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    return len(everybody)


def _backfill(machine: Any, workers: dict[str, psutil.Process], intervals: int, servers: Team) -> None:
    began = time.monotonic()
    last = f"2024-03-{1 + intervals:02d}"
    arguments = ["backfill", "run", "wave", "--from", FIRST, "--to", last, "--isolated", "--concurrency", "2"]
    asked = subprocess.Popen(
        [RECURCAST, *arguments, "--json"], cwd=machine[0], env=machine[1], stdout=subprocess.DEVNULL
    )
    with mock.patch.dict(os.environ, servers.environment()):
        store = connect(machine[0])
        wait_until(lambda: _count(store, "FINISHED") >= intervals * 3 // 10, 1200, "some intervals are done")
        ran_backfill = next(name for name, each in workers.items() if _runs_the_backfill(each))
        victim = next(name for name in workers if name != ran_backfill)
        wait_until(lambda: workers[victim].children(recursive=True), 300, "the other worker is at an interval")
        killed, done = _kill(workers[victim]), _count(store, "FINISHED")
        print(
            f"  {time.monotonic() - began:.0f} s: '{victim}' killed with {killed} processes, {done} intervals done",
            flush=True,
        )
        asked.wait()
        left = intervals - _count(store, "FINISHED")
        print(
            f"  {time.monotonic() - began:.0f} s: the backfill ended with code {asked.returncode}, {left} to do again",
            flush=True,
        )
        _call(machine, *arguments, "--reprocess", "failed", "--json")
        seconds = time.monotonic() - began
    undisturbed = _undisturbed(arguments[:7])
    with mock.patch.dict(os.environ, servers.environment()):
        _expect_once(store, intervals, undisturbed)
    print(f"{intervals} intervals, each once, verdicts and champion right: {seconds:.0f} s")


def _undisturbed(arguments: list[str]) -> dict[datetime, str]:
    """The final verdict of each interval where one process does them in order."""
    with tempfile.TemporaryDirectory(prefix="undisturbed-") as name:
        root = Path(name)
        project_in(root, WAVE, cron="0 0 * * *")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "MLFLOW_"))}
        _call((root, kept | {"HOME": name, "PREFECT_HOME": str(root / ".prefect")}), *arguments)
        history = read_history(connect(root), "wave")
        assert history is not None
        return _final(history.entries)


def _final(entries: Iterable[Entry]) -> dict[datetime, str]:
    return {each.as_of: f"{each.decision}: {each.reason}" for each in entries if not each.provisional}


def _runs_the_backfill(worker: psutil.Process) -> bool:
    """Whether the backfill's own flow run, the first that began, is a child of this worker."""
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.sorting import FlowRunSort

    with talking_to(os.environ["PREFECT_API_URL"].removesuffix("/api")), get_client(sync_client=True) as client:
        first = client.read_flow_runs(sort=FlowRunSort.START_TIME_ASC, limit=50)
        own = {str(each.id) for each in first if each.name.startswith("backfill")}
    for child in worker.children(recursive=True):
        try:
            if child.environ().get("PREFECT__FLOW_RUN_ID") in own:
                return True
        except psutil.Error:
            continue
    return False


def _count(store: Store, status: str) -> int:
    return len(_parents(store, status))


def _parents(store: Store, status: str | None = None) -> list[Any]:
    experiment = store.client.get_experiment_by_name("wave")
    if experiment is None:
        return []
    wanted = "tags.trigger = 'backfill' AND tags.as_of LIKE '2024%' AND tags.decision LIKE '%'"
    wanted = "tags.as_of LIKE '2024%'" if status != "FINISHED" else wanted
    condition = f"{wanted} AND attributes.status = '{status}'" if status else wanted
    return list(store.client.search_runs([experiment.experiment_id], condition, max_results=1000))


def _expect_once(store: Store, intervals: int, undisturbed: dict[datetime, str]) -> None:
    done = Counter(
        run.data.tags["as_of"] for run in _parents(store, "FINISHED") if "mlflow.parentRunId" not in run.data.tags
    )
    versions = store.client.search_model_versions("name='wave' and tags.as_of LIKE '%'", max_results=1000)
    registered = Counter(each.tags["as_of"] for each in versions)
    history = read_history(store, "wave")
    assert history is not None
    champion = fold(history.entries).champion
    verdicts = _final(history.entries)
    promoted = [as_of for as_of, verdict in verdicts.items() if verdict.startswith("promote")]
    problems = {
        "intervals done": len(done) != intervals or set(done.values()) != {1},
        "versions": len(registered) != intervals or set(registered.values()) != {1},
        "runs left RUNNING": bool(_parents(store, "RUNNING")),
        "final verdicts": len(verdicts) != intervals or verdicts != undisturbed,
        "champion": champion is None or champion.as_of != max(promoted),
        "alias": champion is not None and history.alias != champion.version,
    }
    if any(problems.values()):
        sys.exit(
            f"wrong: {[name for name, wrong in problems.items() if wrong]}: {done}, {registered}, {champion}, {verdicts}, "
            f"{undisturbed}"
        )


if __name__ == "__main__":
    main()
