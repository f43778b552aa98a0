"""The terminal that holds a stack: it starts again what ends by itself, and ends with ctrl-c."""

import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rich.console import Console

from recurcast.cli.display.printing import about, say
from recurcast.errors import RecurcastError
from recurcast.stack import processes
from recurcast.stack.launching import RunningPart
from recurcast.stack.record import Part, read_record, write_record
from recurcast.stack.starting import Wish, bring_up
from recurcast.stack.stopping import StoppedStack, bring_down

_LOOK = 2.0  # seconds between two looks at the parts
_MOST_RESTARTS, _SPAN = 5, 600.0  # so many within so many seconds: what ends more often does not get better by that


def stay(root: Path, wish: Wish, console: Console) -> None:
    """Watch over the stack in this terminal: start again what ends by itself, and stop it all at the end."""
    own = processes.this_process("up")
    write_record(root, replace(read_record(root), holder=own))
    say(console, "Ctrl-c stops it all; 'recurcast up --detach' would go on without this terminal.", "dim")
    restarts = Restarts(root, console, lambda: _bring_up_again(root, wish, console))
    try:
        while True:
            threading.Event().wait(_LOOK)
            record = read_record(root)
            if record.holder != own:
                say(console, "Stopped by 'recurcast down'.")
                return
            restarts.see_to([part for part in record.parts.values() if not processes.alive(part)])
    except KeyboardInterrupt:
        say(console, "Stopping; runs that are going are marked, and can be run again.")
        with _ctrl_c_ignored():
            say_stopped(console, bring_down(root, lambda name: say(console, f"stopped   {name}")))


def _bring_up_again(root: Path, wish: Wish, console: Console) -> None:
    bring_up(root, wish, lambda part: say_part(console, part) if part.how == "started" else None)


class Restarts:
    """What ended by itself is started again, unless that happens time after time; then a person is told, once."""

    def __init__(
        self, root: Path, console: Console, start: Callable[[], None], clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._root, self._console, self._start, self._clock = root, console, start, clock
        self._times: deque[float] = deque(maxlen=_MOST_RESTARTS)
        self._gave_up = False

    def see_to(self, ended: Sequence[Part]) -> None:
        """Start these parts again, or leave them."""
        if not ended:
            self._gave_up = False
        elif not self._too_often():
            self._start_again(ended)
        elif not self._gave_up:
            self._gave_up = True
            say(
                self._console,
                f"it is not started again, after {_MOST_RESTARTS} times within {about(_SPAN)}. See its log "
                f"('recurcast logs {ended[0].name}'); 'recurcast up' starts it.",
                "red",
            )

    def _too_often(self) -> bool:
        return len(self._times) == _MOST_RESTARTS and self._clock() - self._times[0] < _SPAN

    def _start_again(self, ended: Sequence[Part]) -> None:
        self._times.append(self._clock())
        for part in ended:
            words = processes.last_words(self._root, part.name, 1) or "nothing"
            say(self._console, f"{part.name} has ended; it says: {words}", "red")
        try:
            self._start()
        except RecurcastError as error:
            say(self._console, f"it could not be started again: {error}", "red")


def say_part(console: Console, part: RunningPart) -> None:
    """Print that a part is healthy."""
    how = {
        "started": f"healthy after {about(part.seconds)}",
        "joined": "healthy, ran already",
        "yours": "healthy, yours",
    }
    where = f"work pool {part.address}" if part.name.startswith("worker") else part.address
    note = f" ({part.note})" if part.note else ""
    say(console, f"{part.name:<9} {where:<28} {how[part.how]}{note}")


def say_stopped(console: Console, stopped: StoppedStack) -> None:
    """Print what was put in order while the stack was stopped."""
    for settled in stopped.settled:
        say(console, f"settled   {settled.name}: {settled.state}", "yellow")
    for run in stopped.closed:
        say(console, f"closed    {run.pipeline} {run.name}: {run.status}", "yellow")
    for problem in stopped.problems:
        say(console, f"all is stopped, but runs that were going may still be shown as such: {problem}", "yellow")
    if stopped.problems:
        say(console, "The next 'recurcast up' puts them in order.", "yellow")
    if not stopped.parts:
        say(console, "Nothing of this project's stack was running.")


@contextmanager
def _ctrl_c_ignored() -> Iterator[None]:
    """Who is impatient may press it again; the parts are stopped in their order all the same."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
