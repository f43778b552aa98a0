"""Where a metric stands: at as_of, as far as MLflow can hold it, and behind what stands there."""

from datetime import datetime

from mlflow.entities import RunData


def metric_stamp(as_of: datetime) -> int:
    """Return as_of in ms since 1970; 0 where it is earlier, because MLflow refuses what is negative.

    Nothing is read back from a metric's timestamp: runs are told apart by their tag `as_of`, values by their step.
    """
    return max(0, int(as_of.timestamp() * 1000))


def last_steps(recorded: RunData) -> dict[str, int]:
    """Return each metric's last step; what takes the place of its value stands behind it.

    Of several values at one step and instant MLflow shows the greatest, whichever came last.
    """
    return {each.key: int(each.step) for each in recorded.to_proto().metrics}
