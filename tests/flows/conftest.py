"""A project with the repository's own flows, to be deployed on the folder's server."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.prefect_server import (  # noqa: F401
    environment,
    fixture_wait_until,
    prefect_home,
    server,
    server_url,
    start_worker,
)
from support.warm_python import warm_python

FLOWS = Path(__file__).parents[2] / "flows"


def _deployment(pipeline: dict[str, Any], **more: Any) -> dict[str, Any]:
    entry = {"name": pipeline["name"], "entrypoint": "flows/train.py:train", "work_pool": {"name": "recurcast"}}
    return entry | {"parameters": {"pipeline": pipeline}} | more


@pytest.fixture
def deployment() -> Callable[..., dict[str, Any]]:
    """Return a training deployment of prefect.yaml for a pipeline's block."""
    return _deployment


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Write prefect.yaml with some deployments beside a copy of the flows, and stand in that folder."""
    root = tmp_path / "project"
    shutil.copytree(FLOWS, root / "flows", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.chdir(root)

    def write(*deployments: dict[str, Any]) -> Path:
        pull = [{"prefect.deployments.steps.set_working_directory": {"directory": str(root)}}]
        (root / "prefect.yaml").write_text(yaml.safe_dump({"pull": pull, "deployments": list(deployments)}))
        return root

    return write


@pytest.fixture(scope="package")
def warm(server_url: str, prefect_home: Path) -> Iterator[Path]:  # noqa: F811
    """Give a Python that has imported what the flows need, for workers of this folder's server."""
    with warm_python(prefect_home, environment(prefect_home) | {"PREFECT_API_URL": server_url}, flows=True) as python:
        yield python
