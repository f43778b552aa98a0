"""A tiny pipeline, and panels that can be checked by eye."""

from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd

from recurcast.config import Parts, PipelineConfig, WindowsConfig
from recurcast.series.frame import Panel
from recurcast.series.windows import Split, cut

AS_OF = datetime(2024, 6, 1, tzinfo=UTC)

TINY: dict[str, Any] = {
    "name": "tiny",
    "source": {"kind": "generated", "seasons": [{"period": 12, "amplitude": 5}], "level": 20, "noise": 0.3},
    "frequency": "h",
    "season": 12,
    "parts": {"history": 90, "validation": 24, "test": 36},
    "windows": {"lookback": 12, "horizon": 2},
    "network": {"units": 3},
    "training": {"epochs": 5, "learning_rate": 0.05},
    "charts": "none",
    # With confidence 0.5 whoever scores better at all is promoted: 35 windows of a tiny network prove nothing.
    "gate": {"baseline": "moving_average", "confidence": 0.5},
}

ONE_CELL: dict[str, Any] = {"units": 3, "cells": ["rnn"]}
"""The network for who asks what becomes of a run, whichever cells compete: two more take half of a run's time, and more of a
process that has traced none."""


def tiny_pipeline(**changed: Any) -> PipelineConfig:
    """Return a pipeline that trains in about a second."""
    return PipelineConfig.model_validate(TINY | changed)


def panel_of(*series: list[float]) -> Panel:
    """Return a panel of hourly series that end at AS_OF; None is not allowed, NaN is a gap."""
    values = np.array(series, dtype=np.float64)[:, :, None]
    steps = pd.date_range(end=pd.Timestamp(AS_OF) - pd.Timedelta("1h"), periods=values.shape[1], freq="h").as_unit("ns")
    ids = tuple(f"series-{number}" for number in range(len(series)))
    return Panel(ids, steps, values, np.zeros((len(steps), 0)))


def split_of(
    *series: list[float],
    parts: tuple[int, int, int],
    lookback: int,
    horizon: int = 1,
    stride: int = 1,
    calibration: int = 0,
) -> Split:
    """Return the windows of a panel; `parts` are history, validation and test."""
    history, validation, test = parts
    return cut(
        panel_of(*series),
        Parts(history=history, validation=validation, test=test, calibration=calibration),
        WindowsConfig(lookback=lookback, horizon=horizon, stride=stride),
    )
