"""DOOR exchange_calendars: the sessions of an exchange, as far as that library lists its holidays.

Its rules are read, and put together here: on pandas 3.1 its calendars drop sessions on special Saturdays (Seoul 442, Moscow 40)
or can't be made (Athens, Belgrade, Bucharest, Nicosia, Tel Aviv), since pandas no longer calls the `_apply` of offsets.
What comes out is what the library itself gives on pandas 3.0, for all of its exchanges.
"""

import warnings
from functools import cache
from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.series.days import DayCalendar

_LISTED = {"XBKK": 3, "XIDX": 5, "XKAR": 5, "XKLS": 11, "XPHS": 3, "XTKS": 2}
"""Exchanges whose holidays are listed year by year in part, and how many of a listed year are: past the last one the library
goes on without them, and calls the holidays sessions."""


def library() -> str:
    """Return the library and its version."""
    return f"exchange-calendars {version('exchange-calendars')}"


@cache
def session_days(mic: str, first: int, last: int) -> DayCalendar:
    """Return the sessions of an exchange in the years from `first` to `last`, as far as they are known."""
    from exchange_calendars import resolve_alias
    from exchange_calendars.calendar_utils import _default_calendar_factories

    _apply_date_by_date()
    name = resolve_alias(mic)
    kind = _default_calendar_factories[name]
    rules = kind.__new__(kind)  # to make one lays out opening hours too, and fails where those don't fit the sessions
    listed = pd.DatetimeIndex(rules.adhoc_holidays)
    least, most = kind.bound_min(), kind.bound_max()
    begins, ends = pd.Timestamp(first, 1, 1), pd.Timestamp(last, 12, 31)
    begins, ends = begins if least is None else max(begins, least), ends if most is None else min(ends, most)
    ends = min(ends, _last_listed(name, listed, ends))
    days = pd.date_range(begins, ends)
    sessions = days[_weekdays(rules, days) & ~days.isin(_holidays(rules, begins, ends)) & ~days.isin(listed)]
    return DayCalendar(f"sessions:{mic}", str(begins.date()), str(ends.date()), tuple(sessions.strftime("%Y-%m-%d")))


def _weekdays(rules: Any, days: pd.DatetimeIndex) -> NDArray[np.bool_]:
    """Which days are of a weekday that has sessions; some exchanges had others at times."""

    def of(mask: str) -> NDArray[np.bool_]:
        return np.array([digit == "1" for digit in mask])[days.day_of_week]

    chosen = of(rules.weekmask)
    for begin, end, mask in getattr(rules, "special_weekmasks", ()):
        within = np.ones(len(days), dtype=bool) if begin is None else np.asarray(days >= begin)
        within &= True if end is None else np.asarray(days <= end)
        chosen = np.where(within, of(mask), chosen)
    return chosen


def _holidays(rules: Any, begins: pd.Timestamp, ends: pd.Timestamp) -> pd.DatetimeIndex:
    if rules.regular_holidays is None or begins >= ends:
        return pd.DatetimeIndex([])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pandas', of offsets that are applied date by date
        return pd.DatetimeIndex(rules.regular_holidays.holidays(begins, ends))


def _last_listed(name: str, listed: pd.DatetimeIndex, ends: pd.Timestamp) -> pd.Timestamp:
    if name not in _LISTED:
        return ends
    years, counts = np.unique(listed.year, return_counts=True)
    return pd.Timestamp(int(years[counts >= _LISTED[name]].max()), 12, 31)


@cache
def _apply_date_by_date() -> None:
    """Give the library's own offsets the names under which pandas 3.1 calls them: `_apply` is `_add_datetime` there."""
    from exchange_calendars import tase_holidays
    from exchange_calendars.pandas_extensions.offsets import OrthodoxEaster

    def not_many_at_once(self: Any, values: Any) -> Any:
        raise NotImplementedError

    for kind in (OrthodoxEaster, tase_holidays._HolidayOffset, tase_holidays._YomKippurEveObserved):
        kind._add_datetime = kind._apply
        kind._add_datetime_ndarray = not_many_at_once
