"""Where fits are carried out: said by the place, not by the experiment, so that no figure and no fingerprint hangs on it."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from recurcast.config.base import Settings
from recurcast.config.explanation import explain, shown
from recurcast.config.yaml_loading import InvalidYaml, load_yaml
from recurcast.errors import ConfigurationError, nearest

PLACE_FILE = "place.yaml"
"""Beside prefect.yaml: what is said there counts for every command and every run in the project's folder."""
EXECUTOR = "RECURCAST_EXECUTOR"
ADDRESS, WORKERS = f"{EXECUTOR}_ADDRESS", f"{EXECUTOR}_WORKERS"
KINDS = ("here", "processes", "dask")
_PROTOCOLS = ("tcp://", "tls://")


def _valid_address(stated: str) -> str:
    host, colon, port = stated.partition("://")[2].rpartition(":")
    if not stated.startswith(_PROTOCOLS) or not (host and colon and port.isdecimal()):
        raise ValueError(f"an address is that of Dask's scheduler, such as tcp://10.0.0.5:8786; received '{stated}'")
    return stated


class ExecutorConfig(Settings):
    """Who fits the cells: this process, processes of its own, or a Dask cluster that runs already."""

    kind: Literal["here", "processes", "dask"] = "here"
    address: Annotated[str, AfterValidator(_valid_address)] | None = None
    workers: Annotated[int, Field(ge=1, le=256)] | None = None

    @model_validator(mode="after")
    def _fields_of_its_kind(self) -> Self:
        if self.kind == "dask" and self.address is None:
            raise ValueError(
                f"the executor dask has an address; received none. Give it as tcp://host:8786: --executor, {ADDRESS}, or "
                f"executor.address in {PLACE_FILE}"
            )
        return self


class Place(Settings):
    """What a project's `place.yaml` says."""

    executor: ExecutorConfig = ExecutorConfig()


def executor_of(root: Path, environment: Mapping[str, str], asked: str | None = None) -> ExecutorConfig:
    """Return who fits the cells of the project in `root`: as asked for, else as the environment says, else its file.

    `asked`, and the environment, say a kind or an address. Raises ConfigurationError where one of them says what is no
    executor.
    """
    stated = _in_file(root)
    stated |= _said(environment.get(EXECUTOR), EXECUTOR)
    if address := environment.get(ADDRESS):
        stated["address"] = address
    if workers := environment.get(WORKERS):
        stated["workers"] = workers
    stated |= _said(asked, "--executor")
    try:
        return ExecutorConfig.model_validate(stated)
    except ValidationError as error:
        raise ConfigurationError(f"executor: {explain(error, stated, ExecutorConfig)}") from error


def _said(word: str | None, where: str) -> dict[str, object]:
    if not word:
        return {}
    if "://" in word:
        return {"kind": "dask", "address": word}
    if word not in KINDS:
        raise ConfigurationError(
            f"{where} is one of {', '.join(KINDS)}, or the address of Dask's scheduler; received {shown(word)}. "
            f"{nearest(word, list(KINDS))}"
        )
    return {"kind": word}


def _in_file(root: Path) -> dict[str, object]:
    path = root / PLACE_FILE
    try:
        document = load_yaml(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} is read as text; it can't be: {error}. Mend it, or remove it.") from error
    except InvalidYaml as error:
        where = "" if error.line is None else f", line {error.line}"
        raise ConfigurationError(f"{path}{where}: {error.problem}") from error
    stated = {} if document is None else document
    try:
        place = Place.model_validate(stated)
    except ValidationError as error:
        raise ConfigurationError(f"{path}: {explain(error, stated, Place)}") from error
    return place.executor.model_dump(exclude_unset=True)
