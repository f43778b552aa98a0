"""Whether a cycle of a series is more than chance makes of noise or of a random walk.

The periodogram of whole cycles has what repeats at the harmonics of the cycle alone, and only noise between them:

    ordinate   1   2   3  [4]  5   6   7  [8]  9  10  11  [12] ...      four cycles: every fourth is a harmonic

What noise would have at the harmonics is read from between them: a generalized linear model of exponential ordinates whose
logarithm is a cosine polynomial (Bloomfield 1973, Biometrika 60) beside the logarithm of |2 sin(w/2)|, so that noise,
walks and what lies between (errors that are autocorrelated) all have their place (Beran 1993, Biometrika 80). The share of
the harmonics over it is an F ratio, as in Fisher's test and those that came of it (Priestley 1981, 6.1.4): one of the first
harmonic, which sees a smooth cycle best, and one of all. Of a series that wanders the ordinates are those of its differences,
which have no leakage; of another one those of what a straight line leaves.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FEWEST_CYCLES = 3
_ENOUGH_STEPS, _ENOUGH_CYCLES = 8192, 30  # what repeats shows itself by then
_ROUNDS = 30
_MOST_SURPRISE = 5.0  # of an ordinate in the model's fit: a line of another cycle is no background
_ROUNDING = 1e-13

Values = NDArray[np.float64]


@dataclass(frozen=True)
class _Ordinates:
    """A periodogram by frequency; `weights` are halves of the degrees of freedom, `harmonic` are those of the cycle."""

    heights: Values
    frequencies: Values
    weights: Values
    harmonic: NDArray[np.bool_]


def chance_of(values: Values, steps: int) -> float:
    """Return how probable a cycle of so many steps, seen as clearly as in these values, is by chance; 1 where few are there."""
    cycles = min(len(values) // max(steps, 1), max(_ENOUGH_CYCLES, _ENOUGH_STEPS // max(steps, 1)))
    if steps < 2 or cycles < FEWEST_CYCLES:
        return 1.0
    values = values[-cycles * steps :]
    wandering = _differenced(values)
    if not (np.ptp(values) > _ROUNDING * np.abs(values).max() and wandering.any()):
        return 1.0
    ordinates = _ordinates(wandering, cycles)
    exponent = _fitted(ordinates, _basis(ordinates, _terms(ordinates)))[1][1]
    if exponent > -1:  # nearer to noise than to a walk: 1/w^2 is the walk's
        ordinates = _ordinates(_straightened(values), cycles)
    return _chance(ordinates)


def combined(chances: list[float]) -> float:
    """Return how probable it is that half of the series show a cycle by chance, however they depend on each other.

    Rüger's rule (1978): of K values the k-th smallest, times K / k.
    """
    if not chances:
        return 1.0
    half = -(-len(chances) // 2)
    return min(1.0, sorted(chances)[half - 1] * len(chances) / half)


def _chance(ordinates: _Ordinates) -> float:
    from scipy.special import fdtrc

    over, terms = _over_background(ordinates)
    share, harmonics = ordinates.weights * over, np.flatnonzero(ordinates.harmonic)
    between = 2 * ordinates.weights[~ordinates.harmonic].sum() - terms
    left = 2 * share[~ordinates.harmonic].sum() / between
    found = []
    for which in (harmonics[:1], harmonics):
        freedom = 2 * ordinates.weights[which].sum()
        found.append(float(fdtrc(freedom, between, 2 * share[which].sum() / freedom / left)))
    return min(1.0, 2 * min(found))


def _over_background(ordinates: _Ordinates) -> tuple[Values, int]:
    """Ordinates in multiples of the background, and how many terms the background took: by BIC noise, a walk, or a fit."""
    terms = _terms(ordinates)
    basis = _basis(ordinates, terms)
    choices = [(basis[:, :1], 0.0), (basis[:, :1], -2.0), (basis, 0.0)]
    best, fewest = (ordinates.heights, 1), np.inf
    for columns, known in choices:
        background, deviance = _fitted(ordinates, columns, known * basis[:, 1])[0::2]
        costs = deviance + np.log(len(basis)) / 2 * (columns.shape[1] - 1)
        if costs < fewest:
            best, fewest = (ordinates.heights / background, columns.shape[1]), costs
    return best


def _fitted(ordinates: _Ordinates, columns: Values, known: Values | None = None) -> tuple[Values, Values, float]:
    """The background at all frequencies, its coefficients, and the deviance of what lies between the harmonics."""
    known = np.zeros(len(columns)) if known is None else known
    between = ~ordinates.harmonic
    heights, weights, own = ordinates.heights[between], ordinates.weights[between], columns[between]
    weighted = weights[:, None] * own
    start = np.log(heights) + np.euler_gamma - known[between]
    factor = np.linalg.pinv(own.T @ weighted)
    coefficients = factor @ (weighted.T @ start)
    for _ in range(_ROUNDS):
        surprise = heights * np.exp(-(own @ coefficients + known[between])) - 1
        change = factor @ (weighted.T @ np.minimum(surprise, _MOST_SURPRISE))
        coefficients = coefficients + change
        if np.abs(change).max() < 1e-6:
            break
    logarithm = np.clip(columns @ coefficients + known, -700, 700)
    deviance = float((weights * (heights * np.exp(-logarithm[between]) + logarithm[between])).sum())
    return np.exp(logarithm), coefficients, deviance


def _terms(ordinates: _Ordinates) -> int:
    between = int((~ordinates.harmonic).sum())
    return 2 if between < 24 else 3 if between < 100 else 5


def _basis(ordinates: _Ordinates, terms: int) -> Values:
    w = ordinates.frequencies
    cosines = [np.cos(k * w) for k in range(1, terms - 1)]
    return np.stack([np.ones_like(w), np.log(2 * np.sin(w / 2)), *cosines], axis=1)


def _ordinates(values: Values, cycles: int) -> _Ordinates:
    n = len(values)
    heights = np.abs(np.fft.rfft(values)[1:]) ** 2
    number = np.arange(1, len(heights) + 1)
    heights = np.maximum(heights, _ROUNDING * heights.mean())
    return _Ordinates(
        heights / heights.mean(),
        2 * np.pi * number / n,
        np.where(2 * number == n, 0.5, 1.0),
        number % cycles == 0,
    )


def _straightened(values: Values) -> Values:
    at = np.arange(len(values)) - (len(values) - 1) / 2
    centred = values - values.mean()
    return np.asarray(centred - at * (at @ centred) / (at @ at))


def _differenced(values: Values) -> Values:
    """The values from which the line from the first to the last is taken: the sum of differences about their mean."""
    changes = np.diff(values)
    return np.asarray(np.concatenate([[0.0], np.cumsum(changes - changes.mean())]))
