"""Prefect's database in SQLite for a server that has none yet: a copy of one that was made once for each of its versions.

Prefect makes it by all migrations that there ever were, which takes nine seconds of a processor. The first server does, and
keeps a copy before it writes anything else; the next ones begin with that. Whatever they begin with, Prefect's own check
follows: it migrates a database that is older than it. A database that is there is never touched.
"""

import os
import sqlite3
from contextlib import closing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from recurcast.keeping import keep, new_database_file, read_kept

if TYPE_CHECKING:
    from prefect.server.database.interface import PrefectDBInterface

_MAKERS = ("prefect", "sqlalchemy", "alembic")
_REVISION = "alembic_version"


async def create_database(database: "PrefectDBInterface") -> None:
    """Make the database as Prefect does, or bring it to its newest tables; a new one begins as a copy of what is kept."""
    file = _new_file(database.database_config.connection_url)
    kept = new_database_file("prefect", _MAKERS)
    tables = None if file is None else read_kept(kept)
    if file is not None and tables is not None:
        _write_new(file, tables)
    await database.run_migrations_upgrade()
    if file is not None and tables is None:
        with suppress(sqlite3.Error):  # what can't be read now costs the next project its time
            keep_bare(file, kept)


def keep_bare(database: Path, kept: Path) -> None:
    """Keep a copy of a database that holds its tables alone; one with anything of a project's in them is not kept."""
    with closing(sqlite3.connect(":memory:")) as copy:
        with closing(sqlite3.connect(f"{database.resolve().as_uri()}?mode=ro", uri=True)) as made:
            made.backup(copy)
        if _holds_nothing(copy):
            copy.execute("VACUUM")  # the migrations leave half of it behind unused
            keep(kept, copy.serialize())


def _holds_nothing(database: sqlite3.Connection) -> bool:
    names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    return not any(
        database.execute(f'SELECT 1 FROM "{name}" LIMIT 1').fetchone() for name in names if name != _REVISION
    )


def _write_new(file: Path, tables: bytes) -> None:
    """Write the file, whole or not at all, and never over another one; where that can't be done, Prefect makes its own."""
    partial = file.with_name(f".{file.name}.{os.getpid()}")
    with suppress(OSError):
        try:
            partial.write_bytes(tables)
            os.link(partial, file)
        finally:
            partial.unlink(missing_ok=True)


def _new_file(address: str) -> Path | None:
    """The file of a database in SQLite of which nothing is there yet, not even a log that its last owner left behind."""
    from sqlalchemy import make_url

    url = make_url(address)
    name = url.database or ""
    if url.get_backend_name() != "sqlite" or url.query or not name or name.startswith((":", "file:")):
        return None
    beside = [Path(name + end) for end in ("", "-wal", "-shm", "-journal")]
    return None if any(os.path.lexists(each) for each in beside) else beside[0]
