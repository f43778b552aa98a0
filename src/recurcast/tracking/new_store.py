"""A store that nothing was written to yet, ready at once: MLflow's tables are made once for each of its versions, and kept.

MLflow makes them by all migrations that there ever were: half a second in memory, and on disk, where each of their four
hundred statements waits for the disk, ten.
"""

import contextlib
import sqlite3
import time
from functools import lru_cache
from pathlib import Path
from threading import Lock

from recurcast.keeping import keep, new_database_file, read_kept

_IN_MEMORY, _ANYWHERE = "sqlite:///:memory:", "file:///anywhere"
_MAKERS = ("mlflow", "sqlalchemy", "alembic")
_ONE_AT_A_TIME = Lock()
"""MLflow keeps one engine for each address, and so one for all databases in memory."""


def write_new_store(database: Path, artifact_root: str) -> None:
    """Write a database with MLflow's tables and the experiment that it begins with, made now, over these artifacts."""
    database.write_bytes(_tables())
    made = int(time.time() * 1000)
    with contextlib.closing(sqlite3.connect(database)) as written, written:
        written.execute(
            "UPDATE experiments SET artifact_location = replace(artifact_location, ?, ?), creation_time = ?, "
            "last_update_time = ?",
            (_ANYWHERE, artifact_root, made, made),
        )


@lru_cache(maxsize=1)
def _tables() -> bytes:
    """The tables as this user's processes keep them, or new ones, from then on kept."""
    file = new_database_file("stores", _MAKERS)
    tables = read_kept(file)
    if tables is None:
        tables = _made()
        keep(file, tables)
    return tables


def _made() -> bytes:
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    with _ONE_AT_A_TIME:
        made = SqlAlchemyStore(_IN_MEMORY, _ANYWHERE)
        try:
            with made.engine.connect() as connection:
                return bytes(connection.connection.driver_connection.serialize())
        finally:
            made.engine.dispose()
