"""What scores are divided by: an error of zero, or of rounding alone, is none, and whoever lacks one is named. Pure.

A float64 carries its own value with a relative error of up to half of eps = 2^-52, and a value that a program has made
step by step (a sum that runs on, a sine of the number of the step) carries one of up to eps for each step. So what is
left between values that should be equal is eps * steps * magnitude at most, and a difference counts where it is more.
Beyond 2^18 steps the bound stays where it is, at 5.8e-11 of the magnitude: a level of 1e9 that moves by 1 moves, however
long it is.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.series.stretches import ROWS_OF_A_STRETCH, stretches
from recurcast.series.windows import Split

_EPS = float(np.finfo(np.float64).eps)
_MOST_STEPS = 2**18
_MOST_NAMED, _MOST_LETTERS = 3, 40
_NO_ERROR, _NO_PAIR = "repeats itself from season to season", "has no two values a season apart"


@dataclass(frozen=True)
class Scales:
    """What the scores of each series are divided by, shapes `(n_series,)`."""

    seasonal: NDArray[np.float64]
    """The seasonal naive's error within the train part."""
    rounding: NDArray[np.float64]
    """What an error must be more than, to be one."""


_found: WeakKeyDictionary[Split, dict[int, Scales]] = WeakKeyDictionary()


def scales_of(split: Split, season: int) -> Scales:
    """Return the scales of a split's series; they are found once, for scores and losses of all its parts."""
    known = _found.setdefault(split, {})
    if season not in known:
        y = split.panel.y
        known[season] = Scales(seasonal_error(y[:, : split.validation_begins], season), rounding_of(y))
    return known[season]


def seasonal_error(train: NDArray[np.float64], season: int) -> NDArray[np.float64]:
    """Return the seasonal naive's mean absolute error of each series, shape `(n_series,)`.

    0 where it makes none beyond rounding, NaN where no two values are a season apart. `train` is `(n_series, n_steps)`
    on its grid, absent steps NaN.
    """
    errors = _mean_sizes(train[:, season:], train[:, :-season])
    return np.where(errors <= rounding_of(train), 0.0, errors)


def rounding_of(y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest mean difference that rounding alone makes of equal values of each series, shape `(n_series,)`."""
    with np.errstate(over="ignore"):  # the sum of the largest numbers there are
        magnitudes = _mean_sizes(y)
    return np.nan_to_num(magnitudes, posinf=0.0) * (_EPS * min(y.shape[1], _MOST_STEPS))


def _mean_sizes(y: NDArray[np.float64], other: NDArray[np.float64] | None = None) -> NDArray[np.float64]:
    """The mean of |y|, or of |y - other|, of each series over what is present of it; of short ones many at a time."""
    n_steps = y.shape[1]
    if n_steps > ROWS_OF_A_STRETCH:
        return np.array([_mean_size(y[row], None if other is None else other[row]) for row in range(len(y))])
    found = np.full(len(y), np.nan)
    for own in stretches(len(y) if n_steps else 0, length=ROWS_OF_A_STRETCH // max(n_steps, 1)):
        sizes = np.array(y[own], order="C") if other is None else np.subtract(y[own], other[own], order="C")
        np.abs(sizes, out=sizes)
        means = sizes.sum(axis=1) / n_steps
        for row in np.flatnonzero(np.isnan(means)):
            present = ~np.isnan(sizes[row])
            means[row] = sizes[row].sum(where=present) / present.sum() if present.any() else np.nan
        found[own] = means
    return found


def _mean_size(y: NDArray[np.float64], other: NDArray[np.float64] | None = None) -> float:
    """The mean of |y|, or of |y - other|, over what is present of it."""

    def sizes(first: int, last: int) -> NDArray[np.float64]:
        found = np.array(y[first:last]) if other is None else y[first:last] - other[first:last]
        return np.abs(found, out=found)

    if any(np.isnan(sizes(own.start, own.stop)).any() for own in stretches(len(y))):
        values = sizes(0, len(y))
        present = ~np.isnan(values)
        return float(values.sum(where=present) / present.sum()) if present.any() else float("nan")
    return float(_sum(sizes, 0, len(y)) / len(y)) if len(y) else float("nan")


def _sum(values: Callable[[int, int], NDArray[np.float64]], first: int, last: int) -> np.float64:
    """The sum that numpy gives of all of them, to the bit: it adds halves, which begin at multiples of eight."""
    count = last - first
    if count <= ROWS_OF_A_STRETCH:
        return values(first, last).sum()
    middle = first + count // 2 - count // 2 % 8
    return _sum(values, first, middle) + _sum(values, middle, last)


def told_of_scales(scales: "pd.Series[float]") -> str:
    """Return which of the series, the index of `scales`, have none and what follows; an empty text where all have one."""
    lacking = scales[~(scales > 0)]
    if not len(lacking):
        return ""
    causes = [cause for cause, found in ((_NO_ERROR, lacking == 0), (_NO_PAIR, lacking.isna())) if found.any()]
    if len(lacking) == len(scales):
        part = "the train part" if len(scales) == 1 else f"of {len(scales):,} series each one's train part"
        return f"MAE judges, since MASE has no scale: {part} {' or '.join(causes)}"
    names = [f"'{_shortened(str(name))}'" for name in lacking.index[:_MOST_NAMED]]
    more = len(lacking) - len(names)
    named = f"{', '.join(names)} and {more:,} more" if more else ", ".join(names)
    return (
        f"MASE leaves out {len(lacking):,} of {len(scales):,} series, whose train part {' or '.join(causes)}: {named}"
    )


def common_measure(judged_by: Iterable[str | None], metric: str) -> str:
    """Return the metric that intervals are shown by side by side: the gate's, or the one that judged every one of them."""
    found = {each for each in judged_by if each is not None}
    return metric if metric in found or not found else min(found)


def _shortened(name: str) -> str:
    return name if len(name) <= _MOST_LETTERS else f"{name[: _MOST_LETTERS - 1]}…"
