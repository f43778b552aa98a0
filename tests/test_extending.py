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


RECIPES = {"cell": 3, "source": 3, "metric": 2, "chart": 2}
"""The most files that each touches."""


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the recipes are applied to."""
    copy = tmp_path_factory.mktemp("extending") / "copy"
    for folder in COPIED:
        shutil.copytree(REPOSITORY / folder, copy / folder, ignore=NEEDLESS)
    shutil.copy(REPOSITORY / "pyproject.toml", copy)
    return copy


def done_in(copy: Path, *command: str) -> str:
    place = {"PYTHONPATH": str(copy / "src"), "GIT_CEILING_DIRECTORIES": str(copy.parent)}
    ended = subprocess.run(command, cwd=copy, env=os.environ | place, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def touched_by(copy: Path, recipe: str) -> list[str]:
    """The files of a recipe, which fits what it is applied to."""
    told = done_in(copy, "git", "apply", "--numstat", "--check", str(PAGE.with_suffix("") / f"{recipe}.diff"))
    return [line.split("\t")[2] for line in told.splitlines()]


@pytest.mark.parametrize(("recipe", "most"), RECIPES.items())
def test_a_recipe_touches_few_files_and_brings_a_test(recipe: str, most: int, copy: Path) -> None:
    touched = touched_by(copy, recipe)
    assert len(touched) <= most
    assert any(path.startswith("tests/") for path in touched)
    assert all(f"`{path}`" in PAGE.read_text(encoding="utf-8") for path in touched)


def test_recipes_have_no_file_in_common_and_their_tests_pass(copy: Path, tmp_path: Path) -> None:
    """All in one copy, as a process that has imported everything is dear; none leans on another that shares no file with it."""
    changed = tmp_path / "copy"
    shutil.copytree(copy, changed)
    touched = [path for recipe in RECIPES for path in touched_by(changed, recipe)]
    assert len(set(touched)) == len(touched)
    done_in(changed, "git", "apply", *(str(PAGE.with_suffix("") / f"{recipe}.diff") for recipe in RECIPES))
    own_tests = [path for path in touched if path.startswith("tests/")]
    done_in(changed, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *own_tests)
