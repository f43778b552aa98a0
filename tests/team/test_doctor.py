"""`recurcast doctor` on a team's servers: healthy, and with each part broken. It leaves nothing behind."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from sqlalchemy import create_engine, text

from support.late_clock import an_hour_behind
from support.prefect_server import wait_until
from support.stack import WAVE, project_in
from support.team import READER, WRITER, Team, ask, objects, only_allowed, without_bucket

NOBODY = "http://127.0.0.1:9"


@pytest.fixture(scope="module")
def experiment(team: Team) -> str:
    """The pipeline's experiment, which belongs to the writer."""
    from unittest import mock

    from mlflow import MlflowClient

    with mock.patch.dict("os.environ", team.environment()):
        return str(MlflowClient(team.mlflow, team.mlflow).create_experiment("wave"))


@pytest.fixture
def direct(team: Team) -> Iterator[str]:
    """The address of a database of the team's in which the pipeline keeps artifacts in the bucket itself."""
    with create_engine(team.databases["mlflow"]).begin() as connection:
        update = text("UPDATE experiments SET artifact_location = :place WHERE name = 'wave'")
        before = connection.execute(text("SELECT artifact_location FROM experiments WHERE name = 'wave'")).scalar_one()
        connection.execute(update, {"place": "s3://models/direct/wave"})
    yield team.databases["mlflow"]
    with create_engine(team.databases["mlflow"]).begin() as connection:
        connection.execute(update, {"place": before})


def of_state(checks: dict[str, dict[str, str]], state: str) -> set[str]:
    return {name for name, each in checks.items() if each["state"] == state}


def test_a_bucket_that_is_not_there_is_found_before_a_pipeline_has_run(team: Team, tmp_path: Path) -> None:
    root = project_in(tmp_path / "project", WAVE | {"name": "calm"})
    with without_bucket(team):
        _, lacking = team.doctor(root)
    _, there = team.doctor(root)

    assert lacking["artifacts"]["state"] == "failed"
    assert "bucket does not exist" in lacking["artifacts"]["found"]
    assert "of S3 it needs the bucket" in lacking["artifacts"]["advice"]
    assert there["artifacts"]["state"] == "ok"


def test_a_healthy_team_is_in_order_and_stays_as_it_was(team: Team, deployed: Path, experiment: str) -> None:
    from prefect.client.orchestration import get_client
    from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

    with (
        temporary_settings({PREFECT_API_URL: team.prefect, PREFECT_API_AUTH_STRING: "team:Pr3fect-of-all"}),
        get_client(sync_client=True) as client,
    ):
        client.send_worker_heartbeat("recurcast", "a worker", 300)
        wait_until(lambda: client.read_flow_runs(), 60, "scheduled runs appear")
    before, tables = objects(team), rows(team)

    code, checks = team.doctor(deployed)

    assert of_state(checks, "ok") == set(checks), checks
    assert code == 0
    assert {"mlflow writing", "artifacts", "worker" if "worker" in checks else "work pool", "schedules"} <= set(checks)
    assert "1 online: a worker" in checks["work pool"]["found"]
    assert checks["artifacts"]["found"] == f"mlflow-artifacts:/{experiment}: put, list, get, delete"
    assert (objects(team), rows(team)) == (before, tables)


def test_passwords_that_are_wrong_or_give_too_little_are_told_apart(
    team: Team, deployed: Path, experiment: str
) -> None:
    code, checks = team.doctor(
        deployed, MLFLOW_TRACKING_PASSWORD="another-one", PREFECT_API_AUTH_STRING="team:wrong-one"
    )

    assert code == 1
    assert "MLFLOW_TRACKING_PASSWORD" in checks["mlflow reading"]["found"]
    assert "PREFECT_API_AUTH_STRING" in checks["prefect reading"]["advice"]
    assert "mlflow writing" not in checks

    code, checks = team.doctor(deployed, MLFLOW_TRACKING_USERNAME=READER[0], MLFLOW_TRACKING_PASSWORD=READER[1])

    assert code == 1
    assert checks["mlflow reading"]["state"] == "ok"
    assert "'wave' can't be changed" in checks["mlflow writing"]["found"]
    assert "put is refused: 403" in checks["artifacts"]["found"]


def test_servers_that_are_gone_are_said_at_once(team: Team, deployed: Path) -> None:
    code, checks = team.doctor(deployed, MLFLOW_TRACKING_URI=NOBODY, PREFECT_API_URL=f"{NOBODY}/api")

    assert code == 1
    assert of_state(checks, "failed") == {"mlflow", "prefect"}
    assert "Start the server" in checks["mlflow"]["advice"]


