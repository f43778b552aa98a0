"""Is one competitor's loss really lower than another's? A paired test over forecast origins. Pure.

The statistic is Diebold & Mariano's (1995): the mean of the differences of two losses over its standard error, with the
small-sample factor of Harvey, Leybourne & Newbold (1997). Successive origins share targets, and what one forecaster does
better it goes on doing better, so that differences hang together beyond that overlap. Their long-run variance is the
mean of their first squared cosine coefficients, and the statistic has as many degrees of freedom as there are of those
(Lazarus, Lewis, Stock & Watson 2018, "HAR inference: recommendations for practice"): it cannot be negative, and it keeps
the size of the test where weighted autocovariances do not (docs/decisions/0011-cosines-for-the-variance-of-losses.md).
"""

from dataclasses import dataclass
from math import copysign, inf, isfinite, sqrt

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Comparison:
    """The difference of two competitors' losses at the same origins; below 0 the first one is better."""

    n_origins: int
    difference: float
    """Mean of own minus opponent's loss."""
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
    """Return the paired test of two losses, shapes `(n_origins,)`, in the order of the origins; at least one.

    `overlap` is how many successive origins share a target, ceil(horizon / stride). `spread`, in the unit of the losses,
    is the standard deviation over seeds of the first one's mean loss; it adds to the variance of the difference.
    """
    differences = np.asarray(losses, dtype=np.float64) - np.asarray(opponent, dtype=np.float64)
    n, difference = len(differences), float(differences.mean())
    coefficients = _coefficients(n, overlap)
    error = sqrt(_variance_of_mean(differences, overlap, coefficients) + spread**2)
    shown = error if isfinite(error) else None
    if not differences.any():
        return Comparison(n, 0.0, shown, 1.0, 1.0)
    from scipy.special import stdtr  # Student's t; a third of a second that whoever only imports us need not wait for

    statistic = difference / error if error else copysign(inf, difference)
    lower, upper = float(stdtr(coefficients, statistic)), float(stdtr(coefficients, -statistic))
    return Comparison(n, difference, shown, lower, upper)


def _coefficients(n: int, overlap: int) -> int:
    """How many cosines: 2 floor(n^(1/3)) as Coroneo & Iacone (2020), and none as fast as the overlap is long."""
    return max(1, min(2 * int(np.cbrt(n) + 1e-9), n // overlap, n - 1))


def _variance_of_mean(differences: NDArray[np.float64], overlap: int, coefficients: int) -> float:
    """The long-run variance over n, divided by the square of Harvey, Leybourne & Newbold's factor."""
    n, shared = len(differences), min(overlap, len(differences))
    squared_factor = (n + 1 - 2 * shared + shared * (shared - 1) / n) / n
    if squared_factor <= 0:
        return inf
    midpoints, cycles = (np.arange(n) + 0.5) / n, np.arange(1, coefficients + 1)[:, None]
    cosines = sqrt(2 / n) * np.cos(np.pi * cycles * midpoints)
    long_run = np.mean((cosines @ (differences - differences.mean())) ** 2)
    return float(long_run / n / squared_factor)
