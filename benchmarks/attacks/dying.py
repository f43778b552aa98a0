"""Hooks for a child: where it kills itself, counted in its writes to MLflow, so that a seed gives the same moments again."""

import itertools
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_WRITES = ("create_", "set_", "log_", "update_", "delete_", "finalize_", "link_", "transition_")
ANYWHERE, ENTRY = "anywhere", "a promotion's entry"


@dataclass(frozen=True)
class Moment:
    """Before or after the n-th write since a point: the start, or the entry of a verdict in the champion's history."""

    since: str
    write: int
    after: bool
    group: bool
    """Whether its whole process group dies with it."""

    def __str__(self) -> str:
        """Return it in words."""
        who = "group" if self.group else "process"
        return f"{who} killed {'after' if self.after else 'before'} write {self.write} since {self.since}"


def dying_at(moment: Moment) -> Callable[[], None]:
    """Return a hook that lets the process die there, and be killed as a machine kills: nothing is said, nothing closed."""
    return lambda: _each_write(_Countdown(moment))


def counting(file: Path) -> Callable[[], None]:
    """Return a hook that notes how many writes a command takes, and how many of them follow an entry."""

    def noted(number: int, since_entry: int | None, after: bool) -> None:
        if after:
            file.write_text(f"{number} {since_entry or 0}")

    return lambda: _each_write(noted)


class _Countdown:
    def __init__(self, moment: Moment) -> None:
        self._moment = moment

    def __call__(self, number: int, since_entry: int | None, after: bool) -> None:
        counted = number if self._moment.since == ANYWHERE else since_entry
        if counted == self._moment.write and after == self._moment.after:
            os.kill(-os.getpid() if self._moment.group else os.getpid(), signal.SIGKILL)
            signal.pause()  # another thread may still be on its way


def _each_write(told: Callable[[int, int | None, bool], None]) -> None:
    """Tell of each write of MLflow's client, before and after it: its number, and its number since the last entry."""
    from mlflow import MlflowClient

    numbers, entered = itertools.count(1), list[int]()

    def writing(name: str, write: Callable[..., Any]) -> Callable[..., Any]:
        def written(client: Any, *arguments: Any, **named: Any) -> Any:
            number = next(numbers)
            if name == "set_registered_model_tag" and str(arguments[1]).startswith("history."):
                entered.append(number)
            since = number - entered[-1] if entered else None
            told(number, since, False)
            answer = write(client, *arguments, **named)
            told(number, since, True)
            return answer

        return written

    for name in dir(MlflowClient):
        if name.startswith(_WRITES):
            setattr(MlflowClient, name, writing(name, getattr(MlflowClient, name)))
