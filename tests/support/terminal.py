"""A real terminal: a pseudo-terminal of a given size, in which a command runs, and somebody types when it asks."""

import fcntl
import os
import re
import select
import struct
import subprocess
import sys
import termios
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_OWN_TERMINAL = (
    "import fcntl, os, signal, sys, termios; signal.signal(signal.SIGINT, signal.SIG_DFL); "
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0); os.execv(sys.executable, sys.argv[1:])"
)
"""A session of its own takes the terminal for its own, so that ctrl-c reaches it as it reaches what a shell starts: also where
the tests run in the background of a shell, whose children ignore it."""
_STYLES = re.compile(r"\x1b\[[0-9;]*m")
_SECONDS, _MOMENT = 120, 2


@dataclass(frozen=True)
class Screen:
    """What stands in a terminal at the end."""

    exit_code: int
    written: str
    """As it came, with what steers the terminal."""

    @property
    def lines(self) -> list[str]:
        """Return the lines as they are read."""
        return _STYLES.sub("", self.written).replace("\r\n", "\n").rstrip("\n").split("\n")


def in_terminal(
    folder: Path, *arguments: str, columns: int = 80, rows: int = 24, typed: Sequence[str] = (), **environment: str
) -> Screen:
    """Return the screen after `recurcast` has run in a terminal; each text is typed when a question stands there."""
    own, its = os.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    python = [sys.executable, "-m", "recurcast", *arguments]
    kept = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-c", _OWN_TERMINAL, *python],
        stdin=its,
        stdout=its,
        stderr=its,
        cwd=folder,
        env=kept | {"TERM": "xterm-256color", "PYTHONUTF8": "1"} | environment,
        start_new_session=True,
    )
    os.close(its)
    try:
        written = _read(own, list(typed))
        try:
            return Screen(process.wait(_SECONDS), written)
        except subprocess.TimeoutExpired as stuck:
            raise AssertionError(f"still there {_SECONDS} seconds after it had written {written!r}") from stuck
    finally:
        process.kill()
        process.wait()
        os.close(own)


def _read(terminal: int, typed: list[str]) -> str:
    """All that is written until the command leaves, answered where it asks.

    A signal that comes while a program turns to its terminal is heard when it looks up again: ctrl-c is pressed again, then.
    """
    came, last, patience = b"", "", _SECONDS
    while patience > 0:
        if not select.select([terminal], [], [], _MOMENT)[0]:
            patience -= _MOMENT
            if last == "\x03":
                os.write(terminal, last.encode())
            continue
        try:
            more = os.read(terminal, 65536)
        except OSError:  # nobody holds the other end any more
            break
        if not more:
            break
        came += more
        if typed and came.endswith(b"] "):
            last = typed.pop(0)
            os.write(terminal, last.encode())
    return came.decode()
