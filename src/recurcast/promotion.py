"""The gate: who won, and why. Pure; whatever moves the alias stands in `tracking`."""

from collections.abc import Container
from dataclasses import dataclass
from math import isfinite
from typing import Literal, Protocol

from recurcast.config import Gate

Verdict = Literal["promote", "keep", "reject"]
CHAMPION = "champion"


class Scores(Protocol):
    """Who was scored on the same windows, and how; less is better."""

    @property
    def competitors(self) -> Container[str]:
        """Return the names of who was scored."""

    def score(self, competitor: str, metric: str) -> float:
        """Return one competitor's score; NaN where it has none."""


@dataclass(frozen=True)
class Decision:
    """The verdict on this run's challenger, with every figure that led there."""

    verdict: Verdict
    reason: str
    challenger: str
    metric: str
    validation_score: float
    score: float
    """The challenger's score on the test windows; less is better."""
    opponent: str
    opponent_score: float
    baseline: str
    baseline_score: float

    @property
    def improvement(self) -> float:
        """Return by which share the challenger's score lies below its opponent's."""
        return 1 - self.score / self.opponent_score if self.opponent_score > 0 else 0.0


def choose(validation: Scores, cells: tuple[str, ...], metric: str) -> str:
    """Return the cell with the best score on the validation windows; a tie keeps the order of the cells."""
    scores = {cell: validation.score(cell, metric) for cell in cells}
    return min(cells, key=lambda cell: scores[cell] if isfinite(scores[cell]) else float("inf"))


def decide(challenger: str, validation_score: float, test: Scores, gate: Gate) -> Decision:
    """Return the verdict on the challenger: against the champion where `test` has one, else against the baseline."""
    opponent = CHAMPION if CHAMPION in test.competitors else gate.baseline
    score, opponent_score = test.score(challenger, gate.metric), test.score(opponent, gate.metric)
    baseline_score = test.score(gate.baseline, gate.metric)
    verdict, reason = _verdict(challenger, score, opponent, opponent_score, baseline_score, gate)
    return Decision(
        verdict,
        reason,
        challenger,
        gate.metric,
        validation_score,
        score,
        opponent,
        opponent_score,
        gate.baseline,
        baseline_score,
    )


def _verdict(
    challenger: str, score: float, opponent: str, opponent_score: float, baseline_score: float, gate: Gate
) -> tuple[Verdict, str]:
    metric = gate.metric.upper() if gate.metric != "smape" else "sMAPE"
    against = f"{challenger}'s {metric} {score:.4g} on the test windows"
    if not isfinite(score):
        return "reject", f"{challenger}'s forecasts of the test windows are not all finite"
    if opponent == gate.baseline and not score < opponent_score:
        return "reject", f"{against} does not beat the {opponent}'s {opponent_score:.4g}"
    if not isfinite(opponent_score):
        return "promote", f"{against} is finite, the {opponent}'s is not"
    needed = opponent_score * (1 - gate.min_improvement)
    share = f"{1 - score / opponent_score:.1%}" if opponent_score else "0.0%"
    if score < opponent_score and score <= needed:
        return "promote", f"{against} beats the {opponent}'s {opponent_score:.4g} by {share}"
    if score < opponent_score:
        wanted = f"{gate.min_improvement:.1%}"
        return "keep", f"{against} is {share} below the {opponent}'s {opponent_score:.4g}; the gate asks for {wanted}"
    return "keep", f"{against} does not beat the {opponent}'s {opponent_score:.4g}"
