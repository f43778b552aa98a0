"""The floor: what the machine would take for the training's operations and bytes alone, and our share of it.

Per case: the operations of an epoch at the machine's best matrix rate (numpy's sgemm on all cores), the same at the
rate of the very products that a recurrent network is made of (a small one per step, which must wait for the one before
it), and the bytes that go through memory at the rate of a copy of an array of that size. Ours is measured in
between; the largest of the three is divided by it: 1.0 would be a training that costs nothing beside its products.
"""

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_limits

from competitors import OURS, Competitor, started
from measuring import figure, introduce, report, rounds_asked, spread
from shapes import CELLS, SHAPES, Shape

CORES = len(os.sched_getaffinity(0))
FLOAT = 4
LARGEST = (512, 1024, 2048)
SECONDS_PER_RATE = 0.1
MEAN_SHARE, LEAST_SHARE = 0.6, 0.4
"""The targets."""


@dataclass(frozen=True)
class Cost:
    """What a unit of a cell takes per window and step, forward and backward."""

    gates: int
    """Columns of its matrices. Each product forward asks for two backward, by its input and by its weights (Werbos 1990)."""
    pointwise: int
    """Sums, products, tanh and sigmoids, one operation each."""
    stored: int
    """Numbers that the way back needs of the way forward."""


# Elman 1990: h = tanh(W x + U h). Kept: h.
# Hochreiter & Schmidhuber 1997, with the forget gate of Gers et al. 2000. Kept: four gates, c, h.
# Cho et al. 2014, reset after the product (as keras and cuDNN): kept are three gates, the reset product, h.
COSTS = {"rnn": Cost(1, 2 + 3, 1), "lstm": Cost(4, 13 + 22, 6), "gru": Cost(3, 12 + 16, 5)}
ADAM = 12
"""Operations per weight and step (Kingma & Ba 2015, algorithm 1); it reads four numbers of each and writes three."""


