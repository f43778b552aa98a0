"""Fields of one pipeline written into `prefect.yaml`: nothing else changes, which is checked before the file is replaced."""

import json
import os
import tempfile
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from recurcast.config import PipelineConfig
from recurcast.config.explanation import explain
from recurcast.config.project_file import read_project_file
from recurcast.config.yaml_editing import CannotEdit, with_value
from recurcast.config.yaml_loading import InvalidYaml, load_yaml
from recurcast.errors import ConfigurationError

_BOM = "\ufeff"
_COMPARED = ("deployments", "pull", "build", "push", "name")


@dataclass(frozen=True)
class EditedProject:
    """A project's file before and after a change of one pipeline, and the pipeline after it."""

    path: Path
    before: str
    after: str
    pipeline: PipelineConfig

    @property
    def changes(self) -> bool:
        """Return whether anything is to be written."""
        return self.before != self.after


def edited(root: Path, name: str, settings: Mapping[str, Any]) -> EditedProject:
    """Return the project's file with fields of a pipeline set, such as `network.units`; nothing is written.

    Raises ConfigurationError where the fields are not valid together, or the file has no place for them.
    """
    project = read_project_file(root)
    text = _text(project.path)
    blocks = project.document["deployments"]  # as the file has them, without those that follow from them
    stood = next(block for block in project.deployments if block.trains and block.name == name).parameters["pipeline"]
    wanted = deepcopy(stood)
    for field, value in settings.items():
        _set(wanted, field.split("."), value)
    pipeline = _checked(project.path, name, wanted)
    # Of the same name is its forecasting deployment, which gets the same pipeline, most often by an anchor.
    alike = [n for n, each in enumerate(blocks) if each["name"] == name and _pipeline_in(each) == stood]
    expected = [_with_pipeline(each, wanted) if n in alike else each for n, each in enumerate(blocks)]
    try:
        after = _written(text.removeprefix(_BOM), alike, settings, wanted)
        found = load_yaml(after)
    except (CannotEdit, InvalidYaml, yaml.YAMLError) as error:
        raise _by_hand(project.path, name, settings, str(error)) from error
    if any(_plain(found.get(key)) != _plain(_expected(project.document, key, expected)) for key in _COMPARED):
        raise _by_hand(project.path, name, settings, "other deployments share what would change")
    return EditedProject(project.path, text, text[: text.startswith(_BOM)] + after, pipeline)


def write(project: EditedProject) -> None:
    """Replace the file by what it became: whole, under its permissions, and only if nobody changed it meanwhile.

    Raises ConfigurationError where it can't be written; it stays as it was then.
    """
    path = project.path.resolve()  # a link stays one
    try:
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as target:
            written = Path(target.name)
            try:
                target.write(project.after.encode())
                target.flush()
                os.fsync(target.fileno())
                written.chmod(path.stat().st_mode & 0o7777)
                if _text(path) != project.before:
                    raise ConfigurationError(f"{path} was changed while it was read; nothing is written. Try again.")
                if not os.access(path, os.W_OK):
                    raise PermissionError(None, "Permission denied")
                os.replace(written, path)
            finally:
                written.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigurationError(
            f"{path} must be writable; received: {error.strerror}. Nothing is written. Correct the permissions of the file and "
            "its folder, or make the change that --dry-run shows by hand."
        ) from error


def _text(path: Path) -> str:
    """As it stands, line ends and byte order mark included."""
    return path.read_bytes().decode()


def _written(text: str, numbers: Sequence[int], settings: Mapping[str, Any], wanted: Mapping[str, Any]) -> str:
    """Write into each deployment of the pipeline that has not got it yet: most have it by an anchor of the first."""
    for number in numbers:
        for field, value in settings.items():
            keys = field.split(".")
            standing = load_yaml(text)["deployments"][number]["parameters"]["pipeline"]
            if _plain(_at(standing, keys)) != _plain((value,)):
                text = with_value(text, ["deployments", number, "parameters", "pipeline"], keys, value, standing)
    return text


def _at(block: Any, keys: Sequence[str]) -> tuple[Any, ...]:
    """What stands there, or nothing."""
    for key in keys:
        if not isinstance(block, Mapping) or key not in block:
            return ()
        block = block[key]
    return (block,)


def _set(block: dict[str, Any], keys: Sequence[str], value: Any) -> None:
    for key in keys[:-1]:
        if not isinstance(block.get(key), dict):
            block[key] = {}
        block = block[key]
    block[keys[-1]] = value


def _checked(path: Path, name: str, block: Mapping[str, Any]) -> PipelineConfig:
    try:
        return PipelineConfig.model_validate(block)
    except ValidationError as error:
        raise ConfigurationError(
            f"{path}: pipeline '{name}' with these settings would not be valid: {explain(error, block, PipelineConfig)}"
        ) from error


def _pipeline_in(block: Mapping[str, Any]) -> Any:
    parameters = block.get("parameters")
    return parameters.get("pipeline") if isinstance(parameters, Mapping) else None


def _with_pipeline(block: Mapping[str, Any], pipeline: Mapping[str, Any]) -> dict[str, Any]:
    return {**block, "parameters": {**block["parameters"], "pipeline": pipeline}}


def _expected(document: Mapping[str, Any], key: str, deployments: Sequence[Mapping[str, Any]]) -> Any:
    return deployments if key == "deployments" else document.get(key)


def _plain(value: Any) -> str:
    """Values compared by type too: 1, 1.0 and true are three."""
    return json.dumps(value, default=repr, sort_keys=True)


def _by_hand(path: Path, name: str, settings: Mapping[str, Any], why: str) -> ConfigurationError:
    lines = ", ".join(f"{field} = {json.dumps(value, default=str)}" for field, value in settings.items())
    return ConfigurationError(
        f"{path} is changed only where nothing else changes with it; of pipeline '{name}' that can't be done: {why}. Nothing is "
        f"written. Set by hand: {lines}."
    )
