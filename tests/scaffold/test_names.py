"""Any name of a file makes a project that gives back its name and its file."""

import dataclasses
import shutil
import tempfile
from functools import cache
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recurcast.config.project import load_pipeline
from recurcast.scaffold.files import pipeline_name, project_file
from recurcast.scaffold.guess import Said
from recurcast.scaffold.names import kept_name
from recurcast.scaffold.proposal import Proposal, propose
from support.proposed import NOW, case

NAMES = [
    *(
        "NO.csv",
        "null.csv",
        "~.csv",
        "true.csv",
        "y.csv",
        "1e3.csv",
        "0x1F.csv",
        "1_000.csv",
        "2024-01-01.csv",
        "12:30.csv",
    ),
    *("it's.csv", 'say "hi".csv', "a: b.csv", "- a.csv", "#.csv", "& a.csv", "*a.csv", "{a}.csv", "[a].csv", "%.csv"),
    *(
        "😀.csv",
        "Häuser & Höfe.csv",
        f"{'x' * 200}.csv",
        "train.csv",
        "backfill.csv",
        "forecast.csv",
        "sine.csv",
        "a b.CSV",
    ),
    *(
        "{{ x }}.csv",
        "$PWD.csv",
        ".csv",
        "..csv.gz",
        "a\nb.csv",
        "\x07.csv",
        "\udcff.csv",
        "a\\b.csv",
        "energy.2024.csv",
    ),
]


@cache
def proposal() -> Proposal:
    """One, whose name and file are then exchanged."""
    lines = "".join(f"2024-01-{1 + hour // 24:02d}T{hour % 24:02d}:00Z,{hour % 24}.5\n" for hour in range(400))
    folder = Path(tempfile.mkdtemp())
    (folder / "a.csv").write_text("ds,y\n" + lines)
    try:
        return propose(folder / "a.csv", "a", Said(), NOW)
    finally:
        shutil.rmtree(folder)


def expect_given_back(file_name: str, project: Path) -> None:
    file = Path("/somewhere", file_name)
    name = pipeline_name(file.name.partition(".")[0])
    path = f"data/{kept_name(file, name)}"
    made = proposal()
    source = made.pipeline.source.model_copy(update={"path": path})
    renamed = made.pipeline.model_copy(update={"name": name, "source": source, "description": f"Column y of {path}."})
    guesses = tuple(dataclasses.replace(each, why=f"{each.why} {file_name}") for each in made.guesses)
    text = project_file(dataclasses.replace(made, pipeline=renamed, guesses=guesses))
    (project / "prefect.yaml").write_text(text, encoding="utf-8")

    loaded = load_pipeline(project, name).pipeline
    assert loaded == renamed
    assert PurePosixPath(path).parent == PurePosixPath("data")


@pytest.mark.parametrize("file_name", NAMES, ids=ascii)
def test_a_name_that_yaml_or_prefect_would_misread_is_given_back(tmp_path: Path, file_name: str) -> None:
    expect_given_back(file_name, tmp_path)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(st.text(st.characters(exclude_characters="/\0"), min_size=1, max_size=60).filter(lambda name: name.strip(".")))
def test_any_name_is_given_back(tmp_path: Path, stem: str) -> None:
    expect_given_back(f"{stem}.csv", tmp_path)


@pytest.mark.parametrize(
    ("file_name", "kept"),
    [
        ("NO.csv", "NO.csv"),
        ("Häuser & Höfe.csv.gz", "Häuser & Höfe.csv.gz"),
        ("{{ x }}.CSV", "energy.csv"),
        (".csv", "energy.csv"),
        ("\udcff.csv.gz", "energy.csv.gz"),
        ("a\nb.xlsx", "energy.xlsx"),
    ],
    ids=ascii,
)
def test_a_copy_is_called_as_its_file_where_that_can_be_written(file_name: str, kept: str) -> None:
    assert kept_name(Path("/somewhere", file_name), "energy") == kept


def test_a_file_called_no_makes_a_project(tmp_path: Path) -> None:
    made = propose(case("NO.csv"), "no", Said(), NOW)
    (tmp_path / "prefect.yaml").write_text(project_file(made))
    assert load_pipeline(tmp_path, "no").pipeline == made.pipeline
