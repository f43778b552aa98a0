"""Is one competitor's loss really lower than another's? A paired test over forecast origins. Pure.

The statistic is Diebold & Mariano's (1995): the mean of the differences of two losses over its standard error, with the
small-sample factor of Harvey, Leybourne & Newbold (1997). Successive origins share targets, and what one forecaster does
better it goes on doing better, so that differences hang together beyond that overlap. Their long-run variance is the
mean of their first squared cosine coefficients, and the statistic has as many degrees of freedom as there are of those
(Lazarus, Lewis, Stock & Watson 2018, "HAR inference: recommendations for practice"): it cannot be negative, and it keeps
the size of the test where weighted autocovariances do not (docs/decisions/0011-cosines-for-the-variance-of-losses.md).
Over a panel the differences are means over its series (Driscoll & Kraay 1998 in kind); where the origins span few
horizons its series are replicates as well (see `few_horizons`).
"""

from dataclasses import dataclass
from math import copysign, inf, isfinite, sqrt

import numpy as np
from numpy.typing import NDArray

from recurcast.promotion.few_horizons import FEW, Spread, cosines, spread_both_ways


@dataclass(frozen=True)
class Comparison:
    """The difference of two competitors' losses at the same origins; below 0 the first one is better."""

    n_origins: int
    n_series: int
    horizons: float
    """How many horizons' worth of origins there are: their number over that of those that share a target."""
    difference: float
    """Mean of own minus opponent's loss; every series counts alike."""
    standard_error: float | None
    """Of the difference, the small-sample factor and the spread over seeds included; none where every origin shares
    targets with every other one, so that there is nothing to tell it from."""
    p_better: float
    """Chance of a difference as low as this or lower, were the first one no better."""
    p_worse: float
    """Chance of a difference as high as this or higher, were the first one no worse."""


def compare(
    losses: NDArray[np.float64], opponent: NDArray[np.float64], overlap: int, spread: float = 0.0
) -> Comparison:
    """Return the paired test of two losses, shapes `(n_origins,)` or `(n_series, n_origins)`; at least one origin.

    They stand in the order of the origins; NaN where a series has none. `overlap` is how many successive origins share
    a target, ceil(horizon / stride). `spread`, in the unit of the losses, is the standard deviation over seeds of the
    first one's mean loss; it adds to the variance of the difference.
    """
    differences = np.atleast_2d(np.asarray(losses, dtype=np.float64) - np.asarray(opponent, dtype=np.float64))
    present = ~np.isnan(differences)
    differences = differences[np.ix_(present.any(axis=1), present.any(axis=0))]
    n_series, n = differences.shape
    of_series = np.nanmean(differences, axis=1)
    difference = float(of_series.mean())
    deviations = differences - of_series[:, None]
    counts = (~np.isnan(deviations)).sum(axis=1, keepdims=True)
    over_origins = np.nansum(deviations / counts, axis=0) * (n / n_series)
    if n_series > 1 and 1 < n < FEW * overlap:
        possible = spread_both_ways(over_origins, of_series, overlap)
    else:
        possible = _over_time(over_origins, overlap)
    variances = possible.variances + spread**2
    error = sqrt(possible.weights @ variances)
    shown = error if isfinite(error) else None
    said = (n, n_series, n / overlap)
    if not np.nan_to_num(differences).any():
        return Comparison(*said, 0.0, shown, 1.0, 1.0)
    lower, upper = (_chance(possible, variances, way * difference) for way in (1, -1))
    return Comparison(*said, difference, shown, lower, upper)


def _chance(possible: Spread, variances: NDArray[np.float64], difference: float) -> float:
    """The chance of a difference as low as this, over all that the variance may be."""
    from scipy.special import stdtr  # Student's t; a third of a second that whoever only imports us need not wait for

    statistics = [difference / sqrt(each) if each else copysign(inf, difference) for each in variances]
    return float(possible.weights @ stdtr(possible.degrees, statistics))


def _over_time(deviations: NDArray[np.float64], overlap: int) -> Spread:
    """The one variance that the origins alone tell."""
    coefficients = _coefficients(len(deviations), overlap)
    variance = _variance_of_mean(deviations, overlap, coefficients)
    return Spread(np.ones(1), np.array([variance]), np.array([float(coefficients)]))


def _coefficients(n: int, overlap: int) -> int:
    """How many cosines: 2 floor(n^(1/3)) as Coroneo & Iacone (2020), and none as fast as the overlap is long."""
    return max(1, min(2 * int(np.cbrt(n) + 1e-9), n // overlap, n - 1))


def _variance_of_mean(deviations: NDArray[np.float64], overlap: int, coefficients: int) -> float:
    """The long-run variance over n, divided by the square of Harvey, Leybourne & Newbold's factor."""
    n, shared = len(deviations), min(overlap, len(deviations))
    squared_factor = (n + 1 - 2 * shared + shared * (shared - 1) / n) / n
    if squared_factor <= 0:
        return inf
    long_run = np.mean((cosines(n, coefficients) @ deviations) ** 2)
    return float(long_run / n / squared_factor)
