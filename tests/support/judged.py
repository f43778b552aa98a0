"""Results of runs as the chain returns them, whose figures can be checked by eye; nothing is trained."""

from math import nan
from pathlib import Path
from typing import Any

from recurcast.config import PipelineConfig
from recurcast.promotion.entries import Registration
from recurcast.promotion.gate import Decision
from recurcast.runs.leaderboard import Row
from recurcast.runs.train import Request, RunResult
from support.tiny import AS_OF, tiny_pipeline

ROWS = (
    Row("gru", 1.0, 1.5, 0.5, 4.0, 0.9, 0.5, coverage={"80": 0.8125, "95": 0.95}),
    Row("moving_average", 2.0, 2.5, 1.0, 8.0, 0.6, 0.0),
    Row("rnn", 3.0, 3.5, nan, 9.0, 0.3, -0.5, coverage={"80": 0.75}),
)


def decision(**changed: Any) -> Decision:
    """Return the decision that a gru is promoted: half the baseline's MASE."""
    facts: dict[str, Any] = {
        "verdict": "promote",
        "reason": "gru's MASE 0.5 beats the moving_average's 1",
        "challenger": "gru",
        "metric": "mase",
        "validation_score": 0.6,
        "score": 0.5,
        "opponent": "moving_average",
        "opponent_score": 1.0,
        "baseline": "moving_average",
        "baseline_score": 1.0,
        "policy": "better",
        "confidence": 0.95,
        "n_origins": 35,
        "standard_error": 0.01,
        "p_better": 0.001,
        "p_worse": 0.999,
        "seed_spread": 0.0,
        "champion_below_baseline": False,
    }
    return Decision(**(facts | changed))


def promoted(**changed: Any) -> RunResult:
    """Return the result of a run whose gru became version 3 and champion."""
    facts: dict[str, Any] = {
        "pipeline": "tiny",
        "as_of": AS_OF,
        "outcome": "trained",
        "run_id": "0123456789abcdef",
        "tracking_uri": "sqlite:///mlflow.db",
        "leaderboard": ROWS,
        "decision": decision(),
        "registration": Registration(3, True, None),
    }
    return RunResult(**(facts | changed))


def requested(pipeline: PipelineConfig | None = None, **changed: Any) -> Request:
    """Return the request that such a run is of, asked for by a schedule."""
    facts: dict[str, Any] = {"root": Path(), "trigger": "schedule"}
    return Request(pipeline or tiny_pipeline(), AS_OF, **(facts | changed))
