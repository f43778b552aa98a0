"""Charts drawn in a process beside, while this one trains, judges and records.

    here    train | judge |  record scores  | verdict | promote | file the charts
    beside  matplotlib ...| losses | forecasts |comparison|

Drawing is bytecode under Python's one lock, so a thread gains nothing; a second processor does. The drawings are the same,
and whatever keeps the process from answering, a chart is drawn here.
"""

import atexit
import contextlib
import os
import pickle
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import Future
from importlib import import_module
from itertools import count
from queue import SimpleQueue
from threading import Lock, Thread
from typing import IO, Any

from recurcast.environment import memory, processors

_LEAST_MEMORY = 4 * 2**30  # bytes: the process takes 0.2 GB
_MOST_BYTES = 2**25
"""Of what a chart is made of: copying more would take longer than drawing."""
_LONGEST = 60.0
"""Seconds that are waited for a drawing before it is made here."""
_COMMAND = (sys.executable, "-P", "-c", "from recurcast.reporting.charts.apart import answer; answer()")
Drawing = Callable[[], bytes]
"""Waits for a chart, and returns it as a PNG."""


class Artist:
    """A process that draws what it is told to, in that order."""

    def __init__(self) -> None:
        # In a session of its own: ctrl-c is this process's to answer, and whose standard input ends, ends.
        self._process = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._numbers, self._owner = count(), os.getpid()
        self._waiting: dict[int, Future[bytes]] = {}
        self._asked: SimpleQueue[tuple[int, bytes] | None] = SimpleQueue()
        works = ((self._tell, self._process.stdin), (self._hear, self._process.stdout))
        self._threads = [Thread(target=work, args=(stream,), daemon=True, name="artist") for work, stream in works]
        for thread in self._threads:
            thread.start()

    @property
    def ours(self) -> bool:
        """Return whether this process started it, and not one that this one was forked from."""
        return self._owner == os.getpid()

    def draws(self, asked: bytes) -> "Future[bytes]":
        """Return what will be the drawing; an error where the process is gone."""
        drawing: Future[bytes] = Future()
        number = next(self._numbers)
        self._waiting[number] = drawing
        self._asked.put((number, asked))
        if self._process.poll() is not None:
            self._give_up()
        return drawing

    def leave(self) -> None:
        """End the process."""
        self._asked.put(None)
        self._process.kill()
        self._process.wait()
        for thread in self._threads:
            thread.join()

    def _tell(self, asked: IO[bytes]) -> None:
        """Hand over what is asked for; a pipe holds less than a chart is made of, and the process reads when it is ready."""
        with contextlib.suppress(OSError), asked:
            while (request := self._asked.get()) is not None:
                pickle.dump(request, asked)
                asked.flush()

    def _hear(self, told: IO[bytes]) -> None:
        with told, contextlib.suppress(Exception):
            while True:
                number, png = pickle.load(told)
                drawing = self._waiting.pop(number)
                drawing.set_exception(RuntimeError(png)) if isinstance(png, str) else drawing.set_result(png)
        self._give_up()

    def _give_up(self) -> None:
        with contextlib.suppress(KeyError):
            while True:
                _, drawing = self._waiting.popitem()
                drawing.set_exception(EOFError("the process that draws is gone"))


_artist: Artist | None = None
_hiring = Lock()


def get_ready() -> None:
    """Start the process, where there are processors and memory for it; at once, nothing waits."""
    global _artist
    with _hiring, contextlib.suppress(OSError):
        if (_artist is None or not _artist.ours) and processors() > 1 and memory() >= _LEAST_MEMORY:
            _artist = Artist()
            atexit.register(leave)


def leave() -> None:
    """End the process, where there is one."""
    global _artist
    with _hiring:
        if _artist is not None and _artist.ours:
            _artist.leave()
        _artist = None


def begin(chart: str, *made_of: Any) -> Drawing:
    """Return a chart that is being drawn beside, where that is ready; `chart` is a function of this package's."""
    artist = _artist
    begun = None
    if artist is not None and artist.ours:
        with contextlib.suppress(pickle.PicklingError, TypeError, AttributeError):
            asked = pickle.dumps((chart, made_of), protocol=5)
            begun = artist.draws(asked) if len(asked) <= _MOST_BYTES else None

    def drawn() -> bytes:
        if begun is not None:
            with contextlib.suppress(Exception):  # drawn here, where an error is told as it is
                return begun.result(_LONGEST)
        return _drawn(chart, made_of)

    return drawn


def answer() -> None:
    """Be the process: draw what is asked for until nobody asks any more."""
    asked, told = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    from recurcast import environment

    environment.prepare()
    environment.silence()
    with environment.importing():
        import_module("recurcast.reporting.charts.competitors")
    with told, contextlib.suppress(EOFError):
        while True:
            number, request = pickle.load(asked)
            try:
                drawn: bytes | str = _drawn(*pickle.loads(request))
            except Exception as error:
                drawn = str(error)
            pickle.dump((number, drawn), told)
            told.flush()


def _drawn(chart: str, made_of: tuple[Any, ...]) -> bytes:
    from recurcast.reporting import charts

    drawn: bytes = charts.png_of(getattr(charts, chart)(*made_of))
    return drawn
