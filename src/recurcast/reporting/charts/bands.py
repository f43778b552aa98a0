"""Intervals around the forecasts of a run's test windows, in the series' units."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from recurcast.config import PipelineConfig

if TYPE_CHECKING:
    from recurcast.evaluation.evaluate import Judgement
    from recurcast.evaluation.metrics import Evaluation
    from recurcast.series.windows import Split


@dataclass(frozen=True)
class Bands:
    """The intervals of one competitor around its forecasts; half widths of shape `(n_levels, n_windows, horizon)`."""

    competitor: str
    levels: tuple[float, ...]
    widths: NDArray[np.float64]


def bands_of(
    judgement: "Judgement", evaluation: "Evaluation", competitor: str, split: "Split", pipeline: PipelineConfig
) -> Bands | None:
    """Return the intervals of a competitor on an evaluation's windows, or none where it has none."""
    from recurcast.evaluation.evaluate import interval_spreads

    intervals = judgement.intervals.get(competitor)
    if intervals is None:
        return None
    spreads = interval_spreads(evaluation.windows, intervals.highway, pipeline, split)
    widths = intervals.widths[:, : evaluation.windows.horizon]
    return Bands(competitor, intervals.levels, spreads[None, :, None] * widths[:, None, :])
