"""Deployments that left the file, on a real server."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from recurcast.scheduling.deployments.automations import HEARTBEAT_TAG
from recurcast.scheduling.deployments.deploy import deploy
from support.projects import one_json_object, recurcast

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

PROJECT = """
pull:
  - prefect.deployments.steps.set_working_directory: {directory: "{{ $PWD }}"}
deployments:
  - &sine
    name: sine
    <<: *flow
    schedules: [{cron: "0 * * * *", slug: hourly}]
    parameters: {pipeline: {<<: *small, name: sine}}
"""
MORE = """
  - {name: other, <<: *flow, parameters: {pipeline: {<<: *small, name: other}}}
  - <<: [*forecast, *sine]
"""


def stand(server: "SyncPrefectClient", name: str, pull: str, work_pool: str = "recurcast", tag: str = "") -> None:
    """Put a deployment on the server that is not the project's, or not made by `recurcast deploy`."""
    server.create_deployment(
        server.create_flow_from_name("train"),
        name,
        pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": pull}}],
        work_pool_name=work_pool,
        tags=[tag or HEARTBEAT_TAG],
    )


def test_what_left_the_file_is_removed_its_past_runs_stay_and_nobody_elses_deployment_is_touched(
    server: "SyncPrefectClient", write_project: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate
    from prefect.states import Completed

    root = write_project(PROJECT + MORE)
    assert deploy(root).removed == ()
    other = server.read_deployment_by_name("train/other").id
    done, waiting = (server.create_flow_run_from_deployment(other) for _ in range(2))
    ended: Any = Completed(message="long ago")
    server.set_flow_run_state(done.id, ended, force=True)
    server.create_work_pool(WorkPoolCreate(name="theirs", type="process"))
    stand(server, "elsewhere", "/another/folder")
    stand(server, "their-pool", str(root), work_pool="theirs")
    stand(server, "by-prefect", str(root), tag="mine")

    write_project(PROJECT)
    monkeypatch.chdir(root)
    left = one_json_object(recurcast("deploy", "--json").stdout)

    assert left["removed_deployments"] == ["forecast/sine", "train/other"]
    assert [each["full_name"] for each in left["deployments"]] == ["train/sine"]
    names = {each.name for each in server.read_deployments()}
    assert names == {"sine", "elsewhere", "their-pool", "by-prefect"}
    assert server.read_flow_run(done.id).state.message == "long ago"
    assert waiting.id not in {each.id for each in server.read_flow_runs(limit=200)}
