"""A search: the same for the same seed, gone on with where it was killed, each trial repeatable, what fails told."""

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient

from recurcast.errors import ConfigurationError
from recurcast.pipelines.search import run_search
from recurcast.pipelines.search_session import open_session
from recurcast.pipelines.search_trials import score_on, settled
from recurcast.runs.search import SearchRecord
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.search_records import log_told, read_record
from recurcast.tracking.store import connect
from support.prefect_server import wait_until
from support.searched import SEARCH, asked


def anywhere(record: SearchRecord) -> SearchRecord:
    """A record without what differs from machine to machine."""
    trials = tuple(replace(each, seconds=0.0, run_id="", worker=0) for each in record.trials)
    return replace(record, id="", run_id="", trials=trials)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("searched")


@pytest.fixture(scope="module")
def record(root: Path) -> SearchRecord:
    return run_search(asked(root))


@pytest.fixture(scope="module")
def client(root: Path) -> MlflowClient:
    return connect(root).client


def test_the_first_trial_is_the_configuration_as_it_stands_though_the_space_does_not_hold_it(
    record: SearchRecord,
) -> None:
    assert record.trials[0].settings == {"network.units": 3, "training.learning_rate": 0.05}
    assert [each.number for each in record.trials] == [0, 1, 2, 3, 4]
    assert record.stood == 0
    assert len({each.seed for each in record.trials}) == 5
    assert all(2 <= each.settings["network.units"] <= 6 for each in record.trials)  # type: ignore[operator]


def test_the_winner_and_what_stood_are_told_by_what_they_do_where_no_trial_looked(record: SearchRecord) -> None:
    assert record.best[0].number == record.winner
    assert {each.trial for each in record.fresh} == {record.winner, 0}
    assert record.fresh_origins[0] > record.origins[-1]
    assert record.fresh_score(0) != record.trials[0].score
    assert record.axes["training.learning_rate"].log


def test_any_trial_can_be_repeated_to_the_bit_from_what_is_recorded_of_it(root: Path, record: SearchRecord) -> None:
    session = open_session(asked(root))
    trial = record.trials[3]
    pipeline = settled(session.pipeline, trial.cell, trial.settings, trial.seed)
    origins = session.origins[: len(trial.scores)]

    assert tuple(score_on(each, pipeline, trial.cell, record.metric).score for each in origins) == trial.scores


def test_mlflow_has_a_run_for_the_search_and_one_for_each_trial_none_of_them_an_interval(
    client: MlflowClient, record: SearchRecord, root: Path
) -> None:
    parent = client.get_run(record.run_id)
    experiment = client.get_experiment_by_name("tiny")
    below = f"tags.mlflow.parentRunId = '{record.run_id}'"
    runs = list(client.search_runs([experiment.experiment_id], below))

    assert (parent.data.tags["kind"], parent.info.status, parent.data.tags["trials"]) == (
        "search",
        "FINISHED",
        "5 finished",
    )
    assert sorted(int(each.data.tags["trial"]) for each in runs) == [0, 1, 2, 3, 4]
    assert not [each for each in (*runs, parent) if {"as_of", "outcome", "adhoc"} & each.data.tags.keys()]
    of_first = next(each for each in runs if each.data.tags["trial"] == "0")
    assert of_first.data.metrics["score"] == record.trials[0].score
    assert of_first.data.params["network.units"] == "3"
    assert len(client.get_metric_history(of_first.info.run_id, "loss/validation")) == 2
    assert read_record(connect(root), record.run_id) == record


def test_one_that_goes_on_is_listed_by_the_score_of_its_new_winner_not_by_the_greater_one(
    client: MlflowClient, record: SearchRecord, root: Path
) -> None:
    run = TrackedRun(connect(root), client.get_run(record.run_id).info.experiment_id, record.run_id)
    better = tuple(replace(each, scores=tuple(score / 2 for score in each.scores)) for each in record.trials)

    for told in (record, replace(record, trials=better), record):
        log_told(run, told)
        won = next(each for each in told.trials if each.number == told.winner)
        assert client.get_run(record.run_id).data.metrics["winner/score"] == won.score


def test_one_that_is_killed_and_begun_again_is_the_same_as_one_that_never_was(
    tmp_path: Path, record: SearchRecord
) -> None:
    went = subprocess.Popen([sys.executable, "-c", _SEARCH, str(tmp_path)], env=_environment())
    scored = "SELECT count(*) FROM trial_user_attributes WHERE key = 'scores'"
    wait_until(lambda: _counted(tmp_path / "searches.db", scored) >= 2, 60, "two trials are scored")
    went.send_signal(signal.SIGKILL)
    went.wait()
    again = run_search(asked(tmp_path))

    assert anywhere(again) == anywhere(record)
    store = connect(tmp_path)
    experiment = store.client.get_experiment_by_name("tiny").experiment_id
    runs = store.client.search_runs([experiment])
    assert sorted(each.data.tags.get("trial", "") for each in runs) == ["", "0", "1", "2", "3", "4"]
    assert {each.info.status for each in runs} == {"FINISHED"}
    # One that ended is told again, and goes on where more is asked for.
    assert anywhere(run_search(asked(tmp_path))) == anywhere(record)
    more = run_search(asked(tmp_path, {"trials": 6}))
    assert (more.run_id, more.trials[:5], len(more.trials)) == (again.run_id, again.trials, 6)


