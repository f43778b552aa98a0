"""One competitor as a process: tasks come in as lines of JSON, timings go out as such. Standard library and numpy only.

Both environments use it, the project's and the peers'. What the libraries print goes to stderr, so that stdout holds
nothing but answers.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib.metadata import version

import numpy as np
from numpy.typing import NDArray

PATCHED = ("z", "known", "static", "anchor", "targets", "weights")
"""Arrays of the network over patches: what it sees of a window, and the targets with what each weighs."""


@dataclass(frozen=True)
class Task:
    """One fit: a cell of some size on the windows of a file, with adam on the mean squared error."""

    cell: str
    """rnn, lstm, gru; of recurcast and torch also attention and transformer."""
    units: int
    lookback: int
    batch: int
    epochs: int
    arrays: str
    """An .npz file: `values` (n_series, n_steps), and what the tool needs that takes windows (see `windows.py`)."""
    learning_rate: float = 1e-3
    of_epochs: int | None = None
    """What the training is set for, where only its first `epochs` are measured: who compiles may ask whether it pays."""
    validates: bool = False
    """Whether the loss of all validation windows is computed after each epoch."""
    seed: int = 0
    threads: int | None = None
    """Of torch; none: as many as it takes."""
    patch: int | None = None
    """Steps of a patch, where the network is the one that `init` proposes: a highway, and a recurrence over patches."""


@dataclass
class Stopwatch:
    """Seconds of each epoch, the first from the start of the fit: what is compiled then counts there."""

    seconds: list[float] = field(default_factory=list)
    validation: list[float] = field(default_factory=list)
    """Loss of the validation windows after each epoch, where the task asks for it."""
    _last: float = field(default_factory=time.perf_counter)

    def begin(self) -> None:
        """Start anew: what came before was no part of the fit."""
        self._last = time.perf_counter()

    def epoch_ends(self, validation_loss: float | None = None) -> None:
        """Note the end of an epoch, its validation included."""
        now = time.perf_counter()
        self.seconds.append(now - self._last)
        self._last = now
        if validation_loss is not None:
            self.validation.append(validation_loss)


def orders(task: Task, n_windows: int) -> Iterator[NDArray[np.int64]]:
    """Give the order of the windows in each epoch: the one that Recurcast draws from this seed."""
    shuffling = np.random.default_rng([task.seed, 1])
    for _ in range(task.epochs):
        yield shuffling.permutation(n_windows)


def answer(fit: Callable[[Task, Stopwatch], None], *libraries: str) -> None:
    """Name the libraries' versions, then fit task after task until there is none left."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    print(json.dumps(", ".join(f"{library} {version(library)}" for library in libraries)), file=answers, flush=True)
    for line in sys.stdin:
        task = Task(**json.loads(line))
        stopwatch = Stopwatch()
        fit(task, stopwatch)
        print(json.dumps({"seconds": stopwatch.seconds, "validation": stopwatch.validation}), file=answers, flush=True)
