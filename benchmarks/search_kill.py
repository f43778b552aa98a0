"""What is left of a search that is killed: 20 trials, kill -9 at random moments, begun again each time.

    python benchmarks/search_kill.py [--trials 20] [--kills 3] [--seed 1] [--workers 1]

Tells how many trials there are by state, whether any number, run or draw is there twice, what is RUNNING in Optuna or MLflow,
and whether the record is, to the bit, that of a search which nobody killed.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import sqlite3
import subprocess
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

import yaml
from mlflow import MlflowClient

from measuring import RECURCAST, ROOT, introduce

AS_OF = "2024-06-01T00:00:00Z"
PIPELINE: dict[str, Any] = {
    "name": "tiny",
    "source": {"kind": "generated", "seasons": [{"period": 12, "amplitude": 5}], "level": 20, "noise": 0.3},
    "frequency": "h",
    "season": 12,
    "parts": {"history": 90, "validation": 24, "test": 36},
    "windows": {"lookback": 12, "horizon": 2},
    "network": {"units": 4, "cells": ["gru", "rnn"]},
    "training": {"epochs": 3, "learning_rate": 0.05},
    "charts": "none",
    "search": {"origins": 3, "fresh_origins": 2, "space": {"network.units": {"low": 2, "high": 16, "log": True}}},
}


def project(folder: Path) -> Path:
    """Write the project that is searched."""
    (folder / "flows").symlink_to(ROOT / "flows")
    schedules = [{"cron": "0 * * * *", "slug": "hourly"}]
    block = {"name": "tiny", "entrypoint": "flows/train.py:train", "work_pool": {"name": "recurcast"}}
    deployment = block | {"schedules": schedules, "parameters": {"pipeline": PIPELINE}}
    (folder / "prefect.yaml").write_text(yaml.safe_dump({"deployments": [deployment]}))
    return folder


def command(given: argparse.Namespace) -> list[str]:
    """Return the command of the search."""
    numbers = ["--trials", str(given.trials), "--workers", str(given.workers)]
    return [RECURCAST, "search", "tiny", "--as-of", AS_OF, "--json", *numbers]


def searched(folder: Path, given: argparse.Namespace) -> dict[str, Any]:
    """Return the record of a search that is let end."""
    ended = subprocess.run(command(given), cwd=folder, capture_output=True, text=True, check=True)
    return dict(json.loads(ended.stdout))


def ended_trials(folder: Path) -> int:
    """Return how many trials have ended."""
    with contextlib.suppress(sqlite3.Error), contextlib.closing(sqlite3.connect(folder / "searches.db")) as database:
        found = database.execute("SELECT count(*) FROM trials WHERE state IN ('COMPLETE', 'PRUNED', 'FAIL')")
        return int(found.fetchone()[0])
    return 0


def killed(folder: Path, given: argparse.Namespace, after: float) -> int:
    """Kill a search, its workers with it, some seconds after its first trial; return how many trials had ended."""
    went = subprocess.Popen(
        command(given), cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    before = ended_trials(folder)
    while went.poll() is None and ended_trials(folder) == before:
        time.sleep(0.05)
    time.sleep(after)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(went.pid, signal.SIGKILL)
    went.wait()
    return ended_trials(folder)


def left(folder: Path, record: dict[str, Any], of: int) -> list[str]:
    """Return what there is to say about what is left of a search."""
    with contextlib.closing(sqlite3.connect(folder / "searches.db")) as database:
        states = Counter(state for (state,) in database.execute("SELECT state FROM trials"))
        numbers = [number for (number,) in database.execute("SELECT number FROM trials")]
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    runs = list(client.search_runs([client.get_experiment_by_name("tiny").experiment_id]))
    trials = Counter(run.data.tags["trial"] for run in runs if "trial" in run.data.tags)
    draws = Counter(json.dumps([each["cell"], each["settings"], each["seed"]]) for each in record["trials"])
    statuses = Counter(run.info.status for run in runs)
    return [
        f"Optuna: {dict(states)}, {len(numbers)} trials, numbers twice: {len(numbers) - len(set(numbers))}",
        f"record: {dict(Counter(each['state'] for each in record['trials']))} of {of}, draws twice: "
        f"{sum(count > 1 for count in draws.values())}",
        f"MLflow: {dict(statuses)}, a run for each of {len(trials)} trials, twice: {sum(n > 1 for n in trials.values())}",
    ]


def anywhere(record: dict[str, Any]) -> str:
    """Return a record without what differs from one search to another."""
    trials = [{**each, "seconds": 0, "run_id": "", "worker": 0} for each in record["trials"]]
    return json.dumps({**record, "id": "", "run_id": "", "trials": trials}, sort_keys=True)


def main() -> None:
    """Search, kill, search again; then once without being killed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("trials", 20), ("kills", 3), ("seed", 1), ("workers", 1)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = parser.parse_args()
    introduce(f"a search of {given.trials} trials, killed {given.kills} times")
    draw = random.Random(given.seed)
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        folder = project(Path(one))
        for _ in range(given.kills):
            after = draw.uniform(0, 12)
            print(f"killed {after:.1f} s after a trial ended: {killed(folder, given, after)} had ended", flush=True)
        record = searched(folder, given)
        print("\n".join(left(folder, record, given.trials)), flush=True)
        if given.workers == 1:
            same = anywhere(record) == anywhere(searched(project(Path(other)), given))
            print(f"to the bit that of a search which nobody killed: {'yes' if same else 'no'}")


if __name__ == "__main__":
    main()
