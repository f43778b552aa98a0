"""Where `prefect.yaml` and the server's deployments differ: `run` reads the file, a worker the deployment.

A deployment is compared by what decides a run: parameters, schedules, pause, flow, work pool and project folder. A
pipeline's fields are compared as the configuration reads them, so that a default that is written out is no difference.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from recurcast.config import PipelineConfig
from recurcast.config.project_file import DeploymentBlock, read_project_file
from recurcast.config.schedule import Schedule, read_schedules
from recurcast.errors import ConfigurationError
from recurcast.instants import to_utc
from recurcast.scheduling.deployments.deployed import departed, deployments_by_name, full_name_of

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import DeploymentSchedule
    from prefect.client.schemas.responses import DeploymentResponse

_DEPLOY = "run 'recurcast deploy'"
_ABSENT = "nothing"
_LONGEST = 60


@dataclass(frozen=True)
class Difference:
    """One field of a deployment such as `train/energy`; what stands in the file and on the server, as text."""

    deployment: str
    field: str
    in_file: str
    deployed: str
    remedy: str = _DEPLOY

    @property
    def text(self) -> str:
        """Return the difference as a sentence, without the deployment's name."""
        return f"{self.field}: file {self.in_file}, deployed {self.deployed}; {self.remedy}"

    @property
    def pipeline(self) -> str:
        """Return the name that the deployment shares with its pipeline."""
        return self.deployment.partition("/")[2]


def differences(client: "SyncPrefectClient", root: Path) -> tuple[Difference, ...]:
    """Return how the project in `root` and the server differ, in the file's order; nothing where they agree.

    What in the file can't be used is left out: whoever deploys it, is told. A ConfigurationError says that the file as a
    whole can't be read, or that an entrypoint names no flow.
    """
    deployed = deployments_by_name(client)
    found: list[Difference] = []
    wanted = {full_name_of(root, block): block for block in read_project_file(root).deployments}
    for name, block in wanted.items():
        if name not in deployed:
            found.append(Difference(name, "deployment", "one", "none"))
        else:
            found += _differences_of(name, root, block, deployed[name])
    found += [
        Difference(name, "deployment", "none", "one", "it left the file: 'recurcast deploy' removes it, its runs stay")
        for name in departed(deployed, wanted)
    ]
    return tuple(found)


def _differences_of(
    name: str, root: Path, block: DeploymentBlock, deployed: "DeploymentResponse"
) -> Iterator[Difference]:
    for field, (in_file, there) in {
        "entrypoint": (block.entrypoint, deployed.entrypoint),
        "work pool": (_work_pool(block), deployed.work_pool_name),
        "project folder": (str(root), _folder(deployed) or str(root)),
    }.items():
        if in_file != there:
            yield Difference(name, field, _shown(in_file), _shown(there))
    yield from _unequal(name, "", _parameters(block.parameters), _parameters(deployed.parameters))
    yield from _schedules(name, block, deployed)
    paused = bool(block.block.get("paused"))
    if deployed.paused and not paused:
        yield Difference(name, "paused", "no", "yes", f"by a person, and so it stays; prefect deployment resume {name}")
    elif paused and not deployed.paused:
        yield Difference(name, "paused", "yes", "no")


def _parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters with the pipeline's fields, in the spelling of the configuration, instead of the pipeline."""
    rest = {key: value for key, value in parameters.items() if key != "pipeline"}
    block = parameters.get("pipeline")
    if not isinstance(block, Mapping):
        return rest
    try:
        return rest | PipelineConfig.model_validate(block).model_dump(mode="json")
    except ValidationError:  # of another version of Recurcast, or broken: as it stands
        return rest | dict(block)


def _unequal(name: str, path: str, in_file: Any, deployed: Any) -> Iterator[Difference]:
    if isinstance(in_file, Mapping) and isinstance(deployed, Mapping):
        for key in dict.fromkeys((*in_file, *deployed)):
            yield from _unequal(name, f"{path}.{key}".lstrip("."), in_file.get(key), deployed.get(key))
    elif in_file != deployed:
        yield Difference(name, path, _shown(in_file), _shown(deployed))


def _schedules(name: str, block: DeploymentBlock, deployed: "DeploymentResponse") -> Iterator[Difference]:
    try:
        in_file = {each.slug: each for each in read_schedules(block.block)}
    except ConfigurationError:
        return
    there = {each.slug or "(no slug)": each for each in deployed.schedules}
    for slug in dict.fromkeys((*in_file, *there)):
        field = f"schedules.{slug}"
        mine, theirs = in_file.get(slug), there.get(slug)
        wanted, stands = (_of_file(mine) if mine else _ABSENT), (_of_server(theirs) if theirs else _ABSENT)
        if wanted != stands:
            yield Difference(name, field, wanted, stands)
        elif mine and theirs and mine.active and not theirs.active:
            yield Difference(name, f"{field}.active", "yes", "no", "switched off by a person, on Prefect's page")
        elif mine and theirs and theirs.active and not mine.active:
            yield Difference(name, f"{field}.active", "no", "yes")


def _of_file(schedule: Schedule) -> str:
    if schedule.interval is not None and schedule.anchor_date is not None:
        ticks = f"every {schedule.interval} from {schedule.anchor_date:%Y-%m-%dT%H:%M:%SZ}"
    else:
        ticks = f"'{schedule.cron or schedule.rrule}' {schedule.timezone}"
    return ticks + _particulars(schedule.day_or is not False, schedule.parameters)


def _of_server(deployed: "DeploymentSchedule") -> str:
    said = deployed.schedule.model_dump()
    if said.get("interval") is not None:
        ticks = f"every {said['interval']} from {to_utc(said['anchor_date']):%Y-%m-%dT%H:%M:%SZ}"
    else:
        ticks = f"'{said.get('cron') or said.get('rrule')}' {said.get('timezone') or 'UTC'}"
    return ticks + _particulars(said.get("day_or", True), deployed.parameters)


def _particulars(day_or: bool, parameters: Mapping[str, Any]) -> str:
    both = "" if day_or else ", day and weekday"
    return both + (f", {dict(sorted(parameters.items()))}" if parameters else "")


def _work_pool(block: DeploymentBlock) -> str | None:
    work_pool = block.block.get("work_pool")
    return work_pool.get("name") if isinstance(work_pool, Mapping) else None


def _folder(deployed: "DeploymentResponse") -> str | None:
    steps = [
        step for steps in deployed.pull_steps or [] for name, step in steps.items() if "set_working_directory" in name
    ]
    directory = str(steps[0].get("directory")) if steps else ""
    return None if "{{" in directory else directory or None  # each worker has one of its own


def _shown(value: object) -> str:
    text = "none" if value is None else value if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 3]}..."
