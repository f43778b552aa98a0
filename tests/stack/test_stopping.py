"""`recurcast down` where a store can't be put in order: all of the stack is stopped all the same, and it is said."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from recurcast.stack import parts, processes
from recurcast.stack.health import wait_until_healthy
from recurcast.stack.record import FOLDER, RECORD, StackRecord, write_record
from support.prefect_server import free_port
from support.stack import WAVE, Stack, project_in

PASSWORD = "PREFECT_SERVER_API_AUTH_STRING"


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[Stack]:
    """A project in which nothing runs yet."""
    stack = Stack(project_in(tmp_path / "project", WAVE), {})
    (stack.root / FOLDER / "logs").mkdir(parents=True)
    try:
        yield stack
    finally:
        processes.kill(processes.left_over(stack.root))


def test_a_server_whose_password_is_not_at_hand_is_stopped_too(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PASSWORD, "admin:secret")
    launch = parts.prefect_server(stack.root, "127.0.0.1", free_port())
    server = processes.start(stack.root, launch.name, launch.command, launch.environment, launch.address)
    write_record(stack.root, StackRecord({"prefect": server}))
    wait_until_healthy(stack.root, server)
    monkeypatch.delenv(PASSWORD)

    ended = stack.command("down")

    assert ended.returncode == 1
    assert "stopped   prefect" in ended.stdout
    assert "wants a password. Set PREFECT_API_AUTH_STRING" in ended.stdout
    assert "The next 'recurcast up' puts them in order." in ended.stdout
    _is_gone(stack)


def test_a_store_that_is_out_of_reach_keeps_nothing_running(stack: Stack) -> None:
    server = processes.start(stack.root, "mlflow", ["sleep", "600"], {}, "http://127.0.0.1:9")
    write_record(stack.root, StackRecord({"mlflow": server}))

    ended = stack.command("down", "--json", MLFLOW_TRACKING_URI="http://127.0.0.1:9")

    said = json.loads(ended.stdout)
    assert ended.returncode == 1
    assert said["parts"] == ["mlflow"]
    assert len(said["problems"]) == 1
    assert "http://127.0.0.1:9" in said["problems"][0]
    _is_gone(stack)


def _is_gone(stack: Stack) -> None:
    assert stack.living == []
    assert not (stack.root / RECORD).exists()
    assert "Nothing of this project's stack was running." in stack.here("down").stdout
