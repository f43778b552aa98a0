"""Instants and the intervals between ticks: pure, always UTC, always half-open `[start, end)`.

ticks        |-----------|-----------|-----------|
interval                 [start      end)
as_of                                ^ a run for this interval knows nothing from here on
"""

from datetime import UTC, datetime

from recurcast.errors import ConfigurationError

_EARLIEST, _LATEST = 1677, 2262


def to_utc(instant: datetime) -> datetime:
    """Return the same instant in UTC; a time without zone is refused, because it names no instant."""
    if instant.tzinfo is None:
        raise ConfigurationError(
            f"an instant has a time zone; received '{instant.isoformat()}'. Append 'Z' for UTC, or an offset like '+02:00'."
        )
    utc = instant.astimezone(UTC)
    # Prefect's datetimes are pendulum's, and lose their zone in arithmetic; from here on they are plain ones.
    return datetime.combine(utc.date(), utc.time(), tzinfo=UTC)


def parse_instant(text: str) -> datetime:
    """Return the UTC instant that an ISO 8601 text with time zone names."""
    try:
        instant = datetime.fromisoformat(text)
    except ValueError as error:
        raise ConfigurationError(
            f"an instant is written as ISO 8601, such as '2024-03-01T00:00:00Z'; received '{text}'."
        ) from error
    if not _EARLIEST < instant.year < _LATEST:
        raise ConfigurationError(f"an instant lies in the years 1678 to 2261, as pandas counts; received '{text}'.")
    return to_utc(instant)


def format_instant(instant: datetime) -> str:
    """Return the one spelling used in names and tags, such as `2024-03-01T00:00:00Z`."""
    utc = to_utc(instant)
    fraction = f".{utc.microsecond:06d}" if utc.microsecond else ""
    return f"{utc:%Y-%m-%dT%H:%M:%S}{fraction}Z"
