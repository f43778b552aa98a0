"""The recipes of docs/extending.md: applied to a copy of the source, where the test that each brings along passes."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from support.documents import REPOSITORY

PAGE = REPOSITORY / "docs" / "extending.md"
COPIED = ("src", "flows", "docs", "tests")
NEEDLESS = shutil.ignore_patterns("__pycache__", "images", "*.egg-info")


@pytest.mark.parametrize(("recipe", "most"), [("cell", 3), ("source", 3), ("metric", 2), ("chart", 2)])
def test_a_recipe_touches_few_files_and_works_as_it_stands(recipe: str, most: int, tmp_path: Path) -> None:
    copy, diff = tmp_path / "copy", PAGE.with_suffix("") / f"{recipe}.diff"
    for folder in COPIED:
        shutil.copytree(REPOSITORY / folder, copy / folder, ignore=NEEDLESS)
    shutil.copy(REPOSITORY / "pyproject.toml", copy)

    def done_there(*command: str) -> str:
        place = {"PYTHONPATH": str(copy / "src"), "GIT_CEILING_DIRECTORIES": str(tmp_path)}
        ended = subprocess.run(command, cwd=copy, env=os.environ | place, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    touched = [line.split("\t")[2] for line in done_there("git", "apply", "--numstat", str(diff)).splitlines()]
    own_tests = [path for path in touched if path.startswith("tests/")]
    assert len(touched) <= most
    assert own_tests
    assert all(f"`{path}`" in PAGE.read_text(encoding="utf-8") for path in touched)
    done_there("git", "apply", str(diff))
    done_there(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *own_tests)
