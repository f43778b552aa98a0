"""The gate: who won, and why. Pure; whatever moves the alias stands in `tracking`.

MASE judges by the series that have a scale; where none has one, MAE judges in its place, and the reason says so.
The `rules` look at scores and at the paired test (see `diebold_mariano`) against the champion, or against the baseline
while there is none, on all origins that no competitor was fitted or chosen on: those of the test part, and those of the
calibration part before it.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from math import isfinite, pi, sqrt
from statistics import stdev
from typing import Protocol

from recurcast.config import Gate
from recurcast.evaluation.competitors import CHAMPION
from recurcast.evaluation.losses import Losses
from recurcast.promotion.diebold_mariano import Comparison, compare
from recurcast.promotion.rules import Duel, Verdict, improvement, verdict_on


class Scores(Protocol):
    """Who was scored on the same windows, and how; less is better."""

    def score(self, competitor: str, metric: str) -> float:
        """Return one competitor's score; NaN where it has none."""


@dataclass(frozen=True)
class Decision:
    """The verdict on this run's challenger, with every figure that led there; scores are those at the origins counted."""

    verdict: Verdict
    reason: str
    challenger: str
    metric: str
    """Which judged: the gate's, or MAE in the place of MASE where no series has a scale."""
    validation_score: float
    score: float
    """The challenger's score at the origins counted, those of the calibration part included; less is better."""
    opponent: str
    opponent_score: float
    baseline: str
    baseline_score: float
    policy: str
    confidence: float
    n_origins: int
    standard_error: float | None
    """Of the difference between the two's mean losses over origins; none where they were not compared."""
    p_better: float | None
    """How likely a difference at least so good is if the challenger is no better than its opponent."""
    p_worse: float | None
    """How likely a difference at least so bad is if it is no worse."""
    seed_spread: float
    """Standard deviation of the mean loss over the challenger's seeds; 0 with one seed."""
    champion_below_baseline: bool
    """Whether the champion is significantly worse than the baseline today."""
    test_score: float | None = None
    """The challenger's score at those of them in the test part; none of verdicts before there was a difference."""
    validation_baseline_score: float | None = None
    n_calibration_origins: int = 0
    """How many of the origins lie before the test part."""
    n_series: int | None = None
    horizons: float | None = None
    """How many horizons' worth of origins there are; below five the series are replicates in the test as well."""

    @property
    def improvement(self) -> float:
        """Return by which share the challenger's score lies below its opponent's; not finite where that has none or 0."""
        return improvement(self.score, self.opponent_score)

    @property
    def figures(self) -> dict[str, list[float]]:
        """Return the finite figures of the gate by name, as metrics with one value each."""
        figures = {
            "gate/origins": self.n_origins,
            "gate/calibration_origins": self.n_calibration_origins or None,
            "gate/series": self.n_series,
            "gate/horizons": self.horizons,
            "gate/improvement": self.improvement,
            "gate/standard_error": self.standard_error,
            "gate/p_better": self.p_better,
            "gate/p_worse": self.p_worse,
            "gate/seed_spread": self.seed_spread,
        }
        return {name: [float(value)] for name, value in figures.items() if value is not None and isfinite(value)}


def choose(validation: Scores, cells: Collection[str], metric: str) -> str:
    """Return the cell with the best score on the validation windows; a tie keeps the order of the cells."""
    scores = {cell: validation.score(cell, metric) for cell in cells}
    return min(cells, key=lambda cell: scores[cell] if isfinite(scores[cell]) else float("inf"))


