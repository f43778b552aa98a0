"""Small projects on disk, and the command line called in this process as a person would call it."""

import contextlib
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import pandas as pd
import yaml
from mlflow import MlflowClient

from recurcast.cli.main import main

AS_OF = "2024-01-04T00:00:00Z"

# A series that alternates: naive is off by 2 at each step, and a network that hardly learnt anything by about 1.
DEMAND: dict[str, Any] = {
    "name": "demand",
    "source": {"kind": "file", "path": "demand.csv"},
    "frequency": "h",
    "parts": {"history": 40, "validation": 10, "test": 10},
    "windows": {"lookback": 4, "horizon": 1},
    "network": {"units": 2, "cells": ["rnn"]},
    "training": {"epochs": 1},
    "charts": "none",
}


@dataclass(frozen=True)
class Ended:
    """How a call of the command line ended."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def message(self) -> str:
        """Return the last line of stderr: what came before are the title and the stages."""
        return self.stderr.rstrip("\n").rpartition("\n")[2]


def recurcast(*arguments: str) -> Ended:
    """Call the command line in this process."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["recurcast", *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            main()
        except SystemExit as leaving:
            code = leaving.code
        else:
            raise AssertionError("main always leaves with an exit code")
    assert isinstance(code, int)
    return Ended(code, out.getvalue(), err.getvalue())


def demand(hours: int = 72) -> pd.DataFrame:
    """Return hourly rows from 2024-01-01 on, up to AS_OF by default, as a file would hold them."""
    ds = pd.date_range("2024-01-01", periods=hours, freq="h")
    return pd.DataFrame({"ds": ds.strftime("%Y-%m-%dT%H:%M:%SZ"), "y": [10.0 + (-1) ** t for t in range(hours)]})


@dataclass(frozen=True)
class Standing:
    """What a store holds of all runs and versions, and which versions are champions."""

    runs: dict[str, str]
    """Status by run id."""
    versions: tuple[str, ...]
    champions: frozenset[str]


@dataclass(frozen=True)
class Project:
    """A folder with `prefect.yaml` and `demand.csv`."""

    root: Path

    def configure(self, *, deployment: str = "demand", **changed: Any) -> None:
        """Write prefect.yaml with one pipeline: DEMAND with some fields changed."""
        block = {
            "name": deployment,
            "entrypoint": "flows/train.py:train",
            "work_pool": {"name": "recurcast"},
            "schedules": [{"cron": "0 0 * * *", "slug": "daily"}],
            "parameters": {"pipeline": DEMAND | changed},
        }
        (self.root / "prefect.yaml").write_text(yaml.safe_dump({"deployments": [block]}, sort_keys=False))

    def write(self, rows: pd.DataFrame, name: str = "demand.csv") -> None:
        """Write a CSV file."""
        rows.to_csv(self.root / name, index=False)

    @property
    def client(self) -> MlflowClient:
        """Return a client of the project's own store."""
        store = f"sqlite:///{self.root / 'mlflow.db'}"
        return MlflowClient(store, registry_uri=store)

    def standing(self) -> Standing:
        """Return what the store holds now."""
        client = self.client
        experiments = [each.experiment_id for each in client.search_experiments()]
        runs = {run.info.run_id: run.info.status for run in client.search_runs(experiments)}
        versions = sorted(f"{each.name}/{each.version}" for each in client.search_model_versions())
        models = client.search_registered_models()
        champions = {f"{each.name}/{each.aliases['champion']}" for each in models if "champion" in each.aliases}
        return Standing(runs, tuple(versions), frozenset(champions))

    def artifact(self, run_id: str, path: str) -> str:
        """Return the text of an artifact of a run."""
        with tempfile.TemporaryDirectory() as folder:
            return Path(self.client.download_artifacts(run_id, path, folder)).read_text(encoding="utf-8")


@contextlib.contextmanager
def only_new_runs(project: Project) -> Iterator[dict[str, str]]:
    """Fill the mapping with the runs that came, status by id; assert that champions, versions and older runs stayed."""
    before = project.standing()
    came: dict[str, str] = {}
    yield came
    after = project.standing()
    assert after.champions == before.champions
    assert after.versions == before.versions
    assert before.runs.items() <= after.runs.items()
    came.update({run_id: status for run_id, status in after.runs.items() if run_id not in before.runs})


def one_json_object(text: str) -> dict[str, Any]:
    """Return the only line of `text`, read as a JSON object."""
    lines = text.splitlines()
    assert len(lines) == 1, text
    parsed = json.loads(lines[0])
    assert isinstance(parsed, dict)
    return parsed
