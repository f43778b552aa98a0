"""Who becomes champion of an interval: by the gate, and by what pipelines do without one.

    lower score     the best new cell's score is below the champion's on the same test windows
    stored score    the new cells' best score on their own test windows is below the one that the champion had on those
                    of the day when it was trained

The gate's verdicts are given by its own arithmetic without frames, 100 times as fast; with `check` by
`promotion.decide` too, and the benchmark ends where the two differ.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from recurcast.config import Gate
from recurcast.evaluation.competitors import CHAMPION
from recurcast.promotion.diebold_mariano import compare
from recurcast.promotion.gate import choose, decide
from simulated import BASELINE, Competitor, Series, as_losses

CELLS = ("rnn", "lstm", "gru")


@dataclass(frozen=True)
class Interval:
    """Losses per origin of one interval's competitors: on validation windows the cells, on test windows all."""

    validation: dict[str, NDArray[np.float64]]
    test: dict[str, NDArray[np.float64]]
    horizon: int

    def against(self, losses: NDArray[np.float64]) -> "Interval":
        """Return the same interval with another champion."""
        return Interval(self.validation, self.test | {CHAMPION: losses}, self.horizon)


Rule = Callable[[Interval, int, float], str | None]
"""From an interval, its tick's number and the champion's stored score to the cell that becomes champion, if one does."""


def judge(
    series: Series, cells: dict[str, Competitor], champion: Competitor, validation: slice, test: slice
) -> Interval:
    """Return the losses at the origins of both parts."""
    on_test = {name: each.losses(series, test) for name, each in (cells | {CHAMPION: champion}).items()}
    on_test[BASELINE] = np.abs(series.naive[test]).mean(axis=1)
    on_validation = {name: each.losses(series, validation) for name, each in cells.items()}
    return Interval(on_validation, on_test, len(series.deviations))


def gate(confidence: float = 0.95, every: int = 1, check: bool = False) -> Rule:
    """Return the gate's rule, asked at every so manieth tick."""

    def rule(interval: Interval, tick: int, stored: float) -> str | None:
        if tick % every:
            return None
        own = _best(interval.validation)
        losses, champions = interval.test[own], interval.test[CHAMPION]
        significant = compare(losses, champions, overlap=interval.horizon).p_better <= 1 - confidence
        promotes = bool(significant and losses.mean() < min(champions.mean(), interval.test[BASELINE].mean()))
        if check and (own, promotes) != _decided(interval, confidence):
            sys.exit(f"decide and the short way differ: {own} {promotes}, {_decided(interval, confidence)}")
        return own if promotes else None

    return rule


def lower_score(interval: Interval, tick: int, stored: float) -> str | None:
    """Return the cell that is best on validation windows, if its score is lower than the champion's."""
    own = _best(interval.validation)
    return own if interval.test[own].mean() < interval.test[CHAMPION].mean() else None


def stored_score(interval: Interval, tick: int, stored: float) -> str | None:
    """Return the cell that is best on test windows, if its score is lower than the champion's stored one."""
    own = _best(interval.test)
    return own if interval.test[own].mean() < stored else None


def _best(part: dict[str, NDArray[np.float64]]) -> str:
    return min(CELLS, key=lambda cell: part[cell].mean())


def _decided(interval: Interval, confidence: float) -> tuple[str, bool]:
    settings = Gate(confidence=confidence)
    challenger = choose(as_losses(interval.validation), CELLS, settings.metric)
    decision = decide(challenger, 0.0, as_losses(interval.test), settings, overlap=interval.horizon)
    return challenger, decision.verdict == "promote"
