"""Bring the stack up: start what does not run, join what does, deploy, and see that scheduled runs appear.

Prefect's server ────────────▶ healthy ─▶ leftovers ─▶ work pools ─▶ deploy ──────▶ scheduled runs appear
MLflow's database ─▶ its server ─────────────▶ healthy      └─▶ workers ─▶ known to the server
"""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from recurcast.config.project_file import read_project_file
from recurcast.environment import importing
from recurcast.errors import RecurcastError
from recurcast.scheduling.deployments.deploy import Deployed, check_project, deploy
from recurcast.scheduling.server import connected
from recurcast.stack import parts, processes
from recurcast.stack.hosts import LOOPBACK
from recurcast.stack.launching import Launches, RunningPart
from recurcast.stack.leftovers import FLOW_RUN_ID, SettledFlowRun, close_in_mlflow, settle_flow_runs
from recurcast.stack.record import (
    FOLDER,
    MLFLOW,
    PREFECT,
    StackRecord,
    not_writable,
    one_at_a_time,
    read_record,
    write_record,
)
from recurcast.stack.scheduled import Scheduled, wait_until_scheduled
from recurcast.stack.servers import mlflow_store, servers, talking_to
from recurcast.stack.workers import start_workers, wait_until_known

if TYPE_CHECKING:
    from recurcast.tracking.recovery import ClosedRun

_PATIENCE = 60.0
"""Seconds for the first answer of a server that says it is healthy: it is as busy as the machine, starting its services."""
_LEAST_ROOM = 100 * 2**20  # bytes: databases and logs of a day


@dataclass(frozen=True)
class Wish:
    """How the servers are to be started."""

    host: str = LOOPBACK
    mlflow_port: int = parts.MLFLOW_PORT
    prefect_port: int = parts.PREFECT_PORT
    insecure: bool = False


@dataclass(frozen=True)
class RunningStack:
    """The whole stack, healthy, and what was put in order on the way."""

    parts: tuple[RunningPart, ...]
    deployed: Deployed
    scheduled: Scheduled
    closed: "tuple[ClosedRun, ...]"
    settled: tuple[SettledFlowRun, ...]
    seconds: float


def bring_up(root: Path, wish: Wish, tell: Callable[[RunningPart], None]) -> RunningStack:
    """Return the project's stack, running and healthy; `tell` hears of each part as soon as it is.

    What runs already is joined. Where something fails, what was started here is stopped again, and a RecurcastError says
    why: a ConfigurationError where an address is open to others, or prefect.yaml is wrong.
    """
    began = time.monotonic()
    check_project(read_project_file(root), root)
    _expect_place(root)
    with one_at_a_time(root):
        record = _without_the_dead(root)
        launches = Launches(root, record, tell)
        try:
            return _start_everything(root, wish, launches, began)
        except BaseException:
            launches.undo()
            raise


def _start_everything(root: Path, wish: Wish, launches: Launches, began: float) -> RunningStack:
    foreign = servers(launches.record)
    has_mlflow, has_prefect = foreign.mlflow is None, foreign.prefect is None
    parts.expect_guarded(wish.host, mlflow=has_mlflow, prefect=has_prefect, insecure=wish.insecure)
    prefect = launches.server(
        PREFECT, foreign.prefect, wish.host, wish.prefect_port, lambda port: parts.prefect_server(root, wish.host, port)
    )
    closed = close_in_mlflow(root)  # this makes the database, too, for which MLflow's own server would take longer
    store = mlflow_store(root)
    mlflow = launches.server(
        MLFLOW,
        foreign.mlflow,
        wish.host,
        wish.mlflow_port,
        lambda port: parts.mlflow_server(root, store, wish.host, port),
    )
    with importing():  # while the servers start
        import_module("prefect.client.orchestration")
    api = launches.until_healthy(prefect)
    with talking_to(api), connected(_PATIENCE) as client:
        settled = settle_flow_runs(client, root, worker_lives=_some_worker_lives(launches)) if has_prefect else ()
        workers = start_workers(client, root, api, launches)
        launches.until_healthy(mlflow)
        deployed = deploy(root)
        for worker in workers:
            wait_until_known(client, root, worker)
            launches.is_healthy(worker.starting)
        scheduled = wait_until_scheduled(client, [each.full_name for each in deployed.deployments])
    return RunningStack(tuple(launches.running), deployed, scheduled, closed, settled, time.monotonic() - began)


def _some_worker_lives(launches: Launches) -> bool:
    return any(processes.alive(part) for part in launches.record.workers)


def _without_the_dead(root: Path) -> StackRecord:
    """Return what is recorded, once nothing runs that a dead part has left behind; runs of flows go on without a worker."""
    record = read_record(root)
    if not processes.alive(record.holder):
        record = replace(record, holder=None)
    processes.kill(
        each for each in processes.left_over(root, record.parts.values()) if not processes.value_of(each, FLOW_RUN_ID)
    )
    write_record(root, record)
    return record


def _expect_place(root: Path) -> None:
    folder = root / FOLDER
    try:
        (folder / "logs").mkdir(parents=True, exist_ok=True)
        (folder / ".writable").touch()
        (folder / ".writable").unlink()
    except OSError as error:
        raise not_writable(folder, error) from error
    room = shutil.disk_usage(folder).free
    if room < _LEAST_ROOM:
        raise RecurcastError(
            f"the stack needs {_LEAST_ROOM // 2**20} MB of room on its disk; {folder} has {room // 2**20} MB. Make room."
        )
