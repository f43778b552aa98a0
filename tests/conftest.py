"""What every test starts from: quiet libraries, the store of its own project, projects on disk."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from recurcast import environment

environment.prepare()
if "PYTEST_XDIST_WORKER" not in os.environ:
    # Compiled programs of the tests, not the user's; workers share the cache of the process that starts them.
    _cache = TemporaryDirectory(prefix="recurcast-cache-", ignore_cleanup_errors=True)
    os.environ["XDG_CACHE_HOME"] = _cache.name

from support.projects import Project  # noqa: E402  # mlflow is imported after its telemetry is off

pytest_plugins = ["support.prefect_server"]


_LONG = ("flows/", "scheduling/", "test_killed_backfills", "test_settling", "test_promotions_at_once")
"""Mostly waiting for servers and processes."""


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long files first, so that no worker is left alone with one at the end."""
    items.sort(key=lambda item: not any(part in item.nodeid for part in _LONG))


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
