"""Windows per second in training: ours beside `keras.Model.fit`, PyTorch, neuralforecast and Darts.

One recurrent layer and a linear head, horizon 1, adam, mean squared error, float32, on the same windows of one noisy
sine. Each round each competitor is a new process for each shape; they take its cells one after the other, every other
time in reverse order. What counts is the median epoch after the first. The first epoch, with all that is compiled or traced,
is printed beside it: of round 1, and of the later rounds, which may find on disk what round 1 compiled.
"""

import argparse
import os
import statistics
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from competitors import OURS, add_peers_option, fresh_cache, started, who_can
from measuring import figure, introduce, spread
from shapes import CELLS, SHAPES, Shape

FIT_SMALL, FIT_LARGE, BEST_PEER, LEAST = 3.0, 1.5, 3.0, 1.5
"""The targets: times `fit` at the small shape; at each larger one, mean of cells; times the best other, mean and least."""


@dataclass(frozen=True)
class Case:
    """One cell of one shape, and the epochs' seconds of each competitor, a value per round."""

    cell: str
    shape: Shape
    first: dict[str, list[float]]
    later: dict[str, list[float]]

    def ratios(self, name: str) -> list[float]:
        """Return how many times the competitor's windows per second ours are, round by round."""
        return [theirs / ours for theirs, ours in zip(self.later[name], self.later[OURS], strict=True)]

    @property
    def others(self) -> list[str]:
        """Return whom ours is compared with."""
        return [name for name in self.later if name != OURS]

    @property
    def best_other(self) -> str:
        """Return the fastest of the others, plain keras among them."""
        return min(self.others, key=lambda name: statistics.median(self.later[name]))

    def times(self, name: str) -> float:
        """Return the median of the ratios."""
        return statistics.median(self.ratios(name))


def main() -> None:
    """Print windows per second of all competitors per case, the ratios, and which targets are met."""
    asked = _asked()
    introduce("training throughput: windows per second of the median epoch after the first")
    versions = who_can(asked.competitors, asked.peers)
    print("\n".join(f"{name}: {what}" for name, what in versions.items()), end="\n\n")
    cases = [
        Case(cell, SHAPES[lookback], {name: [] for name in versions}, {name: [] for name in versions})
        for lookback in asked.shapes
        for cell in asked.cells
    ]
    with fresh_cache(), tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as folder:
        arrays = {lookback: SHAPES[lookback].write(Path(folder)) for lookback in asked.shapes}
        for number in range(asked.rounds):
            _measure(number, cases, tuple(versions), asked.peers, arrays)
            print(f"  round {number + 1}/{asked.rounds} ended, load {os.getloadavg()[0]:.1f}", file=sys.stderr)
    for case in cases:
        _print_case(case)
    if OURS in versions and len(versions) > 1:
        _print_verdicts(cases)


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="repetitions (default 5)")
    parser.add_argument("--quick", action="store_const", dest="rounds", const=1, help="the same as --rounds 1")
    parser.add_argument("--cells", nargs="+", choices=CELLS, default=CELLS)
    parser.add_argument("--shapes", nargs="+", type=int, choices=SHAPES, default=list(SHAPES), help="by lookback")
    add_peers_option(parser)
    return parser.parse_args()


def _measure(number: int, cases: list[Case], names: tuple[str, ...], interpreter: str, arrays: dict[int, Path]) -> None:
    """One round: each case by each competitor, in new processes for each shape, as a pipeline has its own."""
    for shape in dict.fromkeys(case.shape for case in cases):
        with started(names, interpreter) as competitors:
            for place, case in enumerate(each for each in cases if each.shape == shape):
                task = shape.task(case.cell, arrays[shape.lookback])
                for name in names if (number + place) % 2 == 0 else reversed(names):
                    seconds = competitors[name].fit(task).seconds
                    case.first[name].append(seconds[0])
                    case.later[name].append(statistics.median(seconds[1:]))


def _print_case(case: Case) -> None:
    shape = case.shape
    print(f"{case.cell}, lookback {shape.lookback}, units {shape.units}, batch {shape.batch}; {shape.windows} windows")
    for name, seconds in case.later.items():
        rates = [shape.windows / each for each in seconds]
        first, *later = case.first[name]
        begins = f"first epoch {figure(first)} s" + (
            f", later rounds {figure(statistics.median(later))} s" if later else ""
        )
        ratio = (
            ""
            if name == OURS or OURS not in case.later
            else f"ours: {case.times(name):.2f}x {spread(case.ratios(name))}"
        )
        print(f"  {name:<15}{figure(statistics.median(rates)):>9} windows/s {spread(rates):<28} {begins:<44} {ratio}")
    print(flush=True)


def _print_verdicts(cases: list[Case]) -> None:
    print("times as many windows per second as ...")
    for shape in dict.fromkeys(case.shape for case in cases):
        of_shape = [case for case in cases if case.shape == shape]
        means = [f"{name} {_mean_times(of_shape, name):.2f}" for name in of_shape[0].others]
        print(f"  {shape}, geometric mean of cells: {', '.join(means)}")
    if all("keras" in case.others for case in cases):
        small = [case for case in cases if case.shape.lookback == 20]
        if small:
            _verdict("fit at (20, 50, 32), least of the cells", min(case.times("keras") for case in small), FIT_SMALL)
        for shape in dict.fromkeys(case.shape for case in cases if case not in small):
            what = f"fit at {shape}, geometric mean of cells"
            _verdict(what, _mean_times([case for case in cases if case.shape == shape], "keras"), FIT_LARGE)
    best = statistics.geometric_mean(case.times(case.best_other) for case in cases)
    _verdict(f"the best other, geometric mean of {len(cases)} cases", best, BEST_PEER)
    worst = min(cases, key=lambda case: case.times(case.best_other))
    which = f"{worst.cell}, lookback {worst.shape.lookback}: {worst.best_other}"
    _verdict(f"the best other, least of all ({which})", worst.times(worst.best_other), LEAST)


def _mean_times(cases: list[Case], name: str) -> float:
    return statistics.geometric_mean(case.times(name) for case in cases)


def _verdict(what: str, times: float, least: float) -> None:
    print(f"  {what:<66} {times:.2f}   target at least {least:g}: {'met' if times >= least else 'MISSED'}")


if __name__ == "__main__":
    main()
