"""The pipelines that a project's `prefect.yaml` holds, checked; nothing here needs Prefect itself."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from recurcast.config import PipelineConfig
from recurcast.config.explanation import explain, shown
from recurcast.config.overrides import override
from recurcast.config.project_file import DeploymentBlock, ProjectFile, find_root, read_project_file
from recurcast.config.schedule import Schedule, read_schedules
from recurcast.errors import ConfigurationError, nearest

__all__ = ["BrokenDeployment", "TrainingDeployment", "find_root", "load_pipeline", "only_pipeline", "read_deployments"]


@dataclass(frozen=True)
class TrainingDeployment:
    """A pipeline with its schedules: what one training deployment of `prefect.yaml` says."""

    name: str
    pipeline: PipelineConfig
    schedules: tuple[Schedule, ...]
    entrypoint: str
    forecast_schedules: tuple[Schedule, ...] | None = None
    """The schedules of its forecasting deployment; none where it has no such deployment."""

    @property
    def timezone(self) -> str:
        """Return the zone on whose clock people read its times: the first schedule's, else the source's."""
        return self.schedules[0].timezone if self.schedules else self.pipeline.source.timezone


@dataclass(frozen=True)
class BrokenDeployment:
    """A training deployment that can't be used, and why; the others of its file can."""

    name: str
    problem: str


def read_deployments(root: Path) -> tuple[TrainingDeployment | BrokenDeployment, ...]:
    """Return all training deployments of the project in the folder `root`, in the file's order.

    One that is wrong in itself comes as a BrokenDeployment. A ConfigurationError says that the file as a whole can't be
    used: broken YAML, a deployment without name, two of one name.
    """
    project = read_project_file(root)
    return tuple(_usable_or_broken(project, block) for block in project.deployments if block.trains)


def load_pipeline(root: Path, name: str, settings: Sequence[str] = ()) -> TrainingDeployment:
    """Return the training deployment `name` of the project in `root`, its pipeline changed by `settings`.

    Each setting is a text `path.to.field=value`. Other pipelines of the file may be broken. A ConfigurationError says
    that there is no such pipeline (with the nearest name), or which field is wrong and what would be valid.
    """
    project = read_project_file(root)
    blocks = {block.name: block for block in project.deployments if block.trains}
    if name not in blocks:
        raise ConfigurationError(f"there is no pipeline '{name}' in {project.path}. {nearest(name, list(blocks))}")
    return _training(project, blocks[name], settings)


def only_pipeline(root: Path, command: str) -> str:
    """Return the name of the project's pipeline; a ConfigurationError names them all where it has several."""
    project = read_project_file(root)
    names = [block.name for block in project.deployments if block.trains]
    if len(names) != 1:
        raise ConfigurationError(
            f"NAME may be left out where a project has one pipeline; {project.path} has {len(names)}: "
            f"{', '.join(names) or 'none'}. Name one, such as: recurcast {command} {names[0] if names else 'NAME'}"
        )
    return names[0]


def _usable_or_broken(project: ProjectFile, block: DeploymentBlock) -> TrainingDeployment | BrokenDeployment:
    try:
        return _training(project, block)
    except ConfigurationError as error:
        return BrokenDeployment(block.name, str(error))


def _training(project: ProjectFile, block: DeploymentBlock, settings: Sequence[str] = ()) -> TrainingDeployment:
    forecasting = next((other for other in project.deployments if other.forecasts and other.name == block.name), None)
    try:
        pipeline = _pipeline(block.parameters["pipeline"], settings)
        if pipeline.name != block.name:
            raise ConfigurationError(
                f"a pipeline has the name of its deployment; received name '{pipeline.name}' in deployment "
                f"'{block.name}'. Rename one of them."
            )
        ticks = None if forecasting is None else read_schedules(forecasting.block)
        return TrainingDeployment(block.name, pipeline, read_schedules(block.block), block.entrypoint, ticks)
    except ConfigurationError as error:
        raise ConfigurationError(f"pipeline '{block.name}' in {project.path}: {error}") from error


def _pipeline(block: object, settings: Sequence[str]) -> PipelineConfig:
    if not isinstance(block, Mapping):
        raise ConfigurationError(
            f"'parameters.pipeline' is a mapping with the pipeline's fields; received {shown(block)}."
        )
    _refuse_templates(block, "pipeline")
    changed = override(block, settings)
    try:
        return PipelineConfig.model_validate(changed)
    except ValidationError as error:
        raise ConfigurationError(explain(error, changed, PipelineConfig)) from error


def _refuse_templates(value: Any, path: str) -> None:
    """Prefect fills in `{{ ... }}` when it deploys; a run by hand would see the braces, and the two would differ."""
    if isinstance(value, str) and "{{" in value:
        raise ConfigurationError(
            f"{path} is what it says, without templates; received {shown(value)}. Write the value itself."
        )
    children = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, child in children:
        _refuse_templates(child, f"{path}.{key}")
