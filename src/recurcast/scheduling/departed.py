"""Deployments that left `prefect.yaml`: removed from the server, if they are this project's; their runs' history stays.

A server may be shared, and whose a deployment is stands nowhere on it. It is this project's if `recurcast deploy` made
it (the tag that goes with heartbeats), and if a worker would fetch the very same code for it as for the deployments that
are in the file: the same work pool, the same pull steps (folder or repository). All else is left alone.
"""

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from recurcast.scheduling.deployments.automations import HEARTBEAT_TAG

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse

_PAGE = 200  # the server gives no more at once


def remove_departed(client: "SyncPrefectClient", wanted: Collection[str]) -> tuple[str, ...]:
    """Return the full names of the deployments that were removed: this project's that are not `wanted`, which are deployed.

    Their runs that have not begun go with them; those that run or have ended stay.
    """
    from prefect.exceptions import ObjectNotFound

    deployed = deployments_by_name(client)
    left = departed(deployed, wanted)
    for name in left:
        with suppress(ObjectNotFound):  # someone else's deploy was faster
            client.delete_deployment(deployed[name].id)
    return left


def departed(deployed: "Mapping[str, DeploymentResponse]", wanted: Collection[str]) -> tuple[str, ...]:
    """Return the full names of this project's deployments that are not `wanted`; none where nothing wanted is deployed."""
    own = [_code_of(each) for name, each in deployed.items() if name in wanted and each.pull_steps]
    return tuple(
        sorted(
            name
            for name, each in deployed.items()
            if name not in wanted and HEARTBEAT_TAG in each.tags and _code_of(each) in own
        )
    )


def deployments_by_name(client: "SyncPrefectClient") -> "dict[str, DeploymentResponse]":
    """Return all deployments of the server by their full names, such as `train/energy`."""
    found: list[DeploymentResponse] = []
    while page := client.read_deployments(limit=_PAGE, offset=len(found)):
        found += page
    flows = {flow_id: client.read_flow(flow_id).name for flow_id in {each.flow_id for each in found}}
    return {f"{flows[each.flow_id]}/{each.name}": each for each in found}


def _code_of(deployment: "DeploymentResponse") -> tuple[object, ...]:
    return deployment.work_pool_name, deployment.pull_steps
