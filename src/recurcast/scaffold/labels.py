"""What a column beside the dates could be of a day: its hours, its periods, times of day; or a zone, or a flag."""

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from recurcast.series.joined_times import hour_of, time_of_day
from recurcast.series.time_formats import as_text
from recurcast.series.zone_labels import NO, YES, offset_of, words

_HOURS = {
    "hour",
    "hours",
    "hr",
    "hrs",
    "hh",
    "he",
    "hourending",
    "stunde",
    "stunden",
    "heure",
    "hora",
    "ora",
    "uur",
    "time",
    "timme",
}
_PERIODS = {
    "period",
    "periods",
    "sp",
    "interval",
    "slot",
    "ptu",
    "mtu",
    "block",
    "halfhour",
    "quarterhour",
    "periode",
    "isp",
}
_TIMES = {
    "time",
    "tod",
    "clock",
    "hhmm",
    "zeit",
    "uhrzeit",
    "heure",
    "tijd",
    "hora",
    "ora",
    "hour",
    "hr",
    "start",
    "from",
}
_SEASONS = {
    "S", "W", "D", "DST", "STD", "ST", "SUMMER", "WINTER", "SOMMER", "STANDARD", "DAYLIGHT", "SZ", "WZ",
}  # fmt: skip
_MOST_ZONES, _A_FLAG, _RARE, _FEW_AGAIN = 3, 2, 0.005, 0.02
_ZONES = {
    "zone",
    "tz",
    "timezone",
    "dst",
    "utcoffset",
    "offset",
    "summer",
    "summertime",
    "daylight",
    "isdst",
    "repeated",
    "repeatedhour",
}
_NAMES = {
    "id",
    "nr",
    "no",
    "number",
    "store",
    "shop",
    "item",
    "sensor",
    "station",
    "series",
    "site",
    "unit",
    "dept",
    "product",
}
_MINUTES_OF_A_DAY = 1440
_HOUR_CELL = r"{}[ _-]?(?:ending )?\d{{1,2}}(?:[:.]00)*\s*(?:h|hrs?|uhr|uur)?\s*[ABX*]?(?:\s*-.*)?|\d{{1,2}}00"
_CELL_OF_HOURS = _HOUR_CELL.format(r"(?:(?:hour|hr|he|h|stunde|std|heure|hora|uur|godz)\.?)?")
_ANY_CELL = _HOUR_CELL.format(r"(?:[^\W\d_]{1,7}\.?)?")
"""Of a column that is called so, whatever stands before its numbers."""
_FEW = 300


@dataclass(frozen=True)
class Labels:
    """What a column tells of a day: the fields of `columns.ds` that say so, and how sure that is."""

    fields: dict[str, object]
    told: str
    doubt: float = 0.0


def tokens(name: str) -> set[str]:
    """Return the words of a column's name, and all of them as one."""
    parts = re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name).lower())
    return {*parts, "".join(parts)}


def times_in(values: "pd.Series[Any]", name: str, *, named: bool = False) -> Labels | None:
    """Return how a column tells times of day; none where it doesn't."""
    each = as_text(values.drop_duplicates())
    if each.isna().any() or not 0 < len(each) <= _MINUTES_OF_A_DAY * 60:
        return None
    clock = each.str.contains(r":|^\d{1,2} ?[ap]\.?m\.?$", case=False, regex=True)
    if pd.api.types.is_numeric_dtype(values) or not clock.all():
        if not ((named or tokens(name) & _TIMES) and each.str.fullmatch(r"\d{1,4}").all()):
            return None
        minutes = pd.to_numeric(each)
        if not (minutes.max() > 99 and (minutes % 100 < 60).all() and minutes.max() <= 2400):
            return None
    if any(time_of_day(cell) is None for cell in each):
        return None
    ends = {time_of_day(cell) for cell in each}
    gaps = np.diff(sorted(end for end in ends if end is not None))
    step = pd.Timedelta(min(gaps, default=pd.Timedelta(hours=1)))
    ends_at = ending(step) if pd.Timedelta(days=1) in ends and pd.Timedelta(0) not in ends else {}
    return Labels({"time": name} | ends_at, "times of day" + (", of the ends of steps" if ends_at else ""))


