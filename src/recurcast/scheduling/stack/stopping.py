"""Take the stack down: runs first, then workers, then servers; nothing stays behind."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from recurcast.scheduling.stack import processes
from recurcast.scheduling.stack.leftovers import FLOW_RUN_ID, SettledFlowRun, close_leftovers
from recurcast.scheduling.stack.record import (
    FOLDER,
    MLFLOW,
    PREFECT,
    Part,
    one_at_a_time,
    read_record,
    remove_record,
)
from recurcast.tracking.recovery import ClosedRun


@dataclass(frozen=True)
class StoppedStack:
    """What was stopped: the parts, and the runs that were going."""

    parts: tuple[str, ...]
    settled: tuple[SettledFlowRun, ...]
    closed: tuple[ClosedRun, ...]


def bring_down(root: Path, tell: Callable[[str], None]) -> StoppedStack:
    """Return what was stopped; `tell` hears of each part as it is. Servers that the stack did not start stay.

    A run that is going is stopped, and marked so in both stores: its interval can be run again.
    """
    if not (root / FOLDER).is_dir():
        return StoppedStack((), (), ())
    with one_at_a_time(root):
        record = read_record(root)
        _stop_runs(root)
        stopped = _stop_all(record.workers, tell)
        left = close_leftovers(root)
        stopped += _stop_all([record.parts[name] for name in (MLFLOW, PREFECT) if name in record.parts], tell)
        processes.kill(processes.left_over(root))
        remove_record(root)
    return StoppedStack(stopped, left.on_server, left.in_mlflow)


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
