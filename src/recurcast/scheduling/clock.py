"""The clock: what as_of is by default, and which runs are due or late.

It is read here, and below in `tracking` alone: for leases, entries of the registry, and clocks of other machines.
"""

from datetime import UTC, datetime


def now() -> datetime:
    """Return this instant, in UTC."""
    return datetime.now(UTC)
