"""Sizes of tests on one series, beside R's, and what is promoted over naive on random walks."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtr

from gate_draws import LEVEL, Draw, Shape, promoted, simulated_draws
from gate_panels import Array
from recurcast.promotion.diebold_mariano import compare

SIZES = ((30, 8), (48, 24), (100, 24), (336, 48))
"""Origins and horizon."""
WALKS = 400


def print_walks() -> None:
    """Print how often a recipe is promoted over naive on random walks."""
    print(f"\n{WALKS} random walks, best of three recipes on validation windows: promoted over naive")
    for horizon in (1, 8, 24):
        print(f"  horizon {horizon:>2}  {promoted_walks(horizon):.1%}")


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
        changed += promoted(Draw(best[None], 0.0), shape)[1]
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
    print(f"\nSize at 5%, two-sided, {times} draws: white noise averaged over the horizon, one origin per step")
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
            found += np.minimum(chances, 1 - np.array(chances)) <= LEVEL / 2
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
