import contextlib
import os
import sqlite3
import subprocess
import sys

import pytest
from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

from recurcast.errors import StoreUnavailable
from recurcast.tracking import new_store
from recurcast.tracking.store import connect, embedded_uri, store_errors

FOUR_AT_ONCE = """
import os, sys, traceback
from pathlib import Path
import mlflow.store.tracking.sqlalchemy_store
from recurcast.tracking.store import connect

ready, go = os.pipe(), os.pipe()
children = []
for _ in range(4):
    if child := os.fork():
        children.append(child)
        continue
    os.close(go[1])
    os.write(ready[1], b"r")
    os.read(go[0], 1)
    try:
        connect(Path(sys.argv[1]))
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)
for _ in children:
    os.read(ready[0], 1)
os.close(go[1])  # which all of them wait for
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
"""


def test_four_processes_that_create_the_store_at_once_all_succeed(tmp_path):
    arguments = [sys.executable, "-W", "ignore", "-c", FOUR_AT_ONCE, str(tmp_path)]
    done = subprocess.run(arguments, capture_output=True, text=True, cwd=tmp_path, timeout=120)

    assert done.stdout == "[0, 0, 0, 0]\n", done.stderr
    assert sorted(path.name for path in tmp_path.iterdir() if path.name.endswith(".lock")) == []


def _schema(database):
    """What the tables are made of; MLflow itself states their constraints in no fixed order."""
    with contextlib.closing(sqlite3.connect(database)) as opened:
        rows = opened.execute("select type, name, sql from sqlite_master").fetchall()
    return {(kind, name): sorted(line.strip(" \t,") for line in (sql or "").splitlines()) for kind, name, sql in rows}


def test_the_store_is_as_mlflow_makes_it_and_the_projects_own(tmp_path):
    ours, theirs = tmp_path / "ours", tmp_path / "theirs.db"
    ours.mkdir()
    made = connect(ours)
    SqlAlchemyStore(f"sqlite:///{theirs}", (tmp_path / "mlruns").as_uri()).engine.dispose()
    schemas = [_schema(ours / "mlflow.db"), _schema(theirs)]

    assert schemas[0] == schemas[1]
    assert made.client.get_experiment("0").artifact_location == (ours / "mlruns" / "0").as_uri()
    assert [path.name for path in ours.iterdir()] == ["mlflow.db"]


def test_tables_are_made_once_for_all_projects_and_again_where_what_was_kept_is_damaged(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    new_store._tables.cache_clear()
    made = new_store._tables()
    (kept,) = (tmp_path / "recurcast" / "stores").iterdir()
    monkeypatch.setattr(new_store, "_made", lambda: pytest.fail("made twice"))
    new_store._tables.cache_clear()
    assert new_store._tables() == made

    kept.write_bytes(kept.read_bytes()[:-1] + b"?")
    monkeypatch.setattr(new_store, "_made", lambda: b"made again")
    new_store._tables.cache_clear()
    assert new_store._tables() == b"made again"
    new_store._tables.cache_clear()


def test_the_store_lies_in_the_project_wherever_one_stands(tmp_path, monkeypatch):
    root, elsewhere = tmp_path / "project", tmp_path / "elsewhere"
    root.mkdir()
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    store = connect(root)

    assert store.embedded
    assert (root / "mlflow.db").exists()
    assert list(elsewhere.iterdir()) == []


def test_two_projects_in_one_process_have_two_stores_and_the_environment_stays_the_users(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    first.mkdir()
    second.mkdir()

    assert {connect(first).uri, connect(second).uri} == {embedded_uri(first), embedded_uri(second)}
    assert "MLFLOW_TRACKING_URI" not in os.environ


def test_the_tracking_address_of_the_environment_is_respected(tmp_path, monkeypatch):
    chosen = f"sqlite:///{tmp_path / 'team.db'}"
    monkeypatch.setenv("MLFLOW_TRACKING_URI", chosen)
    store = connect(tmp_path)

    assert (store.uri, store.embedded) == (chosen, False)
    assert os.environ["MLFLOW_TRACKING_URI"] == chosen
    assert not (tmp_path / "mlflow.db").exists()


@pytest.mark.parametrize(
    ("failure", "advice"),
    [
        (PermissionError("[Errno 13] Permission denied: 'x'"), "Check the permissions"),
        (
            OSError("API request to endpoint /x failed with error code 403 != 200: 'Permission denied'"),
            "Name an account",
        ),
        (OSError("[Errno 28] No space left on device"), "Make room"),
        (OSError("API request to http://127.0.0.1:1/api failed"), "does not answer"),
    ],
)
def test_a_store_out_of_use_says_what_was_received_and_what_to_do(failure, advice):
    with pytest.raises(StoreUnavailable, match=advice), store_errors("sqlite:///x.db"):
        raise failure


def test_a_server_that_is_not_there_is_told_in_the_systems_words(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")

    with pytest.raises(StoreUnavailable) as caught:
        connect(tmp_path)

    assert "/api/2.0/mlflow/experiments/search failed: [Errno 111] Connection refused. The server" in str(caught.value)
    assert "HTTPConnectionPool" not in str(caught.value)


def test_any_other_error_is_not_taken_for_the_stores():
    with pytest.raises(OSError, match="a bug"), store_errors("sqlite:///x.db"):
        raise OSError("a bug")
