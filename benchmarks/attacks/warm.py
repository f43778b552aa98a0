"""Commands in processes of their own that need not import anything: forked from one that has, and has computed nothing.

An import takes five to eight seconds, a thousand files have four commands each. TensorFlow is imported but unused before the
fork: its threads, which a fork would lose, start with its first operation. That a real process says the same is checked
on a sample (`as_a_process`).
"""

import contextlib
import ctypes
import faulthandler
import gc
import importlib
import os
import pkgutil
import resource
import runpy
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from attacks.watching import Limits, end_group, members, watched

MEGABYTE = 2**20
Hook = Callable[[], Callable[[], object] | None]
_ADDRESSES = 24 * 2**30
"""TensorFlow reserves more than it uses; this ends what asks for absurd sizes, the watch ends what really takes them."""
_PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    arguments: tuple[str, ...]
    exit_code: int | None
    """None: ended by a limit."""
    said: str
    """What it wrote to stdout and stderr."""
    seconds: float
    processor: float
    memory: int
    """Most resident bytes."""
    broke: str = ""
    """Which limit it broke, and where it was then."""
    reached: str = ""
    """Where the harness stopped it."""
    left: int = 0
    """How many processes of its group it left."""


class Reached(BaseException):
    """The harness ends a command here: nothing of the program's own catches it but what closes runs."""


def die_with_parent() -> None:
    """Let this process end with the one that forked it: a harness that is stopped leaves nobody behind. Linux."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)


def import_everything() -> None:
    """Import what any command could want, and nothing more."""
    from recurcast import environment

    environment.prepare()
    environment.silence()
    import recurcast

    environment.import_tensorflow()
    for module in pkgutil.walk_packages(recurcast.__path__, "recurcast."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    for store in ("tracking", "model_registry"):
        importlib.import_module(f"mlflow.store.{store}.sqlalchemy_store")


def import_what_is_wanted(commands: Sequence[Sequence[str]], folder: Path, limits: Limits) -> None:
    """Call commands in children, and import what each had to import, so that no later child has to."""
    names = folder.parent / "modules"

    def listed() -> Callable[[], object]:
        before = set(sys.modules)
        return lambda: names.write_text("\n".join(each for each in sys.modules if each not in before))

    for arguments in commands:
        call(arguments, folder, limits, listed)
        for name in names.read_text().split():
            with contextlib.suppress(ImportError):  # not every entry is a module that can be found by its name
                importlib.import_module(name)
    gc.freeze()


def call(arguments: Sequence[str], folder: Path, limits: Limits, hook: Hook | None = None) -> Outcome:
    """Return how `recurcast ARGUMENTS` ended in a child; `hook` is called there before, and what it returns at the end."""
    output = folder.parent / f"{folder.name}.said"
    begun = time.monotonic()
    if (child := os.fork()) == 0:
        _become(arguments, folder, output, hook)
    status, usage, broke, most = watched(child, limits, begun)
    left = members(child)
    end_group(child)
    said = output.read_text(encoding="utf-8", errors="replace")
    output.unlink()
    said, _, stopped = said.partition("\0reached ")
    peak = max(most, usage.ru_maxrss * 1024)
    if broke:
        broke = f"{broke}\n{said.rpartition('Current thread')[2] or said.rpartition('Thread 0x')[2]}"
    code = None if broke else os.waitstatus_to_exitcode(status)
    return Outcome(
        tuple(arguments),
        code,
        said,
        time.monotonic() - begun,
        usage.ru_utime + usage.ru_stime,
        peak,
        broke,
        stopped,
        left,
    )


def told(asked: Callable[[], str]) -> str:
    """Return what a function says, called in a child: what it opens and starts is no part of who forks the next one."""
    reading, writing = os.pipe()
    if (child := os.fork()) == 0:
        code = 1
        try:
            os.write(writing, asked().encode())
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    with open(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    if os.waitpid(child, 0)[1]:
        raise RuntimeError("the child that was asked failed")
    return text


def as_a_process(arguments: Sequence[str], folder: Path, limits: Limits) -> Outcome:
    """Return how the same ended as users call it: a new interpreter that imports what it needs."""
    begun = time.monotonic()
    command = [str(Path(sys.executable).with_name("recurcast")), *arguments]
    try:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True, timeout=4 * limits.seconds, check=False
        )
    except subprocess.TimeoutExpired:
        return Outcome(tuple(arguments), None, "", time.monotonic() - begun, 0, 0, "seconds")
    said = (done.stdout + done.stderr).decode(errors="replace")
    return Outcome(tuple(arguments), done.returncode, said, time.monotonic() - begun, 0, 0)


def _become(arguments: Sequence[str], folder: Path, output: Path, hook: Hook | None) -> None:
    code, at_the_end = 70, None
    try:
        os.setpgid(0, 0)
        die_with_parent()
        written = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for target, source in ((0, nothing), (1, written), (2, written)):
            os.dup2(source, target)
        resource.setrlimit(resource.RLIMIT_AS, (_ADDRESSES, _ADDRESSES))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        faulthandler.register(signal.SIGUSR1, file=2, all_threads=True)
        sys.stdout = open(1, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", encoding="utf-8", errors="backslashreplace", buffering=1, closefd=False)  # noqa: SIM115
        os.chdir(folder)
        sys.argv = ["recurcast", *arguments]
        sys.path[:] = [entry for entry in sys.path if Path(entry).name != "benchmarks"]
        if hook is not None:
            at_the_end = hook()
        code = _main()
    except Reached as stopped:
        sys.stdout.write(f"\0reached {stopped}")
        code = 0
    except BaseException:
        traceback.print_exc()
    finally:
        if at_the_end is not None:
            at_the_end()
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _main() -> int:
    try:
        runpy.run_module("recurcast", run_name="__main__")
    except SystemExit as leaving:
        return leaving.code if isinstance(leaving.code, int) else 0 if leaving.code is None else 1
    return 0
