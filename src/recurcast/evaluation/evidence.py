"""Further evidence for a verdict: windows of the calibration part, which stopped no training and chose nothing either.

    step            5   6   7 | 8   9  10 |11  12  13  14 | as_of       calibration 3, test 4, horizon 2, stride 1
                              | - calib. -| ---- test --- |
    test                                    t   t
                                                    t   t               origins 11, 12, 13
    earlier                     t   t
                                            t   t                       origins 8, 9, 10: before the test part's first

They stand on the grid of the test windows, and the last of them reach into the test part: of what follows the first
calibration step no target was seen. So all origins together are one row in time, which the gate's test needs.
"""

from datetime import datetime

import numpy as np

from recurcast.config import PipelineConfig
from recurcast.evaluation.champion import Champion
from recurcast.instants import format_instant, to_utc
from recurcast.series.windows import Split, Windows, windows_at


def unseen_since(split: Split, pipeline: PipelineConfig) -> datetime:
    """Return the first instant that nothing was fitted or chosen on: that of the first calibration or test step.

    Of settings that a search chose it is no earlier than where that search stopped reading.
    """
    own = split.panel.steps[split.test_begins - pipeline.parts.calibration].to_pydatetime(warn=False)
    return _no_earlier_than_read(own, pipeline)


def fit_until_of(split: Split, pipeline: PipelineConfig) -> datetime:
    """Return where the data end that a version is fitted and chosen on: the first test step, or where a search read on."""
    return _no_earlier_than_read(split.fit_until, pipeline)


def unseen_by_all(split: Split, pipeline: PipelineConfig, champion: Champion | None) -> datetime:
    """Return the first instant that nobody was fitted or chosen on; a champion that does not say saw no test window."""
    own = unseen_since(split, pipeline)
    if champion is None:
        return own
    return fit_until_of(split, pipeline) if champion.fit_until is None else max(own, champion.fit_until)


def told_of_search(split: Split, pipeline: PipelineConfig) -> str:
    """Return that a search read origins which would count else; an empty text where none did."""
    read, own = pipeline.search.read_until, split.panel.steps[split.test_begins - pipeline.parts.calibration]
    if read is None or read <= own:
        return ""
    return f"the settings come from a search that read until {format_instant(read)}: no origin before it counts"


def _no_earlier_than_read(instant: datetime, pipeline: PipelineConfig) -> datetime:
    read = pipeline.search.read_until
    return instant if read is None else max(instant, to_utc(read))


def earlier_windows(split: Split, pipeline: PipelineConfig) -> Windows:
    """Return the windows of all series at the origins in the calibration part; none where there is no such part."""
    horizon, stride = pipeline.windows.horizon, pipeline.windows.stride
    first = max(split.test_begins - pipeline.parts.calibration, pipeline.seen.lookback)
    origins = np.arange(len(split.panel.steps) - horizon, first - 1, -stride, dtype=np.int64)[::-1]
    return windows_at("calibration", split.panel, origins[origins < split.test_begins], pipeline.seen, pipeline.fewest)
