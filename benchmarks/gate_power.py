"""How often the gate promotes a recipe over the baseline that is no better, and one that is 20% better, on panels.

Real panels: cheap forecasters' losses (see `gate_panels`). A draw takes series with replacement and one block of
consecutive origins, all series at the same ones, so that what shocks them together and what lasts over origins is as
strong as there. Equal: the difference of two forecasters' losses less its mean over all origins of the series drawn.
Better: less a fifth of the baseline's loss besides. Simulated panels: a third of the variance of differences is common to
the series, and of it a share belongs to targets, which all origins within a horizon see, the rest to origins.
"""

import argparse
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter
from scipy.special import stdtr

from gate_panels import BASELINE, PANELS, Array, losses_on
from measuring import ROOT
from recurcast.promotion.diebold_mariano import compare

LEVEL, EDGE = 0.05, 0.2
COMMON = 0.3
"""Share of the variance of differences that all series have in common."""
_SPREAD, _LASTING, _SETTLED = 0.3, 0.5, 50
SIZES = ((30, 8), (48, 24), (100, 24), (336, 48))
"""Origins and horizon of the table beside R's."""
WALKS = 400


@dataclass(frozen=True)
class Shape:
    """Steps of the parts, the horizon, and how many series: one origin at every step."""

    series: int
    horizon: int
    validation: int
    calibration: int
    test: int

    @property
    def chosen(self) -> int:
        """Return the origins of the validation windows."""
        return self.validation - self.horizon + 1

    @property
    def counted(self) -> int:
        """Return the origins that the test counts: those of calibration and test part."""
        return self.calibration + self.test - self.horizon + 1

    @property
    def origins(self) -> int:
        """Return all origins from the first validation window to the last test window."""
        return self.validation + self.counted

    def __str__(self) -> str:
        return f"{self.series} x {self.horizon}, {self.calibration} + {self.test}"


REAL = {
    "nn5_daily": (Shape(111, 56, 74, 74, 110), Shape(111, 56, 74, 110, 110), Shape(111, 56, 74, 0, 110)),
    "m4_hourly": (Shape(414, 48, 96, 96, 96), Shape(414, 48, 96, 48, 96), Shape(414, 48, 96, 0, 96)),
    "cif2016": (Shape(72, 12, 18, 12, 24), Shape(72, 12, 18, 12, 12), Shape(72, 12, 18, 0, 24)),
}
SIMULATED = (
    Shape(111, 56, 74, 74, 110),
    Shape(111, 56, 74, 0, 110),
    Shape(72, 12, 18, 12, 24),
    Shape(5, 24, 48, 48, 72),
    Shape(5, 24, 48, 0, 72),
    Shape(1, 24, 48, 48, 72),
    Shape(1, 24, 168, 168, 336),
    Shape(1, 1, 50, 50, 100),
)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=2000, help="of each line (default 2000)")
    parser.add_argument("--quick", action="store_const", dest="draws", const=60, help="the same as --draws 60")
    parser.add_argument("--datasets", type=Path, default=ROOT.parent / "shared" / "datasets", help="folder of panels")
    asked = parser.parse_args()
    if asked.draws < 1:
        parser.error(f"--draws is at least 1; received {asked.draws}")
    print(f"Share promoted at confidence {1 - LEVEL:.0%}, of {asked.draws} draws: by the test alone, and by the gate,")
    print("which asks besides that validation windows say so too; series x horizon, calibration + test steps\n")
    print(f"{'losses':<34}{'shape':<24}{'equal: test':>12}{'gate':>7}{'20% better: test':>19}{'gate':>7}")
    for panel in PANELS:
        if not (asked.datasets / panel.name).is_dir():
            print(f"{panel.name}: not in {asked.datasets}; bring it with --datasets", file=sys.stderr)
            continue
        losses = losses_on(asked.datasets, panel)
        for shape in REAL[panel.name]:
            for what, pairs in (("beside the baseline", _beside(losses)), ("all pairs", _pairs(losses))):
                rng = np.random.default_rng([shape.test, shape.calibration, len(pairs)])
                _print(f"{panel.name}, {what}", shape, real_draws(losses, pairs, shape, asked.draws, rng))
    for shape in SIMULATED:
        for share in (1.0, 0.5, 0.0) if shape.horizon > 1 else (0.0,):
            rng = np.random.default_rng([shape.series, shape.horizon, shape.test, round(2 * share)])
            what = f"simulated, shocks to targets {share:.0%}" if shape.horizon > 1 else "simulated"
            _print(what, shape, simulated_draws(shape, share, asked.draws, rng))
    print(f"\n{WALKS} random walks, best of three recipes on validation windows: promoted over naive")
    for horizon in (1, 8, 24):
        print(f"  horizon {horizon:>2}  {promoted_walks(horizon):.1%}")
    print_sizes(4 * asked.draws)


