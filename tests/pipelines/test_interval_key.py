"""What the chain does with an interval that was run before, or that somebody runs at this moment."""

import dataclasses
import os
import socket
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest
from mlflow.entities import ViewType
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID

from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.runs.train import Request
from recurcast.series import event_days, holiday_days
from recurcast.tracking.intervals import recorded_intervals
from recurcast.tracking.leases import lease_tags
from recurcast.tracking.store import connect
from support.opened import GONE, open_run, status_of
from support.tiny import AS_OF, ONE_CELL, tiny_pipeline

HOUR = timedelta(hours=1)
FAST = {"epochs": 1, "learning_rate": 0.05}


def fast_pipeline(**changed):
    return tiny_pipeline(**{"training": FAST, "network": ONE_CELL} | changed)


def run(root, as_of=AS_OF, pipeline=None, **asked):
    return run_interval(Request(pipeline or fast_pipeline(), as_of, root, **asked), PLAIN)


def runs_of(root, condition="tags.trigger LIKE '%'"):
    client = connect(root).client
    experiment = client.get_experiment_by_name("tiny")
    return list(client.search_runs([experiment.experiment_id], condition)) if experiment else []


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    """A project in which AS_OF is done."""
    root = tmp_path_factory.mktemp("project")
    return root, run(root)


def test_what_is_done_with_the_same_inputs_is_not_trained_again_and_shows_what_was_recorded(done):
    root, first = done
    again = run(root)

    assert (again.outcome, again.run_id) == ("already done", first.run_id)
    assert again.leaderboard == pytest.approx(first.leaderboard, nan_ok=True) or [
        row.competitor for row in again.leaderboard
    ] == [row.competitor for row in first.leaderboard]
    assert again.decision == first.decision
    assert again.remarks[0].startswith("recorded 20")
    assert [each.info.run_id for each in runs_of(root)] == [first.run_id]


def test_words_that_change_no_number_make_nothing_stale(done):
    root, first = done
    told = fast_pipeline(description="In other words.", catch_up="latest", snapshot="always")

    assert run(root, pipeline=told).run_id == first.run_id


def test_an_experiment_is_no_reason_not_to_train_and_is_never_taken_for_the_interval(tmp_path):
    experiment = run(tmp_path, promote=False)
    second = run(tmp_path, promote=False)
    real = run(tmp_path)

    assert [each.outcome for each in (experiment, second, real)] == ["trained"] * 3
    assert len({experiment.run_id, second.run_id, real.run_id}) == 3
    assert recorded_intervals(connect(tmp_path), "tiny")[AS_OF].run_id == real.run_id


def test_a_changed_field_trains_again_and_says_which_until_it_is_changed_back(tmp_path):
    first = run(tmp_path)
    changed = run(tmp_path, pipeline=fast_pipeline(season=6))
    back = run(tmp_path)

    assert changed.outcome == "trained"
    assert "configuration (season 12 -> 6)" in changed.remarks[0]
    assert (back.outcome, back.run_id) == ("already done", first.run_id)


def test_force_trains_again_and_gives_the_same_weights(tmp_path):
    first = run(tmp_path)
    second = run(tmp_path, force=True)
    weights = [
        {each.data.tags["cell"]: each.data.tags["weights"] for each in children_of(tmp_path, result)}
        for result in (first, second)
    ]

    assert second.outcome == "trained"
    assert "nothing changed" in second.remarks[0]
    assert weights[0] == weights[1]


def children_of(root, result):
    return runs_of(root, f"tags.`{MLFLOW_PARENT_RUN_ID}` = '{result.run_id}'")


def test_a_revised_value_makes_the_interval_stale_and_a_row_of_the_future_does_not(tmp_path):
    pipeline = fast_pipeline(source={"kind": "file", "path": "grows.csv"})
    ds = pd.date_range(end=AS_OF - HOUR, periods=160, freq="h")
    rows = pd.DataFrame({"ds": ds, "y": [20 + 5 * (t % 12) + t / 100 for t in range(160)]})
    rows.to_csv(tmp_path / "grows.csv", index=False)
    first = run(tmp_path, pipeline=pipeline)

    pd.concat([rows, pd.DataFrame({"ds": [AS_OF], "y": [1.0]})]).to_csv(tmp_path / "grows.csv", index=False)
    grown = run(tmp_path, pipeline=pipeline)
    rows.assign(y=rows["y"].where(rows["ds"] != ds[100], 0.0)).to_csv(tmp_path / "grows.csv", index=False)
    revised = run(tmp_path, pipeline=pipeline)

    assert (grown.outcome, grown.run_id) == ("already done", first.run_id)
    assert revised.outcome == "trained"
    assert revised.remarks[0].endswith(": data")


def test_a_superseded_run_is_seen_trains_nothing_and_leaves_the_interval_open(tmp_path):
    result = run(tmp_path, trigger="schedule", superseded="superseded by the run of 2024-06-01T05:00:00Z")
    (recorded,) = runs_of(tmp_path)

    assert (result.outcome, result.run_id) == ("superseded", recorded.info.run_id)
    assert recorded.data.tags["reason"] == "superseded by the run of 2024-06-01T05:00:00Z"
    assert recorded.info.status == "FINISHED"
    assert recorded_intervals(connect(tmp_path), "tiny")[AS_OF].state == "superseded"
    assert run(tmp_path).outcome == "trained"


