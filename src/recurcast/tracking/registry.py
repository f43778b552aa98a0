"""The registered model of a pipeline: its versions, and the one place that moves the alias `champion`."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import mlflow
from mlflow.entities.model_registry import ModelVersion
from mlflow.exceptions import MlflowException

from recurcast.config import PipelineConfig
from recurcast.errors import RecurcastError
from recurcast.intervals import format_instant, parse_instant
from recurcast.promotion import CHAMPION, Decision, may_move_alias
from recurcast.records import Request, TrainedCell
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


def champion_as_of(
    store: Store, pipeline: PipelineConfig, as_of: datetime, folder: Path, before: int | None = None
) -> Champion | None:
    """Return the challenger of the newest promotion up to `as_of`, or none: the future is not asked.

    Of promotions at `as_of` itself only versions before the number `before` count, so that an interval does not meet
    itself when it is decided again. Provisional verdicts do not count. The network is copied into `folder`, which the
    caller removes.
    """
    with store_errors(store.uri):
        standing = [each for each in _promoted(store, pipeline.name) if _counts(each, as_of, before)]
        if not standing:
            return None
        newest = max(standing, key=_order)
        uri = f"models:/{pipeline.name}/{newest.version}"
        copied = Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(folder), tracking_uri=store.uri))
    return Champion(
        int(newest.version), parse_instant(newest.tags["as_of"]), newest.tags["cell"], copied / "data" / "model.keras"
    )


def register(parent: TrackedRun, request: Request, winner: TrainedCell, decision: Decision) -> Registration:
    """Make the challenger a version, promoted or not, and move the alias where its verdict and as_of allow it."""
    store, pipeline = parent.store, request.pipeline
    provisional = request.ticket is not None and request.ticket.provisional
    tags = _verdict_tags(decision, provisional=provisional) | {
        "as_of": format_instant(request.as_of),
        "cell": decision.challenger,
        "run": parent.run_id,
    }
    with store_errors(store.uri):
        recorded = store.client.get_run(parent.run_id)
        if recorded.info.status != "RUNNING":
            raise RecurcastError(
                f"a run promotes while it holds its lease; this one lost it ({recorded.info.status}: three heartbeats "
                "were missed). Whoever took the interval over records it; otherwise run it again."
            )
        tags |= {part: recorded.data.tags[part] for part in ("configuration", "data", "code")}
        _ensure_registered_model(store, pipeline)
        version = _version_of(winner, pipeline, tags, decision.reason)
    return _settled(store, pipeline.name, request.as_of, version, decision, provisional=provisional)


def decide_again(store: Store, name: str, as_of: datetime, version: int, decision: Decision) -> Registration:
    """Put the final verdict in the place of a provisional one, and move the alias where it allows it."""
    with store_errors(store.uri):
        for key, value in _verdict_tags(decision, provisional=False).items():
            store.client.set_model_version_tag(name, str(version), key, value)
        store.client.update_model_version(name, str(version), decision.reason)
    return _settled(store, name, as_of, version, decision, provisional=False)


def newest_promotion(store: Store, name: str) -> ModelVersion | None:
    """Return the version that the history makes champion today, or none."""
    with store_errors(store.uri):
        promoted = _promoted(store, name)
    return max(promoted, key=_order, default=None)


def version_of_run(store: Store, name: str, parent_run_id: str) -> ModelVersion | None:
    """Return the version that a parent run registered, or none."""
    with store_errors(store.uri):
        found = store.client.search_model_versions(f"name='{name}' and tags.run = '{parent_run_id}'")
    return next(iter(found), None)


def _settled(
    store: Store, name: str, as_of: datetime, version: int, decision: Decision, *, provisional: bool
) -> Registration:
    """Return what became of a version, the alias moved where it may."""
    if decision.verdict != "promote":
        return Registration(version, False, None)
    if provisional:
        return Registration(
            version, False, "the verdict is provisional: it is given again once earlier intervals are done"
        )
    with store_errors(store.uri):
        others = (each for each in _promoted(store, name) if int(each.version) != version)
        barrier = may_move_alias(as_of, max((parse_instant(each.tags["as_of"]) for each in others), default=None))
        if barrier is None:
            store.client.set_registered_model_alias(name, CHAMPION, str(version))
        return Registration(version, barrier is None, barrier)


def _verdict_tags(decision: Decision, *, provisional: bool) -> dict[str, str]:
    return {
        "decision": decision.verdict,
        "reason": decision.reason,
        "provisional": str(provisional).lower(),
        f"test.{decision.metric}": f"{decision.score:.6g}",
    }


def _order(version: ModelVersion) -> tuple[datetime, int]:
    return parse_instant(version.tags["as_of"]), int(version.version)


def _counts(version: ModelVersion, as_of: datetime, before: int | None) -> bool:
    promoted = parse_instant(version.tags["as_of"])
    return promoted < as_of or (promoted == as_of and (before is None or int(version.version) < before))


def _version_of(winner: TrainedCell, pipeline: PipelineConfig, tags: dict[str, str], reason: str) -> int:
    """The version of the cell's network; a second try after a failure finds the one that the first try made."""
    client, run = winner.run.store.client, winner.run
    for made in client.search_model_versions(f"name='{pipeline.name}' and run_id='{run.run_id}'"):
        return int(made.version)
    return int(
        client.create_model_version(
            pipeline.name,
            f"models:/{winner.model_id}",
            run_id=run.run_id,
            tags=tags,
            description=reason,
            model_id=winner.model_id,
        ).version
    )


def _promoted(store: Store, name: str) -> list[ModelVersion]:
    found = store.client.search_model_versions(f"name='{name}' and tags.decision = 'promote'", max_results=100_000)
    return [each for each in found if "as_of" in each.tags and each.tags.get("provisional") != "true"]


def _ensure_registered_model(store: Store, pipeline: PipelineConfig) -> None:
    try:
        store.client.get_registered_model(pipeline.name)
    except MlflowException:
        store.client.create_registered_model(pipeline.name, description=pipeline.description or None)
