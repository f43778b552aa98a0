"""Light bundles in MLflow, below `bundle/` of a version's model, and the champion's in the pipeline's folder."""

import os
import shutil
import tempfile
from pathlib import Path
from uuid import uuid4

from mlflow.exceptions import MlflowException

from recurcast.errors import RecurcastError
from recurcast.forecasting.portable.bundle import Bundle, folder_of, read, write
from recurcast.tracking.models.digests import LIGHT, NETWORK_DIGESTS, download_version, why_other
from recurcast.tracking.store import Store, store_errors

FOLDER = LIGHT
_KEPT = ".bundles"
"""Where the mirrored bundles themselves lie, beside the link to the one that counts."""


def log_bundle(store: Store, model_id: str, bundle: Bundle) -> None:
    """Store a bundle below `bundle/` of a logged model; done again, it replaces what stands there."""
    with tempfile.TemporaryDirectory() as folder, store_errors(store.uri):
        write(bundle, Path(folder))
        store.client.log_model_artifacts(model_id, folder, FOLDER)


def stamp(store: Store, name: str, version: int, model_id: str, bundle: Bundle) -> Bundle:
    """Store the bundle of a registered version, which now says version and as_of, and return it."""
    with store_errors(store.uri):
        tags = store.client.get_model_version(name, str(version)).tags
    stamped = bundle.stamped(version, tags.get("as_of"))
    log_bundle(store, model_id, stamped)
    return stamped


def load(store: Store, name: str, version: int, folder: Path) -> Bundle:
    """Return the bundle of a version, downloaded into `folder`, which the caller removes.

    It says version and as_of even where the process died that was to stamp it. Raises RecurcastError where the version
    is unknown, or its bundle missing or damaged.
    """
    with store_errors(store.uri):
        try:
            tags = store.client.get_model_version(name, str(version)).tags
        except MlflowException as error:
            raise RecurcastError(
                f"a bundle is of a version in the registry; '{name}' has no version {version}. "
                f"See `recurcast history {name}`."
            ) from error
        try:
            copied = download_version(store, name, version, folder, FOLDER)
            other = why_other(tags, NETWORK_DIGESTS, copied, f"{FOLDER}/")
            if other is not None:
                raise ValueError(f"{other}.")
            bundle = read(copied)
        except (MlflowException, OSError, ValueError) as error:
            why = str(error) if isinstance(error, ValueError) else "it has no files."
            raise RecurcastError(
                f"version {version} of '{name}' holds a light bundle; it is missing or damaged: {why} "
                f"Serve another version: `recurcast rollback {name}`, or train anew: `recurcast run {name} --force`."
            ) from error
    return bundle.stamped(version, tags.get("as_of"))


def place(bundle: Bundle, root: Path) -> None:
    """Make a bundle the one in its pipeline's folder: a reader sees the old one or this, never half.

    It is a link to a folder that is complete before the link moves. The folder before it stays for whoever still reads
    it; older ones go.
    """
    link = folder_of(root, bundle.pipeline)
    before = link.resolve() if link.is_symlink() else None
    fresh = link.with_name(_KEPT) / f"{bundle.version}-{uuid4().hex[:8]}"
    write(bundle, fresh)
    _point(link, fresh)
    for other in fresh.parent.iterdir():
        if other.resolve() not in (fresh.resolve(), before):
            shutil.rmtree(other, ignore_errors=True)


def _point(link: Path, folder: Path) -> None:
    """Move the link in one step; a relative one, so that a project can be moved."""
    partial = link.with_name(f".{link.name}.{uuid4().hex}")
    partial.symlink_to(folder.relative_to(link.parent))
    if link.is_dir() and not link.is_symlink():
        os.replace(link, folder.with_name(f"replaced-{uuid4().hex[:8]}"))
    os.replace(partial, link)
