"""All checks, group beside group: each in a thread of its own, none longer than its patience, none with an exception."""

import contextvars
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial

from recurcast.environment import variables_kept
from recurcast.errors import RecurcastError
from recurcast.masking import mask_error
from recurcast.stack.doctor.checks import Check, Place, failed
from recurcast.stack.doctor.executor import executor_checks
from recurcast.stack.doctor.installation import installation_checks
from recurcast.stack.doctor.mlflow_store import mlflow_checks
from recurcast.stack.doctor.prefect_server import prefect_checks
from recurcast.stack.doctor.project import project_checks
from recurcast.stack.doctor.sources import source_checks

Checks = Callable[[Place], Iterator[Check]]

GROUPS: dict[str, Checks] = {
    "project": project_checks,
    "installation": installation_checks,
    "mlflow": mlflow_checks,
    "prefect": prefect_checks,
    "sources": source_checks,
    "executor": executor_checks,
}
"""Another part of the house adds its checks here; one that needs nothing of a place gives none."""
_PATIENCE = 40.0  # seconds for a group, whose single questions have three to eight each
_IMPATIENT = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "0",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "8",
    "AWS_MAX_ATTEMPTS": "1",
}


@dataclass
class _Group:
    """A group that is being asked; `checks` grows until it is `over`."""

    name: str
    checks: list[Check] = field(default_factory=list)
    over: bool = False


def examine(place: Place, patience: float = _PATIENCE) -> tuple[Check, ...]:
    """Return all checks, in the order of the groups; whoever has not answered by then is said to be silent."""
    with variables_kept(*_IMPATIENT):
        for name, value in _IMPATIENT.items():
            os.environ.setdefault(name, value)
        _import_once()
        asked = [_ask(name, checks, place) for name, checks in GROUPS.items()]
        deadline = time.monotonic() + patience
        for _, thread in asked:
            thread.join(max(0.0, deadline - time.monotonic()))
    return tuple(check for group, _ in asked for check in _said_by(group, patience))


def _said_by(group: _Group, patience: float) -> tuple[Check, ...]:
    said = tuple(group.checks)
    if group.over:
        return said
    silent = f"no answer within {patience:g} s" + (f" after '{said[-1].name}'" if said else "")
    return (
        *said,
        failed(group.name, silent, "Something there accepts connections and does not answer: see its own log."),
    )


def _ask(name: str, checks: Checks, place: Place) -> tuple[_Group, threading.Thread]:
    group = _Group(name)
    # Prefect's settings hang on the context, which a thread does not inherit.
    body = partial(contextvars.copy_context().run, _gather, group, checks, place)
    thread = threading.Thread(target=body, name=f"doctor {name}", daemon=True)
    thread.start()
    return group, thread


def _gather(group: _Group, checks: Checks, place: Place) -> None:
    try:
        for check in checks(place):
            group.checks.append(check)
    except RecurcastError as error:
        group.checks.append(failed(group.name, str(error), ""))
    except Exception as error:
        mask_error(error)
        first = next(iter(str(error).splitlines()), "")
        group.checks.append(failed(group.name, f"{type(error).__name__}: {first}", "See where: recurcast doctor -v."))
    group.over = True


def _import_once() -> None:
    """Two threads that import one library at once may each see half of it."""

    import recurcast.tracking.examining.artifacts
    import recurcast.tracking.examining.store  # noqa: F401
