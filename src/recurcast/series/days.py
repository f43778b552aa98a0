"""Calendars of days, such as `holidays:DE-BY`: which days are in them, as far as that is known.

It travels inside artifacts: what is forecast by is what was trained with, whatever a library says later.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray


class DaysUnknown(ValueError):
    """A calendar of days ends before the steps that are asked for do, or begins after them."""

    def __init__(self, rule: str, received: str, remedy: str) -> None:
        self.rule, self.received, self.remedy = rule, received, remedy
        super().__init__(rule, received, remedy)

    def __str__(self) -> str:
        return f"{self.rule}; {self.received}. {self.remedy}."


@dataclass(frozen=True)
class DayCalendar:
    """The days of a calendar from `first` to `last`, both included, as ISO dates, ascending."""

    name: str
    """As `network.calendar` or `frequency` names it."""
    first: str
    last: str
    days: tuple[str, ...]

    @cached_property
    def dates(self) -> NDArray[Any]:
        """Return the days, datetime64[D], shape `(n_days,)`."""
        return np.array(self.days, dtype="datetime64[D]")

    def counts(self, first: NDArray[Any], stop: NDArray[Any]) -> NDArray[np.int64]:
        """Return how many of its days lie in each `[first, stop)`. Raises DaysUnknown where one reaches out of it."""
        if len(first):
            self.refuse_beyond(first.min(), stop.max() - np.timedelta64(1, "D"))
        return self.dates.searchsorted(stop) - self.dates.searchsorted(first)

    def told_by(self, first: str, last: str) -> tuple[str, str]:
        """Return the first and the last day that the columns of steps on the days from `first` to `last` tell about."""
        away = SEEN[kind_of(self.name)]
        begin, end = (np.datetime64(day, "D") for day in (first, last))
        return str(begin + min(away)), str(end + max(away))

    def knows(self, first: Any, last: Any) -> bool:
        """Return whether the calendar is known on all days from `first` to `last`."""
        return self.first <= str(first) and str(last) <= self.last

    def refuse_beyond(self, first: Any, last: Any) -> None:
        """Raise DaysUnknown where the calendar is not known on all days from `first` to `last`."""
        if not self.knows(first, last):
            known = f"from {self.first}" if str(first) < self.first else f"to {self.last}"
            raise DaysUnknown(
                "a calendar's days are known where steps are trained on and forecast",
                f"'{self.name}' is known {known}, and asked for from {first} to {last}",
                _WHAT_TO_DO[kind_of(self.name)],
            )

    def within(self, first: Any, last: Any) -> "DayCalendar":
        """Return the part of it from a day to another one, as far as it reaches."""
        begin, end = max(str(first), self.first), min(str(last), self.last)
        return DayCalendar(
            self.name, begin, end, self.days[bisect_left(self.days, begin) : bisect_right(self.days, end)]
        )


SEEN = {"holidays": (0, 1, -1), "sessions": (0,), "days": (0,)}
"""By kind, how many days after a step's own the days lie that its columns tell about."""
_WHAT_TO_DO = {
    "holidays": "Take fewer steps, train again where time went by, upgrade the package holidays, or leave the calendar out",
    "sessions": "Take fewer steps, train again where time went by, upgrade the package exchange-calendars, or take days from "
    "a file of yours (days:FILE.csv)",
    "days": "Add to the file the days that lack, or a row of value 0 that says until when it is complete, and train again",
}


def kind_of(name: str) -> str:
    """Return `holidays`, `sessions` or `days`, or nothing where an entry is no calendar of days."""
    return name.partition(":")[0] if ":" in name else ""


def days_digest(calendars: Sequence[DayCalendar], first: str, last: str) -> str:
    """Return 32 hexadecimal digits that change with any day that steps from `first` to `last` are told; nothing without any."""
    if not calendars:
        return ""
    parts = (f"{own.name} {' '.join(own.within(*own.told_by(first, last)).days)}" for own in calendars)
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()
