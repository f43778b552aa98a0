"""What a query that can't be asked, or a database that does not answer, gets: one message, and no password."""

import pickle
import socket
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import create_engine, text

from recurcast.errors import ConfigurationError, DataRejected, TooLittleHistory
from recurcast.masking import masked
from recurcast.series.interval_digests import interval_digests
from recurcast.series.reading import watching
from recurcast.series.sources import obtain
from support.databases import COLUMNS, QUERY, loads, pipeline, to_postgresql, to_sqlite
from support.mlflow_server import lacking, postgresql

AS_OF = datetime(2024, 4, 5, 7, tzinfo=UTC)
PASSWORD = "s3cret-word"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """A PostgreSQL with a password and the rows."""
    if lacking() is not None:
        pytest.skip(str(lacking()))
    with TemporaryDirectory(prefix="pg-") as name, postgresql(Path(name), PASSWORD) as url:
        to_postgresql(loads(), url, "loads", "timestamptz")
        yield url


@pytest.fixture(autouse=True)
def _short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PAUSES", (0.01, 0.01))


def asked(**source: Any) -> dict[str, Any]:
    return {"kind": "sql", "url": "${ENERGY_DB}", "query": QUERY} | source


def refused(root: Path, **source: Any) -> str:
    with pytest.raises(DataRejected) as rejected:
        obtain(pipeline(asked(**source)), AS_OF, root)
    alone = rejected.value.with_traceback(None)
    alone.__cause__ = alone.__context__ = None  # where distributed was imported, they and the frames are pickled too
    assert pickle.loads(pickle.dumps(alone)).args == rejected.value.args
    return str(rejected.value)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"query": "SELECT * FROM loads"}, "received one without :start and :end"),
        ({"query": "SELECT * FROM loads WHERE ds >= :start"}, "received one without :end"),
        ({"query": QUERY + " AND site = :site"}, "received :site besides"),
        ({"url": "postgresql://me:word@host/db"}, "an address in prefect.yaml has no password"),
        ({"url": "postgresql://host/db?password=word"}, "an address in prefect.yaml has no password"),
        ({"url": "loads.db"}, "received neither"),
        ({"url": "$ENERGY_DB"}, "received neither"),
        ({"url": "postgresql://${}@host/db"}, "Name the variable"),
    ],
)
def test_a_query_that_asks_for_no_interval_or_an_address_with_a_password_is_no_configuration(
    said: dict[str, str], told: str
) -> None:
    with pytest.raises(ValidationError, match=told) as error:
        pipeline(asked(**said))
    assert "me:word" not in str(error.value.errors()[0]["msg"])


def test_as_of_may_be_left_out_where_rows_or_the_block_say_when_they_became_known() -> None:
    own = {key: value for key, value in asked(columns=COLUMNS).items() if key != "delay"}
    with pytest.raises(ValidationError, match="received one without :as_of"):
        pipeline({}, source=own)
    pipeline({}, source=own | {"query": QUERY + " AND recorded_at <= :as_of"})
    pipeline({}, source=own | {"columns": COLUMNS | {"available_at": "recorded_at"}})


def test_a_frequency_is_stated() -> None:
    with pytest.raises(ValidationError, match="Set frequency, such as 'h'"):
        pipeline(asked(), frequency=None)


