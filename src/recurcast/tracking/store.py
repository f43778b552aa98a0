"""The door to mlflow's client: which store, made ready once, and one kind of error when it can't be used."""

import contextlib
import fcntl
import gc
import os
import re
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import mlflow
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import RESOURCE_DOES_NOT_EXIST, ErrorCode
from sqlalchemy.exc import SQLAlchemyError

from recurcast.environment import variables_kept
from recurcast.errors import StoreUnavailable
from recurcast.masking import mask_error, masked
from recurcast.tracking.new_store import write_new_store
from recurcast.tracking.reaching import SOON, somebody_waits, try_database

TRACKING_URI = "MLFLOW_TRACKING_URI"
_ARTIFACT_ROOT = "_MLFLOW_SERVER_ARTIFACT_ROOT"
"""Where a new store puts artifacts; else MLflow makes a folder `mlruns` wherever one happens to stand."""
_DATABASE = "mlflow.db"
_Found = TypeVar("_Found")


class _Client(MlflowClient):  # type: ignore[misc]
    """Trusts that a registered model is no prompt, as `read_history` has seen: MLflow's own reads it whole at each write."""

    def _raise_if_prompt(self, name: str) -> None:
        pass


@dataclass(frozen=True)
class Store:
    """A ready store; `root` is the project's folder."""

    client: MlflowClient
    uri: str = field(repr=False)
    root: Path
    experiments: dict[str, str] = field(default_factory=dict, repr=False, compare=False)
    """Ids of experiments by name, as they are met."""

    @property
    def shown(self) -> str:
        """Return the address as it is told: without passwords."""
        return masked(self.uri)

    @property
    def embedded(self) -> bool:
        """Return whether this is the project's own `mlflow.db`."""
        return self.uri == embedded_uri(self.root)


def embedded_uri(root: Path) -> str:
    """Return the address of the project's own store: a bare `mlflow ui` in its folder shows it."""
    return f"sqlite:///{root.resolve() / _DATABASE}"


def _artifact_root(root: Path) -> str:
    return (root.resolve() / "mlruns").as_uri()


def make_current(uri: str) -> None:
    """Let MLflow look models up in this store: it knows one per process, and asks it for files whatever it is told."""
    with variables_kept(TRACKING_URI):
        mlflow.set_tracking_uri(uri)
        mlflow.set_registry_uri(uri)


def connect(root: Path) -> Store:
    """Return the store that MLFLOW_TRACKING_URI names, else the project's own, created if need be.

    Raises StoreUnavailable where it can't be reached, read or written.
    """
    chosen = os.environ.get(TRACKING_URI)
    uri = chosen or embedded_uri(root)
    # MLflow writes its address into the environment, where it would pass for the user's in another project.
    with store_errors(uri), variables_kept(TRACKING_URI, _ARTIFACT_ROOT, *SOON):
        if chosen and somebody_waits():
            os.environ.update({name: value for name, value in SOON.items() if name not in os.environ})
            try_database(uri)
        make_current(uri)
        if uri == embedded_uri(root):
            os.environ[_ARTIFACT_ROOT] = _artifact_root(root)
            _create_once(root)
        client = _Client(uri)
        client.search_experiments(max_results=1)
    return Store(client, uri, root)


def _create_once(root: Path) -> None:
    """Of several processes that find no database one makes it, the others wait for it."""
    database, lock = root / _DATABASE, root / f"{_DATABASE}.lock"
    if database.exists():
        return
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not database.exists():
            _create(database, root)
        lock.unlink(missing_ok=True)


def _create(database: Path, root: Path) -> None:
    """Write down MLflow's tables at once, whole or not at all."""
    partial = database.with_name(f".{_DATABASE}.{os.getpid()}")
    try:
        write_new_store(partial, _artifact_root(root))
        os.replace(partial, database)
    finally:
        partial.unlink(missing_ok=True)


@contextlib.contextmanager
def store_errors(uri: str) -> Iterator[None]:
    """Turn every way in which a store is out of use into one StoreUnavailable that says what to do.

    No error of a library's leaves here with a password of the store's address in it, nor do those that it came from.
    """
    try:
        yield
    except (MlflowException, SQLAlchemyError, sqlite3.Error, OSError) as error:
        mask_error(error)
        text = str(error)
        sign = next((sign for sign in _ADVICE if sign in text), None)
        if sign is None:
            raise
        said = _in_short(next(line for line in text.splitlines() if sign in line).strip())[:300].rstrip(".")
        raise StoreUnavailable(
            f"MLflow's store must be usable; received from {uri}: {said}. {_ADVICE[sign]}."
        ) from error


def _in_short(said: str) -> str:
    """Where nothing answers, what was asked and the system's own word for it; requests wraps that in four names of classes."""
    asked, failed, why = said.partition(" failed with exception ")
    reason = re.search(r"\[Errno -?\d+\] [^\"')]+", why)
    return f"{asked} failed: {reason.group()}" if failed and reason else said


@contextlib.contextmanager
def passing_over_missing() -> Iterator[None]:
    """Leave the block where MLflow has not got what was asked for."""
    try:
        yield
    except MlflowException as error:
        if str(error.error_code) != ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
            raise


def unless_missing(ask: Callable[..., _Found], *arguments: object) -> _Found | None:
    """Return what MLflow answers, or none where it has not got what was asked for."""
    with passing_over_missing():
        return ask(*arguments)
    return None


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


_NO_DATABASE = "The database does not let us in: start it, or correct MLFLOW_TRACKING_URI"
_ADVICE = {  # a server's refusals first: it says "Permission denied" of an account, a disk of a file
    "error code 401": "Correct MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
    "error code 403": "Name an account that may do this by MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD",
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
    "Invalid url": "Correct MLFLOW_TRACKING_URI; in a password `/` is written `%2F`, `@` is `%40`",
    "unsupported URI": "MLFLOW_TRACKING_URI begins with http, https, sqlite, postgresql, mysql or mssql",
    "password authentication failed": "Correct user and password in MLFLOW_TRACKING_URI",
    "no password supplied": "Write user:password@ before the host in MLFLOW_TRACKING_URI",
    "Access denied for user": "Correct user and password in MLFLOW_TRACKING_URI",
    "FATAL:  database": "Create the database, or correct its name in MLFLOW_TRACKING_URI",
    "FATAL:  role": "Correct the user in MLFLOW_TRACKING_URI",
    "could not translate host name": "Correct the host in MLFLOW_TRACKING_URI",
    "connection to server": _NO_DATABASE,
    "server closed the connection": _NO_DATABASE,
    "terminating connection": _NO_DATABASE,
    "Can't connect to MySQL server": _NO_DATABASE,
    "Lost connection to MySQL server": _NO_DATABASE,
    "API request to": "The server does not answer: start it, or correct MLFLOW_TRACKING_URI",
}
