"""The labels of a time axis."""

from typing import Any

from matplotlib.dates import (
    DAILY,
    HOURLY,
    MINUTELY,
    MONTHLY,
    SECONDLY,
    AutoDateLocator,
    ConciseDateFormatter,
)

_WIDEST = {MONTHLY: 12, DAILY: 28, HOURLY: 24, MINUTELY: 60, SECONDLY: 60}
"""Steps beside matplotlib's own, without which it warns of spans such as four days of hours: too many of its widest step."""


def label_time(axes: Any, fewest: int, most: int) -> None:
    """Label the axis of time as briefly as its span allows, with so many ticks where whole steps give as many."""
    locator = AutoDateLocator(minticks=fewest, maxticks=most)
    for unit, step in _WIDEST.items():
        locator.intervald[unit] = [*locator.intervald[unit], step]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
