"""How far chance alone moves a panel's mean difference where its origins span few horizons. Pure.

Over few horizons time alone tells next to nothing, so that the series are replicates too: the variance is clustered both
ways, over series and over origins (Cameron, Gelbach & Miller 2011; with time effects that hang together Chiang, Hansen &
Sasaki 2024). What is counted in both is not taken off again, so that it never comes out negative. The part over origins,
that of shocks common to the series, is read from the first squared cosine coefficients of their mean. What it is of the
mean depends on whether a shock belongs to an origin (one forecast is bad) or to a target, which as many origins as
overlap share: each share of the latter is believed as far as the coefficients speak for it, from a belief before them
that `benchmarks/gate_power.py` chose (docs/decisions/0024-series-as-replicates-where-horizons-are-few.md).
"""

from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

FEW = 5
"""Horizons; from so many on time alone is enough."""
_SHARES = np.array([0.0, 0.5, 1.0])
"""Of the variance over origins, how much is of shocks to targets."""
_BELIEFS = np.array([0.9, 0.05, 0.05])
_MOST_COSINES = 8
_LEAST = 1e-9
"""Of the variance of a coefficient: a cosine that fits into the overlap sees almost nothing of shocks to targets."""


@dataclass(frozen=True)
class Spread:
    """What the variance of the mean difference may be: for each share its weight, variance and degrees of freedom."""

    weights: NDArray[np.float64]
    variances: NDArray[np.float64]
    degrees: NDArray[np.float64]


def spread_both_ways(over_origins: NDArray[np.float64], of_series: NDArray[np.float64], overlap: int) -> Spread:
    """Return the variances that the mean difference may have.

    `over_origins` is the panel's mean at each origin less the mean over all, shape `(n_origins,)`, at least two;
    `of_series` each series' mean over its origins, shape `(n_series,)`, at least two.
    """
    n_series = len(of_series)
    between = float(np.var(of_series, ddof=1)) / n_series
    weights, common, n_cosines = _common(over_origins, overlap)
    variances = common + between
    # Satterthwaite (1946): the degrees of freedom of a sum of two variances that were estimated each on its own.
    squares = common**2 / n_cosines + between**2 / (n_series - 1)
    degrees = np.divide(variances**2, squares, out=np.full(len(squares), float(n_cosines)), where=squares > 0)
    return Spread(weights, variances, degrees)


def _common(deviations: NDArray[np.float64], overlap: int) -> tuple[NDArray[np.float64], NDArray[np.float64], int]:
    """Per share its weight and the variance of the mean over origins, and how many cosines told them."""
    n = len(deviations)
    kept = cosines(n, min(_MOST_COSINES, n - 1))
    squared = (kept @ deviations) ** 2
    if not squared.any():
        return _BELIEFS, np.zeros(len(_SHARES)), len(kept)
    of_targets = np.array([_energy(cosine, overlap) for cosine in kept])
    expected = np.maximum(_SHARES[:, None] * of_targets + (1 - _SHARES[:, None]), _LEAST)
    level = (squared / expected).mean(axis=1)
    of_mean = _SHARES * _energy(np.full(n, 1 / n), overlap) + (1 - _SHARES) / n
    # The coefficients are independent and normal; their common level, which nobody knows, is integrated out.
    likelihood = -0.5 * np.log(expected).sum(axis=1) - len(kept) / 2 * np.log(level)
    weights = _BELIEFS * np.exp(likelihood - likelihood.max())
    return weights / weights.sum(), level * of_mean, len(kept)


def cosines(n: int, count: int) -> NDArray[np.float64]:
    """Return the first cosines over n origins, each of length 1, shape `(count, n)`."""
    midpoints, cycles = (np.arange(n) + 0.5) / n, np.arange(1, count + 1)[:, None]
    return np.asarray(sqrt(2 / n) * np.cos(np.pi * cycles * midpoints))


def _energy(weights: NDArray[np.float64], overlap: int) -> float:
    """Variance of a weighted sum over origins of variance 1, each the mean of as many shocks to targets as overlap."""
    return float((np.convolve(weights, np.ones(overlap)) ** 2).sum() / overlap)