def hours_in(values: "pd.Series[Any]", name: str, days: "pd.Series[Any]", *, named: bool = False) -> Labels | None:
    """Return how a column tells the hours of a day, on the wall clock or counted; none where it doesn't."""
    each = as_text(values.drop_duplicates())
    if each.isna().any() or pd.api.types.is_bool_dtype(values) or not 0 < len(each) <= _FEW:
        return None
    named = named or bool(tokens(name) & _HOURS)
    if not each.str.fullmatch(_ANY_CELL if named else _CELL_OF_HOURS, case=False).all():
        return None
    numbers = pd.to_numeric(each, errors="coerce")
    if numbers.notna().all() and sorted(numbers) == list(range(1, 26)):
        return Labels({"period": name, "minutes": 60}, "the hours of a day counted, 25 on the day that clocks go back")
    hours = sorted({hour[0] if (hour := hour_of(cell)) is not None else -1 for cell in each})
    named = named or bool(each.str.contains("hour|he", case=False).all())
    if hours[0] < 0 or hours[-1] - hours[0] > 23 or not (len(hours) == 24 or (named and len(hours) > 1)):
        return None
    ends = hours[-1] == 24 or bool(tokens(name) & {"he", "ending", "hourending"})
    if ends and _counted_on_short_days(values, days):
        return Labels(
            {"period": name, "minutes": 60}, "the hours of a day counted, 23 on the day that clocks go forward"
        )
    told = "the hours of a day" + (" by their ends" if ends else "")
    return Labels({"hour": name} | (ending(pd.Timedelta(hours=1)) if ends else {}), told, 0.0 if named else 0.5)


def periods_in(values: "pd.Series[Any]", name: str, *, named: bool = False) -> Labels | None:
    """Return how a column counts the periods of a day; none where it doesn't."""
    numbers = pd.to_numeric(values.drop_duplicates(), errors="coerce")
    if numbers.isna().any() or pd.api.types.is_bool_dtype(values):
        return None
    each = np.sort(numbers.to_numpy())
    named = named or bool(tokens(name) & _PERIODS)
    if len(each) > _MINUTES_OF_A_DAY or each[0] != 1 or not (np.diff(each) == 1).all():
        return None
    lengths = [60, 30, 15, 10, 5] if named else [30, 15, 10, 5]
    usual = {_MINUTES_OF_A_DAY // minutes + extra: minutes for minutes in lengths for extra in (0, 60 // minutes)}
    minutes = usual.get(len(each))
    if minutes is None:
        return None
    return Labels({"period": name, "minutes": minutes}, f"a day's periods of {minutes} minutes", 0.0 if named else 0.5)


def zones_in(values: "pd.Series[Any]", name: str, *, again: "pd.Series[bool]", named: bool = False) -> Labels | None:
    """Return how a column tells the zone of local times, `again` where one stands a second time; none where it doesn't."""
    if not 0 < values.nunique() <= _MOST_ZONES:
        return None
    each, named = set(words(values.drop_duplicates())), named or bool(tokens(name) & _ZONES)
    if all(offset_of(label) is not None for label in each) and (named or not pd.api.types.is_numeric_dtype(values)):
        return Labels({"zone": name}, "the zone of each row") if len(each) > 1 or named else None
    if len(each) != _A_FLAG:
        return None
    stated = words(values)
    set_ = stated.isin(YES)
    if each <= YES | NO and set_.any():
        rare, apart = set_.mean() < _RARE, again.any() and bool((set_ & ~again).sum() <= again.sum())
        if (named and rare) or (again.any() and again.mean() < _FEW_AGAIN and set_.mean() < _FEW_AGAIN and apart):
            return Labels({"repeated": name}, "a flag on the second one of repeated hours")
    if not named or not (each <= YES | NO or each <= _SEASONS):
        return None
    return Labels({"zone": name}, "a flag of summer or winter time")


def is_a_name(name: str) -> bool:
    """Return whether a column is called as those are that name series."""
    return bool(tokens(name) & _NAMES)


def ending(step: pd.Timedelta) -> dict[str, object]:
    """Return the field that says of times that they are the ends of steps so long."""
    minutes = int(step.total_seconds() // 60)
    return {"ending": f"{minutes // 60}h" if minutes % 60 == 0 else f"{minutes}min"}


def _counted_on_short_days(values: "pd.Series[Any]", days: "pd.Series[Any]") -> bool:
    """Whether on a Sunday of 23 rows they are 1 to 23: on a wall clock one in the night would be missing, and 24 there."""
    numbers = pd.to_numeric(values, errors="coerce")
    per_day = numbers.groupby(days.to_numpy()).agg(["size", "max", "nunique"])
    inner = per_day.iloc[1:-1]
    short = inner[(inner["nunique"] == 23) & (inner["size"] == 23)]
    return 0 < len(short) <= len(inner) / 100 + 2 and bool((short["max"] == 23).all())
