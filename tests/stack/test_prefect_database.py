"""The database that Prefect's server begins with: a copy of one without anything in it, made once for each version."""

import asyncio
import sqlite3
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from prefect.server.database.configurations import AioSqliteConfiguration
from prefect.server.database.dependencies import provide_database_interface, temporary_database_config
from prefect.server.database.interface import PrefectDBInterface

from recurcast.keeping import keep, new_database_file, read_kept
from recurcast.stack.prefect_database import create_database
from support.stack import Stack

MAKERS = ("prefect", "sqlalchemy", "alembic")


@dataclass
class Maker:
    """Stands for Prefect's interface: its migrations make two tables, and are counted where there were none."""

    file: Path
    row: bool = False
    made: int = 0

    @property
    def database_config(self) -> SimpleNamespace:
        return SimpleNamespace(connection_url=f"sqlite+aiosqlite:///{self.file}")

    async def run_migrations_upgrade(self) -> None:
        with closing(sqlite3.connect(self.file)) as database, database:
            if not tables(self.file):
                self.made += 1
                database.execute("CREATE TABLE alembic_version (version_num)")
                database.execute("INSERT INTO alembic_version VALUES ('newest')")
                database.execute("CREATE TABLE flow (name)")
            if self.row:
                database.execute("INSERT INTO flow VALUES ('of a project')")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A user's cache that is empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


def begun(maker: Any) -> Any:
    """Let the database be made as a server does that starts."""
    with ThreadPoolExecutor(1) as thread:  # a browser of other tests has an event loop in this one
        thread.submit(lambda: asyncio.run(create_database(maker))).result()
    return maker


def tables(file: Path) -> dict[str, int]:
    """Return how many rows each table has."""
    with closing(sqlite3.connect(file)) as database:
        names = [name for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: database.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in names}


def test_the_second_project_has_a_copy_and_what_is_there_stays(cache: Path, tmp_path: Path) -> None:
    first, second = begun(Maker(tmp_path / "first.db")), begun(Maker(tmp_path / "second.db", row=True))
    again = begun(Maker(second.file))

    assert (first.made, second.made, again.made) == (1, 0, 0)
    assert tables(again.file) == {"alembic_version": 1, "flow": 1}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cache", "first.db", "second.db"]


def test_a_database_that_holds_anything_is_never_kept(cache: Path, tmp_path: Path) -> None:
    begun(Maker(tmp_path / "first.db", row=True))

    assert not cache.exists()


@pytest.mark.parametrize("harm", [lambda kept: kept[:-9], lambda kept: kept[:-1] + b"?", lambda kept: b""])
def test_a_kept_copy_that_is_cut_short_or_damaged_is_made_anew(
    cache: Path, tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    begun(Maker(tmp_path / "first.db"))
    kept = new_database_file("prefect", MAKERS)
    whole = kept.read_bytes()
    kept.write_bytes(harm(whole))

    assert begun(Maker(tmp_path / "second.db")).made == 1
    assert kept.read_bytes() == whole


def test_a_cache_that_cant_be_written_costs_only_the_time(cache: Path, tmp_path: Path) -> None:
    cache.touch()

    assert [begun(Maker(tmp_path / name)).made for name in ("first.db", "second.db")] == [1, 1]


def test_what_a_removed_database_has_left_behind_meets_no_copy(cache: Path, tmp_path: Path) -> None:
    begun(Maker(tmp_path / "first.db"))
    (tmp_path / "second.db-wal").touch()

    assert begun(Maker(tmp_path / "second.db")).made == 1


def test_prefects_own_check_brings_an_older_copy_to_the_newest_tables_and_nothing_of_a_project_was_kept(
    up_stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The stack's server has made the copy, or begun with it; by now its own database is full."""
    kept = read_kept(new_database_file("prefect", MAKERS))
    assert kept is not None
    newest = tmp_path / "newest.db"
    newest.write_bytes(kept)
    rows = tables(newest)
    assert {name for name, count in rows.items() if count} == {"alembic_version"}
    assert set(rows) == set(tables(up_stack.prefect_home / "prefect.db"))

    older, migrated = tmp_path / "older.db", tmp_path / "migrated.db"
    older.write_bytes(kept)
    _with_prefects_own(older, PrefectDBInterface.run_migrations_downgrade)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    keep(new_database_file("prefect", MAKERS), older.read_bytes())

    _with_prefects_own(migrated, create_database)

    assert _revision(older) != _revision(newest) == _revision(migrated)
    assert tables(migrated) == rows


def _with_prefects_own(file: Path, change: Callable[[PrefectDBInterface], Coroutine[Any, Any, None]]) -> None:
    """Let Prefect's real interface of the file change it."""

    async def changed() -> None:
        with temporary_database_config(AioSqliteConfiguration(f"sqlite+aiosqlite:///{file}")):
            await change(provide_database_interface())

    with ThreadPoolExecutor(1) as thread:
        thread.submit(lambda: asyncio.run(changed())).result()
    with closing(sqlite3.connect(file)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _revision(file: Path) -> str:
    with closing(sqlite3.connect(file)) as database:
        return str(database.execute("SELECT version_num FROM alembic_version").fetchone()[0])
