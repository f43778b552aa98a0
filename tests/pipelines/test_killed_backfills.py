"""Real backfills in processes of their own: killed at random moments and taken up again, or two over one stretch."""

import json
import os
import random
import signal
import sqlite3
from collections import Counter
from itertools import count
from pathlib import Path

import pytest
import yaml
from mlflow import MlflowClient

from support.forked import Forked, forking
from support.prefect_server import wait_until
from support.tiny import TINY

INTERVALS = 5
CELLS = ["rnn", "lstm"]
RUNS_PER_INTERVAL = 1 + len(CELLS)
TICKS = [f"2024-06-01T{hour:02d}:00:00Z" for hour in range(INTERVALS)]


@pytest.fixture
def root(tmp_path):
    """A project with hourly ticks."""
    entry = {
        "name": "tiny",
        "entrypoint": "flows/train.py:train",
        "schedules": [{"cron": "0 * * * *", "slug": "hourly"}],
        "parameters": {"pipeline": TINY | {"training": {"epochs": 1}, "network": {"units": 3, "cells": CELLS}}},
    }
    (tmp_path / "prefect.yaml").write_text(yaml.safe_dump({"deployments": [entry]}))
    return tmp_path


@pytest.fixture(scope="module")
def begin(tmp_path_factory):
    """Begins commands in processes of their own."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PREFECT_", "MLFLOW_"))}
    with forking(environment | {"PREFECT_HOME": str(tmp_path_factory.mktemp("prefect"))}) as begin:
        yield begin


@pytest.fixture
def start(root, begin):
    """Start `recurcast backfill ARGUMENTS --here` in the project."""
    numbers = count()
    return lambda *arguments: begin(root, root / f"said-{next(numbers)}", "backfill", *arguments, "--here")


def finish(process: Forked) -> str:
    wait_until(lambda: process.poll() is not None, 300, "the backfill has ended")
    assert process.poll() == 0, process.said("stderr")
    return process.said("stdout")


def opened_runs(root: Path) -> int:
    """How many runs MLflow's database holds, read without disturbing whoever writes."""
    with sqlite3.connect(f"file:{root / 'mlflow.db'}?mode=ro", uri=True) as database:
        return int(database.execute("select count(*) from runs").fetchone()[0])


def kill_when(process: Forked, root: Path, runs: int) -> None:
    def reached() -> bool:
        assert process.poll() is None, process.said("stderr")
        try:
            return opened_runs(root) >= runs
        except sqlite3.OperationalError:  # not there yet
            return False

    wait_until(reached, 240, f"{runs} runs are open")
    os.kill(process.pid, signal.SIGKILL)
    wait_until(lambda: process.poll() == -signal.SIGKILL, 60, "it is dead")


def assert_each_interval_done_once(root: Path, ticks: list[str]) -> MlflowClient:
    store = f"sqlite:///{root / 'mlflow.db'}"
    client = MlflowClient(store, registry_uri=store)
    experiment = client.get_experiment_by_name("tiny").experiment_id
    runs = client.search_runs([experiment], max_results=1000)
    done = Counter(run.data.tags["as_of"] for run in runs if run.data.tags.get("outcome") == "trained")
    assert done == Counter(ticks)
    assert "RUNNING" not in {run.info.status for run in runs}
    versions = [each for each in client.search_model_versions("name='tiny'", max_results=1000) if "as_of" in each.tags]
    assert Counter(version.tags["as_of"] for version in versions) == Counter(ticks)
    promoted = [version.tags["as_of"] for version in versions if version.tags["decision"] == "promote"]
    assert client.get_model_version_by_alias("tiny", "champion").tags["as_of"] == max(promoted)
    return client


def test_a_backfill_killed_at_three_random_moments_is_resumed_and_each_interval_done_exactly_once(root, start):
    moments = sorted(random.Random(1990).sample(range(3, INTERVALS * RUNS_PER_INTERVAL), 3))
    process = start("run", "tiny", "--from", TICKS[0], "--to", f"2024-06-01T{INTERVALS:02d}:00:00Z")
    for moment in moments:
        kill_when(process, root, moment)
        process = start("resume")
    finish(process)

    client = assert_each_interval_done_once(root, TICKS)
    experiment = client.get_experiment_by_name("tiny").experiment_id
    (backfill,) = client.search_runs([experiment], "tags.kind = 'backfill'")
    assert (backfill.info.status, backfill.data.tags["outcome"]) == ("FINISHED", "done")


def test_two_backfills_over_overlapping_ranges_at_once_train_no_interval_twice(root, start):
    first = start("run", "tiny", "--from", TICKS[0], "--to", TICKS[3])
    second = start("run", "tiny", "--from", TICKS[1], "--to", TICKS[4], "--json")
    finish(first)
    summary = json.loads(finish(second))

    assert_each_interval_done_once(root, TICKS[:4])
    assert len(summary["intervals"]) == 3