def _beside(losses: dict[str, Array]) -> list[tuple[str, str]]:
    return [(name, BASELINE) for name in losses if name != BASELINE]


def _pairs(losses: dict[str, Array]) -> list[tuple[str, str]]:
    return [(own, other) for own in losses for other in losses if own != other]


@dataclass(frozen=True)
class Draw:
    """Differences of losses at all origins, shape `(n_series, n_origins)`, of equal ones; and what 20% are."""

    differences: Array
    edge: float


def real_draws(
    losses: dict[str, Array], pairs: list[tuple[str, str]], shape: Shape, times: int, rng: np.random.Generator
) -> Iterator[Draw]:
    """Give draws of real differences; pairs in turn."""
    n_series, n_origins = losses[BASELINE].shape
    for number in range(times):
        own, other = pairs[number % len(pairs)]
        series = rng.integers(0, n_series, shape.series)
        differences = losses[own][series] - losses[other][series]
        begin = rng.integers(0, n_origins - shape.origins + 1)
        block = differences[:, begin : begin + shape.origins]
        yield Draw(block - differences.mean(), EDGE * float(losses[BASELINE][series].mean()))


def simulated_draws(shape: Shape, share: float, times: int, rng: np.random.Generator) -> Iterator[Draw]:
    """Give draws of differences whose standard deviation is a share of the baseline's loss of 1."""
    for _ in range(times):
        common, own = _shocks(1, shape, share, rng), _shocks(shape.series, shape, share, rng)
        if shape.series == 1:
            yield Draw(_SPREAD * own, EDGE)
        else:
            yield Draw(_SPREAD * (np.sqrt(COMMON) * common + np.sqrt(1 - COMMON) * own), EDGE)


def _shocks(n: int, shape: Shape, share: float, rng: np.random.Generator) -> Array:
    """Variance 1: those to targets averaged over the horizon, those to origins with half left at the next one."""
    steps = rng.normal(size=(n, shape.origins + shape.horizon - 1))
    sums = np.cumsum(np.pad(steps, ((0, 0), (1, 0))), axis=1)
    to_targets = (sums[:, shape.horizon :] - sums[:, : -shape.horizon]) / np.sqrt(shape.horizon)
    drawn = rng.normal(size=(n, shape.origins + _SETTLED)) * np.sqrt(1 - _LASTING**2)
    to_origins = lfilter([1.0], [1.0, -_LASTING], drawn, axis=1)[:, _SETTLED:]
    return np.asarray(np.sqrt(share) * to_targets + np.sqrt(1 - share) * to_origins)


def promoted(differences: Array, shape: Shape) -> tuple[bool, bool]:
    """Return whether the test finds the mean below 0, and whether validation windows say so as well."""
    counted = differences[:, -shape.counted :]
    test = compare(counted, np.zeros_like(counted), shape.horizon)
    found = bool(test.difference < 0 and test.p_better <= LEVEL)
    return found, bool(found and differences[:, : shape.chosen].mean() < 0)


def _print(what: str, shape: Shape, draws: Iterator[Draw]) -> None:
    found = np.array(
        [(*promoted(each.differences, shape), *promoted(each.differences - each.edge, shape)) for each in draws]
    )
    equal, equal_gate, better, better_gate = (f"{share:.1%}" for share in found.mean(axis=0))
    print(f"{what:<34}{shape!s:<24}{equal:>12}{equal_gate:>7}{better:>19}{better_gate:>7}", flush=True)


