"""The times of a rule on its wall clock, as Prefect builds it, from near where they are asked for and never without end.

DTSTART   |....|....|....|....|....|....|....|....|        a rule without COUNT repeats itself: it is begun
                                    ^ begun here  ^ start   as many whole steps later as there is room for

dateutil looks through days and times one by one, from DTSTART on, until the year 9999 where nothing fits. What it asks of each
of them (is its month, its hour among those wanted?) is counted here, and ends the search.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from recurcast.instants import LATEST

if TYPE_CHECKING:
    from dateutil.rrule import rrule, rruleset
    from prefect.server.schemas.schedules import RRuleSchedule

MOST_LOOKED_THROUGH = 100_000
"""Days and times of a rule: 270 years of days, eleven years of hours; about a second."""
_AROUND = timedelta(days=1)
"""More than any clock differs from UTC."""
_HOURS_IN_A_STEP = 10
"""Hours that are asked for in the time that a day or a time takes otherwise."""


class RuleHasNoEnd(Exception):
    """So much was looked through, and no tick was among it."""


class _Search:
    """How much of a rule was looked through since its last tick."""

    def __init__(self) -> None:
        self.looked = 0.0

    def step(self, steps: float = 1.0) -> None:
        self.looked += steps
        if self.looked > MOST_LOOKED_THROUGH:
            raise RuleHasNoEnd


class _Counted(tuple[int, ...]):
    """Months or hours that count how often one is looked for among them."""

    search: _Search
    weight: float

    def __contains__(self, value: object) -> bool:
        self.search.step(self.weight)
        return super().__contains__(value)


def wall_times(schedule: "RRuleSchedule", start: datetime | None = None) -> Iterator[datetime]:
    """Yield the rule's times on its wall clock, without zone, ascending; from a day or more before the instant `start`.

    Raises RuleHasNoEnd where nothing, or nothing more, is found within bounds, ValueError for a rule that contradicts itself.
    """
    search = _Search()
    begin = None if start is None else start.astimezone(UTC) - _AROUND
    for time in _built(schedule, begin, search):
        search.step()
        if time.year >= LATEST.year:
            return
        if begin is None or time >= begin:
            search.looked = 0
            yield time.replace(tzinfo=None)


def _built(schedule: "RRuleSchedule", begin: datetime | None, search: _Search) -> Iterable[datetime]:
    """Return Prefect's own rule in UTC, where its digits stay what they are."""
    from dateutil.rrule import rrule

    found: rrule | rruleset = schedule.model_copy(update={"timezone": "UTC"}).to_rrule()
    if isinstance(found, rrule):
        return _counted(found, begin, search)
    parts: Any = found  # its lists have no public names; Prefect sets them as well
    parts._rrule = [_counted(each, begin, search) for each in parts._rrule]
    parts._exrule = [_counted(each, begin, search) for each in parts._exrule]
    parts._cache = None
    return found


def _counted(rule: "rrule", begin: datetime | None, search: _Search) -> "rrule":
    inside: Any = rule
    moved: Any = rule.replace(dtstart=_begun_near(inside, begin), cache=False)
    moved._bymonth = moved._bymonth or tuple(range(1, 13))  # asked of each day first, so that every day is counted
    for name, weight in (("_bymonth", 1), ("_byhour", 1 / _HOURS_IN_A_STEP)):
        if getattr(moved, name):
            counted = _Counted(sorted(getattr(moved, name)))
            counted.search, counted.weight = search, weight
            setattr(moved, name, counted)
    return moved


def _begun_near(rule: Any, begin: datetime | None) -> datetime:
    from dateutil.rrule import DAILY, HOURLY, MINUTELY, WEEKLY

    first: datetime = rule._dtstart
    length = {WEEKLY: 7 * 86_400, DAILY: 86_400, HOURLY: 3_600, MINUTELY: 60}.get(rule._freq)
    if begin is None or begin <= first or length is None or rule._count is not None:
        return first
    step = length * rule._interval
    return first + timedelta(seconds=int((begin - first).total_seconds()) // step * step)
