"""Windows per second of the cells with attention in training, beside PyTorch's own layers, at two sizes.

    python benchmarks/attention.py [--rounds 5] [--threads 1 2] [--peers PYTHON]

`attention` beside `nn.GRU` and the same additive attention, `transformer` beside `nn.TransformerEncoder` with `norm_first`: the
same windows of one noisy sine, widths, patches and heads, adam, mean squared error, float32. Each round each is a new process for
each size, and they take turns. What counts is the median epoch after the first; PyTorch fits once on each number of threads, and
the soonest counts: on a busy machine two wait for each other. The median of the rounds' ratios should be 1.3 or more.
"""

import argparse
import os
import statistics
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

from competitors import INTERPRETER, OURS, Competitor, fresh_cache, started, who_can
from measuring import figure, introduce, spread
from peers.asked import Task
from shapes import Shape

CELLS = ("attention", "transformer")
SIZES = (Shape(96, 32, 32, 1280, 5), Shape(336, 64, 128, 2048, 4))
TARGET, TORCH = 1.3, "torch"


def main() -> None:
    """Print windows per second of both, and how many times the other's ours are."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--peers", default=INTERPRETER, help="python of the peers' environment ($RECURCAST_PEERS)")
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2], help="of PyTorch, each tried (default 1 2)")
    asked = parser.parse_args()
    introduce("cells with attention: windows per second of the median epoch after the first")
    versions = who_can((OURS, TORCH), asked.peers)
    print("\n".join(f"{name}: {what}" for name, what in versions.items()), end="\n\n")
    seconds: dict[tuple[Shape, str, str], list[float]] = {}
    with fresh_cache(), tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as folder:
        for number in range(asked.rounds):
            for shape in SIZES:
                with started(tuple(versions), asked.peers) as competitors:
                    for cell in CELLS:
                        task = shape.task(cell, shape.write(Path(folder)))
                        for name in versions if number % 2 == 0 else reversed(versions):
                            seconds.setdefault((shape, cell, name), []).append(
                                _epoch(competitors[name], task, asked.threads)
                            )
            print(f"  round {number + 1}/{asked.rounds} ended, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    for shape in SIZES:
        for cell in CELLS:
            _print(shape, cell, {name: seconds[shape, cell, name] for name in versions})


def _epoch(competitor: Competitor, task: Task, threads: list[int]) -> float:
    fits = [replace(task, threads=each) for each in threads] if competitor.name == TORCH else [task]
    return min(statistics.median(competitor.fit(each).seconds[1:]) for each in fits)


def _print(shape: Shape, cell: str, seconds: dict[str, list[float]]) -> None:
    print(f"{cell}, lookback {shape.lookback}, units {shape.units}, batch {shape.batch}")
    for name, own in seconds.items():
        rates = [shape.windows / each for each in own]
        print(f"  {name:<12}{figure(statistics.median(rates)):>9} windows/s {spread(rates)}")
    if len(seconds) == 2:
        ratios = [theirs / ours for theirs, ours in zip(seconds[TORCH], seconds[OURS], strict=True)]
        met = "met" if statistics.median(ratios) >= TARGET else "MISSED"
        print(f"  ours: {statistics.median(ratios):.2f} times {spread(ratios)}, target {TARGET:g}: {met}\n", flush=True)


if __name__ == "__main__":
    main()
