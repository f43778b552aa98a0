"""The windows of the network over patches, as a plan of Recurcast lays them out: no other tool has this network of its own."""

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from asked import Task
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.series.frame import Panel, with_steps_before
from recurcast.series.windows import cut
from recurcast.training.highway.plan import PIECES, Plan, plan_of

BATCHES = 140
"""Of an epoch, a whole number of the program's chunks."""


def patched_plan(y: NDArray[np.float64], task: Task) -> Plan:
    """Return the plan of a fit on the days of a panel `(n_series, n_steps)`, of twelve epochs."""
    pipeline = _pipeline(task, y.shape[1])
    days = pd.date_range("2020-01-01", periods=y.shape[1], freq="D", tz="UTC")
    reach = pipeline.seen.lookback
    earlier = pd.date_range(end=days[0] - days.freq, periods=reach, freq="D")
    panel = Panel(tuple(map(str, range(len(y)))), days, y[:, :, None], np.zeros((len(days), 0)))
    shown = with_steps_before(panel, earlier, np.zeros((reach + len(days), 0)))
    plan = plan_of(pipeline, cut(shown, pipeline.parts, pipeline.seen, pipeline.fewest))
    return replace(plan, steps=PIECES * BATCHES)


def _pipeline(task: Task, n_steps: int) -> Any:
    return PipelineConfig.model_validate(
        {
            "name": "patches",
            "source": {"kind": "generated"},
            "frequency": "D",
            "season": task.patch,
            "parts": {"history": n_steps - 224, "validation": 56, "test": 112},
            "windows": {"lookback": task.lookback, "horizon": 56},
            "network": {"kind": "highway", "units": task.units},
            "training": {"seed": task.seed},
            "serving": "refit",
        }
    )
