"""Instants and the intervals between ticks: pure, always UTC, always half-open `[start, end)`.

ticks        |-----------|-----------|-----------|
interval                 [start      end)
as_of                                ^ a run for this interval knows nothing from here on
"""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from recurcast.errors import ConfigurationError

EARLIEST, LATEST = datetime(1677, 9, 23, tzinfo=UTC), datetime(2262, 4, 10, tzinfo=UTC)
"""What nanoseconds in 64 bits count, in whole days: the years 1678 to 2261, and the ticks and steps beside them."""
_MOST_OFFSET = timedelta(days=1)


def to_utc(instant: datetime) -> datetime:
    """Return the same instant in UTC; a time without zone is refused, because it names no instant."""
    if instant.tzinfo is None:
        raise ConfigurationError(
            f"an instant has a time zone; received '{instant.isoformat()}'. Append 'Z' for UTC, or an offset like '+02:00'."
        )
    try:
        utc = instant.astimezone(UTC)
    except OverflowError as error:
        raise _uncountable(instant.isoformat()) from error
    # Prefect's datetimes are pendulum's, and lose their zone in arithmetic; from here on they are plain ones.
    return datetime.combine(utc.date(), utc.time(), tzinfo=UTC)


def countable(instant: datetime) -> datetime:
    """Return the same instant in UTC; one before or after what a frame can hold is refused."""
    utc = to_utc(instant)
    if not EARLIEST <= utc <= LATEST:
        raise _uncountable(instant.isoformat())
    return utc


def parse_instant(text: str) -> datetime:
    """Return the UTC instant that an ISO 8601 text with time zone names."""
    return countable(_parsed(text, "an instant is written as ISO 8601, such as '2024-03-01T00:00:00Z'"))


def parse_time(text: str) -> datetime:
    """Return the date or time that an ISO 8601 text states; it may leave its zone open (see `in_zone`)."""
    return _parsed(text, "a date or time is written as ISO 8601, such as '2024-03-01' or '2024-03-01T06:00'")


def in_zone(stated: datetime, timezone: str) -> datetime:
    """Return the UTC instant of a time that may leave its zone open: it is then the given zone's wall clock.

    Raises ConfigurationError where that clock shows it twice or never, on the days on which it is changed.
    """
    if stated.tzinfo is not None:
        return countable(stated)
    first, second = (countable(stated.replace(tzinfo=ZoneInfo(timezone), fold=fold)) for fold in (0, 1))
    if first == second:
        return first
    early, late = sorted((first, second))
    shown = "shows it twice" if first < second else "is put forward over it"
    raise ConfigurationError(
        f"a time without zone is one that the clock of {timezone} shows once; received '{stated.isoformat()}': that clock "
        f"{shown}. Write the instant, such as {format_instant(early)} or {format_instant(late)}."
    )


def format_instant(instant: datetime) -> str:
    """Return the one spelling used in names and tags, such as `2024-03-01T00:00:00Z`."""
    utc = to_utc(instant)
    fraction = f".{utc.microsecond:06d}" if utc.microsecond else ""
    return f"{utc:%Y-%m-%dT%H:%M:%S}{fraction}Z"


def format_length(length: timedelta) -> str:
    """Return an interval's length as people say it, such as `24 h`, `2 d 23 h` or `1 h 30 min`.

    Hours are counted up to two days: a day is 23 or 25 of them when clocks change.
    """
    minutes, seconds = divmod(length.total_seconds(), 60)
    hours, minutes = divmod(int(minutes), 60)
    days, hours = divmod(hours, 24) if hours >= 48 else (0, hours)
    parts = ((days, "d"), (hours, "h"), (minutes, "min"), (seconds, "s"))
    return " ".join(f"{number:g} {unit}" for number, unit in parts if number) or "0 s"


def _parsed(text: str, rule: str) -> datetime:
    try:
        stated = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(f"{rule}; received '{text}'.") from error
    if not EARLIEST - _MOST_OFFSET <= stated.replace(tzinfo=UTC) <= LATEST + _MOST_OFFSET:
        raise _uncountable(text)
    return stated


def _uncountable(received: str) -> ConfigurationError:
    return ConfigurationError(
        f"an instant lies in the years 1678 to 2261, as pandas counts nanoseconds; received '{received}'. "
        "Take another one."
    )
