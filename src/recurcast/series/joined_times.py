"""Times that stand in several columns, joined: a date with an hour, a time or a period; local times with their zone."""

import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.config.source import ReadSource
from recurcast.config.times import JoinedTime
from recurcast.series.clock import FIRST, SECOND, UNKNOWN, localized
from recurcast.series.refusal import rejected
from recurcast.series.time_formats import as_text
from recurcast.series.timestamps import in_utc, read_times, snapped, to_instants
from recurcast.series.zone_labels import by_repetition, by_zone

ZONE_BEHIND = " %Z"
"""The end of a format whose stamps end in a zone, such as EST."""
_MINUTE = pd.Timedelta(minutes=1)
_HOUR = re.compile(
    r"(?:[^\W\d_]{1,7}\.?)?[ _-]?(?:ending )?(\d{1,2})(?:[:.]?00)?(?:[:.]00)?"
    r"\s*(?:h|hrs?|uhr|uur)?\s*([ABX*]?)(?:\s*[-\N{EN DASH}].*)?$",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"T?(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,6})\d*)?)?\s*(?:([ap])\.?\s?m\.?)?(?:\s*[-\N{EN DASH}].*)?$",
    re.IGNORECASE,
)
_HALF_DAY = re.compile(r"(\d{1,2}) ?([AaPp])\.?[Mm]\.?")
_DIGITS = re.compile(r"\d{1,4}$")
_SECOND_PASS = {"A": FIRST, "B": SECOND, "X": SECOND, "*": SECOND}


