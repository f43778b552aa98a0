"""From a frame that kept every rule to the windows of its parts."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.series.calendar import calendar_features
from recurcast.series.frame import SeriesFrame, aligned, lay_out, with_steps_before
from recurcast.series.windows import Split, cut


def lack_of_history(frame: SeriesFrame, pipeline: PipelineConfig) -> str | None:
    """Return why no series of the frame is long enough for a window in each part, or none where one is."""
    lookback, horizon, parts = pipeline.windows.lookback, pipeline.windows.horizon, pipeline.parts
    seen = f"lookback {lookback}" if pipeline.fewest is None else f"a season and one more ({pipeline.fewest})"
    needed = (pipeline.fewest or lookback) + horizon + parts.validation + parts.test
    known = 0 if frame.ends is None else len(frame.steps) - int(frame.steps.searchsorted(frame.ends[0]))
    if known >= needed:
        return None
    return (
        f"{seen} + horizon {horizon} + validation {parts.validation} + test {parts.test} "
        f"need {needed} steps; {known} are known"
    )


def split_of(pipeline: PipelineConfig, frame: SeriesFrame, *, may_lack: bool = False) -> Split:
    """Return the windows of the three parts.

    Raises DataRejected where a part has none, or sees nothing of what is known ahead, unless it `may_lack` some.
    """

    def calendar_of(steps: pd.DatetimeIndex) -> NDArray[np.float64]:
        names, timezone = pipeline.network.calendar, pipeline.source.timezone
        return calendar_features(steps, names, timezone, frame.days, frame.grid.frequency)

    panel = lay_out(frame, calendar_of(frame.steps))
    if pipeline.masked:  # so that the first steps have windows too
        before = frame.grid.steps_until(frame.steps[0], pipeline.seen.lookback)
        panel = with_steps_before(panel, before, calendar_of(pd.DatetimeIndex(before.append(frame.steps))))
    if pipeline.parts.align == "last_row":
        panel = aligned(panel)
    split = cut(panel, pipeline.parts, pipeline.seen, pipeline.fewest, may_lack=may_lack)
    if not may_lack:
        refuse_unseen(unseen_in(split), split)
    return split


def unseen_in(split: Split) -> frozenset[str]:
    """Return the columns known ahead of whose values no window of the train part sees that of its first target."""
    panel, begins = split.panel, split.validation_begins
    if panel.ahead is None:
        return frozenset()
    names, steps, named = panel.ahead.names, np.arange(begins), panel.ahead.of_series(panel.ids)
    unseen = set(range(len(names)))
    for row in np.flatnonzero(named.any(axis=1)):
        if not unseen:
            break
        if not named[row, list(unseen)].any():
            continue
        known = panel.dated(np.full(begins, row), steps[:, None], steps)[:, 0, panel.calendar.shape[1] :]
        unseen -= set(np.flatnonzero(~np.isnan(known).all(axis=0)).tolist())
    return frozenset(names[place] for place in unseen)


def refuse_unseen(unseen: frozenset[str], split: Split) -> None:
    """Raise DataRejected where there are such: what was never seen ahead of its time can't be learnt from."""
    if unseen:
        begins = split.panel.steps[split.validation_begins]
        raise DataRejected(
            "what is known ahead was known ahead in the train part too, to be learnt from",
            f"of '{min(unseen)}' nothing was known before its time up to {begins.isoformat()}, where validation begins",
            "Leave it out until enough of it has been kept, or correct its available_at or lead",
        )
