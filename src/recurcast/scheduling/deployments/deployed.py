"""What of `prefect.yaml` stands on the server already, and which of it a person has paused there."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recurcast.config.project_file import DeploymentBlock
from recurcast.config.schedule import schedule_blocks
from recurcast.errors import ConfigurationError

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import DeploymentSchedule

from collections.abc import Collection
from contextlib import suppress
from typing import TYPE_CHECKING

from recurcast.scheduling.deployments.automations import HEARTBEAT_TAG

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.responses import DeploymentResponse

_PAGE = 200  # the server gives no more at once


@dataclass(frozen=True)
class Standing:
    """A deployment of the file beside what the server has of it: at first nothing, then its schedules and its pause."""

    wanted: DeploymentBlock
    full_name: str
    paused: bool
    schedules: "tuple[DeploymentSchedule, ...]"
    deployed: "DeploymentResponse | None" = None

    @property
    def wanted_schedules(self) -> list[Mapping[str, Any]]:
        """Return the schedules as the file has them."""
        return schedule_blocks(self.wanted.block)

    @property
    def wanted_slugs(self) -> set[str]:
        """Return the slugs of the schedules in the file."""
        return {schedule["slug"] for schedule in self.wanted_schedules}

    def with_pauses(self) -> dict[str, Any]:
        """Return the file's block with the server's pauses in it; what the file itself pauses is paused in any case."""
        block = {key: value for key, value in self.wanted.block.items() if key != "schedule"}
        inactive = self._inactive_slugs()
        block["schedules"] = [self._with_pause(schedule, inactive) for schedule in self.wanted_schedules]
        if self.paused:
            block["paused"] = True
        return block

    def departed(self) -> tuple[str, ...]:
        """Return the names of the server's schedules that the file does not have, neither renamed nor as they are."""
        known = self.wanted_slugs | {schedule.get("replaces") for schedule in self.wanted_schedules}
        return tuple(
            sorted(each.slug or "(no slug)" for each in self.schedules if each.slug not in known or not each.slug)
        )

    def _with_pause(self, schedule: Mapping[str, Any], inactive: set[str]) -> Mapping[str, Any]:
        changes = {"active": False} if schedule["slug"] in inactive else {}
        # Prefect refuses to rename a schedule a second time, so that the file could be deployed only once.
        renamed = schedule["slug"] in {each.slug for each in self.schedules}
        return {key: value for key, value in schedule.items() if key != "replaces" or not renamed} | changes

    def _inactive_slugs(self) -> set[str]:
        off = {each.slug for each in self.schedules if not each.active}
        if off and len(self.schedules) == len(self.wanted_schedules) == 1:
            return self.wanted_slugs  # a deployment's only schedule is the same one, whatever it is called
        return {
            each["slug"] for each in self.wanted_schedules if {each["slug"], each.get("replaces", each["slug"])} & off
        }


def standing_of(root: Path, wanted: DeploymentBlock, deployed: "Mapping[str, DeploymentResponse]") -> Standing:
    """Return the deployment of the file beside what the server has under its name, among all that it has.

    A ConfigurationError says that the entrypoint names no function of its file.
    """
    full_name = full_name_of(root, wanted)
    found = deployed.get(full_name)
    if found is None:
        return Standing(wanted, full_name, False, ())
    return Standing(wanted, full_name, found.paused, tuple(found.schedules), found)


def full_name_of(root: Path, wanted: DeploymentBlock) -> str:
    """Return the deployment's name with its flow's, such as `train/energy`.

    A ConfigurationError says that the entrypoint names no function of its file.
    """
    from prefect.flows import load_flow_arguments_from_entrypoint

    try:
        flow = load_flow_arguments_from_entrypoint(str(root / wanted.entrypoint), {"name"})["name"]
    except (ValueError, SyntaxError, OSError) as error:
        raise ConfigurationError(
            f"deployment '{wanted.name}': an entrypoint is file.py:flow; received '{wanted.entrypoint}': {error}."
        ) from error
    return f"{flow}/{wanted.name}"


def remove_departed(
    client: "SyncPrefectClient", deployed: "Mapping[str, DeploymentResponse]", wanted: Collection[str]
) -> tuple[str, ...]:
    """Return the full names of the deployments that were removed: this project's that are not `wanted`, which are deployed.

    Their runs that have not begun go with them; those that run or have ended stay.
    """
    from prefect.exceptions import ObjectNotFound

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
