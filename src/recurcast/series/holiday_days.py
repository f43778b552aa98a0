"""DOOR holidays: the public holidays of a country, or of a part of it."""

from functools import cache
from importlib.metadata import version
from typing import Any

from recurcast.series.days import DayCalendar


def library() -> str:
    """Return the library and its version."""
    return f"holidays {version('holidays')}"


@cache
def holiday_days(place: str, first: int, last: int) -> DayCalendar:
    """Return the holidays of a place in the years from `first` to `last`, as far as they are known."""
    import holidays

    country, _, part = place.partition("-")
    bounds: Any = holidays.country_holidays(country)
    first, last = (
        max(first, bounds.start_year),
        min(last, bounds.end_year),
    )  # beyond them there are none, without a word
    found = holidays.country_holidays(country, subdiv=part or None, years=range(first, last + 1))
    within = sorted(day for day in found if first <= day.year <= last)
    return DayCalendar(f"holidays:{place}", f"{first}-01-01", f"{last}-12-31", tuple(map(str, within)))