def decide(
    challenger: str,
    validation_score: float,
    losses: Losses,
    gate: Gate,
    overlap: int = 1,
    fit_until: datetime | None = None,
    *,
    test_begins: datetime | None = None,
    validation_baseline_score: float | None = None,
    median_of_seeds: bool = False,
) -> Decision:
    """Return the verdict on the challenger: against the champion where it was scored, else against the baseline.

    `overlap` is how many successive origins share targets; only origins at or after `fit_until`, the latest of all
    competitors, count. Those before `test_begins` are of the calibration part. `validation_baseline_score` is what a
    challenger without a champion must beat on validation windows. `median_of_seeds` says that the challenger's forecasts are
    the median of its seeds', which then spread more than it does.
    """
    known = losses if fit_until is None else losses.since(fit_until)
    metric = known.measure(losses.measure(gate.metric))
    counted = known.counting_for(metric)
    tested = counted if test_begins is None else counted.since(test_begins)
    n_before = counted.n_origins - tested.n_origins
    opponent = CHAMPION if CHAMPION in counted.competitors else gate.baseline
    spread = _seed_spread(challenger, counted, metric, of_median=median_of_seeds)
    comparison = _compared(challenger, opponent, counted, metric, overlap, spread)
    duel = Duel(
        challenger,
        metric,
        "calibration and test windows" if n_before else "test windows",
        counted.finite(challenger),
        validation_score,
        counted.score(challenger, metric),
        opponent,
        counted.score(opponent, metric),
        counted.score(gate.baseline, metric),
        None if opponent == CHAMPION else validation_baseline_score,
        counted.n_origins,
        comparison,
    )
    verdict, reason = verdict_on(duel, gate)
    about_scales = (known if known.n_origins else losses).told_of_scales if gate.metric == "mase" else ""
    return Decision(
        verdict=verdict,
        reason=f"{reason}; {about_scales}" if about_scales else reason,
        challenger=challenger,
        metric=metric,
        validation_score=validation_score,
        score=duel.score,
        opponent=opponent,
        opponent_score=duel.opponent_score,
        baseline=gate.baseline,
        baseline_score=duel.baseline_score,
        policy=gate.policy,
        confidence=gate.confidence,
        n_origins=duel.n_origins,
        standard_error=comparison.standard_error if comparison else None,
        p_better=comparison.p_better if comparison else None,
        p_worse=comparison.p_worse if comparison else None,
        seed_spread=spread,
        champion_below_baseline=_champion_below_baseline(counted, gate, metric, overlap),
        test_score=tested.score(challenger, metric),
        validation_baseline_score=validation_baseline_score,
        n_calibration_origins=n_before,
        n_series=comparison.n_series if comparison else None,
        horizons=comparison.horizons if comparison else None,
    )


def _compared(
    own: str, other: str, losses: Losses, metric: str, overlap: int, spread: float = 0.0
) -> Comparison | None:
    """The paired test of two competitors; none with fewer than two origins, or where one's losses are not finite."""
    if losses.n_origins < 2 or not (isfinite(losses.score(own, metric)) and isfinite(losses.score(other, metric))):
        return None
    return compare(losses.by_series(own, metric), losses.by_series(other, metric), overlap, spread)


def _seed_spread(challenger: str, losses: Losses, metric: str, *, of_median: bool) -> float:
    """Of one seed; of the median of n, by the factor sqrt(pi / 2n) of a normal sample's median (Kenney & Keeping 1962)."""
    siblings = sorted(each for each in losses.competitors if each.startswith(f"{challenger} (seed "))
    seeds = siblings if of_median else [challenger, *siblings] if siblings else []
    means = [float(losses.per_origin(each, metric).mean()) for each in seeds]
    finite = [mean for mean in means if isfinite(mean)]
    spread = stdev(finite) if len(finite) > 1 else 0.0
    return spread * sqrt(pi / (2 * len(finite))) if of_median and finite else spread


def _champion_below_baseline(losses: Losses, gate: Gate, metric: str, overlap: int) -> bool:
    if CHAMPION not in losses.competitors or losses.n_origins < gate.min_origins:
        return False
    test = _compared(CHAMPION, gate.baseline, losses, metric, overlap)
    return test is not None and test.p_worse <= 1 - gate.confidence
