"""Whether this machine has other rules of time zones than the project's newest runs were made by."""

from pathlib import Path

from recurcast.config.project import TrainingDeployment, read_deployments
from recurcast.tracking.intervals import zone_changes
from recurcast.tracking.store import connect


def changed_time_zones(root: Path) -> dict[str, str]:
    """Return by pipeline which rules are others; whoever lives in UTC, which has none, is not asked about.

    StoreUnavailable says that the store can't be used.
    """
    usable = [each.pipeline for each in read_deployments(root) if isinstance(each, TrainingDeployment)]
    local = [pipeline.name for pipeline in usable if pipeline.source.timezone != "UTC"]
    return zone_changes(connect(root), local) if local else {}
