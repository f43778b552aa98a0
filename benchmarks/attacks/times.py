"""Mutations of a table's times: the same rows, written or spaced another way."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from attacks.bases import Table
from attacks.odd_values import ZONES

_FORMATS: tuple[Callable[[datetime], str], ...] = (
    *(lambda t: str(int(t.timestamp())), lambda t: str(int(t.timestamp() * 1000)), lambda t: f"{t.timestamp():.3f}"),
    *(lambda t: f"{t:%d/%m/%Y %H:%M}", lambda t: f"{t:%m/%d/%Y %I:%M:%S %p}", lambda t: f"{t:%d.%m.%y}"),
    *(lambda t: f"{t:%Y%m%d}", lambda t: f"{t:%Y%m%d%H%M%S}", lambda t: f"{t:%Y-%m-%dT%H}", lambda t: f"{t:%b %d, %Y}"),
    *(
        lambda t: f"{t:%G-W%V}",
        lambda t: f"{t:%Y}",
        lambda t: f"{t:%Y-%m}",
        lambda t: f"{t:%H:%M}",
        lambda t: f"{t:%Y Q}1",
    ),
    *(lambda t: f"{t:%Y-%m-%d %H:%M:%S}.{t.microsecond:06d}+05:45", lambda t: f"{t:%Y-%m-%dT%H:%M:%S}Z"),
    *(
        lambda t: f"{t:%a, %d %b %Y %H:%M:%S} GMT",
        lambda t: f"{(t - datetime(1899, 12, 30)).total_seconds() / 86400:.6f}",
    ),
    *(lambda t: f"{t:%Y-%m-%d} {t:%H}", lambda t: f"'{t:%Y-%m-%d}'", lambda t: f"{t:%Y-%m-%d %H:%M:%S} CET"),
)
_STEPS = (
    *(
        timedelta(microseconds=1),
        timedelta(milliseconds=1),
        timedelta(seconds=1),
        timedelta(minutes=7),
        timedelta(hours=1),
    ),
    *(
        timedelta(days=1),
        timedelta(days=7),
        timedelta(days=30.4375),
        timedelta(days=365),
        timedelta(hours=23, seconds=1),
    ),
)
_STARTS = (
    *("1970-01-01", "1900-01-01", "1677-09-22", "1680-01-01", "0001-01-01", "2023-03-25", "2023-10-28", "2026-11-01"),
    *("2200-01-01", "2261-01-01", "2262-03-01", "2300-01-01", "1949-01-01", "1582-10-01", "1850-01-01"),
)


def written_otherwise(table: Table, draw: Random) -> Table:
    """Return it with all its times in another format, or each in one of two."""
    formats = draw.sample(_FORMATS, draw.choice((1, 1, 1, 2)))
    return _timed(table, lambda _, time: time and draw.choice(formats)(time))


def spaced_otherwise(table: Table, draw: Random) -> Table:
    """Return it with times of another start and step: before 1970, after 2262, of microseconds, of years."""
    start, step = datetime.fromisoformat(draw.choice(_STARTS)), draw.choice(_STEPS)

    def spaced(number: int, _: datetime | None) -> str:
        try:
            return (start + number * step).isoformat(sep=" ")
        except OverflowError:
            return "9999-12-31"

    return _timed(table, spaced)


def in_local_time(table: Table, draw: Random) -> Table:
    """Return it on the wall clock of a zone over an autumn change, where an hour comes twice."""
    zone = ZoneInfo(draw.choice(ZONES[:6]))
    start = datetime(2023, draw.choice((3, 10)), 20, tzinfo=ZoneInfo("UTC"))
    step = draw.choice((timedelta(minutes=15), timedelta(minutes=30), timedelta(hours=1)))
    end = draw.choice(("", "", "%z", " %Z"))
    return _timed(table, lambda number, _: f"{(start + number * step).astimezone(zone):%Y-%m-%d %H:%M:%S{end}}")


def jittered(table: Table, draw: Random) -> Table:
    """Return it with times that miss their grid by seconds, or by more than a step."""
    most = draw.choice((0.001, 1, 60, 4000))

    def moved(_: int, time: datetime | None) -> str | None:
        if time is None or draw.random() > draw.choice((0.02, 1)):
            return None
        return (time + timedelta(seconds=draw.uniform(-most, most))).isoformat(sep=" ")

    return _timed(table, moved)


def two_rhythms(table: Table, draw: Random) -> Table:
    """Return it with a second half whose steps are of another length."""
    start, first, second = datetime(2023, 1, 1), *draw.sample(_STEPS[2:7], 2)
    middle = len(table.rows) // 2

    def beat(number: int, _: datetime | None) -> str:
        return (start + min(number, middle) * first + max(0, number - middle) * second).isoformat(sep=" ")

    return _timed(table, beat)


def _timed(table: Table, written: Callable[[int, datetime | None], str | None]) -> Table:
    """The table with each time as `written` gives it, from its number and from what it was; nothing leaves it."""
    rows = table.copied()
    numbers: dict[str, int] = {}
    for row in rows:
        series = "" if table.series is None else row[table.series]
        number = numbers[series] = numbers.get(series, -1) + 1
        row[table.time] = written(number, _read(row[table.time])) or row[table.time]
    return table.having(rows)


def _read(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        return None


MUTATIONS = (written_otherwise, spaced_otherwise, spaced_otherwise, in_local_time, jittered, two_rhythms)
