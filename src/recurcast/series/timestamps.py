"""From what a file calls a timestamp to instants in UTC."""

import warnings
from typing import Any

import pandas as pd

from recurcast.series.clock import localized
from recurcast.series.format_finding import formats_of
from recurcast.series.grid import UTC_NS
from recurcast.series.iso_times import iso_times
from recurcast.series.refusal import rejected
from recurcast.series.time_formats import parsed

_OFFSET = r"([zZ]|[+-]\d{2}(?::?\d{2})?)$"
STATES_ZONE = r"(?:[zZ]|:\d{2}(?:[.,]\d+)? ?[+-]\d{2}(?::?\d{2})?)$"
_YEARS = (1678, 2261)
"""What nanoseconds in 64 bits can count."""


def to_instants(
    stamps: "pd.Series[Any]",
    unique_ids: "pd.Series[Any]",
    timezone: str,
    column: str,
    time_format: str | None = None,
    snap: str | None = None,
) -> "pd.Series[Any]":
    """Return the instants that a column names; times without zone are on the wall clock of `timezone`.

    Raises DataRejected for what is no timestamp, for mixed zones, and for wall-clock times that daylight saving
    skips, or repeats without an order that tells which is meant.
    """
    read = snapped(read_times(stamps, unique_ids, timezone, column, time_format), snap)
    return in_utc(read if read.dt.tz is not None else localized(read, unique_ids, timezone, column))


def read_times(
    stamps: "pd.Series[Any]", unique_ids: "pd.Series[Any]", timezone: str, column: str, time_format: str | None
) -> "pd.Series[Any]":
    """Return the times of a column as it states them, on a wall clock or with their zone."""
    if stamps.isna().any():
        raise rejected(column, "every row has a timestamp", stamps, stamps.isna(), unique_ids)
    if pd.api.types.is_datetime64_any_dtype(stamps):
        found = stamps
    elif pd.api.types.is_numeric_dtype(stamps) and time_format is None:
        raise rejected(column, "timestamps are dates, not numbers", stamps, stamps.notna(), unique_ids)
    else:
        found = _of_text(stamps, unique_ids, timezone, column, time_format)
    countable = found.dt.year.between(*_YEARS)
    if not countable.all():
        raise rejected(column, f"years lie between {_YEARS[0]} and {_YEARS[1]}", stamps, ~countable, unique_ids)
    return found


def _of_text(
    stamps: "pd.Series[Any]", unique_ids: "pd.Series[Any]", timezone: str, column: str, time_format: str | None
) -> "pd.Series[Any]":
    if time_format is None and (plain := iso_times(stamps)) is not None:
        return plain
    text = stamps.astype("str").str.strip()
    zoned = text.str.contains(STATES_ZONE)
    if zoned.any() and not zoned.all():
        raise rejected(column, "either all timestamps state a time zone or none does", stamps, ~zoned, unique_ids)
    if time_format is None:
        found = _parsed(text, utc=bool(zoned.all()), column=column, unique_ids=unique_ids)
    else:
        found = parsed(stamps, time_format, utc=bool(zoned.all()))
        if found.isna().any():
            rule = f"all timestamps are of source.time_format, here '{time_format}'"
            raise rejected(column, rule, stamps, found.isna(), unique_ids)
    if zoned.all():
        _check_offsets(text, found, timezone, column, unique_ids)
    return found


def snapped(times: "pd.Series[Any]", snap: str | None) -> "pd.Series[Any]":
    """Return times rounded to multiples of a duration, on the clock that they are on."""
    if snap is None or not pd.Timedelta(snap):
        return times
    zone = times.dt.tz
    bare = times.dt.tz_convert("UTC").dt.tz_localize(None) if zone is not None else times
    rounded = bare.astype("datetime64[ns]").dt.round(pd.Timedelta(snap))
    return rounded.dt.tz_localize("UTC") if zone is not None else rounded


def in_utc(aware: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return instants as all rows have them."""
    return aware.dt.tz_convert("UTC").astype(UTC_NS)


def _parsed(text: "pd.Series[Any]", *, utc: bool, column: str, unique_ids: "pd.Series[Any]") -> "pd.Series[Any]":
    """The first timestamp shows the format, and all others keep to it: pandas would guess each on its own."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Could not infer format", UserWarning)
        warnings.filterwarnings("ignore", "Parsing dates in", UserWarning)
        try:
            return pd.to_datetime(text, utc=utc)
        except (ValueError, UserWarning):
            bad = _unlike_the_first(text, utc=utc)
    readable = [each for each in formats_of(text) if each is not None]
    if readable and bad.any():
        rule = "all timestamps are dates of one format, and the first one does not show it"
        remedy = f"Say it, source.time_format: '{readable[0]}'; or write ISO 8601"
        raise rejected(column, rule, text, bad, unique_ids, remedy)
    raise rejected(column, "all timestamps are dates of one format", text, bad, unique_ids)


def _unlike_the_first(text: "pd.Series[Any]", *, utc: bool) -> "pd.Series[Any]":
    try:
        bad = pd.to_datetime(text, utc=utc, errors="coerce").isna()
    except (ValueError, UserWarning):
        return text.notna()
    return bad if bad.any() else text.notna()


def _check_offsets(
    text: "pd.Series[Any]", parsed: "pd.Series[Any]", timezone: str, column: str, unique_ids: "pd.Series[Any]"
) -> None:
    """Several offsets are fine where they are daylight saving's in the source's zone; otherwise zones are mixed."""
    stated = (
        text.str.extract(_OFFSET, expand=False)
        .str.replace(":", "")
        .str.replace("[zZ]", "+0000", regex=True)
        .str.ljust(len("+0000"), "0")
    )
    if stated.nunique() == 1:
        return
    expected = parsed.dt.tz_convert(timezone).dt.strftime("%z")
    if (stated != expected).any():
        rule = f"timestamps of several offsets are those of source.timezone, here {timezone}"
        raise rejected(column, rule, text, stated != expected, unique_ids)
