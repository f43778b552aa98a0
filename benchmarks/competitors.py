"""The programs in `peers/` as processes that fit when asked: Recurcast and plain keras in this environment, others in theirs.

A process lives for one round, so that every fit of a round finds its libraries imported and nothing else of it done.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from peers.asked import Task

FOLDER = Path(__file__).with_name("peers")
INTERPRETER = os.environ.get("RECURCAST_PEERS", str(FOLDER / ".venv" / "bin" / "python"))
OURS = "recurcast"
OWN_ENVIRONMENT = (OURS, "keras")
OTHERS = ("torch", "neuralforecast", "darts")


class CompetitorFailed(Exception):
    """A program ended before it answered; what it wrote to stderr."""


@dataclass(frozen=True)
class Timing:
    """Seconds of each epoch of a fit, the first with all that is compiled; the validation loss after each, where asked."""

    seconds: list[float]
    validation: list[float]


@dataclass(frozen=True)
class Competitor:
    """One program, waiting for tasks."""

    name: str
    process: "subprocess.Popen[str]"
    errors: IO[str]

    def fit(self, task: Task) -> Timing:
        """Return the timing of one fit."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(asdict(task)) + "\n")
        self.process.stdin.flush()
        timing = Timing(**self.answer())
        if len(timing.seconds) != task.epochs:
            raise CompetitorFailed(f"{self.name} took {len(timing.seconds)} epochs for {task.epochs}")
        return timing

    def answer(self) -> Any:
        """Return the program's next answer, its versions first; raises CompetitorFailed with what it said to stderr."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            self.errors.seek(0)
            raise CompetitorFailed(f"{self.name} ended with {self.process.wait()}:\n{self.errors.read().strip()}")
        return json.loads(line)


@contextmanager
def fresh_cache() -> Iterator[None]:
    """Let nothing that an earlier run of the benchmark compiled count."""
    with tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as folder:
        os.environ["XDG_CACHE_HOME"] = folder
        yield


@contextmanager
def started(names: Sequence[str], interpreter: str) -> Iterator[dict[str, Competitor]]:
    """Give one process per name, all of them ready: they import at the same time, so that none does while one is measured."""
    with ExitStack() as stack:
        starting = {name: stack.enter_context(_starting(name, interpreter)) for name in names}
        for competitor in starting.values():
            competitor.answer()
        yield starting


@contextmanager
def _starting(name: str, interpreter: str) -> Iterator[Competitor]:
    python = sys.executable if name in OWN_ENVIRONMENT else interpreter
    command = [python, str(FOLDER / f"fit_{name}.py")]
    with tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as folder, tempfile.TemporaryFile("w+") as errors:
        # Lightning and its like write beside where they are started.
        process = subprocess.Popen(
            command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True
        )
        try:
            yield Competitor(name, process, errors)
        finally:
            process.communicate()


def add_peers_option(parser: argparse.ArgumentParser, others: Sequence[str] = OTHERS) -> None:
    """Let the user name the other tools' interpreter, and which tools take part."""
    parser.add_argument("--peers", default=INTERPRETER, help="python of the peers' environment ($RECURCAST_PEERS)")
    everyone = (*OWN_ENVIRONMENT, *others)
    parser.add_argument("--competitors", nargs="+", choices=everyone, default=everyone, help="default: all that can")


def who_can(names: Sequence[str], interpreter: str) -> dict[str, str]:
    """Return the versions of those that can be measured here; who can't is named, with the reason."""
    able: dict[str, str] = {}
    for name in names:
        if name not in OWN_ENVIRONMENT and not Path(interpreter).exists():
            print(f"{name} is not measured: there is no {interpreter}; `make peers` makes it")
            continue
        try:
            with _starting(name, interpreter) as competitor:
                able[name] = competitor.answer()
        except CompetitorFailed as failure:
            print(f"{name} is not measured: {str(failure).splitlines()[-1]}")
    return able
