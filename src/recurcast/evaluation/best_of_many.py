"""What the best of many tries loses on an origin that did not choose it; pure.

The best score of many is too good by luck: whoever has the lowest of N numbers has, besides a good recipe, lucky origins. How
much of it is luck is seen by choosing without one origin and scoring there:

origins   o1   o2   o3
choose    x    x    ?     the best mean of these ...
choose    x    ?    x     ... is scored on the one left out, each origin in turn
choose    ?    x    x

With k of N tries the mean is over all sets of k, each as likely as the others, so nothing is drawn: the try of rank r is the
best of a set of k with probability C(N - r, k - 1) / C(N, k).
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_MOST_POINTS = 200


@dataclass(frozen=True)
class BestOf:
    """The best of so many tries, as expected over which tries they are; less is better."""

    tries: int
    promised: float
    """Its score on the origins that chose it."""
    kept: float
    """Its score on the origin that was left out."""

    @property
    def lost(self) -> float:
        """Return how much worse it is where it was not chosen; 0 for one try, of which none is chosen."""
        return self.kept - self.promised


def best_of_many(scores: NDArray[np.float64]) -> tuple[BestOf, ...]:
    """Return what is expected of the best of 1, 2, ... N tries, of many N at 200 of these; none with fewer than two origins.

    `scores` has shape `(n_tries, n_origins)`, finite; of equal means the earlier try is chosen.
    """
    tries, origins = scores.shape
    if origins < 2 or not tries:
        return ()
    chosen_by = (scores.sum(axis=1, keepdims=True) - scores) / (origins - 1)
    ranked = np.argsort(chosen_by, axis=0, kind="stable")
    promised = np.take_along_axis(chosen_by, ranked, axis=0).mean(axis=1)
    kept = np.take_along_axis(scores, ranked, axis=0).mean(axis=1)
    return tuple(
        BestOf(number, float(chances @ promised), float(chances @ kept))
        for number, chances in ((number, _chances(tries, number)) for number in _points(tries))
    )


def _chances(tries: int, number: int) -> NDArray[np.float64]:
    """The probability of each rank to be the best of `number` tries."""
    ranks = np.arange(1, tries)
    later = np.maximum(tries - ranks - number + 1, 0) / (tries - ranks)
    return np.cumprod(np.concatenate([[number / tries], later]))


def _points(tries: int) -> list[int]:
    if tries <= _MOST_POINTS:
        return list(range(1, tries + 1))
    return sorted({round(each) for each in np.geomspace(1, tries, _MOST_POINTS)})
