"""Commands in processes of their own that need not import anything: forked from one that has, and has computed nothing.

An import takes eight seconds of a processor. Run as a script it forks what the lines of its stdin ask for.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

_THIS = Path(__file__)


@dataclass(frozen=True)
class Forked:
    """A command that was begun; `pid` may be killed."""

    pid: int
    folder: Path
    _ask: Callable[..., Any]

    def poll(self) -> int | None:
        """Return its exit code, or none while it goes on."""
        code: int | None = self._ask("poll", self.pid)
        return code

    def said(self, stream: str) -> str:
        """Return what it wrote to `stdout` or `stderr`."""
        return (self.folder / stream).read_text(encoding="utf-8")


@contextmanager
def forking(environment: dict[str, str]) -> Iterator[Callable[..., Forked]]:
    """Give a function that begins `recurcast ARGUMENTS`, standing in `root`; what it says is kept in `folder`."""
    paths = [str(_THIS.parents[1]), str(_THIS.parents[2] / "src")]
    parent = subprocess.Popen(
        [sys.executable, str(_THIS)],
        env=environment | {"PYTHONPATH": os.pathsep.join(paths)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )

    def ask(*question: Any) -> Any:
        assert parent.stdin is not None
        assert parent.stdout is not None
        parent.stdin.write(json.dumps(question) + "\n")
        parent.stdin.flush()
        return json.loads(parent.stdout.readline())

    def begin(root: Path, folder: Path, *arguments: str) -> Forked:
        folder.mkdir(parents=True)
        return Forked(int(ask("begin", str(root), str(folder), arguments)), folder, ask)

    with parent:
        try:
            yield begin
        finally:
            parent.kill()


class _Parent:
    """Answers the questions."""

    def __init__(self) -> None:
        self._codes: dict[int, int] = {}

    def begin(self, root: str, folder: str, arguments: list[str]) -> int:
        if child := os.fork():
            return child
        for number, name in ((0, os.devnull), (1, f"{folder}/stdout"), (2, f"{folder}/stderr")):
            os.dup2(os.open(name, os.O_RDWR | os.O_CREAT), number)
        os.chdir(root)
        sys.argv = ["recurcast", *arguments]
        code: Any = 1
        try:
            import_module("recurcast.cli.main").main()
        except SystemExit as leaving:
            code = leaving.code
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def poll(self, pid: int) -> int | None:
        if pid not in self._codes:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                self._codes[pid] = os.waitstatus_to_exitcode(status)
        return self._codes.get(pid)


def _answer() -> None:
    from recurcast import environment

    environment.silence()
    environment.import_tensorflow()
    for name in ("pipelines.backfill", "pipelines.final_verdicts", "pipelines.stages", "series.validation.checks"):
        import_module(f"recurcast.{name}")
    for store in ("tracking", "model_registry"):
        import_module(f"mlflow.store.{store}.sqlalchemy_store")
    answering = _Parent()
    for line in sys.stdin:
        what, *arguments = json.loads(line)
        sys.stdout.write(json.dumps(getattr(answering, what)(*arguments)) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    _answer()
