"""Passwords in the addresses of servers: no command prints one, however it fails."""

import socket
from collections.abc import Iterator

import pytest
import typer
from prefect.settings import PREFECT_API_URL, temporary_settings

from recurcast.cli.main import app
from support.projects import Project, demand, recurcast

WORD = "Marker9word"
_COMMANDS = {
    "init": f"postgresql://me:{WORD}@host/x --csv http://me:{WORD}@host/x.csv",
    "up": "",
    "status": "--fix",
    "doctor": "",
    "logs": f"http://me:{WORD}@host",
    "down": "",
    "forecast": "demand",
    "champion": "demand",
    "history": "demand",
    "promote": "demand 1 --reason x",
    "rollback": "demand",
    "report": "demand",
    "explain": "demand",
    "run": f"demand --set source.path=http://me:{WORD}@host/x.csv --as-of 2024-01-04",
    "pipelines": "",
    "track": "demand",
    "schedule": f"http://me:{WORD}@host",
    "prune": "demand --keep 1",
    "deploy": "",
    "search run": "demand --as-of 2024-01-04",
    "lake pack": f"http://me:{WORD}@host/x --to lake",
    "backfill run": "demand --from 2024-01-02 --to 2024-01-03 --here",
    "backfill status": "demand",
    "backfill cancel": "demand",
    "backfill resume": "demand",
    "search list": "demand",
    "search accept": f"http://me:{WORD}@host --anyway",
    "search show": f"http://me:{WORD}@host",
}


def _all_commands() -> set[str]:
    def names(of: typer.Typer) -> list[str]:
        return [str(each.name or each.callback.__name__) for each in of.registered_commands if each.callback]

    groups = [f"{group.name} {name}" for group in app.registered_groups for name in names(group.typer_instance)]
    return {*names(app), *groups}


@pytest.fixture
def nowhere() -> Iterator[str]:
    """Host and port where nothing listens, nor will."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"127.0.0.1:{bound.getsockname()[1]}"


@pytest.fixture
def _named(project: Project, monkeypatch: pytest.MonkeyPatch, nowhere: str) -> Iterator[None]:
    project.write(demand())
    (project.root / "flows").mkdir()
    (project.root / "flows" / "train.py").touch()
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    api = f"http://me:{WORD}@{nowhere}/api"
    monkeypatch.setenv("PREFECT_API_URL", api)
    with temporary_settings({PREFECT_API_URL: api}):
        yield


def test_every_command_is_tried() -> None:
    assert set(_COMMANDS) == _all_commands()


@pytest.mark.usefixtures("_named")
def test_no_command_that_fails_prints_a_password(monkeypatch: pytest.MonkeyPatch, nowhere: str) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:{WORD}@{nowhere}")

    for command, arguments in _COMMANDS.items():
        for option in ("--json", "-v"):  # a traceback comes before the message
            ended = recurcast(*command.split(), *arguments.split(), option)
            assert ended.exit_code in (0, 1, 2, 3)
            assert ended.stdout + ended.stderr, command
            assert WORD not in ended.stdout + ended.stderr, (command, option)


@pytest.mark.parametrize(
    "form", ["http://{}@{}", "http://me:a/{}@{}", "postgresql://me:{}@{}/x", "http://{1}/?password={0}"]
)
@pytest.mark.usefixtures("_named")
def test_no_form_of_an_address_gives_its_password_away(
    monkeypatch: pytest.MonkeyPatch, nowhere: str, form: str
) -> None:
    monkeypatch.setattr("mlflow.store.db.utils.MAX_RETRY_COUNT", 1)  # it would wait a minute for the database
    monkeypatch.setenv("MLFLOW_TRACKING_URI", form.format(WORD, nowhere))

    for command in (("champion", "demand"), ("champion", "demand", "--json"), ("status", "-v")):
        ended = recurcast(*command)
        assert ended.exit_code == 1
        assert WORD not in ended.stdout + ended.stderr, command


@pytest.mark.usefixtures("_named")
def test_what_is_masked_still_says_which_server_and_what_to_do(monkeypatch: pytest.MonkeyPatch, nowhere: str) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"http://me:{WORD}@{nowhere}")

    message = recurcast("champion", "demand").message
    assert f"received from http://***@{nowhere}: API request to http://***@{nowhere}/api" in message
    assert f"no Prefect server answers at http://***@{nowhere}/api" in recurcast("deploy").message
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert f"prefect   http://***@{nowhere}" in recurcast("status").stdout
