"""One run of a deployment on the server, submitted and followed until it is final."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import TYPE_CHECKING

from recurcast.errors import ConfigurationError
from recurcast.instants import format_instant, parse_instant
from recurcast.scheduling.server import connected, detail

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun
    from prefect.client.schemas.responses import DeploymentResponse

from dataclasses import field
from datetime import timedelta
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

_PAGE = 200  # the most logs that the server gives at once

_LATE = timedelta(seconds=10)  # a log may arrive after one that was written later, by another process


@dataclass
class RunLogs:
    """The logs of one run, read a little at a time, each line once."""

    flow_run_id: UUID
    newest: datetime | None = None
    seen: set[UUID] = field(default_factory=set)

    def new_lines(self, client: "SyncPrefectClient") -> tuple[str, ...]:
        """Return the lines that arrived since the last call, oldest first."""
        from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId, LogFilterTimestamp

        after = LogFilterTimestamp(after_=self.newest - _LATE) if self.newest else None
        wanted = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[self.flow_run_id]), timestamp=after)
        lines: list[str] = []
        offset = 0
        while page := client.read_logs(wanted, limit=_PAGE, offset=offset):
            fresh = [log for log in page if log.id not in self.seen]
            lines += [line for log in fresh if (line := shown(log.message))]
            self.seen |= {log.id for log in fresh}
            self.newest = max((log.timestamp for log in page), default=self.newest)
            offset += len(page)
            if len(page) < _PAGE:
                break
        return tuple(lines)


def shown(message: str) -> str:
    """Return what a terminal shows of a log: where in the code it was stands on the server's page.

    Prefect's engine calls it an unexpected exception that a flow ends as failed, which is told once it has.
    """
    said, traceback, _where = message.partition("\nTraceback (most recent call last)")
    return "" if traceback and said.startswith(_ENGINE) else said


_ENGINE = "Engine execution exited with unexpected exception"
_LAST_LINES = 3.0  # seconds: a run's process sends its lines every two, and the last of them after its final state


@dataclass(frozen=True)
class FlowRunNews:
    """What is new about a run that is followed: its state, the log lines since the last news, a hint for the user."""

    flow_run_id: str
    name: str
    state: str
    lines: tuple[str, ...] = ()
    hint: str | None = None


@dataclass(frozen=True)
class FinishedFlowRun:
    """A run that is final; `state` is Prefect's type, such as COMPLETED; `as_of` is none where the flow chose it."""

    flow_run_id: str
    name: str
    state: str
    message: str
    as_of: datetime | None

    @property
    def completed(self) -> bool:
        """Return whether the run ended well."""
        return self.state == "COMPLETED"


def submit(
    name: str,
    follow: Callable[[FlowRunNews], None],
    *,
    as_of: datetime | None = None,
    parameters: Mapping[str, object] | None = None,
    flow: str = "train",
    poll_seconds: float = 1.0,
) -> FinishedFlowRun:
    """Return the finished run of the deployment `flow/name`, run by a worker with `parameters` in place of its own.

    `follow` hears whatever is new, at first that the run was created. An interrupt (ctrl-c) leaves it to the server.

    A ConfigurationError says that there is no such deployment, or that its flow refuses a parameter; StoreUnavailable,
    that no server answers, or no longer.
    """
    chosen = dict(parameters or {}) | ({"as_of": format_instant(as_of)} if as_of else {})
    with connected() as client:
        deployment = _deployment(client, f"{flow}/{name}")
        run = _create(client, deployment, chosen, _name(name, chosen))
        follow(FlowRunNews(str(run.id), run.name, _state(run), hint=_missing_worker(client, deployment)))
        return _followed(client, deployment, run, follow, poll_seconds)


def _deployment(client: "SyncPrefectClient", full_name: str) -> "DeploymentResponse":
    from prefect.exceptions import ObjectNotFound

    try:
        return client.read_deployment_by_name(full_name)
    except ObjectNotFound as error:
        raise ConfigurationError(
            f"the server runs what is deployed; there is no deployment '{full_name}'. Run 'recurcast deploy' first."
        ) from error


def _name(deployment: str, chosen: Mapping[str, object]) -> str:
    """What the run is of as far as it is known by now; once it has begun, it says the rest itself."""
    known = (chosen.get("pipeline"), chosen.get("as_of"))
    return " ".join([deployment, *(each for each in known if isinstance(each, str))])


def _create(
    client: "SyncPrefectClient", deployment: "DeploymentResponse", chosen: dict[str, object], name: str
) -> "FlowRun":
    from prefect.exceptions import PrefectHTTPStatusError

    try:
        return client.create_flow_run_from_deployment(deployment.id, parameters=chosen, name=name)
    except PrefectHTTPStatusError as error:
        if error.response.status_code not in (409, 422):
            raise
        raise ConfigurationError(
            f"the deployment '{deployment.name}' refuses these parameters: {detail(error)}. "
            "If prefect.yaml or the flow changed since, run 'recurcast deploy'."
        ) from error


def _missing_worker(client: "SyncPrefectClient", deployment: "DeploymentResponse") -> str | None:
    """Return what to do where nobody would take the run, or none."""
    work_pool = deployment.work_pool_name
    if work_pool is None:
        return "the deployment has no work pool, so that no worker takes the run; run 'recurcast deploy'"
    if client.read_work_pool(work_pool).is_paused:
        return f"the work pool is paused; resume it with: prefect work-pool resume {work_pool}"
    if any(worker.status.value == "ONLINE" for worker in client.read_workers_for_work_pool(work_pool)):
        return None
    return f"no worker is running; start one with: prefect worker start --pool {work_pool}"


def _followed(
    client: "SyncPrefectClient",
    deployment: "DeploymentResponse",
    run: "FlowRun",
    follow: Callable[[FlowRunNews], None],
    poll_seconds: float,
) -> FinishedFlowRun:
    logs, state = RunLogs(run.id), _state(run)
    last_polls = ceil(_LAST_LINES / poll_seconds)
    while last_polls:
        time.sleep(poll_seconds)
        run = client.read_flow_run(run.id)
        lines = logs.new_lines(client)
        if lines or _state(run) != state:
            state = _state(run)
            hint = _missing_worker(client, deployment) if state == "Late" else None
            follow(FlowRunNews(str(run.id), run.name, state, lines, hint))
        if run.state is not None and run.state.is_final():
            last_polls -= 1
    return _finished(run)


def _finished(run: "FlowRun") -> FinishedFlowRun:
    as_of = run.parameters.get("as_of")
    message = run.state.message if run.state is not None else None
    return FinishedFlowRun(
        flow_run_id=str(run.id),
        name=run.name,
        state=run.state_type.value if run.state_type is not None else "UNKNOWN",
        message=message or "",
        as_of=parse_instant(as_of) if isinstance(as_of, str) else None,
    )


def _state(run: "FlowRun") -> str:
    return run.state_name or "Unknown"
