"""A warm Python: an executable that runs some modules as `python -m` does, each in a fork of a process that has imported them.

A worker starts two processes for each run, and an import of all that a flow needs takes eight seconds of a processor. What is run
has a process, folder, environment and standard streams of its own all the same; of the executable's own process whoever started
it sees what it is used to: it lasts as long, ends with the same code, and who ends it ends what it runs.

    a worker ── starts ──▶ the executable ── a socket ──▶ this file as a script ── forks ──▶ the module
"""

import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from typing import Any

import psutil

_THIS = Path(__file__)
_WARM = ("prefect", "prefect.engine", "prefect.runner._workspace_supervisor")
"""What is run in a fork; anything else is left to a Python of its own."""
_PREFECT = (
    "prefect.cli.worker",
    "prefect.flow_engine",
    "prefect.runner._workspace_resolver",
    "prefect.workers.process",
)
_FLOWS = ("pipelines", "scheduling", "tracking", "reporting", "training", "forecasting", "series.validation")
_STORES = ("mlflow.store.tracking.sqlalchemy_store", "mlflow.store.model_registry.sqlalchemy_store")
_EXECUTABLE = """#!{python} -IS
import json, os, signal, socket, sys

if sys.argv[1:2] != ["-m"] or sys.argv[2] not in {warm}:
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
asked = {{"executable": os.path.abspath(sys.argv[0]), "words": sys.argv[2:]}}
asked |= {{"folder": os.getcwd(), "environment": dict(os.environ)}}
with socket.socket(socket.AF_UNIX) as server:
    server.connect({address!r})
    socket.send_fds(server, [b" "], [0, 1, 2])
    server.sendall(json.dumps(asked).encode() + b"\\n")
    answers = server.makefile()
    pid = int(answers.readline())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda number, _: os.kill(pid, number))
    code = int(answers.readline())
if code < 0:
    signal.signal(-code, signal.SIG_DFL)
    os.kill(os.getpid(), -code)
sys.exit(code)
"""


@contextmanager
def warm_python(folder: Path, environment: dict[str, str], *, flows: bool) -> Iterator[Path]:
    """Give the executable; `flows` is whether what the flows of the project need is imported, beside Prefect."""
    address, executable = folder / "warm.sock", folder / "python"
    executable.write_text(_EXECUTABLE.format(python=sys.executable, warm=_WARM, address=str(address)))
    executable.chmod(0o755)
    paths = [str(_THIS.parents[1]), str(_THIS.parents[2] / "src")]
    parent = subprocess.Popen(
        [sys.executable, str(_THIS), str(address), "flows" if flows else ""],
        env=environment | {"PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    with parent:
        assert parent.stdout is not None
        try:
            assert parent.stdout.readline() == "warm\n"
            yield executable
        finally:
            os.killpg(parent.pid, signal.SIGKILL)


class _Parent:
    """Forks what is asked for, tells how it ended, and ends it where who asked is gone."""

    def __init__(self, listening: socket.socket) -> None:
        self._listening, self._waiting = listening, selectors.DefaultSelector()
        self._askers: dict[int, socket.socket] = {}
        self._waiting.register(listening, selectors.EVENT_READ, self._begin)

    def serve(self) -> dict[str, Any]:
        """Return, in each fork, what it was asked for."""
        while True:
            for ready, _ in self._waiting.select():
                asked: dict[str, Any] | None = ready.data()
                if asked:
                    return asked

    def _begin(self) -> dict[str, Any] | None:
        asker, _ = self._listening.accept()
        _, streams, _, _ = socket.recv_fds(asker, 1, 3)
        asked: dict[str, Any] = json.loads(asker.makefile().readline())
        child = os.fork()
        if not child:
            self._keep_only(streams)
            asker.close()
            return asked
        for each in streams:
            os.close(each)
        self._askers[child] = asker
        with suppress(OSError):
            asker.sendall(f"{child}\n".encode())
        ended = os.pidfd_open(child)
        self._waiting.register(ended, selectors.EVENT_READ, lambda: self._tell(child, ended))
        self._waiting.register(asker, selectors.EVENT_READ, lambda: self._kill(child))
        return None

    def _keep_only(self, streams: list[int]) -> None:
        """Close what is the parent's own, and take the streams for the standard ones."""
        for known in list(self._waiting.get_map().values()):
            if isinstance(known.fileobj, socket.socket):
                known.fileobj.close()
            else:
                os.close(known.fd)
        self._waiting.close()
        for number, each in enumerate(streams):
            os.dup2(each, number)
            os.close(each)

    def _tell(self, child: int, ended: int) -> None:
        _, status = os.waitpid(child, 0)
        self._waiting.unregister(ended)
        os.close(ended)
        asker = self._askers.pop(child)
        with suppress(KeyError):  # one that is gone is not listened to any more
            self._waiting.unregister(asker)
        with suppress(OSError):
            asker.sendall(f"{os.waitstatus_to_exitcode(status)}\n".encode())
        asker.close()

    def _kill(self, child: int) -> None:
        asker = self._askers.get(child)
        if asker is None:  # it ended at the same moment
            return
        self._waiting.unregister(asker)
        with suppress(psutil.NoSuchProcess):
            for each in [*psutil.Process(child).children(recursive=True), psutil.Process(child)]:
                each.kill()


def _become(asked: dict[str, Any]) -> None:
    """Run what was asked for as a Python of its own would."""
    module, *arguments = asked["words"]
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    more = [each for each in asked["environment"].get("PYTHONPATH", "").split(os.pathsep) if each]
    sys.path[:0] = [asked["folder"], *more]
    sys.executable, sys.argv = asked["executable"], [module, *arguments]
    import_module("prefect.context").refresh_global_settings_context()
    warnings.filterwarnings("ignore", ".* found in sys.modules after import of package", RuntimeWarning)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _import(flows: bool) -> None:
    from recurcast import environment

    if flows:
        environment.prepare()
        environment.import_tensorflow()
        for package in _FLOWS:
            within = import_module(f"recurcast.{package}")
            for each in walk_packages(within.__path__, f"{within.__name__}."):
                import_module(each.name)
        for store in _STORES:
            import_module(store)
    for name in _PREFECT:
        import_module(name)


def _main(address: str, flows: str) -> None:
    own = sys.path[:]
    _import(bool(flows))
    sys.path[:] = own[3:]  # this folder, and those that were named beside
    assert threading.active_count() == 1, "a fork has no thread but the one that forked it"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(address)
        listening.listen()
        sys.stdout.write("warm\n")
        sys.stdout.flush()
        asked = _Parent(listening).serve()
    _become(asked)


if __name__ == "__main__":
    _main(*sys.argv[1:])
