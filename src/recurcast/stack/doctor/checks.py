"""What a check says, and the place that is looked at. A check is a value: who makes it prints nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from recurcast.config import PipelineConfig
from recurcast.masking import masked

State = Literal["ok", "warning", "failed"]
WORST_FIRST: tuple[State, ...] = ("failed", "warning", "ok")


@dataclass(frozen=True)
class Check:
    """One thing that was looked at: what was found, and what to do about it where it is not in order."""

    name: str
    state: State
    found: str
    advice: str = ""


@dataclass(frozen=True)
class Place:
    """The project that is looked at, and the servers that its commands would use."""

    root: Path
    tracking_uri: str
    """MLflow's store."""
    embedded: bool
    """Whether that is the project's own `mlflow.db`."""
    api: str | None
    """Prefect's server, with the path of its API; none where none is named and none runs."""
    pipelines: tuple[PipelineConfig, ...] = ()
    """Those that can be read."""
    zones: tuple[str, ...] = ()
    """The time zones of schedules and sources, without UTC."""
    work_pools: Mapping[str, str | None] | None = None
    """The work pools that deployments name, with the type that they ask for."""


def ok(name: str, found: str, advice: str = "") -> Check:
    """Return a check that found what it should; `advice` is only for whoever wants more."""
    return Check(name, "ok", masked(found), masked(advice))


def warning(name: str, found: str, advice: str) -> Check:
    """Return a check of something that works today, and may not always."""
    return Check(name, "warning", masked(found), masked(advice))


def failed(name: str, found: str, advice: str) -> Check:
    """Return a check of something without which runs fail, or are not safe."""
    return Check(name, "failed", masked(found), masked(advice))


def worst(checks: tuple[Check, ...]) -> State:
    """Return the state of the whole."""
    return next((state for state in WORST_FIRST if any(each.state == state for each in checks)), "ok")
