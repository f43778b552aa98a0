from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recurcast.scheduling.deployments.deploy import deploy
from recurcast.scheduling.deployments.differences import differences
from support.projects import one_json_object, recurcast

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

WriteProject = Callable[[str], Path]

FILE = """
pull:
  - prefect.deployments.steps.set_working_directory: {directory: "{{ $PWD }}"}
deployments:
  - &sine
    name: sine
    <<: *flow
    schedules:
      - {cron: "0 * * * *", slug: hourly}
      - {interval: 1800, anchor_date: "2024-01-01T00:10:00Z", slug: half, parameters: {promote: false}}
    parameters: {pipeline: {<<: *small, name: sine, windows: {lookback: 20, horizon: 1}}}
  - <<: [*forecast, *sine]
"""
CHANGED = (
    FILE.replace("lookback: 20, horizon: 1", "lookback: 12")
    .replace("0 * * * *", "30 * * * *")
    .replace(", slug: half", ", slug: halves")
    .replace("&sine\n", "&sine\n    paused: false\n")
)


def texts(client: "SyncPrefectClient", root: Path) -> list[str]:
    return [f"{each.deployment} {each.text}" for each in differences(client, root)]


@pytest.fixture
def root(server: "SyncPrefectClient", write_project: WriteProject) -> Path:
    root = write_project(FILE)
    deploy(root)
    return root


def test_only_what_was_changed_since_the_deployment_differs_and_is_named_with_both_values(
    server: "SyncPrefectClient", root: Path, write_project: WriteProject
) -> None:
    assert differences(server, root) == ()

    write_project(FILE.replace("lookback: 20, horizon: 1", "lookback: 20, stride: 1"))

    assert differences(server, root) == ()

    write_project(CHANGED + "  - {name: other, <<: *flow}\n")

    training = [each for each in texts(server, root) if not each.startswith("forecast/")]

    half = "every 0:30:00 from 2024-01-01T00:10:00Z, {'promote': False}"
    assert training == [
        "train/sine windows.lookback: file 12, deployed 20; run 'recurcast deploy'",
        "train/sine schedules.hourly: file '30 * * * *' UTC, deployed '0 * * * *' UTC; run 'recurcast deploy'",
        f"train/sine schedules.halves: file {half}, deployed nothing; run 'recurcast deploy'",
        f"train/sine schedules.half: file nothing, deployed {half}; run 'recurcast deploy'",
        "train/other deployment: file one, deployed none; run 'recurcast deploy'",
    ]


def test_pipelines_shows_them_and_a_persons_pause_and_what_left_the_file_with_their_own_remedies(
    server: "SyncPrefectClient", root: Path, write_project: WriteProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(root)
    assert "as they stand here" in recurcast("pipelines").stdout
    write_project(CHANGED)

    assert "  train/sine  windows.lookback: file 12, deployed 20" in recurcast("pipelines").stdout
    shown = one_json_object(recurcast("pipelines", "--json").stdout)["differences"]
    assert {"windows.lookback", "schedules.hourly"} <= {each["field"] for each in shown}

    deployed = server.read_deployment_by_name("train/sine")
    server.pause_deployment(deployed.id)
    hourly = next(each for each in deployed.schedules if each.slug == "hourly")
    server.update_deployment_schedule(deployed.id, hourly.id, active=False)
    write_project(FILE.replace("  - <<: [*forecast, *sine]\n", ""))

    inactive, paused, left = texts(server, root)

    assert inactive.startswith("train/sine schedules.hourly.active: file yes, deployed no; switched off by a person")

    assert paused == (
        "train/sine paused: file no, deployed yes; by a person, and so it stays; prefect deployment resume train/sine"
    )
    assert left.startswith("forecast/sine deployment: file none, deployed one; it left the file")

    monkeypatch.setenv("PREFECT_API_URL", "http://127.0.0.1:9/api")
    assert "does not answer; what it has was not compared" in recurcast("pipelines").stdout
    monkeypatch.delenv("PREFECT_API_URL")
    assert one_json_object(recurcast("pipelines", "--json").stdout)["server"] is None
