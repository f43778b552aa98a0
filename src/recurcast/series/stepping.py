"""Stamps of a series that says when it begins and how often its values come: the file's own start and step, nothing rounded."""

import re

import numpy as np
import pandas as pd
from pandas.tseries.frequencies import to_offset

_MONTHS = {"Y": 12, "A": 12, "YE": 12, "YS": 12, "Q": 3, "QE": 3, "QS": 3, "M": 1, "ME": 1, "MS": 1}
_FIXED = {"W": "7D", "D": "1D", "H": "1h", "T": "1min", "MIN": "1min", "S": "1s"}
_WORDS = {
    "yearly": "YS", "quarterly": "QS", "monthly": "MS", "weekly": "W", "daily": "D", "hourly": "h",
    "half_hourly": "30min", "minutely": "min", "seconds": "s", "minutes": "min", "hours": "h", "days": "D", "weeks": "W",
    "months": "MS",
}  # fmt: skip


def step_of(word: str) -> str:
    """Return the step that a word such as `half_hourly` or `4_seconds` names. Raises ValueError where it names none."""
    whole = word.strip().lower()
    found = re.fullmatch(r"([0-9]{1,6})_([a-z]+)", whole)
    count, name = found.groups() if found else ("", whole)
    if name not in _WORDS:
        raise ValueError(f"a frequency is a word such as daily or 10_minutes; received '{word[:40]}'")
    return f"{count}{_WORDS[name]}"


def stamps(start: pd.Timestamp, step: str, count: int) -> pd.DatetimeIndex:
    """Return `count` stamps from `start` on. Months keep its day, or the month's last where it is one.

    Raises ValueError where the step is none, or does not go through the start.
    """
    number, code = _parts(step)
    if code in _MONTHS:
        return _by_months(start, number * _MONTHS[code], count)
    if code in _FIXED:
        return pd.date_range(start, periods=count, freq=pd.Timedelta(_FIXED[code]) * number)
    found = pd.date_range(start, periods=count, freq=to_offset(step))
    if count and found[0] != start:
        raise ValueError(f"steps of '{step}' go through the start; {start.isoformat()} lies between two")
    return found


def _parts(step: str) -> tuple[int, str]:
    found = re.fullmatch(r"(\d{0,6})([A-Za-z]+)(?:-[A-Z]{3})?", step)
    if found is None:
        raise ValueError(f"a step is a number and a unit such as 30min; received '{step[:40]}'")
    return int(found[1] or 1), found[2].upper()


def _by_months(start: pd.Timestamp, months: int, count: int) -> pd.DatetimeIndex:
    first = start.to_datetime64().astype("datetime64[M]")
    month = first + np.arange(count) * months
    begins, ends = month.astype("datetime64[D]"), (month + 1).astype("datetime64[D]") - 1
    day = ends if start.is_month_end else np.minimum(begins + (start.day - 1), ends)
    return pd.DatetimeIndex(day.astype("datetime64[us]") + (start - start.normalize()).to_timedelta64())
