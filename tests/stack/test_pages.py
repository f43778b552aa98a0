"""Where MLflow's page is."""

from pathlib import Path

import pytest

from recurcast.stack import processes
from recurcast.stack.pages import mlflow_page
from recurcast.stack.record import FOLDER, RECORD, Part, StackRecord, write_record


def _recorded(root: Path, part: Part) -> None:
    (root / FOLDER).mkdir()
    write_record(root, StackRecord({"mlflow": part}))


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    own = processes.this_process("mlflow")
    _recorded(tmp_path, Part("mlflow", own.pid, own.created, "http://127.0.0.1:5001"))
    return tmp_path


def test_the_page_is_that_of_the_server_that_the_environment_names(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://mlflow.example:5000/")

    assert mlflow_page(recorded) == "http://mlflow.example:5000"


@pytest.mark.parametrize("chosen", [None, "sqlite:////somewhere/mlflow.db"])
def test_where_no_server_is_named_it_is_the_page_of_the_projects_stack(
    recorded: Path, monkeypatch: pytest.MonkeyPatch, chosen: str | None
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    if chosen:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", chosen)

    assert mlflow_page(recorded) == "http://127.0.0.1:5001"


@pytest.mark.parametrize("content", [None, "", "[]", '{"parts": {}}'])
def test_there_is_no_page_where_no_stack_is_recorded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, content: str | None
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    if content is not None:
        (tmp_path / FOLDER).mkdir()
        (tmp_path / RECORD).write_text(content)

    assert mlflow_page(tmp_path) is None


def test_there_is_no_page_where_the_process_of_the_stack_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    own = processes.this_process("mlflow")
    _recorded(tmp_path, Part("mlflow", own.pid, own.created - 60, "http://127.0.0.1:5001"))

    assert mlflow_page(tmp_path) is None
