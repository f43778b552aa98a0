"""The clock, read here and nowhere else (leases apart): what as_of is by default, and which runs are due or late."""

from datetime import UTC, datetime


def now() -> datetime:
    """Return this instant, in UTC."""
    return datetime.now(UTC)
