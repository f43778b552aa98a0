"""Places where no stack can be started: one message and a way out, and nothing is left running."""

import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from recurcast.stack import processes
from recurcast.stack.record import FOLDER, Part, StackRecord, write_record
from recurcast.tracking.store import connect
from support.projects import recurcast
from support.stack import WAVE, Stack, project_in


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stack:
    """A project that nothing was started in, stood in."""
    stack = Stack(project_in(tmp_path / "project", WAVE), {})
    monkeypatch.chdir(stack.root)
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    return stack


def test_an_address_that_others_reach_is_refused_before_anything_starts(stack: Stack) -> None:
    ended = recurcast("up", "--detach", "--host", "0.0.0.0")

    assert ended.exit_code == 2
    assert "what others can reach asks who they are" in ended.message
    assert stack.living == []


def test_a_folder_that_cannot_be_written_is_named(stack: Stack) -> None:
    (stack.root / FOLDER).write_text("in the way")

    ended = recurcast("up", "--detach")

    assert ended.exit_code == 1
    assert f"the stack keeps its state in {stack.root / FOLDER}; it can't be written" in ended.message


def test_a_full_disk_is_told_before_anything_starts(stack: Stack) -> None:
    with _small_disk(stack.root / FOLDER):
        ended = recurcast("up", "--detach")

    assert ended.exit_code == 1
    assert "the stack needs 100 MB of room on its disk" in ended.message
    assert stack.living == []


def test_a_server_that_is_named_and_does_not_answer_is_no_reason_to_start_one(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")

    ended = recurcast("up", "--detach")

    assert ended.exit_code == 1
    assert "http://127.0.0.1:9" in ended.message
    assert stack.living == []


def test_a_broken_prefect_yaml_is_told_before_anything_starts(stack: Stack) -> None:
    content = (stack.root / "prefect.yaml").read_text()
    (stack.root / "prefect.yaml").write_text(content.replace("lookback: 8", "lookback: -8"))

    ended = recurcast("up", "--detach")

    assert ended.exit_code == 2
    assert "lookback" in ended.message
    assert stack.living == []


def test_a_database_of_a_newer_mlflow_is_told_and_nothing_stays_behind(stack: Stack) -> None:
    connect(stack.root)
    with closing(sqlite3.connect(stack.root / "mlflow.db")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")

    ended = stack.command("up", "--detach", *stack.ports())

    assert ended.returncode == 1
    assert "The database is of another MLflow" in ended.stderr
    assert stack.living == []


def test_a_stale_record_is_no_stack(stack: Stack) -> None:
    own = processes.this_process("mlflow")
    (stack.root / FOLDER / "logs").mkdir(parents=True)
    write_record(stack.root, StackRecord({"mlflow": Part("mlflow", own.pid, own.created - 60, "http://127.0.0.1:9")}))

    status, down = recurcast("status", "--json"), recurcast("down")

    assert status.exit_code == 1
    assert '"name": "mlflow", "condition": "dead"' in status.stdout
    assert down.exit_code == 0
    assert "Nothing of this project's stack was running." in down.stdout


@contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    """Put a disk of a megabyte there; only root may."""
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk is mounted by root only, and not in every container")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)
