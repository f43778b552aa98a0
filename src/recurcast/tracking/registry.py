"""The registered model of a pipeline: its versions, and the one place that moves the alias `champion`."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from recurcast.config import PipelineConfig
from recurcast.intervals import format_instant, parse_instant
from recurcast.promotion import CHAMPION, Decision, may_move_alias
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import Store, store_errors


@dataclass(frozen=True)
class Champion:
    """The version that stood at some instant."""

    version: int
    as_of: datetime
    cell: str
    keras_file: Path
    """Local copy of the network."""


@dataclass(frozen=True)
class Registration:
    """What became of a challenger: its version, and whether the alias moved; `note` says why it did not."""

    version: int
    promoted: bool
    note: str | None


def champion_as_of(store: Store, pipeline: PipelineConfig, as_of: datetime, folder: Path) -> Champion | None:
    """Return the challenger of the newest promotion up to `as_of`, or none: the future is not asked.

    Its network is copied into `folder`, which the caller removes.
    """
    with store_errors(store.uri):
        standing = [each for each in _promoted(store, pipeline.name) if parse_instant(each.tags["as_of"]) <= as_of]
        if not standing:
            return None
        newest = max(standing, key=lambda each: (parse_instant(each.tags["as_of"]), int(each.version)))
        uri = f"models:/{pipeline.name}/{newest.version}"
        copied = Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(folder), tracking_uri=store.uri))
    return Champion(
        int(newest.version), parse_instant(newest.tags["as_of"]), newest.tags["cell"], copied / "data" / "model.keras"
    )


def register(
    run: TrackedRun, pipeline: PipelineConfig, as_of: datetime, model_id: str, decision: Decision
) -> Registration:
    """Make the challenger a version, promoted or not, and move the alias where its verdict and as_of allow it."""
    store, client = run.store, run.store.client
    tags = {
        "as_of": format_instant(as_of),
        "cell": decision.challenger,
        "decision": decision.verdict,
        "reason": decision.reason,
        f"test.{decision.metric}": f"{decision.score:.6g}",
    }
    with store_errors(store.uri):
        _ensure_registered_model(store, pipeline)
        high_water = max((parse_instant(each.tags["as_of"]) for each in _promoted(store, pipeline.name)), default=None)
        version = _version_of(run, pipeline, model_id, tags, decision.reason)
        if decision.verdict != "promote":
            return Registration(version, False, None)
        barrier = may_move_alias(as_of, high_water)
        if barrier is None:
            client.set_registered_model_alias(pipeline.name, CHAMPION, str(version))
        return Registration(version, barrier is None, barrier)


def _version_of(run: TrackedRun, pipeline: PipelineConfig, model_id: str, tags: dict[str, str], reason: str) -> int:
    """The version of the run's network; a second try after a failure finds the one that the first try made."""
    client = run.store.client
    for made in client.search_model_versions(f"name='{pipeline.name}' and run_id='{run.run_id}'"):
        return int(made.version)
    source = f"models:/{model_id}"
    return int(
        client.create_model_version(
            pipeline.name, source, run_id=run.run_id, tags=tags, description=reason, model_id=model_id
        ).version
    )


def _promoted(store: Store, name: str) -> list[ModelVersion]:
    found: Any = store.client.search_model_versions(f"name='{name}'", max_results=10_000)
    return [each for each in found if each.tags.get("decision") == "promote" and "as_of" in each.tags]


def _ensure_registered_model(store: Store, pipeline: PipelineConfig) -> None:
    try:
        store.client.get_registered_model(pipeline.name)
    except MlflowException:
        store.client.create_registered_model(pipeline.name, description=pipeline.description or None)
