"""`prefect.yaml` as it stands: its deployments, named and told apart, their insides not yet looked at."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recurcast.config.explanation import shown
from recurcast.config.yaml_loading import MOST_BYTES, InvalidYaml, load_yaml
from recurcast.errors import ConfigurationError

FILE_NAME = "prefect.yaml"
_LONGEST_NAME = 200
TRAIN, FORECAST, SEARCH = "train", "forecast", "search"
"""The flows that a pipeline's deployments are of, such as train/energy and forecast/energy."""
_SEARCH_QUEUE = "search"


@dataclass(frozen=True)
class DeploymentBlock:
    """One entry of `deployments:`; `block` is the entry as YAML gives it."""

    name: str
    entrypoint: str
    block: Mapping[str, Any]

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Return the deployment's parameters; none given is an empty mapping."""
        parameters = self.block.get("parameters")
        return parameters if isinstance(parameters, Mapping) else {}

    @property
    def trains(self) -> bool:
        """Return whether this is a training deployment: one whose parameters hold a pipeline, to be trained."""
        return "pipeline" in self.parameters and not self.forecasts and not self.searches

    @property
    def forecasts(self) -> bool:
        """Return whether this is the forecasting deployment of a pipeline: one of a flow function `forecast`."""
        return self.entrypoint.rpartition(":")[2] == FORECAST

    @property
    def searches(self) -> bool:
        """Return whether this is the deployment that searches a pipeline's settings: one of a flow function `search`."""
        return self.entrypoint.rpartition(":")[2] == SEARCH


@dataclass(frozen=True)
class ProjectFile:
    """The whole file: `document` as YAML gives it, and the deployments in it, in the file's order.

    Behind them stand those of pipelines that say when they are searched (`search.schedule`), such as search/energy.
    """

    path: Path
    document: Mapping[str, Any]
    deployments: tuple[DeploymentBlock, ...]


def find_root(start: Path) -> Path:
    """Return the nearest folder, from `start` upward, that holds a `prefect.yaml`.

    A ConfigurationError says that there is none, and where was looked.
    """
    start = start.resolve()
    for folder in (start, *start.parents):
        if os.path.isfile(folder / FILE_NAME):  # Path.is_file raises where a folder above may not be looked into
            return folder
    raise ConfigurationError(
        f"pipelines stand in a {FILE_NAME}; there is none in '{start}' or a folder above it. "
        f"Change into your project's folder, or create a {FILE_NAME} there."
    )


def read_project_file(root: Path) -> ProjectFile:
    """Return the `prefect.yaml` of the folder `root`.

    A ConfigurationError says where the YAML is broken, or which deployment has no name, no entrypoint or a taken name.
    """
    path = root / FILE_NAME
    document = _document(path)
    entries = document.get("deployments") or []
    if not isinstance(entries, list):
        raise ConfigurationError(f"{path}: 'deployments' is a list; received {type(entries).__name__}.")
    deployments = tuple(_deployment(path, number, entry) for number, entry in enumerate(entries, start=1))
    _refuse_duplicates(path, deployments)
    searched = {each.name for each in deployments if each.searches}
    found = (_search_of(each) for each in deployments if each.trains and each.name not in searched)
    return ProjectFile(path, document, (*deployments, *(each for each in found if each is not None)))


def _search_of(training: DeploymentBlock) -> DeploymentBlock | None:
    """The deployment that searches a pipeline's settings, where its block says when: the training one, but for flow and ticks."""
    pipeline = training.parameters["pipeline"]
    stated = pipeline.get("search") if isinstance(pipeline, Mapping) else None
    cron = stated.get("schedule") if isinstance(stated, Mapping) else None
    if not isinstance(cron, str):
        return None
    block = {key: value for key, value in training.block.items() if key not in ("schedule", "schedules", "description")}
    first = next(iter(training.block.get("schedules") or [training.block.get("schedule")]), None)
    timezone = first.get("timezone", "UTC") if isinstance(first, Mapping) else "UTC"
    if isinstance(block.get("work_pool"), Mapping):
        block["work_pool"] = {**block["work_pool"], "work_queue_name": _SEARCH_QUEUE}
    entrypoint = f"{training.entrypoint.rpartition(':')[0].rpartition('/')[0] or '.'}/{SEARCH}.py:{SEARCH}"
    block |= {
        "entrypoint": entrypoint,
        "description": f"Search for better settings of {training.name}; it proposes, and promotes nothing.",
        "schedules": [{"cron": cron, "timezone": timezone, "slug": SEARCH}],
    }
    return DeploymentBlock(training.name, entrypoint, block)


def _document(path: Path) -> Mapping[str, Any]:
    try:
        document = load_yaml(_text(path))
    except InvalidYaml as error:
        line = "" if error.line is None else f", line {error.line}"
        raise ConfigurationError(f"{path}{line}: not valid YAML: {error.problem}. Correct the file there.") from error
    if not isinstance(document, Mapping):
        raise ConfigurationError(f"{path}: the file is a mapping with the key 'deployments'; received something else.")
    return document


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
        if len(content) > MOST_BYTES:
            raise ConfigurationError(
                f"{path}: the file has at most {MOST_BYTES:,} bytes; received {path.stat().st_size:,}. A series stands in "
                "a file of its own, which source.path names; many pipelines may be shared out over several projects."
            )
        return content.decode("utf-8-sig")
    except OSError as error:
        raise ConfigurationError(f"{path} can't be read: {error.strerror}. Check its permissions.") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{path} can't be read as UTF-8 text: {error}. Save it as UTF-8.") from error


def _deployment(path: Path, number: int, entry: object) -> DeploymentBlock:
    if not isinstance(entry, Mapping):
        raise ConfigurationError(f"{path}: deployment {number} is a mapping; received {shown(entry)}.")
    name, entrypoint = entry.get("name"), entry.get("entrypoint")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
        received = "none" if name is None else shown(name)
        raise ConfigurationError(
            f"{path}: a deployment has a name; deployment {number} has {received}. Add 'name: ...', "
            f"at most {_LONGEST_NAME} characters."
        )
    if not isinstance(entrypoint, str) or ":" not in entrypoint:
        received = "none" if entrypoint is None else shown(entrypoint)
        raise ConfigurationError(
            f"{path}: a deployment's entrypoint is file.py:flow, such as flows/train.py:train; '{name}' has {received}."
        )
    return DeploymentBlock(name, entrypoint, entry)


def _refuse_duplicates(path: Path, deployments: tuple[DeploymentBlock, ...]) -> None:
    seen: set[tuple[str, str]] = set()
    for deployment in deployments:
        # Two flows may share a name (train/energy, forecast/energy); two pipelines may not, whatever their flow.
        key = (deployment.name, "" if deployment.trains else deployment.entrypoint)
        if key in seen:
            rule = (
                "pipeline has one training deployment" if deployment.trains else "deployment of a flow has its own name"
            )
            raise ConfigurationError(f"{path}: each {rule}; '{deployment.name}' is there twice. Rename one.")
        seen.add(key)
