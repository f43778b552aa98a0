"""A verdict as its run keeps it, under `artifacts.DECISION`."""

import json
from math import nan

from recurcast.promotion.gate import Decision
from recurcast.runs.train import plain

_SCORES = ("validation_score", "score", "opponent_score", "baseline_score")


def decision_text(decision: Decision) -> str:
    """Return the decision as a JSON object; a score that is not a finite number is null."""
    return json.dumps(plain(vars(decision)), indent=2)


def decision_in(text: str) -> Decision:
    """Return the decision that a run keeps; a score that is null there is not a number."""
    values = json.loads(text)
    return Decision(**values | {name: nan for name in _SCORES if values[name] is None})
