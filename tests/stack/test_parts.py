"""How the parts are started, and whom they let in."""

from pathlib import Path

import pytest

from recurcast import environment
from recurcast.errors import ConfigurationError
from recurcast.stack import parts


@pytest.fixture(autouse=True)
def _no_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PREFECT_SERVER_API_AUTH_STRING", raising=False)


def test_on_loopback_nobody_else_can_come_in(tmp_path: Path) -> None:
    parts.expect_guarded("127.0.0.1", mlflow=True, prefect=True, insecure=False)
    parts.expect_guarded("localhost", mlflow=True, prefect=True, insecure=False)


def test_an_address_that_others_reach_is_refused_where_nobody_is_asked_for_a_password() -> None:
    with pytest.raises(
        ConfigurationError, match=r"received --host 0\.0\.0\.0, and without authentication are: Prefect"
    ) as refused:
        parts.expect_guarded("0.0.0.0", mlflow=True, prefect=True, insecure=False)

    assert "MLflow's page" in str(refused.value)
    assert "add --insecure" in str(refused.value)


def test_such_an_address_is_taken_where_all_that_is_started_here_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", "admin:secret")

    parts.expect_guarded("0.0.0.0", mlflow=False, prefect=True, insecure=False)
    parts.expect_guarded("0.0.0.0", mlflow=True, prefect=True, insecure=True)
    with pytest.raises(ConfigurationError, match="without authentication are: MLflow's page"):
        parts.expect_guarded("192.168.1.5", mlflow=True, prefect=True, insecure=False)


def test_a_server_that_asks_for_a_password_gives_it_to_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PREFECT_SERVER_API_AUTH_STRING", "admin:secret")

    launch = parts.worker(tmp_path, "pool", "worker", "http://127.0.0.1:4200/api", "me")

    assert launch.environment["PREFECT_API_AUTH_STRING"] == "admin:secret"
    assert launch.environment["PREFECT_API_URL"] == "http://127.0.0.1:4200/api"


def test_prefects_state_stays_in_the_project_unless_the_user_has_a_place_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_HOME", raising=False)
    own = parts.prefect_server(tmp_path, "127.0.0.1", 4200).environment["PREFECT_HOME"]
    monkeypatch.setenv("PREFECT_HOME", "/elsewhere")

    assert own == str(tmp_path / ".recurcast" / "prefect")
    assert parts.prefect_server(tmp_path, "127.0.0.1", 4200).environment["PREFECT_HOME"] == "/elsewhere"


@pytest.mark.parametrize(
    ("host", "reached"), [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "[::1]"), ("box", "box")]
)
def test_the_address_is_the_one_that_this_machine_reaches(host: str, reached: str) -> None:
    assert parts.address(host, 5000) == f"http://{reached}:5000"
    assert parts.port_of(parts.address(host, 5000)) == 5000


def test_the_stores_address_with_its_password_stands_in_no_command_that_others_can_list(tmp_path: Path) -> None:
    launch = parts.mlflow_server(tmp_path, "postgresql://me:word@host/x", "127.0.0.1", 5000)

    assert "word" not in " ".join(launch.command)
    assert launch.environment["MLFLOW_BACKEND_STORE_URI"] == "postgresql://me:word@host/x"


def test_prefects_own_origins_are_set_unless_the_user_has_named_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PREFECT_SERVER_CORS_ALLOWED_ORIGINS", raising=False)
    own = parts.prefect_server(tmp_path, "127.0.0.1", 4200).environment["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"]
    monkeypatch.setenv("PREFECT_SERVER_CORS_ALLOWED_ORIGINS", "https://prefect.example")
    chosen = parts.prefect_server(tmp_path, "127.0.0.1", 4200).environment["PREFECT_SERVER_CORS_ALLOWED_ORIGINS"]

    assert own == "http://127.0.0.1:4200,http://localhost:4200,http://[::1]:4200"
    assert chosen == "https://prefect.example"


def test_the_names_of_mlflows_page_are_the_servers_own_unless_the_user_has_named_some(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MLFLOW_SERVER_ALLOWED_HOSTS", raising=False)

    def names(host: str) -> str:
        return parts.mlflow_server(tmp_path, "sqlite:///x.db", host, 5000).environment["MLFLOW_SERVER_ALLOWED_HOSTS"]

    assert "127.0.0.2:*" in names("127.0.0.2").split(",")
    assert names("0.0.0.0") == "*"
    monkeypatch.setenv("MLFLOW_SERVER_ALLOWED_HOSTS", "box")
    assert names("127.0.0.1") == "box"


def test_what_keeps_a_terminal_quiet_keeps_no_part_from_logging(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("PREFECT_LOGGING_LEVEL", "MLFLOW_LOGGING_LEVEL", "RECURCAST_SILENCED"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    environment.silence()
    own = parts.worker(tmp_path, "pool", "worker", "http://127.0.0.1:4200/api", "me").environment
    environment.silence()  # as a command does that such a process starts
    again = parts.worker(tmp_path, "pool", "worker", "http://127.0.0.1:4200/api", "me").environment

    assert not {"PREFECT_LOGGING_LEVEL", "MLFLOW_LOGGING_LEVEL"} & {*own, *again}


def test_a_level_that_the_user_has_set_reaches_the_worker(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_LOGGING_LEVEL", "RECURCAST_SILENCED"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    monkeypatch.setenv("PREFECT_LOGGING_LEVEL", "ERROR")
    environment.silence()

    launch = parts.worker(tmp_path, "pool", "worker", "http://127.0.0.1:4200/api", "me")

    assert launch.environment["PREFECT_LOGGING_LEVEL"] == "ERROR"
