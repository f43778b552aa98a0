"""Scores that runs keep as metrics, and which of them judged."""

from collections.abc import Mapping
from math import isfinite

_INFINITE = 1e308
"""MLflow records the largest number there is in the place of infinity."""


def finite(value: float | None) -> float | None:
    """Return a recorded score, none where it is not a finite number."""
    return value if value is not None and isfinite(value) and abs(value) < _INFINITE else None


def measure_in(metrics: Mapping[str, float | None], metric: str, prefix: str = "challenger/") -> str:
    """Return the metric that judged a run: the gate's, or MAE where the gate's is MASE and its challenger has none."""
    without = finite(metrics.get(f"{prefix}mase")) is None and finite(metrics.get(f"{prefix}mae")) is not None
    return "mae" if metric == "mase" and without else metric
