"""Removes networks and snapshots that no one needs any more from MLflow and from its disk.

Whatever is interrupted is finished by the next call: what names a thing to be removed goes last.
"""

from collections.abc import Iterator

from mlflow.entities import Run
from mlflow.entities.model_registry import ModelVersion
from mlflow.store.artifact.artifact_repo import ArtifactRepository
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from recurcast.instants import parse_instant
from recurcast.runs.retention import KeptVersion, Pruning, Removed, Retention, Snapshot, SnapshotUse, choose
from recurcast.tracking.recorded_runs import runs_where
from recurcast.tracking.registry.champion_history import championship_of
from recurcast.tracking.snapshots import FOLDER, snapshot_file
from recurcast.tracking.store import Store, passing_over_missing, store_errors, unless_missing

_MOST_VERSIONS = 100_000
_RUNS_AT_ONCE = 1000


def choose_prunable(store: Store, name: str, retention: Retention) -> Pruning:
    """Return what of the pipeline's networks and snapshots goes where so much is kept."""
    with store_errors(store.uri):
        return choose(_versions(store, name), _uses(store, name), retention)


def prune(store: Store, name: str, pruning: Pruning, *, dry_run: bool = False) -> Iterator[Removed]:
    """Yield what was removed, one by one; with `dry_run` what would be."""
    with store_errors(store.uri):
        for version in pruning.versions:
            yield _remove_version(store, name, version, dry_run=dry_run)
        for snapshot in pruning.snapshots:
            yield _remove_snapshot(store, snapshot, dry_run=dry_run)


def _versions(store: Store, name: str) -> list[KeptVersion]:
    model = unless_missing(store.client.get_registered_model, name)
    if model is None:
        return []
    all_versions = store.client.search_model_versions(max_results=_MOST_VERSIONS)
    own = [each for each in all_versions if each.name == name and "as_of" in each.tags]
    # A person can register the same network once more, under another name or without our tags: its files are one.
    elsewhere = {each.source for each in all_versions if each.name != name or "as_of" not in each.tags}
    named = {str(version) for version in model.aliases.values()}
    champions = championship_of(store, name).ever_champion
    return [
        _version(each, needed=bool(_sources(each) & elsewhere) or str(each.version) in named | {*map(str, champions)})
        for each in own
    ]


def _version(version: ModelVersion, *, needed: bool) -> KeptVersion:
    tags = version.tags
    return KeptVersion(
        int(version.version),
        parse_instant(tags["as_of"]),
        tags.get("run", str(version.run_id)),
        _model_id(str(version.source)),
        needed or tags.get("provisional") == "true",
        _model_id(tags.get("frame_model", "")),
    )


def _sources(version: ModelVersion) -> set[str]:
    """What another version of the same network may give as its source."""
    return {str(version.source), f"models:/{version.name}/{version.version}"}


def _model_id(uri: str) -> str | None:
    """The registry's SQL store leaves a version's `model_id` empty."""
    scheme, _, model_id = uri.rpartition("/")
    return model_id if scheme == "models:" else None


def _uses(store: Store, name: str) -> list[SnapshotUse]:
    condition = "tags.snapshot LIKE '%' and tags.data LIKE '%' and tags.as_of LIKE '%'"
    return [_use(run) for run in runs_where(store, name, condition, at_once=_RUNS_AT_ONCE)]


def _use(run: Run) -> SnapshotUse:
    tags = run.data.tags
    running = run.info.status == "RUNNING"
    return SnapshotUse(run.info.run_id, parse_instant(tags["as_of"]), tags["data"], tags["snapshot"], running)


def _remove_version(store: Store, name: str, version: KeptVersion, *, dry_run: bool) -> Removed:
    models = (version.model_id, version.frame_model_id)
    size = sum(_size_of_model(store, model_id) for model_id in models)
    if not dry_run:
        # That the interval is done was read from its version; from now on it is read from this tag.
        _mark_pruned(store, version.run_id)
        for model_id in models:
            _delete_model(store, model_id)
        with passing_over_missing():
            store.client.delete_model_version(name, str(version.version))
    return Removed("version", str(version.version), version.as_of, size)


def _size_of_model(store: Store, model_id: str | None) -> int:
    return 0 if model_id is None else unless_missing(lambda: _size(_model_files(store, model_id))) or 0


def _delete_model(store: Store, model_id: str | None) -> None:
    if model_id is not None:
        with passing_over_missing():
            _model_files(store, model_id).delete_artifacts()
            store.client.delete_logged_model(model_id)


def _model_files(store: Store, model_id: str) -> ArtifactRepository:
    return get_artifact_repository(store.client.get_logged_model(model_id).artifact_location, tracking_uri=store.uri)


def _remove_snapshot(store: Store, snapshot: Snapshot, *, dry_run: bool) -> Removed:
    size = 0
    with passing_over_missing():
        files = _files(store, snapshot.holder)
        size = _size(files, FOLDER)
        if not dry_run:
            files.delete_artifacts(snapshot_file(snapshot.digest))
    for use in () if dry_run else snapshot.uses:
        with passing_over_missing():
            _files(store, use.run_id).delete_artifacts(FOLDER)
            store.client.delete_tag(use.run_id, "snapshot")
    return Removed("snapshot", snapshot.digest, snapshot.as_of, size)


def _mark_pruned(store: Store, run_id: str) -> None:
    with passing_over_missing():
        if store.client.get_run(run_id).info.lifecycle_stage == "active":
            store.client.set_tag(run_id, "pruned", "true")


def _files(store: Store, run_id: str) -> ArtifactRepository:
    return get_artifact_repository(store.client.get_run(run_id).info.artifact_uri, tracking_uri=store.uri)


def _size(files: ArtifactRepository, folder: str | None = None) -> int:
    return sum(
        _size(files, each.path) if each.is_dir else int(each.file_size or 0) for each in files.list_artifacts(folder)
    )
