"""The nine cases that training is measured on: three cells by three shapes, on windows of one noisy sine."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from peers.asked import Task

CELLS = ("rnn", "lstm", "gru")
OF_EPOCHS = 200
"""The training whose first epochs are measured: long enough that compiling pays at all shapes."""


@dataclass(frozen=True)
class Shape:
    """Sizes of a network, and work for it that takes a few seconds."""

    lookback: int
    units: int
    batch: int
    windows: int
    epochs: int

    def task(self, cell: str, arrays: Path) -> Task:
        """Return what a competitor is asked for."""
        return Task(cell, self.units, self.lookback, self.batch, self.epochs, str(arrays), of_epochs=OF_EPOCHS)

    def write(self, folder: Path) -> Path:
        """Write the windows as the tools take them; two steps more for ours, which validates and tests on a window each."""
        steps = np.arange(self.lookback + self.windows + 2)
        y = np.sin(0.1 * steps) + np.random.default_rng(0).normal(0, 0.1, len(steps))
        train: NDArray[np.float32] = y[:-2].astype(np.float32)
        inputs = np.lib.stride_tricks.sliding_window_view(train[:-1], self.lookback)[:, :, None]
        path = folder / f"{self.lookback}.npz"
        np.savez(path, values=y[None], parts=[len(train), 1, 1], inputs=inputs, targets=train[self.lookback :, None])
        return path

    def __str__(self) -> str:
        return f"({self.lookback}, {self.units}, {self.batch})"


SHAPES = {
    shape.lookback: shape
    for shape in (Shape(20, 50, 32, 800, 11), Shape(48, 64, 256, 2048, 6), Shape(168, 128, 256, 1024, 5))
}
