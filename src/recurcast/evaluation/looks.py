"""Which past steps a network looks at: the shares of its attention, over many windows. Pure.

             steps back  8  7  6  5  4  3  2  1 | origin
window 1, in tokens     [ .1 ][ .1 ][ .2 ][ .6 ]|         mean of each token over the windows, with percentiles
window 2                [ .3 ][ .1 ][ .1 ][ .5 ]|
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_LOW, _HIGH = 10.0, 90.0


@dataclass(frozen=True)
class Look:
    """The share of attention that steps get together; they are counted back from the origin, the newest is 1."""

    newest: int
    oldest: int
    share: float
    """Mean over the windows."""
    low: float
    high: float
    """The 10th and the 90th percentile."""

    @property
    def steps(self) -> int:
        """Return how many steps share it."""
        return self.oldest - self.newest + 1

    @property
    def told(self) -> str:
        """Return which steps these are, such as `3` or `7 to 12`."""
        return str(self.newest) if self.steps == 1 else f"{self.newest} to {self.oldest}"


@dataclass(frozen=True)
class Looks:
    """All steps that are looked at, the newest first, and on how many windows."""

    windows: int
    each: tuple[Look, ...]

    @property
    def most(self) -> tuple[Look, ...]:
        """Return them by their share, the largest first."""
        return tuple(sorted(self.each, key=lambda look: -look.share))

    @property
    def even(self) -> float:
        """Return the share of each if all were looked at alike."""
        return 1 / len(self.each)


def looks(shares: NDArray[np.float64], steps: Sequence[int]) -> Looks:
    """Return them from shares `(n_windows, tokens)`, the oldest token first, each of so many steps."""
    oldest = np.cumsum(steps[::-1])
    low, high = np.percentile(shares, [_LOW, _HIGH], axis=0)
    found = [
        Look(int(end - count + 1), int(end), float(mean), float(least), float(most))
        for end, count, mean, least, most in zip(
            oldest, steps[::-1], shares.mean(axis=0)[::-1], low[::-1], high[::-1], strict=True
        )
    ]
    return Looks(len(shares), tuple(found))
