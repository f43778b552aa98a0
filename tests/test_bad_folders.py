"""Folders that are gone or closed: every command says so in one message."""

import ctypes
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

import recurcast as api
from recurcast.cli.main import app
from recurcast.errors import ConfigurationError
from support.projects import Ended, recurcast

NEEDED = {
    "init": ("mine",),
    "track": ("demand",),
    "schedule": ("demand",),
    "prune": ("demand", "--keep", "3"),
    "forecast": ("demand",),
    "champion": ("demand",),
    "history": ("demand",),
    "promote": ("demand", "1", "--reason", "why"),
    "rollback": ("demand", "--reason", "why"),
    "report": ("demand",),
    "backfill run": ("demand", "--from", "2024-01-01", "--to", "2024-01-02"),
    "backfill status": ("demand",),
    "backfill cancel": ("demand",),
    "backfill resume": ("demand",),
}
"""What a command must be given; the others need nothing."""


def commands() -> list[str]:
    """Return the words of every command there is."""
    group = typer.main.get_command(app)
    found = []
    for name, command in group.commands.items():
        inner = getattr(command, "commands", None)
        found += [name] if inner is None else [f"{name} {each}" for each in inner]
    return found


@pytest.fixture
def gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Stand in a folder that was removed."""
    folder = tmp_path / "gone"
    folder.mkdir()
    monkeypatch.chdir(folder)
    folder.rmdir()
    yield
    monkeypatch.undo()


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize("command", commands())
def test_in_a_folder_that_was_removed_every_command_says_so(command: str) -> None:
    ended = recurcast(*command.split(), *NEEDED.get(command, ()))

    assert (ended.exit_code, ended.stdout) == (2, "")
    assert ended.stderr.startswith("recurcast: a command is called in a folder that is there; the working folder can't")
    assert ended.stderr.endswith("Change into your project's folder.\n")
    assert ended.stderr.count("\n") == 1


@pytest.mark.usefixtures("gone")
def test_in_a_folder_that_was_removed_help_is_still_given() -> None:
    assert recurcast("run", "--help").exit_code == 0


@pytest.mark.usefixtures("gone")
def test_in_a_folder_that_was_removed_python_gets_an_error_of_ours() -> None:
    with pytest.raises(ConfigurationError, match="the working folder can't be found"):
        api.load_pipeline("demand")


@pytest.mark.parametrize("below", ["mine", "mine/and/deep"])
@pytest.mark.parametrize("arguments", [(), ("--csv", "shop.csv")])
def test_init_below_a_file_is_refused_before_anything_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, below: str, arguments: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("file").write_text("")
    Path("shop.csv").write_text("nothing that could be guessed from")

    ended = recurcast("init", f"file/{below}", *arguments)

    assert ended.exit_code == 2
    assert f"a project stands in folders; '{tmp_path / 'file'}' is something else" in ended.message


def test_init_of_a_name_that_is_too_long_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ended = recurcast("init", "x" * 300)

    assert ended.exit_code == 2
    assert "which failed: File name too long. Nothing was left there" in ended.message
    assert list(tmp_path.iterdir()) == []


def without_privilege(folder: Path, *arguments: str) -> Ended:
    """Call the command line in a process to which a folder's permissions apply, root's too."""

    def drop() -> None:
        libc = ctypes.CDLL(None)
        for capability in (1, 2):  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
            libc.prctl(24, capability, 0, 0, 0)  # PR_CAPBSET_DROP; to others than root it says no, and they have none

    ended = subprocess.run(
        [sys.executable, "-m", "recurcast", *arguments],
        cwd=folder, preexec_fn=drop, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONSAFEPATH": "1"},
    )  # fmt: skip
    return Ended(ended.returncode, ended.stdout, ended.stderr)


@pytest.fixture
def closed(tmp_path: Path) -> Iterator[Path]:
    """A folder with a project, which is opened again at the end."""
    folder = tmp_path / "closed"
    (folder / "inside").mkdir(parents=True)
    (folder / "prefect.yaml").write_text("deployments: []")
    yield folder
    folder.chmod(0o700)


@pytest.mark.parametrize(
    ("mode", "arguments", "says"),
    [
        (0o000, ("init", "closed/mine"), "are written to 'closed/mine', which failed: Permission denied"),
        (
            0o000,
            ("init", "mine", "--csv", "closed/a.csv"),
            "a source is a file that can be read: 'a.csv': Permission denied",
        ),
        (0o500, ("init", "closed/mine"), "are written to 'closed/mine', which failed: Permission denied"),
    ],
)
def test_what_may_not_be_looked_into_or_written_is_named(
    closed: Path, tmp_path: Path, mode: int, arguments: tuple[str, ...], says: str
) -> None:
    closed.chmod(mode)
    ended = without_privilege(tmp_path, *arguments)

    assert ended.exit_code == (3 if "--csv" in arguments else 2), ended.stderr
    assert says in ended.message
    assert "Traceback" not in ended.stderr
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize(
    ("command", "code", "says"),
    [
        (
            "down",
            1,
            "the stack keeps its state in {folder}; it can't be written: Permission denied. Check the folder's",
        ),
        ("logs", 2, "'{folder}/logs' must be there and open to you; received: Permission denied. Check its path"),
    ],
)
def test_a_stack_s_folder_that_may_not_be_looked_into_is_named(
    closed: Path, command: str, code: int, says: str
) -> None:
    folder = closed / ".recurcast"
    folder.mkdir()
    folder.chmod(0o000)
    ended = without_privilege(closed, command)

    assert ended.exit_code == code, ended.stderr
    assert says.format(folder=folder) in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_folder_whose_name_is_no_text_is_no_reason_to_end_in_a_traceback(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "recurcast", "init", b"\xff"], cwd=tmp_path, capture_output=True, check=False,
        env=os.environ | {"PYTHONIOENCODING": "utf-8:strict"},
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    assert rb"\udcff: a project with the pipeline 'sine'" in ended.stdout


def test_a_project_file_that_may_not_be_read_is_named(closed: Path) -> None:
    (closed / "prefect.yaml").chmod(0o000)
    ended = without_privilege(closed, "pipelines")

    assert ended.exit_code == 2
    assert "prefect.yaml can't be read: Permission denied. Check its permissions." in ended.message