def test_two_workers_share_the_trials_and_none_is_drawn_twice(tmp_path: Path) -> None:
    record = run_search(replace(asked(tmp_path, {"trials": 4}), workers=2))

    assert [each.number for each in record.trials] == [0, 1, 2, 3]
    assert len({each.settings["training.learning_rate"] for each in record.trials}) == 4
    assert len({each.run_id for each in record.trials}) == 4


def test_what_a_setting_breaks_is_that_trials_failure_and_the_search_goes_on(tmp_path: Path) -> None:
    space = {"windows.lookback": [12, 89], "training.learning_rate": [0.01, 1e30]}
    record = run_search(asked(tmp_path, {"trials": 7, "space": space, "sampler": "random"}))
    too_long = next(each for each in record.trials if each.settings["windows.lookback"] == 89)
    of_windows = [each for each in record.trials if each.settings["windows.lookback"] == 12]
    diverged = next(each for each in of_windows if each.settings["training.learning_rate"] == 1e30)

    assert record.winner is not None
    assert {each.state for each in record.trials} == {"finished", "failed"}
    assert too_long.error.startswith("lookback 89 + horizon 2 need 91 steps; parts.history has 90")
    assert diverged.error.startswith("diverged: ")
    assert connect(tmp_path).client.get_run(diverged.run_id).info.status == "FAILED"


def test_too_little_memory_is_a_trials_failure_too(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from recurcast.pipelines import search_trials

    def no_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr("recurcast.training.kinds.fit_seeds", no_memory)
    session = open_session(asked(root))
    with pytest.raises(search_trials.TrialFailed, match="ran out of memory"):
        score_on(session.origins[0], session.pipeline, "gru", "mase")


def test_a_space_in_which_nothing_can_be_is_refused_before_anything_is_recorded(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"of 64 drawn from that of 'tiny' none can: .*parts\.history has 90"):
        run_search(asked(tmp_path, {"space": {"windows.lookback": [89, 90]}}))
    assert not (tmp_path / "mlflow.db").exists()


def test_old_trials_count_where_they_fit_a_space_that_changed_meanwhile(root: Path, record: SearchRecord) -> None:
    space = SEARCH["space"] | {"network.units": {"low": 2, "high": 4}}
    narrower = run_search(asked(root, {"space": space, "trials": 1}))
    few = [each for each in record.trials if each.settings["network.units"] <= 4]  # type: ignore[operator]

    assert {each.scores for each in narrower.trials} >= {each.scores for each in few}
    assert "an earlier search of this as_of was for another configuration" in narrower.remarks[0]
    # Whose lookback changed, has other scores.
    other = run_search(asked(root, {"trials": 1}, windows={"lookback": 11, "horizon": 2}))
    assert len(other.trials) == 1
    assert "0 fit" in other.remarks[0]


def test_time_that_is_up_leaves_what_has_ended(tmp_path: Path) -> None:
    record = run_search(asked(tmp_path, {"budget": "0s"}))
    assert (record.trials, record.winner) == ((), None)
    assert record.fresh == ()


def test_nothing_at_or_after_the_test_part_reaches_a_score_nor_anything_fresh_a_trial(tmp_path: Path) -> None:
    ds = pd.date_range(end="2024-05-31T23:00:00Z", periods=400, freq="h")
    y = 20 + 5 * np.sin(np.arange(400) / 12 * 2 * np.pi) + np.random.default_rng(5).normal(0, 0.3, 400)
    told = []
    for number, changed in enumerate((400, 400 - 36, 400 - 72)):
        folder = tmp_path / str(number)
        folder.mkdir()
        values = np.where(np.arange(400) < changed, y, 0.5 * y + 11)
        pd.DataFrame({"ds": ds.strftime("%Y-%m-%dT%H:%M:%SZ"), "y": values}).to_csv(folder / "y.csv", index=False)
        told.append(run_search(asked(folder, {"trials": 2, "origins": 1}, source={"kind": "file", "path": "y.csv"})))
    as_it_was, test_part, fresh_part = told

    assert anywhere(test_part) == anywhere(as_it_was)
    assert anywhere(fresh_part).trials == anywhere(as_it_was).trials
    assert fresh_part.fresh != as_it_was.fresh


_SEARCH = """
import sys
from pathlib import Path
from recurcast import environment
environment.prepare()
environment.silence()
from recurcast.pipelines.search import run_search
from support.searched import asked
run_search(asked(Path(sys.argv[1])))
"""


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(Path(__file__).parents[1])}


def _counted(file: Path, query: str) -> int:
    """What the query counts in a database that another process writes, 0 where it can't be read yet."""
    with (
        contextlib.suppress(sqlite3.Error),
        contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db,
    ):
        return int(db.execute(query).fetchone()[0])
    return 0
