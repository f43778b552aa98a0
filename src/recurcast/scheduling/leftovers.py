"""Deployments that left `prefect.yaml`: removed from the server, if they are this project's; their runs' history stays.

A server may be shared, and whose a deployment is stands nowhere on it. It is this project's if `recurcast deploy` made
it (the tag that goes with heartbeats), and if a worker would fetch the very same code for it as for the deployments that
are in the file: the same work pool, the same pull steps (folder or repository). All else is left alone.
"""

from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING
from uuid import UUID

from recurcast.scheduling.automations import HEARTBEAT_TAG

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse

_PAGE = 200  # the server gives no more at once


def remove_leftovers(client: "SyncPrefectClient", deployed: frozenset[UUID]) -> tuple[str, ...]:
    """Return the full names of the deployments that were removed: this project's that are not among the `deployed`.

    Their runs that have not begun go with them; those that run or have ended stay.
    """
    from prefect.exceptions import ObjectNotFound

    standing = list(_all_deployments(client))
    own = [_code_of(each) for each in standing if each.id in deployed and each.pull_steps]
    removed = []
    for each in standing:
        if each.id not in deployed and HEARTBEAT_TAG in each.tags and _code_of(each) in own:
            removed.append(f"{client.read_flow(each.flow_id).name}/{each.name}")
            with suppress(ObjectNotFound):  # someone else's deploy was faster
                client.delete_deployment(each.id)
    return tuple(sorted(removed))


def _code_of(deployment: "DeploymentResponse") -> tuple[object, ...]:
    return deployment.work_pool_name, deployment.pull_steps


def _all_deployments(client: "SyncPrefectClient") -> "Iterator[DeploymentResponse]":
    offset = 0
    while page := client.read_deployments(limit=_PAGE, offset=offset):
        yield from page
        offset += len(page)
