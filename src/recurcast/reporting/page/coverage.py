"""How the intervals of a schedule stand, laid out as a calendar: a square for a day, or for an hour of it.

one tick a day, or rarer       month   Mo Tu We Th Fr Sa Su        a block for each month
more, over at most 62 days     day     0 1 2 ... 23                a row for each day
more, over a longer time       month, each day shared among its ticks
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from recurcast.reporting.page.records import CoveredState, CoveredTick

Place = TypeVar("Place", bound=Hashable)

MOST_DAYS_BY_HOUR = 62
MOST_PASSED = 1000
"""Ticks since the newest run that are counted; more are only said to be more."""


@dataclass(frozen=True)
class Square:
    """The ticks of a day, or of an hour; `column` and `row` are its place in its block."""

    column: int
    row: int
    title: str
    counts: Mapping[CoveredState, int]


@dataclass(frozen=True)
class Block:
    """A month, or a stretch of days by hours, with as many columns and rows as it needs."""

    title: str
    columns: int
    rows: int
    squares: tuple[Square, ...]
    row_names: tuple[str, ...] = ()
    column_names: tuple[str, ...] = ()


def covered(ticks: Sequence[datetime], states: Mapping[datetime, CoveredState]) -> tuple[CoveredTick, ...]:
    """Return how each tick stands, and each as_of off the schedule that was run, in the order of time."""
    return tuple(CoveredTick(each, states.get(each, "missing")) for each in sorted({*ticks, *states}))


def counts_of(ticks: Sequence[CoveredTick]) -> dict[CoveredState, int]:
    """Return how many intervals stand how, the most frequent first."""
    return dict(Counter(tick.state for tick in ticks).most_common())


def blocks_of(ticks: Sequence[CoveredTick], timezone: str) -> tuple[Block, ...]:
    """Return the calendar of the ticks, on the clock of a zone."""
    zone = ZoneInfo(timezone)
    local = [(tick.as_of.astimezone(zone), tick.state) for tick in ticks]
    if not local:
        return ()
    per_day = Counter(stamp.date() for stamp, _ in local)
    days = (local[-1][0].date() - local[0][0].date()).days + 1
    if max(per_day.values()) > 1 and days <= MOST_DAYS_BY_HOUR:
        return (_by_hour(local, days),)
    months: dict[tuple[int, int], list[tuple[datetime, CoveredState]]] = {}
    for stamp, state in local:
        months.setdefault((stamp.year, stamp.month), []).append((stamp, state))
    return tuple(_month(date(*month, 1), own) for month, own in months.items())


def _month(first: date, ticks: Sequence[tuple[datetime, CoveredState]]) -> Block:
    """A week is a row, Monday its first day."""
    squares = []
    for day, states in _grouped((stamp.date(), state) for stamp, state in ticks).items():
        place = first.weekday() + day.day - 1
        squares.append(Square(place % 7, place // 7, f"{day:%a %d %b %Y}: {_told(states)}", states))
    names = tuple("MTWTFSS")
    return Block(f"{first:%b %Y}", 7, 6, tuple(squares), column_names=names)


def _by_hour(ticks: Sequence[tuple[datetime, CoveredState]], days: int) -> Block:
    first = ticks[0][0].date()
    squares = []
    for (day, hour), states in _grouped(((stamp.date(), stamp.hour), state) for stamp, state in ticks).items():
        squares.append(Square(hour, (day - first).days, f"{day:%a %d %b %Y} {hour:02d}h: {_told(states)}", states))
    names = tuple(f"{first + timedelta(number):%d %b}" for number in range(days))
    hours = tuple(str(hour) if hour % 6 == 0 else "" for hour in range(24))
    return Block(f"{names[0]} to {names[-1]}, by hour", 24, days, tuple(squares), names, hours)


def _grouped(ticks: Iterable[tuple[Place, CoveredState]]) -> dict[Place, Counter[CoveredState]]:
    grouped: dict[Place, Counter[CoveredState]] = {}
    for place, state in ticks:
        grouped.setdefault(place, Counter())[state] += 1
    return grouped


def _told(states: Mapping[CoveredState, int]) -> str:
    if sum(states.values()) == 1:
        return next(iter(states))
    return ", ".join(f"{count} {state}" for state, count in states.items())