def test_too_little_history_is_no_data_to_a_backfill_and_an_error_to_a_run_by_hand(tmp_path):
    pipeline = fast_pipeline(source={"kind": "file", "path": "short.csv"})
    ds = pd.date_range(end=AS_OF - HOUR, periods=73, freq="h")
    pd.DataFrame({"ds": ds, "y": range(73)}).to_csv(tmp_path / "short.csv", index=False)

    before_all = run(tmp_path, AS_OF - 100 * HOUR, pipeline, trigger="backfill")
    too_short = run(tmp_path, AS_OF, pipeline, trigger="backfill")

    assert (before_all.outcome, too_short.outcome) == ("no data", "no data")
    assert "need 74 steps; 73 are known" in too_short.remarks[0]
    with pytest.raises(Exception, match=r"train part|steps before validation and test"):
        run(tmp_path, AS_OF, pipeline)


def test_an_interval_that_a_living_run_holds_is_not_started_twice(tmp_path):
    holder = open_run(tmp_path)
    result = run(tmp_path)

    assert (result.outcome, result.run_id) == ("held", holder)
    assert f"process {os.getpid()} on {socket.gethostname()}" in result.remarks[0]
    assert [each.info.run_id for each in runs_of(tmp_path)] == [holder]
    assert status_of(tmp_path, holder) == "RUNNING"
    client = connect(tmp_path).client
    assert client.search_runs([client.get_experiment_by_name("tiny").experiment_id], "", ViewType.DELETED_ONLY) == []


def test_a_claim_made_while_the_data_came_in_is_seen_before_anything_is_trained(tmp_path):
    def obtain_slowly(tracked, request):
        frame = PLAIN.obtain(tracked, request)
        open_run(tmp_path)
        return frame

    result = run_interval(
        Request(fast_pipeline(), AS_OF, tmp_path), dataclasses.replace(PLAIN, obtain=obtain_slowly, train=None)
    )

    assert result.outcome == "held"


@pytest.mark.parametrize(
    "dead",
    [
        GONE,
        {"lease.holder": lease_tags()["lease.holder"].replace(str(os.getpid()), "4194303", 1)},
    ],
    ids=["three beats missed on another host", "no such process on this one"],
)
def test_a_lease_whose_holder_is_gone_holds_nothing_and_its_run_is_closed_with_the_reason(tmp_path, dead):
    abandoned = open_run(tmp_path, **dead)
    child = open_run(tmp_path, **dead, **{MLFLOW_PARENT_RUN_ID: abandoned})

    assert recorded_intervals(connect(tmp_path), "tiny")[AS_OF].state == "failed"
    assert run(tmp_path).outcome == "trained"
    assert (status_of(tmp_path, abandoned), status_of(tmp_path, child)) == ("KILLED", "KILLED")
    assert "process is gone" in connect(tmp_path).client.get_run(abandoned).data.tags["failure"]


def test_a_lease_of_another_host_that_still_beats_holds(tmp_path):
    beat = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
    holder = open_run(tmp_path, **{"lease.holder": "1@1@nowhere", "lease.host": "elsewhere", "lease.heartbeat": beat})

    assert run(tmp_path).outcome == "held"
    assert status_of(tmp_path, holder) == "RUNNING"


def test_a_run_that_died_after_its_challenger_was_registered_is_done_and_the_alias_is_set_right(tmp_path):
    first = run(tmp_path)
    client = connect(tmp_path).client
    client.delete_registered_model_alias("tiny", "champion")
    client.delete_tag(first.run_id, "outcome")
    for key, value in GONE.items():
        client.set_tag(first.run_id, key, value)
    client.update_run(first.run_id, status="RUNNING")

    again = run(tmp_path)

    assert (again.outcome, again.run_id) == ("already done", first.run_id)
    assert status_of(tmp_path, first.run_id) == "FINISHED"
    assert client.get_model_version_by_alias("tiny", "champion").tags["run"] == first.run_id


def test_a_run_that_lost_its_lease_promotes_nothing(tmp_path):
    def lose(tracked, request, split, trained):
        judgement = PLAIN.evaluate(tracked, request, split, trained)
        tracked.store.client.set_terminated(tracked.run_id, "KILLED")
        return judgement

    with pytest.raises(Exception, match="this one lost it"):
        run_interval(Request(fast_pipeline(), AS_OF, tmp_path), dataclasses.replace(PLAIN, evaluate=lose))

    assert connect(tmp_path).client.search_model_versions("name='tiny'") == []


def test_a_day_that_a_library_tells_otherwise_trains_again_and_says_so(tmp_path, monkeypatch):
    pipeline = fast_pipeline(network=ONE_CELL | {"calendar": ["hour", "holidays:NL"]})
    assert run(tmp_path, pipeline=pipeline).outcome == "trained"
    assert run(tmp_path, pipeline=pipeline).outcome == "already done"
    (recorded,) = runs_of(tmp_path)
    assert recorded.data.tags["calendar_from"].startswith("holidays 0.")

    read = event_days._READERS["holidays"]

    def upgraded(*asked):
        return dataclasses.replace(read(*asked), days=("2024-05-30",))

    monkeypatch.setitem(event_days._READERS, "holidays", upgraded)
    monkeypatch.setattr(holiday_days, "library", lambda: "holidays 9.9")
    again = run(tmp_path, pipeline=pipeline)
    assert again.outcome == "trained"
    said = f"calendar ({recorded.data.tags['calendar_from']} -> holidays 9.9)"
    assert any(remark.endswith(said) for remark in again.remarks)
