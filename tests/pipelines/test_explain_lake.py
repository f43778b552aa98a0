"""A champion of a lake is explained on a sample of its series, read file by file; on all where these are few."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from recurcast.cli.commands import explain as command
from recurcast.config import PipelineConfig
from recurcast.errors import ConfigurationError
from recurcast.pipelines import explained_on
from recurcast.pipelines.explain import Explained, explain
from recurcast.pipelines.explained_on import ExplainedOn, held_to_explain
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.runs.train import Request
from recurcast.series.reading.folder import Folder
from support.lakes import AS_OF, SITES, lake_in, streamed

NETWORK = {"cells": ["attention"], "units": 3, "calendar": ["hour"]}


def of(path: str, **training: Any) -> PipelineConfig:
    return streamed(path, network=NETWORK, training={"epochs": 1} | training)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = lake_in(tmp_path_factory.mktemp("project"))
    result = run_interval(Request(of("lake"), AS_OF, root), PLAIN)
    assert result.decision is not None
    assert result.decision.verdict == "promote"
    return root


@pytest.fixture
def by_file(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lake that would be read whole is an error."""

    def whole(folder: Folder, *_: object) -> None:
        raise AssertionError(f"'{folder.source.path}' is read whole")

    monkeypatch.setattr(Folder, "read", whole)


def found(root: Path, config: PipelineConfig) -> Explained:
    """What it finds, but for the configuration that was asked with."""
    return replace(explain(config, None, root), pipeline=of("folder"))


@pytest.fixture(scope="module")
def of_whole(root: Path) -> Explained:
    return found(root, of("folder"))


def test_of_a_lake_whose_series_the_memory_holds_it_is_what_it_is_of_the_whole(
    root: Path, of_whole: Explained, by_file: None
) -> None:
    in_files = found(root, of("lake"))

    assert in_files == of_whole
    assert in_files.on == ExplainedOn(len(SITES), len(SITES))
    assert in_files.importances is not None
    assert {each.name for each in in_files.importances.inputs} == {"heat", "hour"}
    assert in_files.looks is not None


def test_of_more_series_it_is_that_of_a_sample_and_says_so(
    root: Path, by_file: None, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(explained_on, "MOST_SERIES", 4)
    in_files = found(root, of("lake"))

    assert in_files.on == ExplainedOn(4, len(SITES))
    sampled = of("lake").model_copy(
        update={"training": of("lake").training.model_copy(update={"stream": False, "sample_series": 4})}
    )
    assert found(root, sampled) == in_files, "a pipeline that trains on a sample is explained on it"
    command._print(Console(), in_files)
    printed = " ".join(capsys.readouterr().out.split())
    assert f"test windows of 4 of {len(SITES)} series as of 2024-04-05T07:00:00Z" in printed
    assert {"series": 4, "of_series": 9}.items() <= json.loads(json.dumps(command._plain(in_files))).items()


def test_fewer_series_are_taken_where_their_windows_or_parts_are_more_than_the_memory_should_hold(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    of_one = 8 * 16 * (24 * 2 + 30 * 2 + 6)  # 16 windows: y and heat, hour as two columns, targets
    monkeypatch.setattr(explained_on, "memory", lambda: explained_on._SHARE * 5 * of_one)
    assert held_to_explain(of("lake"), root).training.sample_series == len(SITES) // 2
    monkeypatch.setattr(explained_on, "memory", lambda: 10**12)
    long = of("lake").model_copy(update={"parts": of("lake").parts.model_copy(update={"history": 3_000_000})})
    assert held_to_explain(long, root).training.sample_series == 2


def test_what_streams_a_folder_that_is_no_lake_is_refused_and_other_sources_are_as_they_were(root: Path) -> None:
    folder = of("folder")
    assert held_to_explain(folder, root) is folder
    unpacked = folder.model_copy(update={"training": folder.training.model_copy(update={"stream": True})})
    with pytest.raises(ConfigurationError, match="the folder of 'loads' has no manifest"):
        held_to_explain(unpacked, root)
