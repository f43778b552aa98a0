"""What a first run would find: its as_of, its frame, and whether it would go on to train. No server, no TensorFlow."""

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.scaffold.checks import most_missing
from recurcast.scaffold.growth import Growth
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import duration
from recurcast.series.sources import frame_known
from recurcast.series.splitting import split_of
from recurcast.series.validation.facts import FAULTLESS, Facts, within_limits
from recurcast.series.windows import Split

RESIDUALS = 19
"""Known targets at each step ahead that an interval of 95% needs."""
_MORE = "Bring more rows, or a shorter horizon: --horizon 1"
_DAYS = 40  # a month, and the longest wait for a day of it
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")


def first_as_of(cron: str, timezone: str, growth: Growth, now: datetime) -> datetime:
    """Return the tick that a run by hand takes: the latest one, or where the file grows no longer the first that knows all."""
    if growth.static:
        start = growth.as_of
        ticks = sorted(tick for tick in _ticks(cron, timezone, start, 1) if tick + pd.Timedelta(1, "us") >= start)
        return ticks[0].to_pydatetime(warn=False) if ticks else growth.as_of
    ticks = sorted(tick for tick in _ticks(cron, timezone, now, -1) if tick <= now)
    return ticks[-1].to_pydatetime(warn=False) if ticks else now


def _ticks(cron: str, timezone: str, around: datetime, way: int) -> Iterator[pd.Timestamp]:
    """The ticks of some days from an instant on, or before it; of the expressions that `guess_schedule` gives."""
    minute, hour, day, _, weekday = cron.split()
    hours = range(24) if hour == "*" else [int(each) for each in hour.split(",")]
    begin, _, end = weekday.partition("-")
    weekdays = None if weekday == "*" else _WEEKDAYS[_WEEKDAYS.index(begin) : _WEEKDAYS.index(end or begin) + 1]
    today = pd.Timestamp(around).tz_convert(timezone).tz_localize(None).normalize()
    for number in range(-1, _DAYS):
        date = today + pd.Timedelta(days=way * number)
        if (day != "*" and date.day != int(day)) or (weekdays and _WEEKDAYS[date.day_of_week] not in weekdays):
            continue
        for each in hours:
            wall = date + pd.Timedelta(hours=each, minutes=int(minute))
            yield wall.tz_localize(timezone, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC")


def frame_at(pipeline: PipelineConfig, rows: pd.DataFrame, as_of: datetime) -> SeriesFrame:
    """Return what a run reads at an as_of, of all rows of the file."""
    rows = rows.assign(available_at=rows["ds"] + duration(pipeline.source.delay))
    return frame_known(pipeline, rows, as_of)


def windows_found(pipeline: PipelineConfig, frame: SeriesFrame, gathered: Facts) -> Split:
    """Return the windows of a run on the frame; raise DataRejected where it would end before it trains."""
    facts = within_limits(gathered, pipeline).series
    bad = facts[facts["fault"] != FAULTLESS]
    if len(bad) > min(pipeline.checks.max_bad_series, len(facts) - 1):
        raise DataRejected(
            f"at most {pipeline.checks.max_bad_series} series can't be used, and never all",
            f"{len(bad)} of {len(facts)} can't: '{bad['unique_id'].iloc[0]}' is {bad['fault'].iloc[0]}",
            _MORE,
        )
    if not pipeline.masked and (missing := most_missing(pipeline, frame, gathered)) > pipeline.checks.max_missing:
        raise DataRejected(
            f"at most {pipeline.checks.max_missing:.1%} of the steps of a series are missing",
            f"{missing:.1%} are",
            "Repair the source, or bring one series alone",
        )
    held_out = pipeline.parts.validation + pipeline.parts.test
    if pipeline.masked and facts["train_steps"].max() <= (pipeline.fewest or 1):
        raise DataRejected(
            f"a series has {(pipeline.fewest or 1) + 1} values or more before the last {held_out} steps",
            f"the best one has {int(facts['train_steps'].max())}",
            _MORE,
        )
    try:
        split = split_of(pipeline, frame.without(frozenset(bad["unique_id"])))
    except DataRejected as error:
        raise DataRejected(error.rule, error.received, _MORE) from error
    if pipeline.parts.calibration:
        least = int((~np.isnan(split.calibration.targets)).sum(axis=0).min())
        if least < RESIDUALS:
            raise DataRejected(
                f"an interval of 95% needs {RESIDUALS} windows in the calibration part", f"there are {least}", _MORE
            )
    return split
