"""The rows of a table that may lie in an interval: roughly, so that no clock is read yet, and the rest need not be kept."""

from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from recurcast.config.source import ReadSource
from recurcast.config.times import JoinedTime
from recurcast.errors import DataRejected
from recurcast.series.joined_times import wall_clock
from recurcast.series.reading.interval import Interval
from recurcast.series.timestamps import read_times

_SLACK = timedelta(days=2)
"""More than any wall clock is away from UTC, with a day of 24 hours that ends behind the next midnight."""
_ISO = r"^\s*\d{4}-\d{2}-\d{2}(?:[ T]|$)"


def nearby(table: pd.DataFrame, source: ReadSource, asked: Interval, shown: str) -> pd.DataFrame:
    """Return the rows that may lie in an interval. Raises DataRejected with a row whose time can't be read."""
    if table.empty:
        return table
    try:
        times = _times(table, source, shown)
    except DataRejected as rejected:
        raise rejected.receiving(f"'{shown}': {rejected.received}") from rejected
    bare = times.dt.tz_convert("UTC").dt.tz_localize(None) if times.dt.tz is not None else times
    within = (bare >= _bare(asked.start - _SLACK)) & (bare < _bare(asked.end + _SLACK))
    return table if within.all() else table[within].reset_index(drop=True)


def _times(table: pd.DataFrame, source: ReadSource, shown: str) -> "pd.Series[Any]":
    ds, names = source.columns.ds, pd.Series(shown, index=table.index)
    if isinstance(ds, JoinedTime):
        return wall_clock(table, ds, source.time_format, names)
    stamps = table[ds]
    if source.time_format is None and pd.api.types.is_string_dtype(stamps) and stamps.dtype != object:
        odd = ~stamps.str.contains(_ISO).fillna(True).astype(bool)
        if odd.any():
            raise DataRejected(
                f"column '{ds}': a folder is read in parts, so that its times are ISO 8601 or of a stated form",
                f"row {int(odd.to_numpy().argmax()) + 1} holds '{str(stamps[odd].iloc[0])[:60]}'",
                "Say source.time_format, such as '%d/%m/%Y %H:%M'",
            )
    time_format = (source.time_format or "").removesuffix(" %Z") or None
    if time_format != source.time_format:
        stamps = stamps.astype("str").str.rsplit(" ", n=1).str[0].rename(ds)
    return read_times(stamps, names, "UTC", ds, time_format)


def _bare(instant: datetime) -> pd.Timestamp:
    return pd.Timestamp(instant).tz_convert("UTC").tz_localize(None)
