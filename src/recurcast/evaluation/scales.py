"""What scores are divided by: an error of zero, or of rounding alone, is none, and whoever lacks one is named. Pure.

A float64 carries its own value with a relative error of up to half of eps = 2^-52, and a value that a program has made
step by step (a sum that runs on, a sine of the number of the step) carries one of up to eps for each step. So what is
left between values that should be equal is eps * steps * magnitude at most, and a difference counts where it is more.
Beyond 2^18 steps the bound stays where it is, at 5.8e-11 of the magnitude: a level of 1e9 that moves by 1 moves, however
long it is.
"""

from collections.abc import Iterable

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_EPS = float(np.finfo(np.float64).eps)
_MOST_STEPS = 2**18
_MOST_NAMED, _MOST_LETTERS = 3, 40
_NO_ERROR, _NO_PAIR = "repeats itself from season to season", "has no two values a season apart"


def seasonal_error(train: NDArray[np.float64], season: int) -> NDArray[np.float64]:
    """Return the seasonal naive's mean absolute error of each series, shape `(n_series,)`.

    0 where it makes none beyond rounding, NaN where no two values are a season apart. `train` is `(n_series, n_steps)`
    on its grid, absent steps NaN.
    """
    errors = np.array([_mean_present(np.abs(y[season:] - y[:-season])) for y in train], dtype=np.float64)
    return np.where(errors <= rounding_of(train), 0.0, errors)


def rounding_of(y: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the largest mean difference that rounding alone makes of equal values of each series, shape `(n_series,)`."""
    with np.errstate(over="ignore"):  # the sum of the largest numbers there are
        magnitudes = np.array([_mean_present(np.abs(values)) for values in y], dtype=np.float64)
    return np.nan_to_num(magnitudes, posinf=0.0) * (_EPS * min(y.shape[1], _MOST_STEPS))


def _mean_present(values: NDArray[np.float64]) -> float:
    present = ~np.isnan(values)
    return float(values.sum(where=present) / present.sum()) if present.any() else float("nan")


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
