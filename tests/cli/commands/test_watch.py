"""What ends by itself in a stack that a terminal holds: started again, and not for ever."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from recurcast.cli.commands.watch import Restarts
from recurcast.errors import RecurcastError
from recurcast.stack.record import PREFECT, Part

ENDED = [Part(PREFECT, 1, 1.0, "http://127.0.0.1:4200")]


class Watched:
    """Restarts by hand: a clock that is set, and a start that counts."""

    def __init__(self, root: Path, problem: str = "") -> None:
        self.output, self.time, self.starts, self._problem = io.StringIO(), 0.0, 0, problem
        self.restarts = Restarts(root, Console(file=self.output, width=200), self._start, lambda: self.time)

    def _start(self) -> None:
        self.starts += 1
        if self._problem:
            raise RecurcastError(self._problem)

    def ends(self, times: int, every: float) -> None:
        """Let the part end so many times."""
        for _ in range(times):
            self.time += every
            self.restarts.see_to(ENDED)


@pytest.fixture
def watched(tmp_path: Path) -> Watched:
    """A stack whose parts can be started again."""
    return Watched(tmp_path)


def test_what_lives_is_left_alone(watched: Watched) -> None:
    watched.restarts.see_to([])

    assert (watched.starts, watched.output.getvalue()) == (0, "")


def test_what_ends_time_after_time_is_left_and_that_is_said_once(watched: Watched) -> None:
    watched.ends(20, every=2)

    assert watched.starts == 5
    assert watched.output.getvalue().count("it is not started again, after 5 times within 10 min") == 1
    assert "recurcast logs prefect" in watched.output.getvalue()


def test_what_ends_now_and_then_is_started_again_for_ever(watched: Watched) -> None:
    watched.ends(50, every=200)

    assert watched.starts == 50


def test_what_was_left_is_seen_to_again_once_somebody_has_started_it(watched: Watched) -> None:
    watched.ends(20, every=2)
    watched.restarts.see_to([])
    watched.ends(1, every=600)

    assert watched.starts == 6


def test_why_a_start_failed_is_said_and_the_watch_goes_on(tmp_path: Path) -> None:
    watched = Watched(tmp_path, problem="the disk is full. Make room.")
    watched.ends(2, every=2)

    assert watched.starts == 2
    assert watched.output.getvalue().count("it could not be started again: the disk is full. Make room.") == 2
