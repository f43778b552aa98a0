"""500 files changed at random through the command: a project that can be read, or one message; never a traceback."""

import random
from pathlib import Path

import pytest

from recurcast.config import FileSource
from recurcast.config.project import load_pipeline, only_pipeline
from recurcast.series.files import read_file
from recurcast.series.sources import obtain
from support.changed_files import KINDS
from support.projects import recurcast

MANY = {"text.csv": 140, "Lastgang 2024 (1).TXT": 60, "NO.tsv": 60, "book.xlsx": 60, "table.parquet": 60}
FEWER = 24
SAID = [
    *[[]] * 12, ["--decimal", ","], ["--day-first"], ["--month-first"], ["--time", "ds"], ["--target", "y"], ["--id", "site"],
    ["--timezone", "Europe/Berlin"], ["--horizon", "3"], ["--keep-values"], ["--sheet", "S"], ["--json"], ["--time", "day+hr"],
]  # fmt: skip


def test_there_are_500_files() -> None:
    assert sum(MANY.get(name, FEWER) for name in KINDS) == 500


@pytest.mark.parametrize("name", KINDS)
def test_a_changed_file_is_read_or_refused_in_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    dice = random.Random(name)
    ended = {0: 0, 2: 0, 3: 0}
    for number in range(MANY.get(name, FEWER)):
        content = KINDS[name](dice, tmp_path)
        (tmp_path / name).write_bytes(content)
        said = dice.choice(SAID)
        try:
            ended[_begun(tmp_path, name, said, f"project{number}")] += 1
        except Exception as error:
            raise AssertionError(f"file {number}, {said}: {content[:3_000]!r}") from error
    assert ended[2] + ended[3] > 0
    assert ended[0] > 0 or name.startswith("broken")


def _begun(folder: Path, name: str, said: list[str], project: str) -> int:
    before = sorted(folder.iterdir())

    begun = recurcast("init", project, "--csv", name, "--yes", *said)

    assert begun.exit_code in (0, 2, 3), begun.stderr
    assert "Traceback" not in begun.stderr
    if begun.exit_code != 0:
        assert len(begun.message or begun.stdout) > 20
        assert sorted(folder.iterdir()) == before
    else:
        _read_as_a_run_does(folder / project)
    return begun.exit_code


def _read_as_a_run_does(project: Path) -> None:
    name = only_pipeline(project, "run")
    pipeline = load_pipeline(project, name).pipeline
    assert isinstance(pipeline.source, FileSource)
    newest = read_file(pipeline.source, project, name)["available_at"].max()
    rows = obtain(pipeline, newest.to_pydatetime(), project).rows
    assert rows["y"].notna().sum() >= 20
    assert not rows.duplicated(["unique_id", "ds"]).any()
