"""`recurcast deploy`."""

import json
from dataclasses import asdict
from pathlib import Path

from rich.console import Console

from recurcast.config.project import find_root
from recurcast.scheduling.deployments.deploy import deploy


def deploy_all(*, as_json: bool) -> None:
    """Deploy all pipelines and print how each stands, and how to start a worker."""
    deployed = deploy(find_root(Path.cwd()))
    if as_json:
        told = [asdict(each) for each in deployed.deployments]
        print(json.dumps({"deployments": told, "removed_deployments": list(deployed.removed)}))  # noqa: T201
        return
    console = Console(highlight=False)
    for each in deployed.deployments:
        stays = " (stays paused)" if each.paused else ""
        stays += f" (stays inactive: {', '.join(each.inactive)})" if each.inactive else ""
        gone = f" (removed: {', '.join(each.removed)})" if each.removed else ""
        console.print(f"{each.full_name} on work pool {each.work_pool}{stays}{gone}", markup=False)
    for full_name in deployed.removed:
        console.print(f"{full_name} left prefect.yaml and is removed; its past runs stay", markup=False)
    for work_pool in sorted({each.work_pool for each in deployed.deployments}):
        console.print(f"A worker runs them: prefect worker start --pool {work_pool}", markup=False)
