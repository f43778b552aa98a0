"""Where searches are kept: a SQLite file beside MLflow's, or the team's PostgreSQL where MLflow has one; and their lock.

Whoever takes a trial, or gives one up, holds the lock: no two workers take the same one, and none more than was asked for.
"""

import contextlib
import fcntl
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import optuna
from optuna.storages import RDBStorage
from sqlalchemy import Engine, NullPool, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from recurcast.errors import StoreUnavailable
from recurcast.masking import masked
from recurcast.tracking.store import Store

STORAGE = "OPTUNA_STORAGE"
"""Optuna's own variable: a database for searches, where MLflow is reached over HTTP and several hosts share one."""
_FILE = "searches.db"
_SCHEMA = "recurcast_searches"
"""Optuna and MLflow both keep their version in a table `alembic_version`: in one database each has a schema of its own."""
_LOCK = 0x5EA2C4  # any number that nobody else locks
_PATIENCE = 60  # seconds that a database which somebody else writes to is waited for


@dataclass(frozen=True)
class Searches:
    """The storage of a project's searches."""

    storage: RDBStorage = field(repr=False)
    file: Path | None
    """None where they are in a database server."""
    engine: Engine | None = field(default=None, repr=False)

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the lock of all searches; nothing that takes long is done inside."""
        if self.file is not None:
            with self.file.with_name(f"{_FILE}.lock").open("w") as held:
                fcntl.flock(held, fcntl.LOCK_EX)
                yield
            return
        assert self.engine is not None, "a server's storage has one"
        with self.engine.connect() as connection:  # the lock is the session's, and ends with it
            connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
            yield


def open_searches(store: Store) -> Searches:
    """Return the searches of the project, their tables made ready.

    Raises StoreUnavailable where they can't be reached, or were written by a version of Optuna that this one can't read.
    """
    stated = os.environ.get(STORAGE) or (store.uri if _is_postgresql(store.uri) else "")
    place = masked(stated) if stated else str(store.root / _FILE)
    try:
        return _on_server(stated) if _is_postgresql(stated) else _in_file(_file_of(stated, store.root))
    except RuntimeError as error:  # what Optuna raises of another version's tables
        raise StoreUnavailable(
            f"searches are kept in tables that this version of Optuna reads; {place}: {error}"
        ) from error
    except (SQLAlchemyError, OSError, ImportError, optuna.exceptions.StorageInternalError) as error:
        first = next(iter(str(error.__cause__ or error).splitlines()), type(error).__name__)
        raise StoreUnavailable(
            f"searches are kept in {place}, which can't be read or written: {first}. Check the address, and that it is yours."
        ) from error


@contextlib.contextmanager
def storage_errors(place: str) -> Iterator[None]:
    """Turn a failure of the storage into StoreUnavailable."""
    try:
        yield
    except (SQLAlchemyError, optuna.exceptions.StorageInternalError) as error:
        first = next(iter(str(error.__cause__ or error).splitlines()), type(error).__name__)
        raise StoreUnavailable(
            f"searches are kept in {place}, which failed: {first}. Start the search again."
        ) from error


def _is_postgresql(uri: str) -> bool:
    return uri.partition("://")[0].partition("+")[0] in ("postgresql", "postgres")


def _file_of(stated: str, root: Path) -> Path:
    if not stated:
        return root.resolve() / _FILE
    if not stated.startswith("sqlite:///"):
        raise StoreUnavailable(
            f"{STORAGE} is postgresql://host:5432/name or sqlite:///file; received {masked(stated)}. Correct it."
        )
    return root.resolve() / stated.removeprefix("sqlite:///")


def _in_file(file: Path) -> Searches:
    with file.with_name(f"{_FILE}.lock").open("w") as held:  # of several processes one makes the tables
        fcntl.flock(held, fcntl.LOCK_EX)
        settings: dict[str, Any] = {"connect_args": {"timeout": _PATIENCE}, "poolclass": NullPool}
        return Searches(RDBStorage(f"sqlite:///{file}", engine_kwargs=settings), file)


def _on_server(uri: str) -> Searches:
    address = make_url(uri.replace("postgres://", "postgresql://", 1))
    plain = create_engine(address, poolclass=NullPool)
    with plain.connect() as connection:  # of several processes one makes the tables
        connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}"))
        connection.commit()
        settings = {"connect_args": {"options": f"-csearch_path={_SCHEMA}"}, "poolclass": NullPool}
        storage = RDBStorage(address.render_as_string(hide_password=False), engine_kwargs=settings)
    return Searches(storage, None, plain)
