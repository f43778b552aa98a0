"""Stores that somebody has named and that let nobody in: said at once, with what to do."""

import importlib.metadata
import importlib.util
import json
import os
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import mlflow
import pytest

from recurcast.errors import StoreUnavailable
from recurcast.tracking.reaching import expect_writable_artifacts, somebody_waits
from recurcast.tracking.store import connect
from support.mlflow_server import lacking, postgresql
from support.projects import AS_OF, Project, demand, recurcast

NOBODY = "127.0.0.1:9"


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The address of a real PostgreSQL that wants a password."""
    if lack := lacking():
        pytest.skip(lack)
    # Not below pytest's folders, which PostgreSQL's own user may not enter.
    with tempfile.TemporaryDirectory(prefix="pg-") as name, postgresql(Path(name), "right-one") as address:
        yield address


def said_of(address: str, root: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return what is said of a store that can't be used, once that is said soon."""
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    before, began = dict(mlflow_retries()), time.monotonic()
    with pytest.raises(StoreUnavailable) as refused:
        connect(root)
    assert time.monotonic() - began < 30  # MLflow's own tries take two to four minutes
    assert mlflow_retries() == before
    return str(refused.value)


def mlflow_retries() -> dict[str, str]:
    """Return how often MLflow is told to try; what is set for one question may not stay."""
    return {name: value for name, value in os.environ.items() if name.startswith("MLFLOW_HTTP_REQUEST")}


def test_a_wrong_password_of_the_database(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = said_of(database.replace("right-one", "wrong-one"), tmp_path, monkeypatch)

    assert 'password authentication failed for user "recurcast"' in said
    assert "Correct user and password in MLFLOW_TRACKING_URI" in said


def test_a_database_that_is_not_there(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = said_of(database.replace("/postgres?", "/nowhere?"), tmp_path, monkeypatch)

    assert 'database "nowhere" does not exist' in said
    assert "Create the database, or correct its name" in said


@pytest.mark.parametrize(
    ("address", "advice"),
    [
        (f"postgresql://somebody:secret@{NOBODY}/mlflow", "The database does not let us in: start it"),
        (
            "postgresql://somebody:secret@host:port/mlflow",
            "is written like postgresql://host:5432/name, with user:password@ before the host",
        ),
        (f"http://{NOBODY}", "The server does not answer: start it"),
        ("nonsense://somewhere", "MLFLOW_TRACKING_URI begins with http, https, sqlite, postgresql"),
    ],
)
def test_an_address_where_nothing_answers(
    address: str, advice: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert advice in said_of(address, tmp_path, monkeypatch)


def test_a_file_that_no_database_can_be_opened_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "team.db").mkdir()

    assert "Its database can't be opened" in said_of(f"sqlite:///{tmp_path / 'team.db'}", tmp_path, monkeypatch)


def test_a_folder_that_is_not_there_yet_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'new' / 'team.db'}")

    connect(tmp_path)

    assert (tmp_path / "new" / "team.db").is_file()


@pytest.mark.skipif(importlib.util.find_spec("pyodbc") is not None, reason="the driver is installed")
def test_a_driver_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "Install it: pip install pyodbc" in said_of("mssql://somebody@host/mlflow", tmp_path, monkeypatch)


def test_a_run_that_a_worker_began_has_mlflows_own_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT__FLOW_RUN_ID", raising=False)
    assert somebody_waits()

    monkeypatch.setenv("PREFECT__FLOW_RUN_ID", "6b1a")
    assert not somebody_waits()


@pytest.mark.parametrize(
    ("location", "package"),
    [
        ("s3://bucket/1", "boto3"),
        ("gs://bucket/1", "google-cloud-storage"),
        ("wasbs://container@account.blob.core.windows.net/1", "azure-storage-blob"),
        ("abfss://container@account.dfs.core.windows.net/1", "azure-storage-file-datalake"),
        ("sftp://user@host/1", "pysftp"),
    ],
)
def test_a_place_of_artifacts_that_nothing_here_can_write_to_names_what_to_install(location: str, package: str) -> None:
    if package in {each.name for each in importlib.metadata.distributions()}:
        pytest.skip(f"{package} is installed")
    with pytest.raises(StoreUnavailable, match=f"pip install {package}"):
        expect_writable_artifacts(location)


def test_a_place_of_an_unknown_kind_is_refused_and_common_ones_are_not() -> None:
    with pytest.raises(StoreUnavailable, match="no MLflow here knows other://"):
        expect_writable_artifacts("other://bucket/1")
    for location in ("/data/mlruns/1", "file:///data/mlruns/1", "mlflow-artifacts:/1"):
        expect_writable_artifacts(location)


def test_a_run_whose_artifacts_nothing_could_write_does_not_begin(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"sqlite:///{project.root / 'team.db'}"
    client = mlflow.MlflowClient(address)
    experiment = client.create_experiment("demand", artifact_location="gs://bucket/demand")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    project.write(demand())

    ended = recurcast("run", "demand", "--as-of", AS_OF, "--json")

    assert ended.exit_code == 1
    assert "pip install google-cloud-storage" in json.loads(ended.stdout)["error"]
    assert client.search_runs([experiment]) == []
