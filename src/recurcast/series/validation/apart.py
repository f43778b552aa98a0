"""Validation in a process beside: it imports Great Expectations while this one imports MLflow and TensorFlow.

    here    configuration | MLflow | open the run | obtain |--frame-->|   TensorFlow    |<--report--| train
    beside  Great Expectations ...................... (ready) ........| validate |

Python imports hold one lock, so threads gain nothing; a second processor does. The rules and the report are the same, and
whatever keeps the process from answering, the frame is validated here.
"""

import contextlib
import os
import pickle
import subprocess
import sys
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from threading import Thread
from typing import IO, TYPE_CHECKING, Any

from recurcast.environment import memory, processors
from recurcast.series.lake.in_order import InOrder, one_by_one

if TYPE_CHECKING:
    from recurcast.config import PipelineConfig
    from recurcast.series.frame import SeriesFrame
    from recurcast.series.validation.report import ValidatedFrame, ValidationReport

_LEAST_MEMORY = 4 * 2**30  # bytes: the process takes 0.3 GB for some seconds
_MOST_ROWS = 200_000
"""Of more, a copy would cost memory when it is dearest, and time that the import no longer matters beside."""
_COMMAND = (sys.executable, "-P", "-c", "from recurcast.series.validation.apart import answer; answer()")
_beside: "subprocess.Popen[bytes] | None" = None


@dataclass(frozen=True)
class Checking:
    """A validation that has begun; `beside` is whether there is time for something else meanwhile."""

    frame: "SeriesFrame"
    pipeline: "PipelineConfig"
    as_of: datetime
    beside: "subprocess.Popen[bytes] | None"

    def result(self, in_order: InOrder = one_by_one) -> "ValidatedFrame":
        """Return the frame that kept every rule; ValidationFailed carries the report where one is broken."""
        report = None if self.beside is None else _report_of(self.beside)
        if report is None:
            from recurcast.series.validation.checks import validate

            return validate(self.frame, self.pipeline, self.as_of, in_order)
        from recurcast.series.validation.report import judged

        return judged(self.frame, report)


def get_ready() -> None:
    """Start the process for the next validation, where there are processors and memory for it; at once, nothing waits."""
    global _beside
    if _beside is not None or not _pays():
        return
    with contextlib.suppress(OSError):
        # In a session of its own: ctrl-c is this process's to answer, and whose standard input ends, ends.
        _beside = subprocess.Popen(
            _COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )


def _pays() -> bool:
    return processors() > 1 and memory() >= _LEAST_MEMORY and "great_expectations" not in sys.modules


def leave() -> None:
    """End the process where nothing came for it to validate."""
    global _beside
    if _beside is not None:
        _beside.kill()
        _beside.communicate()
        _beside = None


def begin(frame: "SeriesFrame", pipeline: "PipelineConfig", as_of: datetime) -> Checking:
    """Return the validation: in the process beside, where one is ready and the frame is not large; else when asked for."""
    global _beside
    process, _beside = _beside, None
    if process is None:
        return Checking(frame, pipeline, as_of, None)
    if frame.n_rows > _MOST_ROWS or not _sent(process, (frame, pipeline, as_of)):
        process.kill()
        process.communicate()
        process = None
    return Checking(frame, pipeline, as_of, process)


def answer() -> None:
    """Be the process: read what is to be validated, and write its report, or why there is none."""
    asked, told = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no answer
    from recurcast import environment

    environment.prepare()
    environment.silence()
    with environment.importing():
        from recurcast.series.validation.checks import report_on
    try:
        frame, pipeline, as_of = pickle.load(asked)
    except EOFError:
        return
    with told:
        pickle.dump(report_on(frame, pipeline, as_of), told)


def _sent(process: "subprocess.Popen[bytes]", asked: tuple[Any, ...]) -> bool:
    assert process.stdin is not None
    with contextlib.suppress(OSError, pickle.PicklingError, TypeError, AttributeError):
        # More than a pipe holds, and the process reads when it has imported all: still the time is TensorFlow's.
        Thread(target=partial(_write, process.stdin, pickle.dumps(asked, protocol=5)), daemon=True).start()
        return True
    return False


def _write(stream: IO[bytes], sent: bytes) -> None:
    with contextlib.suppress(OSError), stream:  # a process that has gone is found by its answer
        stream.write(sent)


def _report_of(process: "subprocess.Popen[bytes]") -> "ValidationReport | None":
    """What the process answers; none where it ended without an answer."""
    assert process.stdout is not None
    with process.stdout as told:
        said = told.read()
    process.wait()
    if process.returncode:
        return None
    with contextlib.suppress(Exception):
        report: ValidationReport = pickle.loads(said)
        return report
    return None
