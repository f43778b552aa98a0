"""The windows that a pipeline trains on and is judged by, of rows that kept every rule."""

from typing import TYPE_CHECKING

from recurcast.config import PipelineConfig
from recurcast.series.lake.in_order import InOrder, one_by_one

if TYPE_CHECKING:
    from recurcast.series.frame import SeriesFrame
    from recurcast.series.windows import Split


def windows_of(pipeline: PipelineConfig, frame: "SeriesFrame", in_order: InOrder = one_by_one) -> "Split":
    """Return the windows of the three parts of a frame that kept every rule; those of a lake stay in its files."""
    from recurcast.evaluation.conformal import refuse_too_few_known
    from recurcast.series.lake.streaming import windows_in

    split = windows_in(pipeline, frame, in_order)
    refuse_too_few_known(
        split.calibration, pipeline.forecast.levels, int(split.overall.calibrated.min()) if split.overall else None
    )
    return split