@dataclass(frozen=True)
class Work:
    """What an epoch of one case must do."""

    cell: str
    shape: Shape

    @property
    def weights(self) -> int:
        """Return how many there are: kernel, recurrent kernel and bias of each gate, and the head."""
        units, gates = self.shape.units, COSTS[self.cell].gates
        return gates * units * (1 + units + 1) + units + 1

    @property
    def batches(self) -> int:
        """Return the optimizer's steps."""
        return self.shape.windows // self.shape.batch

    @property
    def products(self) -> float:
        """Return the operations of the matrix products; the first step's state is 0 and enters none."""
        units, columns, steps = self.shape.units, COSTS[self.cell].gates * self.shape.units, self.shape.lookback
        return self.shape.windows * (3 * 2 * units * columns * (steps - 1) + 2 * 2 * columns * steps + 3 * 2 * units)

    @property
    def operations(self) -> float:
        """Return all operations."""
        pointwise = COSTS[self.cell].pointwise * self.shape.units * self.shape.lookback * self.shape.windows
        return self.products + pointwise + ADAM * self.weights * self.batches

    @property
    def stored_bytes(self) -> int:
        """Return what the way forward of one batch leaves for the way back."""
        return FLOAT * COSTS[self.cell].stored * self.shape.units * self.shape.lookback * self.shape.batch

    @property
    def moved_bytes(self) -> float:
        """Return what is written once and read once, and what adam reads and writes."""
        return self.batches * (2 * self.stored_bytes + 7 * FLOAT * self.weights)

    def seconds_step_by_step(self) -> float:
        """Return the time of the products at their own sizes: two small ones per step, the weights' gradient at once.

        The batch is whole, or each core has its share of it to itself, whichever takes less.
        """
        return min(self._seconds_of_products(self.shape.batch), self._seconds_of_products(self.shape.batch // CORES))

    def _seconds_of_products(self, batch: int) -> float:
        units, columns, steps = self.shape.units, COSTS[self.cell].gates * self.shape.units, self.shape.lookback - 1
        forward, backward = _seconds_of_product(batch, units, columns), _seconds_of_product(batch, columns, units)
        return self.batches * (steps * (forward + backward) + _seconds_of_product(units, batch * steps, columns))


@dataclass
class Measured:
    """One case: what the machine could do of it, the best of all rounds, and seconds of our epochs, one per round."""

    step_by_step: float = float("inf")
    bandwidth: float = 0.0
    """Bytes per second, read and written, of copying an array of the size of what one batch stores."""
    ours: list[float] = field(default_factory=list)


def main() -> None:
    """Print per case what must be done, how long that takes here, and our share of it."""
    rounds = rounds_asked(__doc__, 5, quick=1)
    introduce("the floor of training: an epoch's operations and bytes at this machine's rates, and ours")
    works = {Work(cell, shape): Measured() for shape in SHAPES.values() for cell in CELLS}
    peaks: list[float] = []
    with tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as folder:
        arrays = {shape: shape.write(Path(folder)) for shape in SHAPES.values()}
        for number in range(rounds):
            peaks.append(max(2 * size**3 / _seconds_of_product(size, size, size) for size in LARGEST))
            with started([OURS], sys.executable) as competitors:
                for work, measured in works.items():
                    _measure(work, measured, competitors[OURS], arrays[work.shape])
            print(f"  round {number + 1}/{rounds} ended, load {os.getloadavg()[0]:.1f}", file=sys.stderr, flush=True)
    report("best rate of a large sgemm; the most counts", [peak / 1e9 for peak in peaks], "GF/s")
    _print(works, max(peaks))


def _measure(work: Work, measured: Measured, ours: Competitor, arrays: Path) -> None:
    measured.step_by_step = min(measured.step_by_step, work.seconds_step_by_step())
    measured.bandwidth = max(measured.bandwidth, 2 * work.stored_bytes / _seconds_of_copy(work.stored_bytes))
    measured.ours.append(statistics.median(ours.fit(work.shape.task(work.cell, arrays)).seconds[1:]))


def _print(works: dict[Work, Measured], peak: float) -> None:
    print(f"\n{'':<22}{'operations':>12}{'in':>9}{'kept per':>10}{'ms at the':>11}{'ms, own':>9}{'ms of':>8}  ours, ms")
    print(f"{'':<22}{'per window':>12}{'products':>9}{'batch':>10}{'best rate':>11}{'sizes':>9}{'memory':>8}")
    shares: list[float] = []
    for work, measured in works.items():
        floors = (work.operations / peak, measured.step_by_step, work.moved_bytes / measured.bandwidth)
        shares.append(max(floors) / statistics.median(measured.ours))
        sizes = f"{work.operations / work.shape.windows / 1e6:>10.2f} M{work.products / work.operations:>9.0%}"
        times = "{:>11.2f}{:>9.2f}{:>8.2f}".format(*(1e3 * seconds for seconds in floors))
        ours = [1e3 * seconds for seconds in measured.ours]
        print(
            f"{work.cell:<5}{work.shape!s:<17}{sizes}{work.stored_bytes / 1e6:>7.2f} MB{times}  "
            f"{figure(statistics.median(ours))} {spread(ours)}: share of the floor {shares[-1]:.2f}"
        )
    for what, share, target in (
        (f"geometric mean of {len(shares)} cases", statistics.geometric_mean(shares), MEAN_SHARE),
        ("least of all", min(shares), LEAST_SHARE),
    ):
        verdict = "met" if share >= target else "MISSED"
        print(f"share of the floor, {what}: {share:.2f}   target at least {target:g}: {verdict}")


def _seconds_of_product(rows: int, inner: int, columns: int) -> float:
    """With one thread or with all, whichever takes less."""
    random = np.random.default_rng(0)
    left = random.standard_normal((rows, inner), dtype=np.float32)
    right = random.standard_normal((inner, columns), dtype=np.float32)
    out = np.empty((rows, columns), dtype=np.float32)

    def seconds_with(threads: int) -> float:
        with threadpool_limits(threads, "blas"):
            return _least_seconds(lambda: np.matmul(left, right, out=out))

    return min(seconds_with(1), seconds_with(CORES))


def _seconds_of_copy(size: int) -> float:
    """By one thread or by one per core, whichever takes less."""
    source = np.ones(size, dtype=np.uint8)
    out = np.empty_like(source)
    pairs = list(zip(np.array_split(out, CORES), np.array_split(source, CORES), strict=True))
    with ThreadPoolExecutor(CORES) as pool:
        together = _least_seconds(lambda: list(pool.map(lambda pair: np.copyto(*pair), pairs)))
    return min(together, _least_seconds(lambda: np.copyto(out, source)))


def _least_seconds(call: Callable[[], object]) -> float:
    """The least of as many calls as fit into a tenth of a second: a floor is what the machine can do undisturbed."""
    call()
    seconds: list[float] = []
    end = time.perf_counter() + SECONDS_PER_RATE
    while not seconds or time.perf_counter() < end:
        begin = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begin)
    return min(seconds)


if __name__ == "__main__":
    main()
