"""What a project's commands would use, read from its file and the environment; nothing is asked yet."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from recurcast.config.project import TrainingDeployment, read_deployments
from recurcast.config.project_file import read_project_file
from recurcast.errors import ConfigurationError
from recurcast.scheduling.deployments.work_pools import work_pool_types
from recurcast.scheduling.server import api_url, is_named
from recurcast.stack.doctor.checks import Place
from recurcast.tracking.store import TRACKING_URI, embedded_uri


def place_of(root: Path) -> Place:
    """Return what there is to look at in a project; what of its file can't be read is left out, and told by its check."""
    usable: tuple[TrainingDeployment, ...] = ()
    pools: dict[str, str | None] | None = None
    with suppress(ConfigurationError):
        usable = tuple(each for each in read_deployments(root) if isinstance(each, TrainingDeployment))
        pools = work_pool_types(read_project_file(root).deployments)
    chosen = os.environ.get(TRACKING_URI)
    return Place(
        root,
        chosen or embedded_uri(root),
        embedded=not chosen,
        api=api_url() if is_named() else None,
        pipelines=tuple(each.pipeline for each in usable),
        zones=_zones(usable),
        work_pools=pools,
    )


def _zones(deployments: Iterable[TrainingDeployment]) -> tuple[str, ...]:
    found = {each.pipeline.source.timezone for each in deployments}
    found |= {schedule.timezone for each in deployments for schedule in each.schedules}
    return tuple(sorted(found - {"UTC"}))
