"""One team's servers for all tests of this folder."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from support.stack import WAVE, project_in
from support.team import Team, lacking, team


@pytest.fixture(scope="package", name="team")
def fixture_team() -> Iterator[Team]:
    if lack := lacking():
        pytest.skip(lack)
    with team() as servers:
        yield servers


@pytest.fixture(scope="package")
def deployed(team: Team, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that is deployed to the team's server, whose pipeline has an experiment of the writer's."""
    root = project_in(tmp_path_factory.mktemp("team") / "project", WAVE)
    ended = team.here(root, "deploy")
    assert ended.exit_code == 0, ended.stderr
    return root
