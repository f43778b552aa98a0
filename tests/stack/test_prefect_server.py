"""Prefect's transactions on SQLite, begun as writers."""

import asyncio
import os
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from unittest import mock

import pytest
from prefect.server.database.configurations import AioSqliteConfiguration
from sqlalchemy import text

from recurcast.stack import parts
from recurcast.stack.prefect_server import begin_as_writer, set_defaults


@pytest.fixture
def database(tmp_path: Path) -> Path:
    """A database with a table, in which readers don't wait for writers."""
    path = tmp_path / "prefect.db"
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE bucket (count INTEGER)")
    connection.close()
    return path


def read_then_write(database: Path, between: str) -> None:
    """Read and then write in one of Prefect's transactions, while another connection writes what comes between."""
    configuration = AioSqliteConfiguration(connection_url=f"sqlite+aiosqlite:///{database}")

    async def both() -> None:
        session = await configuration.session(await configuration.engine())
        async with session, configuration.begin_transaction(session):
            await session.execute(text("SELECT count(*) FROM bucket"))
            other = sqlite3.connect(database, timeout=0, isolation_level=None)
            try:
                other.execute(between)
            finally:
                other.close()
            await session.execute(text("INSERT INTO bucket VALUES (1)"))

    with ThreadPoolExecutor(1) as thread:  # a browser of other tests has an event loop in this one
        thread.submit(lambda: asyncio.run(both())).result()


def rows(database: Path) -> list[int]:
    """Return what the table holds."""
    connection = sqlite3.connect(database)
    try:
        return [count for (count,) in connection.execute("SELECT count FROM bucket")]
    finally:
        connection.close()


def test_a_transaction_of_prefects_own_fails_where_another_writes_between_its_read_and_its_write(
    database: Path,
) -> None:
    """The defect itself: where a newer Prefect has mended it, this module may go."""
    with pytest.raises(Exception, match="database is locked"):
        read_then_write(database, "INSERT INTO bucket VALUES (2)")

    assert rows(database) == [2]


def test_one_begun_as_a_writer_lets_the_other_wait_and_does_both(
    database: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(AioSqliteConfiguration, "begin_transaction", begin_as_writer)

    with pytest.raises(sqlite3.OperationalError, match="database is locked"):
        read_then_write(database, "INSERT INTO bucket VALUES (2)")  # the other one, which does not wait, is turned away
    read_then_write(database, "SELECT count(*) FROM bucket")

    assert rows(database) == [1]


def test_the_stacks_server_is_started_by_it(tmp_path: Path) -> None:
    command = parts.prefect_server(tmp_path, "127.0.0.1", 4200).command

    assert command[1:] == ("-m", "recurcast.stack.prefect_server", "server", "start")


def test_one_started_by_hand_for_all_addresses_has_a_page_that_asks_whoever_served_it_and_reports_to_nobody(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from prefect.settings import Settings

    for name in [name for name in os.environ if name.startswith("PREFECT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PREFECT_SERVER_API_HOST", "0.0.0.0")

    with mock.patch.dict(os.environ):
        assert Settings().server.ui.api_url == "http://0.0.0.0:4200/api"  # of Prefect's own: no browser reaches it
        set_defaults()
        told = Settings().server

    assert (told.ui.api_url, told.analytics_enabled, told.ui.show_promotional_content) == ("/api", False, False)


def test_what_the_user_says_of_the_page_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_UI_API_URL", "https://prefect.example/api")

    with mock.patch.dict(os.environ):
        set_defaults()

        assert os.environ["PREFECT_SERVER_UI_API_URL"] == "https://prefect.example/api"
