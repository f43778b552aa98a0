"""What every test starts from: quiet libraries, the store of its own project, projects on disk."""

from pathlib import Path

import pytest

from recurcast import environment

environment.prepare()

from support.projects import Project  # noqa: E402  # mlflow is imported after its telemetry is off

pytest_plugins = ["support.prefect_server"]


@pytest.fixture(autouse=True)
def _own_store(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A fresh project, stood in; it has no data yet."""
    project = Project(tmp_path)
    project.configure()
    monkeypatch.chdir(tmp_path)
    return project
