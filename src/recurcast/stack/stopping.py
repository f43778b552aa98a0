"""Take the stack down: runs first, then workers, then servers; nothing stays behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from recurcast.errors import RecurcastError
from recurcast.stack import processes
from recurcast.stack.leftovers import FLOW_RUN_ID, SettledFlowRun, close_in_mlflow, close_on_server
from recurcast.stack.record import FOLDER, MLFLOW, PREFECT, Part, StackRecord, one_at_a_time, read_record, remove_record

if TYPE_CHECKING:
    from recurcast.tracking.recovery import ClosedRun

_Left = TypeVar("_Left")


@dataclass(frozen=True)
class StoppedStack:
    """What was stopped: the parts, and the runs that were going; `problems` say why a store was not put in order."""

    parts: tuple[str, ...]
    settled: tuple[SettledFlowRun, ...]
    closed: "tuple[ClosedRun, ...]"
    problems: tuple[str, ...] = ()


def bring_down(root: Path, tell: Callable[[str], None]) -> StoppedStack:
    """Return what was stopped; `tell` hears of each part as it is. Servers that the stack did not start stay.

    A run that is going is stopped, and marked so in both stores: its interval can be run again. A store that refuses to
    be asked, such as a server whose password is not at hand, keeps nothing from being stopped.
    """
    if not (root / FOLDER).is_dir():
        return StoppedStack((), (), ())
    with one_at_a_time(root):
        record = read_record(root)
        _stop_runs(root)
        stopped = _stop_all(record.workers, tell)
        problems: list[str] = []
        try:
            settled = _as_far_as_it_goes(lambda: close_on_server(root), problems)
            closed = _as_far_as_it_goes(lambda: close_in_mlflow(root), problems)
        finally:
            stopped += _stop_all(_servers_of(record), tell)
            processes.kill(processes.left_over(root))
            remove_record(root)
    return StoppedStack(stopped, settled, closed, tuple(problems))


def _as_far_as_it_goes(close: Callable[[], tuple[_Left, ...]], problems: list[str]) -> tuple[_Left, ...]:
    try:
        return close()
    except RecurcastError as problem:
        problems.append(str(problem))
        return ()


def _servers_of(record: StackRecord) -> list[Part]:
    return [record.parts[name] for name in (MLFLOW, PREFECT) if name in record.parts]


def _stop_runs(root: Path) -> None:
    """End the processes of runs, while their worker still lives to tell the server."""
    processes.ask_to_end([each for each in processes.left_over(root) if processes.value_of(each, FLOW_RUN_ID)])


def _stop_all(parts: Sequence[Part], tell: Callable[[str], None]) -> tuple[str, ...]:
    """Stop the parts at the same time; return those that ran."""
    living = [part for part in parts if processes.alive(part)]
    processes.stop(living)
    for part in living:
        tell(part.name)
    return tuple(part.name for part in living)
