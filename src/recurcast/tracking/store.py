"""The door to mlflow's client: which store, made ready once, and one kind of error when it can't be used."""

import contextlib
import fcntl
import gc
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode
from sqlalchemy.exc import SQLAlchemyError

from recurcast.errors import StoreUnavailable

TRACKING_URI = "MLFLOW_TRACKING_URI"
_ARTIFACT_ROOT = "_MLFLOW_SERVER_ARTIFACT_ROOT"
"""Where a new store puts artifacts; else MLflow makes a folder `mlruns` wherever one happens to stand."""


@dataclass(frozen=True)
class Store:
    """A ready store; `root` is the project's folder."""

    client: MlflowClient
    uri: str
    root: Path

    @property
    def embedded(self) -> bool:
        """Return whether this is the project's own `mlflow.db`."""
        return self.uri == embedded_uri(self.root)


def embedded_uri(root: Path) -> str:
    """Return the address of the project's own store: a bare `mlflow ui` in its folder shows it."""
    return f"sqlite:///{root.resolve() / 'mlflow.db'}"


def connect(root: Path) -> Store:
    """Return the store that MLFLOW_TRACKING_URI names, else the project's own, created if need be.

    Raises StoreUnavailable where it can't be reached, read or written.
    """
    chosen = os.environ.get(TRACKING_URI)
    uri = chosen or embedded_uri(root)
    with store_errors(uri), _environment_kept():
        mlflow.set_tracking_uri(uri)
        mlflow.set_registry_uri(uri)
        if uri == embedded_uri(root):
            os.environ[_ARTIFACT_ROOT] = (root.resolve() / "mlruns").as_uri()
            _create_once(root, uri)
        client = MlflowClient(uri)
        client.search_experiments(max_results=1)
    return Store(client, uri, root)


@contextlib.contextmanager
def _environment_kept() -> Iterator[None]:
    """Undo what is set inside: MLflow writes its address there, where it would pass for the user's in another project."""
    before = {name: os.environ.get(name) for name in (TRACKING_URI, _ARTIFACT_ROOT)}
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _create_once(root: Path, uri: str) -> None:
    """Creating the tables from several processes at once fails for all but one, so they take turns."""
    if (root / "mlflow.db").exists() and not (root / "mlflow.db.lock").exists():
        return
    lock = root / "mlflow.db.lock"
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        MlflowClient(uri).search_experiments(max_results=1)
        lock.unlink(missing_ok=True)


@contextlib.contextmanager
def store_errors(uri: str) -> Iterator[None]:
    """Turn every way in which a store is out of use into one StoreUnavailable that says what to do."""
    try:
        yield
    except (MlflowException, SQLAlchemyError, OSError) as error:
        text = str(error)
        sign = next((sign for sign in _ADVICE if sign in text), None)
        if sign is None:
            raise
        said = next(line for line in text.splitlines() if sign in line).strip()[:300]
        raise StoreUnavailable(
            f"MLflow's store must be usable; received from {uri}: {said}. {_ADVICE[sign]}."
        ) from error


def is_missing(error: MlflowException) -> bool:
    """Return whether MLflow has not got what was asked for."""
    return str(error.error_code) == ErrorCode.Name(RESOURCE_DOES_NOT_EXIST)


@contextlib.contextmanager
def collector_paused() -> Iterator[None]:
    """Looking for garbage among the rows of a thousand runs, none of which is any, takes twice as long as reading them."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_ADVICE = {
    "readonly database": "Its database can't be written: check the permissions of the file and its folder",
    "database is locked": "Another program holds its database: try again when it is done, or use a server",
    "unable to open database": "Its database can't be opened: check that its folder exists and can be written",
    "disk I/O error": "Its database can't be written: check the permissions of the file and its folder",
    "is not a database": "The file is no MLflow database: move it away, or set MLFLOW_TRACKING_URI",
    "database schema": "The database is of another MLflow: back it up and run `mlflow db upgrade`",
    "disk is full": "Make room on its disk",
    "No space left": "Make room on its disk",
    "Permission denied": "Check the permissions of the file and its folder",
    "Read-only file system": "Put the project on a disk that can be written",
    "API request to": "The server does not answer: start it, or correct MLFLOW_TRACKING_URI",
}
