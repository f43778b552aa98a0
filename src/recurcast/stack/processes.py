"""The processes of the stack: started in sessions of their own, known by a mark, ended with all that they started."""

import signal
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from recurcast.stack.record import Part, log_of

_MARK = "RECURCAST_STACK"
"""Every process of a stack inherits it: even what was left alone by a killed parent is found again."""
_STARTED: "list[subprocess.Popen[bytes]]" = []
"""Python complains of a process that is forgotten while it runs; these are meant to outlive us."""
_PATIENCE = 15.0  # seconds for an end in good order


def start(root: Path, name: str, command: Sequence[str], environment: Mapping[str, str], address: str) -> Part:
    """Return the part `name`, its process just started, with its output in the part's log.

    A session of its own: ctrl-c in the terminal reaches whoever started it, who then stops the parts in their order.
    """
    log = log_of(root, name)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=root,
            env={**environment, _MARK: str(root.resolve())},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    _STARTED.append(process)
    return Part(name, process.pid, psutil.Process(process.pid).create_time(), address)


def this_process(name: str) -> Part:
    """Return the calling process as a part."""
    own = psutil.Process()
    return Part(name, own.pid, own.create_time(), "")


def alive(part: Part | None) -> bool:
    """Return whether the very process that was started still runs."""
    return part is not None and _process(part) is not None


def memory(part: Part) -> int:
    """Return the bytes that the part's processes hold in memory; what they share is counted by its share."""
    total = 0
    leader = _process(part)
    for each in _with_children([leader] if leader else []):
        with suppress(psutil.Error):
            full = each.memory_full_info()
            total += getattr(full, "pss", full.uss)
    return total


def stop(parts: Iterable[Part]) -> None:
    """End the parts and all that they started: asked first, killed after a quarter of a minute."""
    leaders = [leader for part in parts if (leader := _process(part))]
    everyone = _with_children(leaders)
    for leader in leaders:
        with suppress(psutil.Error):
            leader.send_signal(signal.SIGINT)
    psutil.wait_procs(leaders, timeout=_PATIENCE)
    kill(everyone)


def kill(processes: Iterable[psutil.Process]) -> None:
    """Kill what still runs of these, and wait until it is gone."""
    killed = []
    for each in processes:
        with suppress(psutil.Error):
            each.kill()
            killed.append(each)
    psutil.wait_procs(killed, timeout=_PATIENCE)


def ask_to_end(processes: Sequence[psutil.Process]) -> None:
    """Ask the processes to end, wait for them, and kill what is left after a quarter of a minute."""
    for each in processes:
        with suppress(psutil.Error):
            each.terminate()
    _gone, left = psutil.wait_procs(processes, timeout=_PATIENCE)
    kill(left)


def left_over(root: Path, but: Iterable[Part] = ()) -> list[psutil.Process]:
    """Return the running processes of the project's stack that none of these parts is or has started."""
    known = {each.pid for part in but if (leader := _process(part)) for each in _with_children([leader])}
    mine = str(root.resolve())
    found = []
    for each in psutil.process_iter():
        with suppress(psutil.Error):
            if each.pid not in known and value_of(each, _MARK) == mine and _runs(each):
                found.append(each)
    return found


def children(part: Part) -> list[psutil.Process]:
    """Return what the part has started and what still runs."""
    leader = _process(part)
    return [] if leader is None else _with_children([leader])[1:]


def value_of(process: psutil.Process, variable: str) -> str | None:
    """Return the value that a variable had in the process's environment when it started, if any."""
    try:
        return process.environ().get(variable)
    except (psutil.Error, OSError):
        return None


def last_words(root: Path, name: str, lines: int = 3) -> str:
    """Return the last lines of a part's log, in one."""
    try:
        said = log_of(root, name).read_text(errors="replace").splitlines()
    except OSError:
        return ""
    return " | ".join([line.strip() for line in said if line.strip()][-lines:])[-600:]


def _process(part: Part) -> psutil.Process | None:
    try:
        process = psutil.Process(part.pid)
        same = abs(process.create_time() - part.created) < 1  # clocks that are set change it by their rounding
        return process if same and _runs(process) else None
    except psutil.Error:
        return None


def _runs(process: psutil.Process) -> bool:
    return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)


def _with_children(leaders: Sequence[psutil.Process]) -> list[psutil.Process]:
    found = list(leaders)
    for leader in leaders:
        with suppress(psutil.Error):
            found += leader.children(recursive=True)
    return found
