"""From a frame that kept every rule to the windows of its parts."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
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
    split = cut(panel, pipeline.parts, pipeline.seen, pipeline.fewest)
    _refuse_unseen(split)
    return split


def _refuse_unseen(split: Split) -> None:
    """What no window of the train part sees a value of can't be learnt from."""
    if split.panel.ahead is None:
        return
    begins = split.panel.steps[split.validation_begins]
    unseen = split.panel.ahead.unseen_before(begins.as_unit("ns").value)
    if unseen:
        raise DataRejected(
            "what is known ahead was known ahead in the train part too, to be learnt from",
            f"of '{unseen[0]}' nothing was known before its time up to {begins.isoformat()}, where validation begins",
            "Leave it out until enough of it has been kept, or correct its available_at or lead",
        )