def promoted_walks(horizon: int) -> float:
    """Return the share of random walks whose best recipe is promoted over naive, which nothing beats in truth."""
    shape, lags = Shape(1, horizon, 60, 60, 100), 6
    n = 300 + shape.validation + shape.calibration + shape.test
    changed = 0
    for number in range(WALKS):
        y = np.random.default_rng([9, number]).normal(size=n).cumsum()
        last = np.arange(n - shape.horizon - shape.origins, n - shape.horizon)
        targets = y[last[:, None] + 1 + np.arange(horizon)]
        drift = _drift(y, last, horizon, lags, fitted=int(last[0]))
        recipes = (np.mean([y[last - k] for k in range(2)], axis=0), 0.8 * y[last] + 0.2 * y[last - 1], y[last] + drift)
        naive = np.abs(targets - y[last, None]).mean(axis=1)
        differences = [np.abs(targets - each[:, None]).mean(axis=1) - naive for each in recipes]
        best = min(differences, key=lambda each: float(each[: shape.chosen].mean()))
        changed += promoted(best[None], shape)[1]
    return changed / WALKS


def _drift(y: Array, last: NDArray[np.int64], horizon: int, lags: int, fitted: int) -> Array:
    """What an autoregression of the newest changes, fitted before `fitted`, expects of the mean over the horizon."""
    steps = np.diff(y, prepend=y[0])
    inputs = np.stack([np.roll(steps, k) for k in range(lags)], axis=1)
    ahead = np.stack([np.roll(y, -1 - k) for k in range(horizon)]).mean(axis=0) - y
    rows = slice(lags, fitted - horizon)
    gram = inputs[rows].T @ inputs[rows] + 10 * np.eye(lags)
    return np.asarray(inputs[last] @ np.linalg.solve(gram, inputs[rows].T @ ahead[rows]))


def print_sizes(times: int) -> None:
    """Print how often tests find one of two equal forecasters better at 5%, one series, errors that are white noise."""
    print(f"\nSize at 5%, one-sided, {times} draws: the same series, horizon steps averaged, one origin per step")
    print(f"{'origins, horizon':<20}{'R dm.test':>12}{'Bartlett':>12}{'ours':>12}{'ours, 10 series':>18}")
    for n, horizon in SIZES:
        rng, shape = np.random.default_rng([n, horizon]), Shape(10, horizon, 0, 0, n + horizon - 1)
        found = np.zeros(4)
        for draw in simulated_draws(shape, 1.0, times, rng):
            one = draw.differences[0]
            chances = (
                autocovariances(one, horizon, weighted=False),
                autocovariances(one, horizon, weighted=True),
                compare(one, np.zeros(n), horizon).p_better,
                compare(draw.differences, np.zeros((10, n)), horizon).p_better,
            )
            found += np.array(chances) <= LEVEL
        shares = [f"{share:.1%}" for share in found / times]
        print(f"{f'{n}, {horizon}':<20}{shares[0]:>12}{shares[1]:>12}{shares[2]:>12}{shares[3]:>18}", flush=True)


def autocovariances(differences: Array, horizon: int, *, weighted: bool) -> float:
    """Return the p value of R's `forecast::dm.test`, alternative less, by autocovariances as they are or Bartlett's."""
    n, deviations = len(differences), differences - differences.mean()
    lags = np.array([deviations[k:] @ deviations[: n - k] for k in range(horizon)]) / n
    weights = 1 - np.arange(horizon) / horizon if weighted else np.ones(horizon)
    variance = (2 * weights @ lags - lags[0]) / n
    if variance <= 0:
        return autocovariances(differences, 1, weighted=weighted)
    factor = np.sqrt((n + 1 - 2 * horizon + horizon * (horizon - 1) / n) / n)
    return float(stdtr(n - 1, differences.mean() / np.sqrt(variance) * factor))


if __name__ == "__main__":
    main()
