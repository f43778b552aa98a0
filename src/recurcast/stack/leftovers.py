"""What dead processes left behind: runs that would stay RUNNING in MLflow and on Prefect's server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recurcast.config.project import TrainingDeployment, read_deployments
from recurcast.environment import importing
from recurcast.scheduling.server import connected
from recurcast.stack import processes
from recurcast.stack.health import answers
from recurcast.stack.record import PREFECT, read_record
from recurcast.stack.servers import talking_to

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

    from recurcast.tracking.recovery import ClosedRun

FLOW_RUN_ID = "PREFECT__FLOW_RUN_ID"
"""Stands in the environment of the process that Prefect's worker starts for a run."""
_GONE = "The process of this run is gone, so that nobody ended it; found by recurcast."
_PAGE = 200


@dataclass(frozen=True)
class SettledFlowRun:
    """A flow run that no process works on; `state` is the one it got."""

    flow_run_id: str
    name: str
    state: str


@dataclass(frozen=True)
class Leftovers:
    """What nobody works on: runs of MLflow's and of the project's own Prefect server."""

    in_mlflow: "tuple[ClosedRun, ...]"
    on_server: tuple[SettledFlowRun, ...]

    @property
    def any(self) -> bool:
        """Return whether there is something to put in order."""
        return bool(self.in_mlflow or self.on_server)


def find_leftovers(root: Path) -> Leftovers:
    """Return what dead processes left behind; nothing is changed. StoreUnavailable: the store can't be used."""
    from recurcast.tracking.recovery import find_abandoned
    from recurcast.tracking.store import connect

    with _own_server(root) as client:
        on_server = () if client is None else _gone(client, root, worker_lives=_worker_lives(root))
        return Leftovers(find_abandoned(connect(root)), tuple(_settled(run) for run in on_server))


def close_leftovers(root: Path) -> Leftovers:
    """Return what dead processes left behind, now closed in both stores. StoreUnavailable: the store can't be used."""
    return Leftovers(on_server=close_on_server(root), in_mlflow=close_in_mlflow(root))


def close_on_server(root: Path) -> tuple[SettledFlowRun, ...]:
    """Return the runs on the stack's own server that nobody works on, now settled; none where it does not run.

    StoreUnavailable says that it refuses, such as for want of a password.
    """
    with _own_server(root) as client:
        return () if client is None else settle_flow_runs(client, root, worker_lives=_worker_lives(root))


def close_in_mlflow(root: Path) -> "tuple[ClosedRun, ...]":
    """Return the runs of all pipelines that dead processes left RUNNING in MLflow, now closed.

    StoreUnavailable says that the store can't be used.
    """
    with importing():  # MLflow, while Prefect's server starts
        from recurcast.tracking.recovery import find_abandoned, recover_all
        from recurcast.tracking.store import connect

    store = connect(root)
    if not find_abandoned(store):
        return ()
    pipelines = [each.pipeline for each in read_deployments(root) if isinstance(each, TrainingDeployment)]
    return recover_all(store, pipelines)


def settle_flow_runs(client: "SyncPrefectClient", root: Path, *, worker_lives: bool) -> tuple[SettledFlowRun, ...]:
    """Return the runs on the project's own server that nobody works on, now Crashed; those that had not begun wait again.

    What a living worker is about to start is left alone; so is a run that no deployment started, nor one of its runs.
    """
    from prefect.client.schemas.objects import State
    from prefect.states import Crashed, Scheduled

    gone = _gone(client, root, worker_lives=worker_lives)
    for run in gone:
        begun = _has_begun(run)
        state: State[Any] = Crashed(message=_GONE) if begun else Scheduled(scheduled_time=run.expected_start_time)
        client.set_flow_run_state(run.id, state, force=not begun)
    return tuple(_settled(run) for run in gone)


def _gone(client: "SyncPrefectClient", root: Path, *, worker_lives: bool) -> "list[FlowRun]":
    unfinished = _unfinished(client)
    working = _worked_on(root)  # looked up later: who ended meanwhile has told the server, who has begun is left alone
    return [run for run in unfinished if _is_abandoned(client, run, working, worker_lives=worker_lives)]


def _settled(run: "FlowRun") -> SettledFlowRun:
    return SettledFlowRun(str(run.id), run.name, "Crashed" if _has_begun(run) else "Scheduled")


def _has_begun(run: "FlowRun") -> bool:
    from prefect.client.schemas.objects import StateType

    return run.state_type != StateType.PENDING


@contextmanager
def _own_server(root: Path) -> "Iterator[SyncPrefectClient | None]":
    """A client of the stack's own server, where it answers: on a team's, heartbeats and automations do this."""
    part = read_record(root).parts.get(PREFECT)
    if part is None or not answers(PREFECT, part.address):
        yield None
        return
    with talking_to(part.address), connected() as client:
        yield client


def _worker_lives(root: Path) -> bool:
    return any(processes.alive(part) for part in read_record(root).workers)


def _unfinished(client: "SyncPrefectClient") -> "list[FlowRun]":
    from prefect.client.schemas.filters import FlowRunFilter, FlowRunFilterState, FlowRunFilterStateType
    from prefect.client.schemas.objects import StateType

    types = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]
    wanted = FlowRunFilter(state=FlowRunFilterState(type=FlowRunFilterStateType(any_=types)))
    runs: list[FlowRun] = []
    while page := client.read_flow_runs(flow_run_filter=wanted, limit=_PAGE, offset=len(runs)):
        runs += page
    return runs


def _worked_on(root: Path) -> frozenset[str]:
    """The flow runs that a process of the stack works on now."""
    return frozenset(run_id for each in processes.left_over(root) if (run_id := processes.value_of(each, FLOW_RUN_ID)))


def _is_abandoned(client: "SyncPrefectClient", run: "FlowRun", working: frozenset[str], *, worker_lives: bool) -> bool:
    from prefect.client.schemas.objects import StateType

    if str(run.id) in working or (run.state_type == StateType.PENDING and worker_lives):
        return False
    if run.deployment_id is not None:
        return True
    if run.parent_task_run_id is None:
        return False
    parent = client.read_task_run(run.parent_task_run_id).flow_run_id
    if parent is None or str(parent) in working:
        return False
    above = client.read_flow_run(parent)
    ended = above.state is None or above.state.is_final()
    return ended or _is_abandoned(client, above, working, worker_lives=worker_lives)
