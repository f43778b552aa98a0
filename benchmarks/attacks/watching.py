"""A child looked at from outside: its memory, its processor time, and who is left of its group."""

import contextlib
import os
import resource
import signal
import time
from dataclasses import dataclass
from pathlib import Path

_LOOK = 0.02


@dataclass(frozen=True)
class Limits:
    """What a command may take: processor seconds, which a busy machine does not stretch, and resident bytes.

    One that waits instead is ended after four times as many on the wall.
    """

    seconds: float
    memory: int


def end_group(child: int) -> None:
    """Kill what is left of a child's process group, which is its own."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(child, signal.SIGKILL)


def watched(child: int, limits: Limits, begun: float) -> tuple[int, resource.struct_rusage, str, int]:
    """Return how a child ended, what it took, which limit it broke, and its most resident bytes; at a limit it is ended."""
    most, broke = 0, ""
    while True:
        found, status, usage = os.wait4(child, os.WNOHANG)
        if found:
            return status, usage, broke, most
        most = max(most, resident(child))
        if not broke:
            late = time.monotonic() - begun > 4 * limits.seconds or _computed(child) > limits.seconds
            broke = "memory" if most > limits.memory else "seconds" if late else ""
            if broke:
                os.kill(child, signal.SIGUSR1)
                time.sleep(0.2)
                end_group(child)
        time.sleep(_LOOK)


def members(group: int) -> int:
    """Return how many processes are in a group, dead ones that wait to be noticed apart."""
    number = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            number += its_group == str(group) and state != "Z"
    return number


def _computed(child: int) -> float:
    try:
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident(child: int) -> int:
    """Return the resident bytes of a process; 0 where there is none."""
    try:
        pages = Path(f"/proc/{child}/statm").read_text().split()[1]
    except OSError:
        return 0
    return int(pages) * resource.getpagesize()
