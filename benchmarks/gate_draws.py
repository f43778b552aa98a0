"""Differences of two forecasters' losses, drawn from real panels or simulated, and what the gate makes of them."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from scipy.signal import lfilter

from gate_panels import BASELINE, Array
from recurcast.promotion.diebold_mariano import compare

LEVEL, EDGE = 0.05, 0.2
COMMON = 0.3
"""Share of the variance of simulated differences that all series have in common."""
_SPREAD, _LASTING, _SETTLED = 0.3, 0.5, 50


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


@dataclass(frozen=True)
class Draw:
    """Differences of losses at all origins, shape `(n_series, n_origins)`, of equal ones; and what 20% are."""

    differences: Array
    edge: float

    @property
    def better(self) -> "Draw":
        """Return the draw with the edge."""
        return replace(self, differences=self.differences - self.edge)


def real_draws(
    losses: dict[str, Array], pairs: list[tuple[str, str]], shape: Shape, times: int, rng: np.random.Generator
) -> Iterator[Draw]:
    """Give draws of real differences; pairs in turn."""
    n_series, n_origins = losses[BASELINE].shape
    means = {name: each.mean(axis=1) for name, each in losses.items()}
    for number in range(times):
        own, other = pairs[number % len(pairs)]
        series = rng.integers(0, n_series, shape.series)
        begin = rng.integers(0, n_origins - shape.origins + 1)
        block = slice(begin, begin + shape.origins)
        differences = losses[own][series, block] - losses[other][series, block]
        over_all = float((means[own][series] - means[other][series]).mean())
        yield Draw(differences - over_all, EDGE * float(means[BASELINE][series].mean()))


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


def promoted(draw: Draw, shape: Shape) -> tuple[bool, bool]:
    """Return whether the test finds the mean below 0, and whether validation windows say so as well."""
    counted = draw.differences[:, -shape.counted :]
    test = compare(counted, np.zeros_like(counted), shape.horizon)
    found = bool(test.difference < 0 and test.p_better <= LEVEL)
    return found, bool(found and draw.differences[:, : shape.chosen].mean() < 0)