def test_a_clock_an_hour_apart_is_found_at_each_server(team: Team, deployed: Path, experiment: str) -> None:
    with an_hour_behind(team.mlflow) as mlflow, an_hour_behind(team.prefect) as prefect:
        code, checks = team.doctor(deployed, MLFLOW_TRACKING_URI=mlflow, PREFECT_API_URL=prefect)

    assert code == 1
    assert of_state(checks, "failed") - {"worker"} == {"mlflow clock", "prefect clock"}
    assert "60 min behind ours" in checks["mlflow clock"]["found"]
    assert "NTP" in checks["prefect clock"]["advice"]


def test_no_run_begins_where_clocks_would_let_another_one_pass_for_dead(
    team: Team, deployed: Path, experiment: str
) -> None:
    with an_hour_behind(team.mlflow) as mlflow:
        ended = team.here(deployed, "run", "wave", MLFLOW_TRACKING_URI=mlflow)

    assert ended.exit_code == 1
    assert f"the clock of {mlflow} is 60 min behind ours" in ended.message
    assert ask(f"{team.mlflow}/api/2.0/mlflow/runs/search", {"experiment_ids": [experiment]}, WRITER) == (200, {})


def test_each_right_that_a_bucket_refuses_is_named(team: Team, deployed: Path, experiment: str, direct: str) -> None:
    refused = {}
    for allowed in (
        ("s3:ListBucket",),
        ("s3:PutObject", "s3:ListBucket"),
        ("s3:PutObject", "s3:GetObject", "s3:HeadObject", "s3:ListBucket"),  # S3 itself has no right of the third name
    ):
        with only_allowed(team, *allowed) as keys:
            said = keys | {"MLFLOW_TRACKING_URI": direct, "MLFLOW_S3_ENDPOINT_URL": team.s3}
            checks = team.here(deployed, "doctor", **said).stdout
        refused[allowed] = {right for right in ("put", "list", "get", "delete") if f"{right} is refused" in checks}
        assert "Give the account whose credentials write there the right s3:" in checks

    assert list(refused.values()) == [{"put"}, {"get", "delete"}, {"delete"}]


def test_a_database_without_server_is_looked_into_its_zones_and_tables_too(
    team: Team, deployed: Path, experiment: str, direct: str, tmp_path: Path
) -> None:
    root = tmp_path / "project"
    shutil.copytree(deployed, root)
    document = yaml.safe_load((root / "prefect.yaml").read_text())
    document["deployments"][0]["schedules"][0]["timezone"] = "CET"
    (root / "prefect.yaml").write_text(yaml.safe_dump(document))
    reader = direct.replace("recurcast:Own3r-of-tables@", "looks:Looks-0nly@")
    with create_engine(direct).begin() as connection:
        for order in (
            "CREATE ROLE looks LOGIN PASSWORD 'Looks-0nly'",
            "GRANT SELECT ON ALL TABLES IN SCHEMA public TO looks",
        ):
            connection.execute(text(order))

    code, checks = team.doctor(root, MLFLOW_TRACKING_URI=reader, MLFLOW_S3_ENDPOINT_URL=team.s3)

    assert code == 1
    assert checks["mlflow tables"]["state"] == checks["mlflow clock"]["state"] == checks["artifacts"]["state"] == "ok"
    assert "permission denied for table" in checks["mlflow writing"]["found"]
    assert "CET at" in checks["mlflow time zones"]["found"]
    assert "UTC+1 h there, UTC+2 h here" in checks["mlflow time zones"]["found"]
    with create_engine(direct).begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    try:
        checks = team.doctor(root, MLFLOW_TRACKING_URI=direct)[1]
    finally:
        restore(direct)
    assert "of revision older" in checks["mlflow tables"]["found"]


def restore(direct: str) -> None:
    from mlflow.store.db.utils import _get_latest_schema_revision

    with create_engine(direct).begin() as connection:
        connection.execute(
            text("UPDATE alembic_version SET version_num = :right"), {"right": _get_latest_schema_revision()}
        )


def rows(team: Team) -> dict[str, int]:
    """How many rows each of MLflow's tables has."""
    engine = create_engine(team.databases["mlflow"])
    with engine.connect() as connection:
        names = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars().all()
        found = {name: connection.execute(text(f'SELECT count(*) FROM "{name}"')).scalar_one() for name in names}
    engine.dispose()
    return found
