"""What charts say in words: of when, over which time, in which unit."""

from datetime import datetime

import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.config.metrics import METRICS


def moment(as_of: datetime, pipeline: PipelineConfig) -> str:
    """Return an instant as a title says it, on the source's wall clock: `as of 2024-03-01 00:00 UTC`."""
    local = pd.Timestamp(as_of).tz_convert(pipeline.source.timezone)
    return f"as of {local:%Y-%m-%d %H:%M} {local:%Z}"


def over_time(pipeline: PipelineConfig) -> str:
    """Return the label of a time axis, with its zone."""
    return f"time ({pipeline.source.timezone})"


def in_unit(what: str, pipeline: PipelineConfig) -> str:
    """Return the label of an axis of y, with its unit where it is known."""
    return f"{what} ({pipeline.unit})" if pipeline.unit else what


def metric_in_unit(pipeline: PipelineConfig, metric: str) -> str:
    """Return a metric as a label, with the unit where the metric has it."""
    return METRICS[metric].titled(pipeline.unit)
