"""Seconds until a validation loss is reached: ours beside `keras.Model.fit` and PyTorch, on `sine` and on nn5_daily.

The same network (one layer, a linear head), adam, batches and windows; the loss is the mean squared error of the
validation windows in the window's scale. For the others the windows are cut and scaled beforehand. The clock runs from
the start of the fit, so that tracing and compiling count and importing does not, to the end of the epoch whose
validation loss is first at or below the level; every tool validates after each epoch. Each round has a seed of its own
and new processes; a level that was not reached counts as never.
"""

import argparse
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from competitors import OURS, Timing, add_peers_option, fresh_cache, started, who_can
from measuring import ROOT, figure, introduce, spread
from peers.asked import Task
from shapes import CELLS

Values = NDArray[np.float64]
NN5 = ROOT.parent / "shared" / "datasets" / "nn5_daily" / "train.csv"
NEVER = float("inf")


@dataclass(frozen=True)
class Problem:
    """Series, cut in two parts, and the loss that is to be reached on the windows of the second by each cell."""

    name: str
    history: int
    validation: int
    lookback: int
    horizon: int
    units: int
    batch: int
    learning_rate: float
    epochs: int
    levels: tuple[tuple[str, float], ...]
    """By cell: what every tool reached with every one of five seeds, when this was written."""

    def task(self, cell: str, arrays: Path, seed: int) -> Task:
        """Return what a competitor is asked for."""
        return Task(
            cell,
            self.units,
            self.lookback,
            self.batch,
            self.epochs,
            str(arrays),
            self.learning_rate,
            validates=True,
            seed=seed,
        )

    def write(self, values: Values, folder: Path) -> Path:
        """Write the series for ours and scaled windows for the others; one horizon more for ours, its test part."""
        assert values.shape[1] == self.history + self.validation + self.horizon
        begins = self.history - self.lookback
        train = self._windows(values[:, : self.history], values)
        validation = self._windows(values[:, begins : self.history + self.validation], values)
        path = folder / f"{self.name}.npz"
        np.savez(
            path,
            values=values,
            parts=[self.history, self.validation, self.horizon],
            inputs=train[0],
            targets=train[1],
            validation_inputs=validation[0],
            validation_targets=validation[1],
        )
        return path

    def _windows(self, part: Values, values: Values) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Inputs and targets, each window by its own level and spread, series by series as Recurcast has them."""
        windows = sliding_window_view(part, self.lookback + self.horizon, axis=1).reshape(
            -1, self.lookback + self.horizon
        )
        inputs, targets = windows[:, : self.lookback], windows[:, self.lookback :]
        level = inputs.mean(axis=1, keepdims=True)
        floor = values[:, : self.history].std(axis=1).min() / 100
        spread = np.maximum(inputs.std(axis=1, keepdims=True), floor)
        return ((inputs - level) / spread).astype(np.float32)[:, :, None], ((targets - level) / spread).astype(
            np.float32
        )


SINE = Problem("sine", 640, 160, 20, 1, 50, 32, 1e-3, 25, (("rnn", 0.205), ("lstm", 0.205), ("gru", 0.205)))
NN5_DAILY = Problem("nn5_daily", 665, 56, 28, 14, 32, 256, 3e-3, 12, (("rnn", 0.48), ("lstm", 0.48), ("gru", 0.48)))


def main() -> None:
    """Print the seconds of every tool per series and cell, and their ratios to ours."""
    asked = _asked()
    introduce("seconds until a validation loss is reached, from the start of the fit")
    versions = who_can(asked.competitors, asked.peers)
    print("\n".join(f"{name}: {what}" for name, what in versions.items()), end="\n\n")
    with fresh_cache(), tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as folder:
        problems = {SINE: SINE.write(_sine(), Path(folder))}
        if NN5.exists():
            problems[NN5_DAILY] = NN5_DAILY.write(_nn5(), Path(folder))
        else:
            print("nn5_daily: skipped, its files are not beside the repository")
        timings: dict[tuple[str, str, str], list[Timing]] = {}
        for number in range(asked.rounds):
            with started(tuple(versions), asked.peers) as competitors:
                for problem, arrays in problems.items():
                    for cell in asked.cells:
                        for name in versions if number % 2 == 0 else reversed(versions):
                            timing = competitors[name].fit(problem.task(cell, arrays, seed=number))
                            timings.setdefault((problem.name, cell, name), []).append(timing)
            print(f"  round {number + 1}/{asked.rounds} ended, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    for problem in problems:
        for cell in asked.cells:
            _print(problem, cell, {name: timings[problem.name, cell, name] for name in versions})


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="repetitions, a seed each (default 5)")
    parser.add_argument("--quick", action="store_const", dest="rounds", const=1, help="the same as --rounds 1")
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=CELLS)
    add_peers_option(parser, others=("torch",))
    return parser.parse_args()


def _sine() -> Values:
    steps = np.arange(SINE.history + SINE.validation + SINE.horizon)
    return (np.sin(0.1 * steps) + np.random.default_rng(0).normal(0, 0.1, len(steps)))[None]


def _nn5() -> Values:
    return pd.read_csv(NN5).pivot(index="unique_id", columns="ds", values="y").to_numpy(dtype=np.float64)


def _seconds_until(level: float, timing: Timing) -> float:
    ends = accumulate(timing.seconds)
    return next((end for end, loss in zip(ends, timing.validation, strict=True) if loss <= level), NEVER)


def _print(problem: Problem, cell: str, timings: dict[str, list[Timing]]) -> None:
    level = dict(problem.levels)[cell]
    print(f"{problem.name}, {cell}: validation loss {level:g} within {problem.epochs} epochs")
    seconds = {name: [_seconds_until(level, each) for each in of_tool] for name, of_tool in timings.items()}
    for name, values in seconds.items():
        least = [min(timing.validation) for timing in timings[name]]
        ratios = [theirs / ours for theirs, ours in zip(values, seconds.get(OURS, []), strict=False)]
        ratio = "" if name == OURS or not ratios else f"ours: {statistics.median(ratios):.2f}x as soon {spread(ratios)}"
        print(
            f"  {name:<10}{figure(statistics.median(values)):>7} s {spread(values):<28}"
            f" least loss {statistics.median(least):.4f} ({min(least):.4f} .. {max(least):.4f})  {ratio}"
        )
    print(flush=True)


if __name__ == "__main__":
    main()
