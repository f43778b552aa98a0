"""The rules of the gate in order: forecasts that are not finite are rejected; with too few origins that no competitor was
fitted or chosen on, nothing changes; scores no better than the baseline's are rejected; who would be the first champion
beats the baseline on validation windows as well; then the policy rules on the paired test.
"""

from dataclasses import dataclass
from math import inf, isfinite, isnan, nan
from typing import Literal

from recurcast.config import Gate
from recurcast.config.metrics import METRICS
from recurcast.promotion.diebold_mariano import Comparison
from recurcast.promotion.few_horizons import FEW

Verdict = Literal["promote", "keep", "reject"]


@dataclass(frozen=True)
class Duel:
    """What the rules look at."""

    challenger: str
    metric: str
    windows: str
    """Which windows the scores are of, in words."""
    finite: bool
    """Whether the challenger's forecasts are; its score may be none even then, where errors are beyond all numbers."""
    validation_score: float
    score: float
    opponent: str
    opponent_score: float
    baseline_score: float
    validation_baseline_score: float | None
    """None where it is not known, or where the opponent is a champion."""
    n_origins: int
    comparison: Comparison | None

    @property
    def improvement(self) -> float:
        """Return by which share the challenger's score lies below its opponent's."""
        return improvement(self.score, self.opponent_score)


def improvement(score: float, opponent_score: float) -> float:
    """Return by which share a score lies below another; not finite where that is none or 0."""
    if opponent_score > 0:
        return 1 - score / opponent_score
    return nan if isnan(opponent_score) else 0.0 if score == 0 else -inf


def verdict_on(duel: Duel, gate: Gate) -> tuple[Verdict, str]:
    """Return the verdict and its reason."""
    scored = f"{duel.challenger}'s {METRICS[duel.metric].label}"
    against = f"{scored} {duel.score:.4g} on the {duel.windows}"
    if duel.n_origins and not isfinite(duel.score):
        too_large = f"{scored} on the {duel.windows} is larger than any number"
        return "reject", too_large if duel.finite else (
            f"{duel.challenger}'s forecasts of the {duel.windows} are not all finite"
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


def _if_better(duel: Duel, test: Comparison, gate: Gate, against: str) -> tuple[Verdict, str]:
    opponents = f"the {duel.opponent}'s {duel.opponent_score:.4g}"
    chance = f"p {test.p_better:.2g} over {_evidence(test)}"
    if not duel.score < duel.opponent_score:
        return "keep", f"{against} does not beat {opponents}"
    on_validation = duel.validation_baseline_score
    if on_validation is not None and not isnan(on_validation) and not duel.validation_score < on_validation:
        return "keep", (
            f"{against} is {duel.improvement:.1%} below {opponents}, but {duel.validation_score:.4g} on the validation "
            f"windows is not below {on_validation:.4g} there: a first champion beats the baseline on both"
        )
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


def _unless_worse(duel: Duel, test: Comparison, gate: Gate, against: str) -> tuple[Verdict, str]:
    opponents = f"the {duel.opponent}'s {duel.opponent_score:.4g}"
    chance = f"p {test.p_worse:.2g} over {_evidence(test)}"
    if not test.p_worse > 1 - gate.confidence:
        return "keep", f"{against} is worse than {opponents} ({chance})"
    return "promote", f"{against} is not significantly worse than {opponents} ({chance}): the fresh one takes over"


def _evidence(test: Comparison) -> str:
    """What a p is told from: where it spans few horizons these and the series too."""
    origins = f"{test.n_origins} origins"
    if test.horizons >= FEW:
        return origins
    return f"{origins}, {test.horizons:.2g} horizons of {test.n_series:,} series"
