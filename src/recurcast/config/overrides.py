"""`--set path.to.field=value`: one pipeline's block, changed for one run."""

from collections.abc import Mapping, Sequence
from copy import deepcopy
from typing import Any

from recurcast.config import PipelineConfig
from recurcast.config.explanation import model_at, shown, value_at
from recurcast.config.yaml_loading import InvalidYaml, load_yaml
from recurcast.errors import ConfigurationError, nearest


def override(block: Mapping[str, Any], settings: Sequence[str]) -> dict[str, Any]:
    """Return a copy of a pipeline's block in which each setting is made, in order; the values are read as YAML.

    A ConfigurationError says which setting has no '=', names no field, or is not YAML. Whether the values are valid
    is left to PipelineConfig.
    """
    changed = deepcopy(dict(block))
    for setting in settings:
        path, value = _parse(setting)
        _check_path(path, changed)
        _assign(changed, path, value)
    return changed


def _parse(setting: str) -> tuple[list[str], object]:
    path, equals, text = setting.partition("=")
    if not equals or not path.strip():
        raise ConfigurationError(
            f"a setting is written path.to.field=value, such as training.epochs=5; received {shown(setting)}."
        )
    try:
        value = load_yaml(text)
    except InvalidYaml as error:
        raise ConfigurationError(
            f"the value of a setting is YAML; received {shown(setting)}: {error.problem}. Put it in quotes."
        ) from error
    return path.strip().split("."), value


def _check_path(path: list[str], block: dict[str, Any]) -> None:
    if path[0] == "name":
        raise ConfigurationError(
            "a pipeline's name is that of its deployment and can't be set. Choose another pipeline."
        )
    for depth, key in enumerate(path):
        parent, around = ".".join(path[:depth]), value_at(block, path[:depth])
        owner = model_at(PipelineConfig, path[:depth], block)
        if isinstance(around, list):
            valid = [str(number) for number in range(len(around))]
        elif owner is None:
            raise ConfigurationError(f"--set {'.'.join(path)}: {parent} has no fields of its own. Set {parent} itself.")
        else:
            valid = [field for field in owner.model_fields if depth or field != "name"]
        if key not in valid:
            whole = shown(".".join(path)).strip("'")
            raise ConfigurationError(f"--set {whole}: unknown field {shown(key)}. {nearest(key, valid)}")


def _assign(block: Any, path: list[str], value: object) -> None:
    for key in path[:-1]:
        if isinstance(block, list):
            block = block[int(key)]
            continue
        if not isinstance(block.get(key), dict | list):
            block[key] = {}
        block = block[key]
    if isinstance(block, list):
        block[int(path[-1])] = value
    else:
        block[path[-1]] = value
