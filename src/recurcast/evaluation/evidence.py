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
from recurcast.series.windows import Split, Windows, windows_at


def unseen_since(split: Split, pipeline: PipelineConfig) -> datetime:
    """Return the first instant that nothing was fitted or chosen on: that of the first calibration or test step."""
    return split.panel.steps[split.test_begins - pipeline.parts.calibration].to_pydatetime(warn=False)


def earlier_windows(split: Split, pipeline: PipelineConfig) -> Windows:
    """Return the windows of all series at the origins in the calibration part; none where there is no such part."""
    horizon, stride = pipeline.windows.horizon, pipeline.windows.stride
    first = max(split.test_begins - pipeline.parts.calibration, pipeline.seen.lookback)
    origins = np.arange(len(split.panel.steps) - horizon, first - 1, -stride, dtype=np.int64)[::-1]
    return windows_at("calibration", split.panel, origins[origins < split.test_begins], pipeline.seen, pipeline.fewest)
