"""`recurcast status` where no server runs: what dead processes left behind is in MLflow all the same."""

import json
from pathlib import Path

import pytest

from support.opened import GONE, open_run, status_of
from support.projects import AS_OF, Project, demand, recurcast


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project that never had a stack."""
    for variable in ("PREFECT_API_URL", "MLFLOW_TRACKING_URI"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(tmp_path)
    project = Project(tmp_path)
    project.configure()
    return project


def test_what_was_left_behind_is_shown_and_nothing_is_changed(project: Project) -> None:
    left = open_run(project.root, pipeline="demand", **GONE)

    ended = recurcast("status")

    assert ended.exit_code == 1
    assert "RUNNING in MLflow, its process is gone" in ended.stdout
    assert "recurcast status --fix" in ended.stdout
    assert status_of(project.root, left) == "RUNNING"


def test_with_fix_it_is_closed_with_the_reason_and_said(project: Project) -> None:
    left = {open_run(project.root, pipeline=name, **GONE) for name in ("demand", "former")}
    living = open_run(project.root, "2024-06-02T00:00:00Z", pipeline="demand")

    said = json.loads(recurcast("status", "--fix", "--json").stdout)

    assert said["fixed"]
    assert {run["run_id"] for run in said["left_over"]["in_mlflow"]} == left
    assert {status_of(project.root, each) for each in left} == {"KILLED"}
    assert status_of(project.root, living) == "RUNNING"
    assert json.loads(recurcast("status", "--json").stdout)["left_over"] == {"in_mlflow": [], "on_server": []}


def test_without_a_stack_it_says_what_is_missing_and_how_to_start_it(project: Project) -> None:
    ended = recurcast("status")

    assert ended.exit_code == 1
    assert ended.stdout.count("not started") == 3
    assert "recurcast up" in ended.stdout


def test_where_mlflow_is_gone_the_other_parts_are_told_all_the_same(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")

    ended = recurcast("status")

    assert ended.exit_code == 1
    assert [line.split()[0] for line in ended.stdout.splitlines()[:3]] == ["mlflow", "prefect", "worker"]
    assert "does not answer" in ended.stdout
    assert "correct MLFLOW_TRACKING_URI" in ended.message


def test_without_a_stack_of_its_own_a_teams_member_is_told_where_logs_are(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Start them: recurcast up" in recurcast("logs").message

    monkeypatch.setenv("PREFECT_API_URL", "http://me:of-nobody@prefect.example:4200/api")
    said = recurcast("logs").message

    assert "Prefect's server is http://***@prefect.example:4200/api" in said
    assert "recurcast up" not in said


def test_a_run_closes_what_other_pipelines_left_behind_and_says_so(project: Project) -> None:
    project.write(demand())
    left = open_run(project.root, pipeline="former", **GONE)

    ended = recurcast("run", "demand", "--as-of", AS_OF)

    assert ended.exit_code == 0, ended.stderr
    assert "closed former" in ended.stdout
    assert status_of(project.root, left) == "KILLED"