def test_what_the_database_says_comes_with_the_sources_name_and_what_to_do(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENERGY_DB", database)
    missing = refused(tmp_path, query=QUERY.replace("heat", "warmth"))
    assert "the database of 'loads' (${ENERGY_DB}) has what the query names" in missing
    assert 'column "warmth" does not exist' in missing
    assert "the schema has changed" in missing
    assert "query's result has the column 'heat'" in refused(tmp_path, query=QUERY.replace(", heat", ""))
    assert "the column 'y' holds numbers: row 1 holds 'north', in a query to ${ENERGY_DB}" in refused(
        tmp_path, query=QUERY.replace(" y,", " site AS y,")
    )
    assert "can run the query" in refused(tmp_path, query=QUERY.replace("WHERE", "WHERE WHERE"))
    writing = "WITH gone AS (DELETE FROM loads RETURNING *) SELECT * FROM gone WHERE ds >= :start AND ds < :end"
    assert "must not contain data-modifying statements" in refused(tmp_path, query=writing)


def test_a_password_that_is_wrong_is_said_at_once_and_shown_nowhere(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENERGY_DB", database.replace(PASSWORD, "an0ther-word"))
    monkeypatch.setattr(watching, "PAUSES", (600.0,))  # asked again, the test would not end

    told = refused(tmp_path)

    assert "the database of 'loads' (${ENERGY_DB}) lets the run in" in told
    assert "Set the variable ENERGY_DB to a user and a password that it knows" in told
    assert "an0ther-word" not in told
    assert masked("as an0ther-word tells") == "as *** tells"


def test_a_variable_that_is_not_set_is_a_matter_of_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ENERGY_DB", raising=False)
    with pytest.raises(ConfigurationError, match="environment variable ENERGY_DB; it is not set"):
        obtain(pipeline(asked()), AS_OF, tmp_path)
    monkeypatch.setenv("ENERGY_DB", "postgresql//me:s3cret-w0rd@host")
    with pytest.raises(ConfigurationError, match="Correct the variable") as error:
        obtain(pipeline(asked()), AS_OF, tmp_path)
    assert "s3cret" not in str(error.value)


def test_a_database_that_nobody_runs_is_asked_again_and_then_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("ENERGY_DB", f"postgresql://me:s3cret-w0rd@127.0.0.1:{port}/db")
    tried: list[float] = []
    monkeypatch.setattr(watching.time, "sleep", tried.append)

    told = refused(tmp_path)

    assert tried == list(watching.PAUSES)
    assert "the database of 'loads' (${ENERGY_DB}) answers" in told
    assert "Connection refused" in told
    assert "s3cret" not in told


def test_a_database_that_takes_no_turn_ends_the_run_after_the_stated_time(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENERGY_DB", database)
    engine = create_engine(database)
    with engine.begin() as holding:
        holding.execute(text("LOCK TABLE loads IN ACCESS EXCLUSIVE MODE"))
        told = refused(tmp_path, timeout="300ms")
    engine.dispose()
    assert "(${ENERGY_DB}) gives its next rows within 300ms: it gave none for that long" in told


@contextmanager
def _silent() -> Iterator[int]:
    """A port where somebody listens and never says anything."""
    with closing(socket.create_server(("127.0.0.1", 0))) as server:
        kept: list[socket.socket] = []
        threading.Thread(target=lambda: kept.append(server.accept()[0]), daemon=True).start()
        yield server.getsockname()[1]
        for each in kept:
            each.close()


def test_a_server_that_says_nothing_at_all_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with _silent() as port:
        monkeypatch.setenv("ENERGY_DB", f"postgresql://me:s3cret-w0rd@127.0.0.1:{port}/db")
        assert "it gave none for that long" in refused(tmp_path, timeout="200ms")


@contextmanager
def _cut(database: str, after: tuple[int | None, ...]) -> Iterator[tuple[str, list[int]]]:
    """Another address of a database, whose connections end after so many bytes, one after the other; and what each gave."""
    target, gave = f"{database.partition('host=')[2]}/.s.PGSQL.5432", list[int]()

    def serve(listening: socket.socket) -> None:
        for most in after:
            client, upstream, sent = listening.accept()[0], socket.socket(socket.AF_UNIX), 0
            upstream.connect(target)
            threading.Thread(target=_hand_on, args=(client, upstream), daemon=True).start()
            while (content := upstream.recv(1 << 12)) and (most is None or sent < most):
                client.sendall(content)
                sent += len(content)
            gave.append(sent)
            for each in (client, upstream):
                with suppress(OSError):
                    each.shutdown(socket.SHUT_RDWR)
                each.close()

    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        threading.Thread(target=serve, args=(listening,), daemon=True).start()
        yield f"{database.partition('@')[0]}@127.0.0.1:{listening.getsockname()[1]}/postgres", gave


def _hand_on(client: socket.socket, upstream: socket.socket) -> None:
    with suppress(OSError):
        while content := client.recv(1 << 12):
            upstream.sendall(content)
        upstream.shutdown(socket.SHUT_WR)


def test_a_connection_that_is_cut_half_way_is_made_again_and_no_row_counts_twice(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ENERGY_DB", database)
    expected = obtain(pipeline(asked()), AS_OF, tmp_path)
    with _cut(database, (10_000, None)) as (address, gave):
        monkeypatch.setenv("ENERGY_DB", address)
        assert obtain(pipeline(asked()), AS_OF, tmp_path).rows.equals(expected.rows)
        assert gave[0] >= 10_000
    with _cut(database, (10_000,) * 3) as (address, _):
        monkeypatch.setenv("ENERGY_DB", address)
        assert "the database of 'loads' (${ENERGY_DB}) answers: server closed the connection" in refused(tmp_path)


def test_a_password_in_a_variable_of_its_own_needs_no_other_spelling(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
    monkeypatch.setenv("LOADS_PASSWORD", "s3cret/w@rd#1")
    told = refused(tmp_path, url=f"postgresql://me:${{LOADS_PASSWORD}}@127.0.0.1:{port}/db")
    assert "(postgresql://***@127.0.0.1" in told
    assert "Connection refused" in told
    assert "w@rd" not in masked("it was s3cret/w@rd#1")


def test_files_that_are_no_databases_are_said(tmp_path: Path) -> None:
    assert "which was not found" in refused(tmp_path, url="sqlite:///loads.db")
    assert not (tmp_path / "loads.db").exists()
    (tmp_path / "loads.db").write_text("no database" * 100)
    assert "file is not a database" in refused(tmp_path, url="sqlite:///loads.db")
    with pytest.raises(ConfigurationError, match="driver 'oracledb', which is not installed"):
        obtain(pipeline(asked(url="oracle+oracledb://host/db")), AS_OF, tmp_path)


def test_a_query_without_a_row_is_too_little_history_and_rows_twice_are_seen(tmp_path: Path) -> None:
    table = loads()
    to_sqlite(table, tmp_path / "loads.db", table["ds"].dt.strftime("%Y-%m-%d %H:%M:%S"))
    chosen = pipeline(asked(url="sqlite:///loads.db"))
    early = datetime(2024, 1, 1, tzinfo=UTC)
    with pytest.raises(TooLittleHistory, match=r"a query to sqlite:///loads.db gave none between 2023-12-"):
        obtain(chosen, early, tmp_path)
    assert [each.digest for each in interval_digests(chosen, [early], tmp_path)] == [None]

    revised = (
        QUERY.replace("heat FROM", "heat, ds AS seen FROM") + " UNION ALL SELECT site, ds, y + 1, heat, ds FROM loads"
    )
    with pytest.raises(DataRejected, match="says which is the latest: series 'north' has two of"):
        obtain(
            pipeline(asked(url="sqlite:///loads.db", query=revised, columns=COLUMNS | {"available_at": "seen"})),
            AS_OF,
            tmp_path,
        )


def test_sqlites_texts_of_another_clock_are_not_compared_with_as_of(tmp_path: Path) -> None:
    table = loads()
    to_sqlite(table, tmp_path / "loads.db", table["ds"].dt.strftime("%Y-%m-%d %H:%M:%S"))
    told = refused(tmp_path, url="sqlite:///loads.db", query=QUERY + " AND ds <= :as_of", timezone="Europe/Berlin")
    assert "on the clock of Europe/Berlin" in told


def test_a_run_knows_what_the_table_said_then(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "loads.db")) as database:
        database.execute("CREATE TABLE loads (site TEXT, ds TEXT, y REAL, heat REAL, seen TEXT)")
        rows = [
            (site, f"{ds:%Y-%m-%d %H:%M:%S}", y, heat, f"{ds:%Y-%m-%d %H:%M:%S}")
            for site, ds, y, heat in loads().itertuples(index=False)
        ]
        database.executemany("INSERT INTO loads VALUES (?, ?, ?, ?, ?)", rows)
        database.commit()
        latest = QUERY.replace("heat FROM", "heat, max(seen) FROM") + " AND seen <= :as_of GROUP BY site, ds"
        chosen = pipeline(asked(url="sqlite:///loads.db", query=latest))
        before, digests = obtain(chosen, AS_OF, tmp_path), interval_digests(chosen, [AS_OF], tmp_path)
        database.execute("INSERT INTO loads SELECT site, ds, 999, 0, '2024-04-05 07:00:01' FROM loads")
        database.commit()

    after = obtain(chosen, AS_OF, tmp_path)
    assert after.rows.equals(before.rows)
    assert interval_digests(chosen, [AS_OF], tmp_path) == digests
    assert (obtain(chosen, AS_OF.replace(hour=8), tmp_path).rows["y"] == 999).sum() > 400
