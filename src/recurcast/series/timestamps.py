"""From what a file calls a timestamp to instants in UTC."""

import warnings
from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from recurcast.errors import DataRejected
from recurcast.series.grid import UTC_NS

_OFFSET = r"([zZ]|[+-]\d{2}(?::?\d{2})?)$"
STATES_ZONE = r"(?:[zZ]|:\d{2}(?:[.,]\d+)?\s?[+-]\d{2}(?::?\d{2})?)$"
_LONGEST_SHOWN = 60
_YEARS = (1678, 2261)
"""What nanoseconds in 64 bits can count."""


def to_instants(stamps: "pd.Series[Any]", unique_ids: "pd.Series[Any]", timezone: str, column: str) -> "pd.Series[Any]":
    """Return the instants that a column names; times without zone are on the wall clock of `timezone`.

    Raises DataRejected for what is no timestamp, for mixed zones, and for wall-clock times that daylight saving
    skips, or repeats without an order that tells which is meant.
    """
    if stamps.isna().any():
        raise _rejected(column, "every row has a timestamp", stamps, stamps.isna(), unique_ids)
    if pd.api.types.is_numeric_dtype(stamps):
        raise _rejected(column, "timestamps are dates, not numbers", stamps, stamps.notna(), unique_ids)
    if pd.api.types.is_datetime64_any_dtype(stamps):
        parsed = stamps
    else:
        text = stamps.astype("str").str.strip()
        zoned = text.str.contains(STATES_ZONE)
        if zoned.any() and not zoned.all():
            raise _rejected(column, "either all timestamps state a time zone or none does", stamps, ~zoned, unique_ids)
        parsed = _parsed(text, utc=bool(zoned.all()), column=column, unique_ids=unique_ids)
        if zoned.all():
            _check_offsets(text, parsed, timezone, column, unique_ids)
    countable = parsed.dt.year.between(*_YEARS)
    if not countable.all():
        raise _rejected(column, f"years lie between {_YEARS[0]} and {_YEARS[1]}", stamps, ~countable, unique_ids)
    aware = parsed if parsed.dt.tz is not None else _localized(parsed, unique_ids, timezone, column)
    instants: pd.Series[Any] = aware.dt.tz_convert("UTC").astype(UTC_NS)
    return instants


def _parsed(text: "pd.Series[Any]", *, utc: bool, column: str, unique_ids: "pd.Series[Any]") -> "pd.Series[Any]":
    """The first timestamp shows the format, and all others keep to it: pandas would guess each on its own."""
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Could not infer format", UserWarning)
        warnings.filterwarnings("ignore", "Parsing dates in", UserWarning)
        try:
            return pd.to_datetime(text, utc=utc)
        except (ValueError, UserWarning):
            bad = _unlike_the_first(text, utc=utc)
    raise _rejected(column, "all timestamps are dates of one format", text, bad, unique_ids)


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
        raise _rejected(column, rule, text, stated != expected, unique_ids)


def _localized(wall: "pd.Series[Any]", unique_ids: "pd.Series[Any]", timezone: str, column: str) -> "pd.Series[Any]":
    if timezone == "UTC":
        return wall.dt.tz_localize("UTC")
    parts = [_localized_series(part, name, timezone, column) for name, part in wall.groupby(unique_ids, sort=False)]
    return pd.concat(parts).reindex(wall.index)


def _localized_series(wall: "pd.Series[Any]", unique_id: Hashable, timezone: str, column: str) -> "pd.Series[Any]":
    try:
        return wall.dt.tz_localize(timezone, ambiguous="infer", nonexistent="raise")
    except ValueError as error:
        skipped = wall.dt.tz_localize(timezone, ambiguous=True, nonexistent="NaT").isna()
        repeated = wall.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="shift_forward").isna()
        offenders = wall[skipped if skipped.any() else repeated]
        rule = (
            f"wall-clock times exist in {timezone}"
            if skipped.any()
            else f"times that daylight saving repeats in {timezone} stand in an order that tells them apart"
        )
        stamps = tuple(offenders.astype("str").head(5))
        raise DataRejected(
            f"column '{column}': {rule}",
            f"series '{unique_id}' has {', '.join(stamps)}",
            "Write timestamps in UTC or with offsets, or correct `source.timezone`",
            series=str(unique_id),
            timestamps=stamps,
        ) from error


def _rejected(
    column: str, rule: str, stamps: "pd.Series[Any]", bad: "pd.Series[Any]", unique_ids: "pd.Series[Any]"
) -> DataRejected:
    first = int(bad.to_numpy().argmax())
    stamp = _shown(stamps, first)
    return DataRejected(
        f"column '{column}': {rule}",
        f"row {first + 1} (series '{unique_ids.iloc[first]}') holds '{stamp}'",
        "Correct it, or write ISO 8601 in one time zone",
        series=str(unique_ids.iloc[first]),
        timestamps=(stamp,),
    )


def _shown(stamps: "pd.Series[Any]", row: int) -> str:
    try:
        text = str(stamps.iloc[row])
    except (ValueError, NotImplementedError):  # of a year above 9999, which Python can't write
        text = str(np.datetime64(int(stamps.astype("int64").iloc[row]), stamps.dt.unit))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