def instants_of(table: pd.DataFrame, source: ReadSource, unique_ids: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return the instants of a table's rows, as `source.columns.ds` says they are written.

    Raises DataRejected with the first row that is none.
    """
    ds, timezone, time_format = source.columns.ds, source.timezone, source.time_format
    if isinstance(ds, str) and time_format is not None and time_format.endswith(ZONE_BEHIND):
        parts = as_text(table[ds]).str.rsplit(" ", n=1, expand=True).reindex(columns=[0, 1])
        table, time_format = parts.set_axis([ds, ZONE_BEHIND], axis=1), time_format.removesuffix(ZONE_BEHIND)
        ds = JoinedTime(local=ds, zone=ZONE_BEHIND)
    if isinstance(ds, str):
        return to_instants(table[ds], unique_ids, timezone, ds, time_format, source.snap)
    if ds.period is not None:
        days = _days(table, ds, time_format, unique_ids)
        return _counted(days, table[ds.period], ds.minutes, timezone, unique_ids)
    wall = snapped(wall_clock(table, ds, time_format, unique_ids), source.snap)
    which = None if ds.hour is None else _passes(table[ds.hour])
    if ds.zone is not None:
        which = by_zone(wall, table[ds.zone], timezone, unique_ids)
    if ds.repeated is not None:
        which = by_repetition(wall, table[ds.repeated], timezone, unique_ids)
    return in_utc(localized(wall, unique_ids, timezone, ds.told, which))


def wall_clock(
    table: pd.DataFrame, ds: JoinedTime, time_format: str | None, unique_ids: "pd.Series[Any]"
) -> "pd.Series[Any]":
    """Return what a clock on the wall shows at each row, of a step's end its start."""
    wall = _days(table, ds, time_format, unique_ids)
    if ds.hour is not None:
        wall = wall + _hours(table[ds.hour], unique_ids)
    if ds.minute is not None:
        wall = wall + _whole(table[ds.minute], unique_ids, "minutes are whole numbers from 0 to 59", 0, 59) * _MINUTE
    if ds.time is not None:
        wall = wall + times_of_day(table[ds.time], unique_ids)
    return wall if ds.ending is None else wall - pd.Timedelta(ds.ending)


def _days(
    table: pd.DataFrame, ds: JoinedTime, time_format: str | None, unique_ids: "pd.Series[Any]"
) -> "pd.Series[Any]":
    """The dates, or the whole local times."""
    if ds.year is not None:
        return _from_parts(table, ds, unique_ids)
    column = ds.date or ds.local
    assert column is not None, "the configuration has one of the three"
    days = read_times(table[column], unique_ids, "UTC", column, time_format)
    if days.dt.tz is not None:
        rule = "times that are joined from several columns state no zone of their own"
        raise rejected(column, rule, table[column], days.notna(), unique_ids)
    if ds.date is not None and (timed := days != days.dt.normalize()).any():
        rule = "dates that are joined with a time have none of their own"
        raise rejected(column, rule, table[column], timed, unique_ids)
    return days.astype("datetime64[us]")


def _from_parts(table: pd.DataFrame, ds: JoinedTime, unique_ids: "pd.Series[Any]") -> "pd.Series[Any]":
    assert ds.year is not None
    year = _whole(table[ds.year], unique_ids, "years are whole numbers between 1678 and 2261", 1678, 2261)
    one = pd.Series(1, index=table.index)
    month = one if ds.month is None else _months(table[ds.month], unique_ids)
    if ds.quarter is not None:
        quarters = as_text(table[ds.quarter]).str.removeprefix("Q").str.removeprefix("q").rename(ds.quarter)
        month = 3 * _whole(quarters, unique_ids, "quarters are whole numbers from 1 to 4", 1, 4) - 2
    rule = "days are whole numbers from 1 to 31"
    day = one if ds.day is None else _whole(table[ds.day], unique_ids, rule, 1, 31)
    days = pd.to_datetime(pd.DataFrame({"year": year, "month": month, "day": day}), errors="coerce")
    if days.isna().any():
        assert ds.day is not None
        raise rejected(ds.day, "each month has this day", table[ds.day], days.isna(), unique_ids)
    return days.astype("datetime64[us]")


def _months(values: "pd.Series[Any]", unique_ids: "pd.Series[Any]") -> "pd.Series[Any]":
    if not pd.api.types.is_numeric_dtype(values):
        named = pd.to_datetime("2000 " + as_text(values).str.slice(0, 3), format="%Y %b", errors="coerce").dt.month
        if named.notna().all():
            return named
    return _whole(values, unique_ids, "months are whole numbers from 1 to 12, or names", 1, 12)


def _whole(
    values: "pd.Series[Any]", unique_ids: "pd.Series[Any]", rule: str, least: int, most: int
) -> "pd.Series[Any]":
    numbers = pd.to_numeric(values, errors="coerce")
    bad = ~(numbers.between(least, most) & (numbers % 1 == 0))
    if bad.any():
        raise rejected(str(values.name), rule, values, bad, unique_ids)
    return numbers.astype("int64")


def _hours(values: "pd.Series[Any]", unique_ids: "pd.Series[Any]") -> "pd.Series[Any]":
    """How far into its day each row lies."""
    rule = "hours are 0 to 23, or 1 to 24 as `ending: 1h`; 3A and 3B of an hour that comes twice"
    return pd.to_timedelta(_each_once(values, unique_ids, lambda cell: _first(hour_of(cell)), rule), unit="h")


def _first(pair: tuple[int, int] | None) -> int | None:
    return None if pair is None else pair[0]


def _passes(values: "pd.Series[Any]") -> NDArray[np.int8]:
    """Which one of a repeated hour each row says to be of."""
    codes, each = pd.factorize(values)
    found = [hour_of(cell) for cell in as_text(pd.Series(each))]
    return np.array([UNKNOWN if hour is None else hour[1] for hour in found], dtype=np.int8)[codes]


def _each_once(
    values: "pd.Series[Any]", unique_ids: "pd.Series[Any]", read: Callable[[str], Any], rule: str
) -> "pd.Series[Any]":
    """What the cells mean: of a day there are few that differ. Raises DataRejected with the first that means nothing."""
    codes, each = pd.factorize(values)
    found = [read(cell) for cell in as_text(pd.Series(each))]
    bad = np.array([*(meaning is None for meaning in found), True])[codes]  # a missing cell has the code -1
    if bad.any():
        raise rejected(str(values.name), rule, values, pd.Series(bad), unique_ids)
    return pd.Series(pd.Series(found).to_numpy()[codes], index=values.index)


def hour_of(text: str) -> tuple[int, int] | None:
    """Return the hour that a cell names, 0 to 24, and which one of two it says to be; none where it names none."""
    found = _HOUR.match(text)
    if found is None or int(found[1]) > 24:
        return None
    return int(found[1]), _SECOND_PASS.get(found[2].upper(), UNKNOWN)


def times_of_day(values: "pd.Series[Any]", unique_ids: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return how far into its day each row lies."""
    rule = "times of day are written as 7:30, 07:30:00, 7:30 PM, 7 PM or 0730, up to 24:00"
    return _each_once(values, unique_ids, time_of_day, rule).astype("timedelta64[us]")


def time_of_day(text: str) -> pd.Timedelta | None:
    """Return how far into the day a cell is, none where it is no time of day; of an interval its start."""
    found, bare = _TIME.match(text), _HALF_DAY.fullmatch(text)
    if bare is not None:
        hour, minute, second, micro, half = int(bare[1]), 0, 0, 0, bare[2]
    elif found is None:
        if _DIGITS.match(text) is None:
            return None
        number = int(text)
        hour, minute, second, micro, half = number // 100, number % 100, 0, 0, None
    else:
        hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
        micro, half = int((found[4] or "").ljust(6, "0")), found[5]
    if half is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    if minute > 59 or second > 59 or (hour, minute, second, micro) > (24, 0, 0, 0):
        return None
    return pd.Timedelta(hours=hour, minutes=minute, seconds=second, microseconds=micro)


def _counted(
    days: "pd.Series[Any]", periods: "pd.Series[Any]", minutes: int, timezone: str, unique_ids: "pd.Series[Any]"
) -> "pd.Series[Any]":
    """A day's periods follow each other from its midnight on, whatever its clock does."""
    midnight, next_midnight = (
        day.dt.tz_localize(timezone, ambiguous=True, nonexistent="shift_forward")
        for day in (days, days + pd.Timedelta(days=1))
    )
    longest = int((next_midnight - midnight).max() / _MINUTE) // minutes
    number = _whole(periods, unique_ids, f"periods of {minutes} minutes are counted from 1 to {longest}", 1, longest)
    instants = midnight + (number - 1) * (minutes * _MINUTE)
    late = instants >= next_midnight
    if late.any():
        rule = f"a day on the clock of {timezone} has no more periods of {minutes} minutes than fit in it"
        raise rejected(
            str(periods.name), rule, days.dt.strftime("%Y-%m-%d") + ", " + as_text(periods), late, unique_ids
        )
    return in_utc(instants)
