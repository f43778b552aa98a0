"""A deploy sends what changed: in the file, in the flow, or on the server by somebody's hand; and nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recurcast.config.project_file import read_project_file
from recurcast.scheduling.deployments import deploy as deploying
from recurcast.scheduling.deployments.deploy import Deployed, deploy
from recurcast.scheduling.deployments.deployed import Standing
from recurcast.scheduling.deployments.unchanged import wanted_digest

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

WriteProject = Callable[[str], Path]

TWO = """
pull:
  - prefect.deployments.steps.set_working_directory: {directory: "{{ $PWD }}"}
deployments:
  - name: sine
    <<: *flow
    schedules: [{cron: "0 * * * *", slug: hourly}]
    parameters: {pipeline: {<<: *small, name: sine}}
  - name: wave
    <<: *flow
    schedules: [{cron: "30 6 * * *", slug: daily}]
    parameters: {pipeline: {<<: *small, name: wave}}
"""


def test_a_second_deploy_sends_nothing_and_what_anybody_changes_is_sent_again_alone(
    server: "SyncPrefectClient", write_project: WriteProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, sent = write_project(TWO), []
    to_deploy = deploying._copy_to_deploy
    monkeypatch.setattr(
        deploying,
        "_copy_to_deploy",
        lambda file, them: sent.append([e.full_name for e in them]) or to_deploy(file, them),
    )

    def sends(root: Path) -> tuple[Deployed, list[str]]:
        sent.clear()
        return deploy(root), [name for names in sent for name in names]

    first, all_of_it = sends(root)
    assert all_of_it == ["train/sine", "train/wave"]
    assert sends(root) == (first, [])

    wave = server.read_deployment_by_name("train/wave")
    server.pause_deployment(wave.id)
    paused, nothing = sends(root)
    assert (nothing, [each.paused for each in paused.deployments]) == ([], [False, True]), "a person's pause stays"
    server.resume_deployment(wave.id)

    from prefect.client.schemas.actions import DeploymentUpdate

    server.update_deployment(wave.id, DeploymentUpdate(description="by a person"))
    assert sends(root)[1] == ["train/wave"]
    assert server.read_deployment_by_name("train/wave").description != "by a person"

    changed = write_project(TWO.replace('"0 * * * *"', '"5 * * * *"'))
    assert sends(changed) == (first, ["train/sine"])
    assert str(server.read_deployment_by_name("train/sine").schedules[0].schedule.cron) == "5 * * * *"


def test_what_is_filled_in_from_elsewhere_or_built_can_not_be_told_and_variables_and_the_flow_count(
    write_project: WriteProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    def digest(text: str) -> str | None:
        root = write_project(text)
        file = read_project_file(root)
        return wanted_digest(file, Standing(file.deployments[0], "train/sine", False, ()), root)

    plain = digest(TWO)
    assert plain is not None
    assert plain == digest(TWO)
    assert digest(TWO.replace("{{ $PWD }}", "{{ prefect.variables.place }}")) is None
    assert (
        digest(TWO.replace("pull:", "build: [{prefect.deployments.steps.run_shell_script: {script: ls}}]\npull:"))
        is None
    )
    there = TWO.replace("{{ $PWD }}", "{{ $PLACE }}")
    monkeypatch.setenv("PLACE", "here")
    here = digest(there)
    monkeypatch.setenv("PLACE", "elsewhere")
    assert None not in {here, digest(there)}
    assert here != digest(there)
    root = write_project(TWO)
    (flow,) = (root / "flows").glob("train.py")
    flow.write_text(flow.read_text() + "\n# another flow\n")
    file = read_project_file(root)
    assert wanted_digest(file, Standing(file.deployments[0], "train/sine", False, ()), root) != plain
