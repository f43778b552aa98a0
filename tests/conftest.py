"""What every test starts from: quiet libraries, the store of its own project, projects on disk."""

import os
import shutil
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import hypothesis
import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from recurcast import environment

environment.prepare()
_MEMORY = Path("/dev/shm")
if _MEMORY.is_dir() and shutil.disk_usage(_MEMORY).free > 2 * 2**30:
    # SQLite waits for the disk at each of a run's 180 commits; no test asks what survives a power cut.
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(_MEMORY))
if "PYTEST_XDIST_WORKER" not in os.environ:
    # Compiled programs of the tests, not the user's; workers share the cache of the process that starts them.
    _cache = TemporaryDirectory(prefix="recurcast-cache-", ignore_cleanup_errors=True)
    os.environ["XDG_CACHE_HOME"] = _cache.name

# The same examples in every run and on every machine; nothing is kept in the tree.
set_hypothesis_home_dir(os.path.join(os.environ["XDG_CACHE_HOME"], "hypothesis"))
hypothesis.settings.register_profile("same", derandomize=True, database=None, deadline=None, print_blob=False)
hypothesis.settings.load_profile("same")

from support.projects import Project  # noqa: E402  # mlflow is imported after its telemetry is off

pytest_plugins = ["support.small_projects"]


_LONG = (
    "tests/flows/",
    "tests/pages/",
    "pipelines/test_final_verdicts",
    "tests/stack/",
    "tests/team/",
    "tests/scheduling/",
    "compiled/test_compiled_programs",
    "pipelines/test_killed_backfills",
    "executors/test_workers",
    "highway/test_attributes",
    "pipelines/test_search.py",
    "tracking/test_promotions_at_once",
    "tests/test_documented_commands",
    "pipelines/test_refit",
    "training/test_fit",
    "pipelines/test_train",
    "tests/test_environment",
    "cli/test_main",
    "tests/test_attack",
    "highway/test_cells",
    "pipelines/test_interval_key",
    "compiled/test_cells",
    "commands/test_init_of_changed_files",
    "commands/test_backfill",
    "tests/test_extending",
    "tests/test_any_year",
    "tests/test_five_minutes",
    "compiled/test_programs",
)
"""Those that wait for servers beside those that compute; then whatever takes a processor for twenty seconds or more."""
_SHARING = ("tests/flows", "tests/pages", "tests/scheduling", "tests/stack", "tests/team")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the option that keeps pictures of the pages."""
    parser.addoption("--screenshots", metavar="FOLDER", help="keep pictures of the pages that a browser visits there")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The long ones come first, so that no worker is left alone with one at the end."""

    def place(item: pytest.Item) -> int:
        file = item.nodeid.partition("::")[0]
        return next((place for place, part in enumerate(_LONG) if part in file), len(_LONG))

    items.sort(key=place)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """A file is run by one worker, and so is a folder whose files share a server, a stack or a browser.

    Groups by marks, which xdist has for this, have no effect with the node ids of pytest 9.2.
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByFolder(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            file = nodeid.partition("::")[0]
            return next((folder for folder in _SHARING if file.startswith(f"{folder}/")), file)

    return ByFolder(config, log)


@pytest.fixture(scope="session", autouse=True)
def _no_program_is_traced_twice() -> Iterator[None]:
    """Tests have more pipelines than a process that serves some, and a program takes seconds."""
    with pytest.MonkeyPatch.context() as patch:
        for module, name in (
            ("recurcast.training.compiled.programs", "_program"),
            ("recurcast.training.highway.fit", "_program"),
            ("recurcast.training.inference", "_steps"),
        ):
            if module in sys.modules:
                kept = getattr(sys.modules[module], name)
                patch.setattr(sys.modules[module], name, lru_cache(maxsize=64)(kept.__wrapped__))
        yield


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
