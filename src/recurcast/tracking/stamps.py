"""The timestamp of a metric: as_of, as far as MLflow can hold it."""

from datetime import datetime


def metric_stamp(as_of: datetime) -> int:
    """Return as_of in ms since 1970; 0 where it is earlier, because MLflow refuses what is negative.

    Nothing is read back from a metric's timestamp: runs are told apart by their tag `as_of`, values by their step.
    """
    return max(0, int(as_of.timestamp() * 1000))
