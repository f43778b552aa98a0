"""Frames and bundles that can be checked by eye: hourly series up to AS_OF, the last value as the forecast."""

from typing import Any

import numpy as np
import pandas as pd

from recurcast.forecasting.portable.bundle import Bundle
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import Grid
from support.tiny import AS_OF

HOURLY = Grid("h", "UTC")


def frame_of(**series: list[float]) -> SeriesFrame:
    """Return a frame whose series end one step before AS_OF; NaN is a step without a row."""
    longest = max(map(len, series.values()))
    steps = HOURLY.steps_until(AS_OF, longest)
    tables = [pd.DataFrame({"unique_id": name, "ds": steps[-len(y) :], "y": y}) for name, y in series.items()]
    rows = pd.concat(tables, ignore_index=True).astype({"unique_id": "str", "y": "float64"}).dropna(ignore_index=True)
    return SeriesFrame(rows, HOURLY, steps, (), rows["ds"].max())


def naive_bundle(**changed: Any) -> Bundle:
    """Return a bundle that forecasts the last value twice, with intervals of 80% and 95% in the series' units."""
    facts: dict[str, Any] = {
        "pipeline": "tiny",
        "kind": "naive",
        "frequency": "h",
        "timezone": "UTC",
        "phase": 0,
        "lookback": 3,
        "horizon": 2,
        "scale": "none",
        "levels": (80.0, 95.0),
        "widths": np.array([[1.0, 2.0], [3.0, 4.0]]),
        "version": 7,
    }
    return Bundle(**(facts | changed))
