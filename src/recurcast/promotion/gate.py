"""The gate: who won, and why. Pure; whatever moves the alias stands in `tracking`.

MASE judges by the series that have a scale; where none has one, MAE judges in its place, and the reason says so.
In order: forecasts that are not finite are rejected; with too few origins that no competitor was fitted or chosen on,
nothing changes; scores no better than the baseline's are rejected; then the policy rules on the paired test over forecast
origins (see `comparison`) against the champion, or against the baseline while there is none.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from math import inf, isfinite, isnan, nan
from statistics import stdev
from typing import Literal, Protocol

from recurcast.config import Gate
from recurcast.config.metrics import METRICS
from recurcast.evaluation.competitors import CHAMPION
from recurcast.evaluation.losses import Losses
from recurcast.promotion.diebold_mariano import Comparison, compare

Verdict = Literal["promote", "keep", "reject"]


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
    """The challenger's score on the test windows; less is better."""
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

    @property
    def improvement(self) -> float:
        """Return by which share the challenger's score lies below its opponent's; not finite where that has none or 0."""
        return _improvement(self.score, self.opponent_score)

    @property
    def figures(self) -> dict[str, list[float]]:
        """Return the finite figures of the gate by name, as metrics with one value each."""
        figures = {
            "gate/origins": self.n_origins,
            "gate/improvement": self.improvement,
            "gate/standard_error": self.standard_error,
            "gate/p_better": self.p_better,
            "gate/p_worse": self.p_worse,
            "gate/seed_spread": self.seed_spread,
        }
        return {name: [float(value)] for name, value in figures.items() if value is not None and isfinite(value)}


@dataclass(frozen=True)
class _Duel:
    """What the rules look at."""

    challenger: str
    metric: str
    finite: bool
    """Whether the challenger's forecasts are; its score may be none even then, where errors are beyond all numbers."""
    score: float
    opponent: str
    opponent_score: float
    baseline_score: float
    n_origins: int
    comparison: Comparison | None

    @property
    def improvement(self) -> float:
        return _improvement(self.score, self.opponent_score)


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
) -> Decision:
    """Return the verdict on the challenger: against the champion where it was scored, else against the baseline.

    `overlap` is how many successive origins share targets; only origins at or after `fit_until`, the latest of all
    competitors, count.
    """
    known = losses if fit_until is None else losses.since(fit_until)
    metric = known.measure(losses.measure(gate.metric))
    counted = known.counting_for(metric)
    opponent = CHAMPION if CHAMPION in counted.competitors else gate.baseline
    spread = _seed_spread(challenger, counted, metric)
    duel = _Duel(
        challenger,
        metric,
        counted.finite(challenger),
        counted.score(challenger, metric),
        opponent,
        counted.score(opponent, metric),
        counted.score(gate.baseline, metric),
        counted.n_origins,
        _compared(challenger, opponent, counted, metric, overlap, spread),
    )
    verdict, reason = _verdict(duel, gate)
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
        standard_error=duel.comparison.standard_error if duel.comparison else None,
        p_better=duel.comparison.p_better if duel.comparison else None,
        p_worse=duel.comparison.p_worse if duel.comparison else None,
        seed_spread=spread,
        champion_below_baseline=_champion_below_baseline(counted, gate, metric, overlap),
    )


def _improvement(score: float, opponent_score: float) -> float:
    if opponent_score > 0:
        return 1 - score / opponent_score
    return nan if isnan(opponent_score) else 0.0 if score == 0 else -inf


def _verdict(duel: _Duel, gate: Gate) -> tuple[Verdict, str]:
    scored = f"{duel.challenger}'s {METRICS[duel.metric].label}"
    against = f"{scored} {duel.score:.4g} on the test windows"
    if duel.n_origins and not isfinite(duel.score):
        too_large = f"{scored} on the test windows is larger than any number"
        return "reject", too_large if duel.finite else (
            f"{duel.challenger}'s forecasts of the test windows are not all finite"
        )
    if duel.n_origins < gate.min_origins:
        return "keep", (
            f"a verdict takes {gate.min_origins} forecast origins that no competitor was fitted or chosen on; "
            f"there are {duel.n_origins}"
        )
    if gate.must_beat_baseline and not duel.score < duel.baseline_score:
        return "reject", f"{against} does not beat the {gate.baseline}'s {duel.baseline_score:.4g}"
    if gate.policy == "always":
        return "promote", f"{against}: the gate takes the best of each run"
    if duel.comparison is None:
        return "promote", f"{against} is finite, the {duel.opponent}'s is not"
    return (_unless_worse if gate.policy == "not_worse" else _if_better)(duel, duel.comparison, gate, against)


def _if_better(duel: _Duel, test: Comparison, gate: Gate, against: str) -> tuple[Verdict, str]:
    opponents = f"the {duel.opponent}'s {duel.opponent_score:.4g}"
    chance = f"p {test.p_better:.2g} over {duel.n_origins} origins"
    if not duel.score < duel.opponent_score:
        return "keep", f"{against} does not beat {opponents}"
    if not test.p_better <= 1 - gate.confidence:
        return "keep", (
            f"{against} is {duel.improvement:.1%} below {opponents}, which may be chance "
            f"({chance}; the gate asks for {1 - gate.confidence:.2g})"
        )
    if duel.improvement < gate.min_improvement:
        return "keep", (
            f"{against} is {duel.improvement:.1%} below {opponents}; the gate asks for {gate.min_improvement:.1%}"
        )
    return "promote", f"{against} beats {opponents} by {duel.improvement:.1%} ({chance})"


def _unless_worse(duel: _Duel, test: Comparison, gate: Gate, against: str) -> tuple[Verdict, str]:
    opponents = f"the {duel.opponent}'s {duel.opponent_score:.4g}"
    chance = f"p {test.p_worse:.2g} over {duel.n_origins} origins"
    if not test.p_worse > 1 - gate.confidence:
        return "keep", f"{against} is worse than {opponents} ({chance})"
    return "promote", f"{against} is not significantly worse than {opponents} ({chance}): the fresh one takes over"


def _compared(
    own: str, other: str, losses: Losses, metric: str, overlap: int, spread: float = 0.0
) -> Comparison | None:
    """The paired test of two competitors; none with fewer than two origins, or where one's losses are not finite."""
    first, second = losses.per_origin(own, metric), losses.per_origin(other, metric)
    if len(first) < 2 or not (isfinite(losses.score(own, metric)) and isfinite(losses.score(other, metric))):
        return None
    return compare(first, second, overlap, spread)


def _seed_spread(challenger: str, losses: Losses, metric: str) -> float:
    siblings = [each for each in losses.competitors if each.startswith(f"{challenger} (seed ")]
    means = [float(losses.per_origin(each, metric).mean()) for each in (challenger, *sorted(siblings)) if siblings]
    finite = [mean for mean in means if isfinite(mean)]
    return stdev(finite) if len(finite) > 1 else 0.0


def _champion_below_baseline(losses: Losses, gate: Gate, metric: str, overlap: int) -> bool:
    if CHAMPION not in losses.competitors or losses.n_origins < gate.min_origins:
        return False
    test = _compared(CHAMPION, gate.baseline, losses, metric, overlap)
    return test is not None and test.p_worse <= 1 - gate.confidence
