"""Windows per second of the network that `init` proposes, beside the same network of keras' and PyTorch's own layers.

    python benchmarks/patches.py [--rounds 5] [--peers PYTHON]

A highway of 56 days, a recurrent layer of 32 units over 8 patches of 7 days, 56 days ahead, batches of 128, a panel of
nn5_daily's sizes (111 series of 735 days, generated): the same arrays for all, adam, clipped gradients, weighted absolute
errors, float32. Each round each is a new process; they take the cells in turn. What counts is the median epoch of 140
batches after the first. Ours also validates on 2,560 windows after each.
"""

import argparse
import os
import statistics
import sys
import tempfile
from pathlib import Path

import numpy as np

from competitors import FOLDER, OURS, add_peers_option, fresh_cache, started, who_can
from measuring import introduce, report
from peers.asked import PATCHED, Task

sys.path.insert(0, str(FOLDER))

CELLS = ("rnn", "lstm", "gru")
LOOKBACK, PATCH, UNITS, BATCH, EPOCHS = 56, 7, 32, 128, 6


def main() -> None:
    """Print windows per second of each cell and competitor, and how many times theirs ours are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    add_peers_option(parser, ("torch",))
    asked = parser.parse_args()
    introduce("the network over patches: windows per second of the median epoch after the first")
    names = tuple(who_can(asked.competitors, asked.peers))
    rates: dict[tuple[str, str], list[float]] = {(cell, name): [] for cell in CELLS for name in names}
    with fresh_cache(), tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as folder:
        arrays = Path(folder) / "windows.npz"
        n_windows = _write(arrays)
        for number in range(asked.rounds):
            with started(names, asked.peers) as competitors:
                for cell in CELLS:
                    for name in names if number % 2 == 0 else reversed(names):
                        seconds = competitors[name].fit(_task(cell, arrays)).seconds[1:]
                        rates[cell, name].append(n_windows / statistics.median(seconds))
            print(f"  round {number + 1}/{asked.rounds} ended, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    for (cell, name), own in rates.items():
        report(f"{cell}, {name}", own, "windows/s")
    for cell in CELLS if OURS in names else ():
        for name in names:
            if name != OURS:
                pairs = zip(rates[cell, OURS], rates[cell, name], strict=True)
                report(f"{cell}: ours over {name}", [ours / theirs for ours, theirs in pairs], "times")


def _task(cell: str, arrays: Path) -> Task:
    return Task(cell, UNITS, LOOKBACK, BATCH, EPOCHS, str(arrays), learning_rate=4e-3, patch=PATCH)


def _write(path: Path) -> int:
    """Write the panel, and as many of its windows as ours trains on in an epoch; return their number."""
    from patched import BATCHES, patched_plan

    random = np.random.default_rng(0)
    week = random.uniform(0.5, 1.5, (111, 7))
    y = 20 * week[:, np.arange(735) % 7] * random.lognormal(0, 0.2, (111, 735))
    lesson = patched_plan(y, _task("rnn", path)).lesson
    rows = random.permutation(len(lesson))[: BATCHES * BATCH]
    np.savez(path, values=y, **{name: getattr(lesson, name)[rows] for name in PATCHED})
    return len(rows)


if __name__ == "__main__":
    main()
