"""One server for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.prefect_server import (  # noqa: F401
    environment,
    fixture_wait_until,
    prefect_home,
    server,
    server_url,
    start_worker,
)
from support.warm_python import warm_python


@pytest.fixture(scope="package")
def warm(server_url: str, prefect_home: Path) -> Iterator[Path]:  # noqa: F811
    """Give a Python that has imported Prefect, for workers of this folder's server."""
    with warm_python(prefect_home, environment(prefect_home) | {"PREFECT_API_URL": server_url}, flows=False) as python:
        yield python
