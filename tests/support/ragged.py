"""A small panel with late, short and gappy series, and the pipeline of a network with a ridge highway for it."""

from functools import cache
from typing import Any

import numpy as np

from recurcast.config import PipelineConfig
from recurcast.series.frame import with_steps_before
from recurcast.series.windows import Split, cut
from support.tiny import panel_of, tiny_pipeline

SEASON, HORIZON, STEPS = 4, 3, 120
VALIDATION_BEGINS, CALIBRATION_BEGINS, TEST_BEGINS = 72, 90, 102


def ragged_pipeline(**training: Any) -> PipelineConfig:
    """Return a pipeline whose three seeds are combined by the median."""
    return tiny_pipeline(
        season=SEASON,
        parts={"history": VALIDATION_BEGINS, "validation": 30, "calibration": 12, "test": 18},
        windows={"lookback": 8, "horizon": HORIZON},
        network={"kind": "highway", "units": 3},
        training={"seeds": 3, "combine": "median", **training},
        serving="refit",
    )


def ragged_values() -> np.ndarray:
    """Return six series: whole, begun late, silent, with a gap, far larger, far smaller; shape `(6, 120)`."""
    random = np.random.default_rng(5)
    cycle = np.tile([0.0, 3.0, 1.0, -2.0], STEPS // SEASON)
    y = 20 + cycle + random.normal(size=(6, STEPS)) * 0.5
    y[1, :50] = y[2, 112:] = y[3, 30:41] = np.nan
    y[4], y[5] = y[4] * 1e4, y[5] / 1e4
    return y


def ragged_split(values: np.ndarray | None = None, pipeline: PipelineConfig | None = None) -> Split:
    """Return the windows of the panel, with the absent steps before it that a pipeline lays out."""
    pipeline = pipeline or ragged_pipeline()
    panel = panel_of(*(ragged_values() if values is None else values))
    reach = pipeline.seen.lookback
    before = panel.steps[:1].shift(-reach, freq="h").append(panel.steps[:1].shift(-1, freq="h"))
    earlier = before.to_series().asfreq("h").index
    panel = with_steps_before(panel, earlier, np.zeros((reach + STEPS, 0)))
    return cut(panel, pipeline.parts, pipeline.seen, pipeline.fewest)


@cache
def shared_split() -> Split:
    """Return one split for whoever only reads it, so that its plan is made once."""
    return ragged_split()
