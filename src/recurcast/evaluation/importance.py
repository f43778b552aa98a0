"""What each input beside y is worth: how much worse forecasts become with its values of another window. Pure.

window 1   y ...   temperature 12 14 15 ...        y ...   temperature 30 28 31 ...
window 2   y ...   temperature 30 28 31 ...  -->   y ...   temperature 12 14 15 ...     the error of the forecasts rises

Breiman (2001); Fisher, Rudin & Dominici (2019). Whole windows are exchanged, inputs and steps ahead alike, so that a course of
values stays one that exists. What two inputs tell alike is worth little in each: either stands in for the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Predict = Callable[[Doubles, Doubles | None], Doubles]
"""Windows `(n_windows, lookback, 1 + n_covariates)` and what stands beside them to forecasts `(n_windows, horizon)`."""
_MOST_WINDOWS, _REPEATS = 500, 5


@dataclass(frozen=True)
class Input:
    """Columns that mean one thing: of a covariate one, of a calendar's entry several."""

    name: str
    covariates: tuple[int, ...] = ()
    """Columns of the window, y the first."""
    drivers: tuple[int, ...] = ()
    """Columns of what is known up to the last step ahead."""


@dataclass(frozen=True)
class Importance:
    """Mean absolute error with an input of another window, in the series' units."""

    name: str
    mae: float
    least: float
    most: float
    """Of the draws."""


@dataclass(frozen=True)
class Importances:
    """The error as it is, and with each input exchanged, the dearest first."""

    mae: float
    windows: int
    inputs: tuple[Importance, ...]


def importances(
    predict: Predict, window: Doubles, drivers: Doubles | None, targets: Doubles, inputs: Sequence[Input]
) -> Importances:
    """Return what exchanging each input costs, on at most 500 windows, five exchanges drawn from a fixed seed."""
    random = np.random.default_rng(0)
    if len(window) > _MOST_WINDOWS:
        some = np.sort(random.choice(len(window), _MOST_WINDOWS, replace=False))
        window, targets, drivers = window[some], targets[some], None if drivers is None else drivers[some]
    orders = [random.permutation(len(window)) for _ in range(_REPEATS)]

    def error(one: Doubles, other: Doubles | None) -> float:
        return float(np.nanmean(np.abs(predict(one, other) - targets)))

    found = []
    for each in inputs:
        maes = [
            error(
                _exchanged(window, each.covariates, order),
                None if drivers is None else _exchanged(drivers, each.drivers, order),
            )
            for order in orders
        ]
        # The mean of equal numbers may round out of them.
        mean = float(np.clip(np.mean(maes), min(maes), max(maes)))
        found.append(Importance(each.name, mean, min(maes), max(maes)))
    ordered = sorted(found, key=lambda each: -each.mae)
    return Importances(error(window, drivers), len(window), tuple(ordered))


def _exchanged(values: Doubles, columns: tuple[int, ...], order: NDArray[np.int64]) -> Doubles:
    if not columns:
        return values
    changed = values.copy()
    changed[:, :, list(columns)] = values[order][:, :, list(columns)]
    return changed
