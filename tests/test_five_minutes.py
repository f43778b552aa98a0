"""What README and docs/data.md show of a terminal, from a raw file to a forecast: typed again, in a real terminal."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.documents import REPOSITORY, Block, blocks
from support.projects import recurcast
from support.raw_files import RAW
from support.terminal import in_terminal
from test_documented_commands import shrink

SESSIONS = blocks("console", pages=(REPOSITORY / "README.md", REPOSITORY / "docs" / "data.md"))
COLUMNS, ROWS = 100, 30
LEFT_OUT = "..."
TRAINED = ("shops",)
"""The project that is brought to a forecast here; whether a first run would go through `init` has looked at in all of them."""


QUICKLY = ("--set", "training.seeds=1", "--set", "serving=judged", "--set", "charts=none", "--promote")


@dataclass(frozen=True)
class Typed:
    """A command of a session, and what the page shows below it."""

    command: str
    shown: tuple[str, ...]


def typed_in(block: Block) -> Iterator[Typed]:
    """The commands of a session in their order."""
    for part in re.split(r"^\$ ", block.text, flags=re.MULTILINE)[1:]:
        command, *shown = part.rstrip("\n").split("\n")
        yield Typed(command, tuple(shown))


def standing(lines: tuple[str, ...], told: list[str]) -> bool:
    """Whether the lines stand in what was told, one below the other but where the page leaves some out."""
    pattern = "\n".join("(?:.*\n)*?.*" if line == LEFT_OUT else re.escape(line.rstrip()) for line in lines)
    return re.search(rf"^{pattern}$", "\n".join(line.rstrip() for line in told), re.MULTILINE) is not None


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder with the raw files, and the samples of this repository."""
    folder = tmp_path / "clone"
    shutil.copytree(REPOSITORY / "data" / "samples", folder / "data" / "samples")
    for name, write in RAW.items():
        write(folder / name)
    return folder


@pytest.mark.parametrize("block", SESSIONS, ids=lambda block: block.place)
def test_a_session_of_the_pages_comes_out_as_it_is_shown(
    block: Block, clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = clone
    for typed in typed_in(block):
        first, *words = shlex.split(typed.command)
        if first == "cd":
            folder = (folder / words[0]).resolve()
        elif first == "head":
            told = subprocess.check_output([first, *words], cwd=folder, text=True, encoding="utf-8")
            assert told.splitlines() == list(typed.shown)
        elif words[0] == "init":
            screen = in_terminal(folder, *words, columns=COLUMNS, rows=ROWS, typed=["y\n"])
            assert screen.exit_code == 0
            assert standing(typed.shown, screen.lines), "\n".join(screen.lines)
            shrink((folder / words[1]).resolve())
        elif folder.name in TRAINED:  # the figures of a tiny network are others than those that are shown
            monkeypatch.chdir(folder)
            ended = recurcast(*words, *(QUICKLY if words[0] == "run" else ()))
            assert (first, ended.exit_code) == ("recurcast", 0), ended.stderr


def test_every_raw_file_has_its_session() -> None:
    commands = " ".join(typed.command for block in SESSIONS for typed in typed_in(block))

    for name in RAW:
        assert re.search(rf"head -\d {name}", commands)
        assert f"--csv {name}" in commands
