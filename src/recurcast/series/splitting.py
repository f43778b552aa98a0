"""From a frame that kept every rule to the windows of its parts."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.series.calendar import calendar_features
from recurcast.series.frame import SeriesFrame, aligned, lay_out, with_steps_before
from recurcast.series.windows import Split, cut


def split_of(pipeline: PipelineConfig, frame: SeriesFrame) -> Split:
    """Return the windows of the three parts. Raises DataRejected where a part has none."""

    def calendar_of(steps: pd.DatetimeIndex) -> NDArray[np.float64]:
        names, timezone = pipeline.network.calendar, pipeline.source.timezone
        return calendar_features(steps, names, timezone, frame.days, frame.grid.frequency)

    panel = lay_out(frame, calendar_of(frame.steps))
    if pipeline.masked:  # so that the first steps have windows too
        before = frame.grid.steps_until(frame.steps[0], pipeline.seen.lookback)
        panel = with_steps_before(panel, before, calendar_of(pd.DatetimeIndex(before.append(frame.steps))))
    if pipeline.parts.align == "last_row":
        panel = aligned(panel)
    return cut(panel, pipeline.parts, pipeline.seen, pipeline.fewest)
