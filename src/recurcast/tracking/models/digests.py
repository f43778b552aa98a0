"""Digests of a model's files, as its run logged them: who loads them later can tell whether they are still the same.

They stand as one tag with the version that the run registers. What is said of a version or instant in a bundle is stamped
later and loads nothing, so it does not count.
"""

import json
import shutil
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import mlflow
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

from recurcast.forecasting.portable.bundle import BUNDLE
from recurcast.tracking.store import Store, make_current

NETWORK_DIGESTS, FRAME_MODEL_DIGESTS = "mlflow.recurcast.digests", "mlflow.recurcast.frame_digests"
"""Tags of a version; MLflow's page hides tags that begin so."""
FRAME_MODEL = "frame_model"
"""Tag of a cell's run, and of the version made of it: the address of the form that takes a history."""
LIGHT = "bundle"
"""Where below a model its light bundle stands."""
_ADDED_BY_MLFLOW = "registered_model_meta"
"""What it writes into every copy of a registered version."""
_STAMPED = ("version", "as_of")
_CACHE = "__pycache__"
"""What Python leaves beside code in a store's own folder, where MLflow loads from it. No copy has it: it would be run unseen."""


def digest_tag(tag: str, folder: Path) -> dict[str, str]:
    """Return the tag that says what every file below a model's folder is; none where there is no file."""
    files = _digests(folder)
    return {tag: json.dumps(files, sort_keys=True, separators=(",", ":"))} if files else {}


def logged_digests(store: Store, model_id: str, frame_model: str | None) -> dict[str, str]:
    """Return the tags of a version about to be made: the digests of the network's files, and of the frame model's."""
    tags: dict[str, str] = {}
    for tag, uri in ((NETWORK_DIGESTS, f"models:/{model_id}"), (FRAME_MODEL_DIGESTS, frame_model)):
        if uri is not None and store.client.list_logged_model_artifacts(uri.removeprefix("models:/")):
            with tempfile.TemporaryDirectory() as folder:
                tags |= digest_tag(tag, download(store, uri, Path(folder)))
    return tags


def download(store: Store, uri: str, folder: Path) -> Path:
    """Return a copy of a model's files below the folder, without what Python has compiled."""
    make_current(store.uri)
    return _without_caches(Path(mlflow.artifacts.download_artifacts(uri, dst_path=str(folder), tracking_uri=store.uri)))


def download_version(store: Store, name: str, version: int, folder: Path, below: str = "") -> Path:
    """Return a copy of a version's files, or of those `below` a part of it, in the folder, without what Python has compiled.

    By the address `models:/NAME/VERSION` MLflow would read the whole registered model first.
    """
    folder.mkdir(parents=True, exist_ok=True)
    uri = store.client.get_model_version_download_uri(name, str(version))
    repository = get_artifact_repository(uri, tracking_uri=store.uri)
    return _without_caches(Path(repository.download_artifacts(below, str(folder))))


def why_other(tags: Mapping[str, str], tag: str, folder: Path, below: str = "") -> str | None:
    """Return which file in a copy of a model's files is not what its run logged; none where all are, or nothing is known.

    `below` names the part of the model that was copied. A file that was added counts: code beside a model is imported.
    """
    if tag not in tags:
        return None
    try:
        logged: dict[str, str] = dict(json.loads(tags[tag]))
    except (ValueError, TypeError):
        return f"its tag {tag} is not what its run wrote"
    found = _digests(folder, below)
    if not any(path.startswith(f"{LIGHT}/") for path in logged):  # a baseline's is made anew by every run
        found = {path: digest for path, digest in found.items() if not path.startswith(f"{LIGHT}/")}
    expected = {path: own for path, own in logged.items() if path.startswith(below) and _CACHE not in Path(path).parts}
    for path in sorted(expected.keys() | found.keys()):
        if expected.get(path) != found.get(path):
            how = "is not among" if path not in expected else "is gone from" if path not in found else "differs from"
            return f"its file {path} {how} what its run logged"
    return None


def _without_caches(folder: Path) -> Path:
    for found in [each for each in folder.rglob(_CACHE) if each.is_dir()]:
        shutil.rmtree(found)
    return folder


def _digests(folder: Path, below: str = "") -> dict[str, str]:
    files = {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*")) if path.is_file()}
    return {below + name: _digest(path) for name, path in files.items() if name != _ADDED_BY_MLFLOW}


def _digest(path: Path) -> str:
    content = path.read_bytes()
    if path.name == BUNDLE:
        content = _unstamped(content)
    return sha256(content).hexdigest()


def _unstamped(content: bytes) -> bytes:
    try:
        stated = json.loads(content)
    except ValueError:
        return content
    if not isinstance(stated, dict):
        return content
    return json.dumps({key: value for key, value in stated.items() if key not in _STAMPED}, sort_keys=True).encode()
