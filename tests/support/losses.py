"""Losses of one origin an hour, as verdicts are given on them."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.evaluation.losses import Losses

FIRST = datetime(2024, 1, 1, tzinfo=UTC)
NOISE = np.random.default_rng(5).normal(size=200) / 10


def losses_of(n_origins: int = 100, n_series: int = 1, **by_competitor: Any) -> Losses:
    """Return absolute errors of an origin an hour: a mean, with a noise of 0.1 that all share, or an array per origin."""
    tables = []
    for competitor, level in by_competitor.items():
        values = level if isinstance(level, np.ndarray) else level + NOISE[:n_origins]
        for series in range(n_series):
            rows = pd.DataFrame(
                {
                    "unique_id": f"series-{series}",
                    "origin": pd.date_range(FIRST, periods=n_origins, freq="h"),
                    "competitor": competitor,
                    "absolute": values,
                    "squared": values**2,
                    "smape": 100 * values,
                    "scale": 1.0,
                }
            )
            tables.append(rows)
    return Losses(pd.concat(tables, ignore_index=True))


def wobbling(level: float, size: float = 0.3, seed: int = 1, n: int = 100) -> NDArray[np.float64]:
    """Return losses whose own noise hides small differences."""
    return level + np.random.default_rng(seed).normal(size=n) * size
