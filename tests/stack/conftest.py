"""One stack that runs for all tests that leave it as they found it: up and healthy."""

from collections.abc import Iterator

import pytest

from support.stack import WAVE, Stack, project_in


@pytest.fixture(scope="package")
def up_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A project of two pipelines, brought up."""
    root = tmp_path_factory.mktemp("stack") / "project"
    stack = Stack(project_in(root, WAVE, WAVE | {"name": "other"}), {})
    try:
        stack.up()
        yield stack
    finally:
        stack.clear()
