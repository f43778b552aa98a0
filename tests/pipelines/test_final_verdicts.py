"""A backfill out of order, and what became of its verdicts; in one process, on the plain chain."""

from datetime import timedelta
from threading import Event

import pandas as pd
import pytest

from recurcast.errors import DataRejected
from recurcast.pipelines.backfill import NotBegun, carry_out
from recurcast.pipelines.final_verdicts import settle
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.runs.backfill import Choice, intervals_of, make_plan
from recurcast.runs.fingerprint import fingerprint_of
from recurcast.runs.train import Request
from recurcast.tracking.backfill import create_backfill, ended_intervals, read_backfill, request_cancel, run_of
from recurcast.tracking.backfill_summary import summarize
from recurcast.tracking.intervals import recorded_intervals
from recurcast.tracking.notes import NOTE
from recurcast.tracking.registry.registry import serving_version
from recurcast.tracking.report import attach_report
from recurcast.tracking.store import connect
from support.opened import open_run, status_of
from support.recorded import kept_run
from support.tiny import AS_OF, ONE_CELL, tiny_pipeline

HOUR = timedelta(hours=1)
TICKS = [AS_OF + number * HOUR for number in range(3)]
PIPELINE = tiny_pipeline(
    training={"epochs": 1, "learning_rate": 0.05},
    parts={"history": 90, "validation": 32, "calibration": 8, "test": 36},
    forecast={"levels": []},
    network=ONE_CELL,
)


class Here:
    """Runs intervals in this process, and remembers what it was told."""

    def __init__(self, root, before=lambda interval: None):
        self.root, self.before, self.told = root, before, []

    def run(self, interval, ticket):
        self.before(interval)
        request = Request(
            PIPELINE, interval.as_of, self.root, "backfill",
            previous=interval.previous, following=interval.following, ticket=ticket,
        )  # fmt: skip
        return run_interval(request, PLAIN).outcome

    def ended(self, ended, progress):
        self.told.append((ended.as_of, ended.outcome))

    def cancelled(self):
        pass


def begin(root, **choice):
    store, chosen = connect(root), Choice(**choice)
    intervals = intervals_of(TICKS, TICKS[0] - HOUR, TICKS[-1] + HOUR)
    plan = make_plan(intervals, {}, fingerprint_of(PIPELINE, ""), None, chosen, None)
    return store, read_backfill(store, create_backfill(store, PIPELINE, plan, chosen).run_id)


def backfill(root, way=None, **choice):
    store, recorded = begin(root, **choice)
    return store, carry_out(store, PIPELINE, root, recorded, way or Here(root)), recorded


def verdicts(store):
    """Of each interval the verdict with its figures, and whether it is provisional."""
    versions = [each for each in store.client.search_model_versions("name='tiny'") if "as_of" in each.tags]
    told = ("decision", "reason", "provisional", "cell", "test.mase")
    return {version.tags["as_of"]: {name: version.tags[name] for name in told} for version in versions}


def figures(store):
    """Of each interval the figures of its verdict, as MLflow shows them."""
    versions = [each for each in store.client.search_model_versions("name='tiny'") if "as_of" in each.tags]
    runs = [store.client.get_run(version.tags["run"]).data for version in versions]
    shown = ("gate/", "champion/", "challenger/", "baseline/")
    return {run.tags["as_of"]: {k: v for k, v in run.metrics.items() if k.startswith(shown) and v == v} for run in runs}


def champion(store):
    return store.client.get_model_version_by_alias("tiny", "champion").tags["as_of"]


@pytest.fixture(scope="module")
def in_order(tmp_path_factory):
    root = tmp_path_factory.mktemp("oldest")
    return backfill(root)


def test_a_backfill_newest_first_ends_with_the_verdicts_of_one_oldest_first(in_order, tmp_path):
    seen = []

    def look(interval):
        store = connect(tmp_path)
        seen.append({verdict["provisional"] for verdict in verdicts(store).values()})
        if store.client.search_registered_models():
            assert serving_version(store, "tiny").kind == "baseline"

    store, summary, _ = backfill(tmp_path, Here(tmp_path, look), order="newest")

    assert seen == [set(), {"true"}, {"true"}]
    assert verdicts(store) == verdicts(in_order[0])
    assert figures(store) == figures(in_order[0])
    assert {verdict["provisional"] for verdict in verdicts(store).values()} == {"false"}
    assert champion(store) == champion(in_order[0])
    assert [row.score for row in summary.rows] == [row.score for row in in_order[1].rows]


def test_a_cancelled_backfill_ends_after_the_running_interval_and_is_resumed_with_what_is_missing(tmp_path):
    store, recorded = begin(tmp_path, order="newest")

    def cancel_at_the_second(interval):
        if interval.as_of == TICKS[1]:
            request_cancel(store, recorded.id)

    way = Here(tmp_path, cancel_at_the_second)
    summary = carry_out(store, PIPELINE, tmp_path, recorded, way)

    assert [as_of for as_of, _ in way.told] == [TICKS[2], TICKS[1]]
    assert [row.state for row in summary.rows] == ["to come", "trained", "trained"]
    assert {verdict["provisional"] for verdict in verdicts(store).values()} == {"true"}

    again = Here(tmp_path)
    carry_out(store, PIPELINE, tmp_path, read_backfill(store, recorded.id), again)

    assert [as_of for as_of, _ in again.told] == [TICKS[0]]
    assert {verdict["provisional"] for verdict in verdicts(store).values()} == {"false"}


def test_intervals_handed_out_but_not_begun_when_a_backfill_is_cancelled_are_still_to_come(tmp_path):
    store, recorded = begin(tmp_path)
    taken_back = Event()

    class Waiting(Here):
        def run(self, interval, ticket):
            if interval.as_of == TICKS[0]:
                request_cancel(store, recorded.id)
                return "no new data"
            assert taken_back.wait(60)
            raise NotBegun("taken back")

        def cancelled(self):
            taken_back.set()

    way = Waiting(tmp_path)
    summary = carry_out(store, PIPELINE, tmp_path, recorded, way, concurrency=2)

    assert way.told == [(TICKS[0], "no new data")]
    assert [row.state for row in summary.rows[1:]] == ["to come", "to come"]
    assert summary.failed == ()


def test_a_verdict_whose_inputs_changed_stays_provisional_else_it_is_given_again_on_the_losses_of_its_own_run(
    tmp_path, monkeypatch
):
    store, recorded = begin(tmp_path, order="newest")
    way = Here(tmp_path, lambda interval: request_cancel(store, recorded.id) if interval.as_of == TICKS[1] else None)
    carry_out(store, PIPELINE, tmp_path, recorded, way)  # two of three intervals

    changed = PIPELINE.model_copy(update={"training": PIPELINE.training.model_copy(update={"epochs": 2})})
    stayed = settle(store, changed, store.root, TICKS, frozenset())

    assert [(each.as_of, each.decision) for each in stayed] == [(TICKS[1], None), (TICKS[2], None)]
    assert "the configuration is no longer that of the run of 2024-06-01T01:00:00Z" in stayed[0].remark
    summary = summarize(store, PIPELINE, run_of(store, recorded), recorded.intervals, ())
    assert summary.rows[1].reason == f"stays provisional: {stayed[0].remark}"

    def reject(*_):
        raise DataRejected("y is finite", "received NaN", "Mend it.")

    with monkeypatch.context() as patched:
        patched.setattr("recurcast.pipelines.final_verdicts._split_of", reject)
        (rejected, _) = settle(store, PIPELINE, store.root, TICKS, frozenset())
    assert "no longer keep the rules: y is finite: received NaN. Mend it." in rejected.remark
    assert {verdict["provisional"] for verdict in verdicts(store).values()} == {"true"}

    own = store.client.get_model_version("tiny", "1").tags["run"]
    newer = kept_run(store, PIPELINE, TICKS[2])
    reported = attach_report(store, "tiny", "<html></html>").run_id
    settled = settle(store, PIPELINE, store.root, TICKS, frozenset())

    assert newer.run_id != own
    assert [each.as_of for each in settled] == [TICKS[1], TICKS[2]]
    versions = {each.version: each.tags for each in store.client.search_model_versions("name='tiny'")}
    assert versions[1]["provisional"] == "false"
    assert store.client.get_run(own).data.tags["provisional"] == "false"
    assert "/artifacts/report/report.html?" in store.client.get_run(reported).data.tags[NOTE]


def test_one_interval_that_fails_does_not_stop_the_others_and_is_tried_again_by_resume(tmp_path):
    def fail_at_the_second(interval):
        if interval.as_of == TICKS[1]:
            raise OSError("the disk was away\nfor a moment")

    store, summary, recorded = backfill(tmp_path, Here(tmp_path, fail_at_the_second))

    assert [row.state for row in summary.rows] == ["trained", "failed", "trained"]
    assert [(row.as_of, row.reason) for row in summary.failed] == [(TICKS[1], "OSError: the disk was away")]
    again = Here(tmp_path)
    resumed = carry_out(store, PIPELINE, tmp_path, read_backfill(store, recorded.id), again)
    assert again.told == [(TICKS[1], "trained")]
    assert resumed.failed == ()


def test_fail_fast_ends_with_the_first_interval_that_fails(tmp_path):
    def fail(interval):
        raise OSError("no")

    store, recorded = begin(tmp_path)
    way = Here(tmp_path, fail)
    carry_out(store, PIPELINE, tmp_path, recorded, way, fail_fast=True)

    assert way.told == [(TICKS[0], None)]


def test_an_interval_that_another_run_holds_is_waited_for_and_run_here_where_that_one_fails(tmp_path):
    holder = open_run(tmp_path, as_of="2024-06-01T01:00:00Z")
    looks = []

    def release(interval):
        if interval.as_of == TICKS[1]:
            looks.append(status_of(tmp_path, holder))
            if len(looks) == 2:
                connect(tmp_path).client.set_terminated(holder, "FAILED")

    way = Here(tmp_path, release)
    backfill(tmp_path, way)

    assert [as_of for as_of, _ in way.told] == [TICKS[0], TICKS[2], TICKS[1]]
    assert looks[0] == "RUNNING"
    assert {outcome for _, outcome in way.told} == {"trained"}


def test_what_a_backfill_did_is_recorded_even_where_the_source_can_not_be_read_any_more(tmp_path, monkeypatch):
    def refuse(*arguments):
        raise DataRejected("a row stays", "none", "Look for it")

    monkeypatch.setattr("recurcast.pipelines.final_verdicts.track_the_end", refuse)
    store, recorded = begin(tmp_path)
    untrained = Here(tmp_path)
    untrained.run = lambda interval, ticket: "no new data"

    with pytest.raises(DataRejected, match="a row stays"):
        carry_out(store, PIPELINE, tmp_path, recorded, untrained)

    assert store.client.get_run(recorded.id).data.tags["outcome"] == "done"
    assert "backfill/summary.json" in [each.path for each in store.client.list_artifacts(recorded.id, "backfill")]


def test_the_past_never_dethrones_the_present(tmp_path):
    live = run_interval(Request(PIPELINE, TICKS[2] + HOUR, tmp_path), PLAIN)
    store, _, _ = backfill(tmp_path)

    assert live.registration.promoted
    assert "promote" in {verdicts(store)[f"{tick:%Y-%m-%dT%H:%M:%SZ}"]["decision"] for tick in TICKS}
    assert champion(store) == "2024-06-01T03:00:00Z"


def test_a_scheduled_run_and_its_later_backfill_over_a_grown_source_see_and_learn_the_same_to_the_bit(tmp_path):
    pipeline = tiny_pipeline(
        source={
            "kind": "file", "path": "grows.csv", "delay": "30min",
            "columns": {"available_at": "available_at"},
        },
        training={"epochs": 2, "learning_rate": 0.05},
    )  # fmt: skip
    ds = pd.date_range(end=AS_OF + 40 * HOUR, periods=240, freq="h")
    rows = pd.DataFrame(
        {"ds": ds, "y": [20 + (t * 7 % 12) + t / 50 for t in range(240)], "available_at": ds + HOUR / 2}
    )
    revised = rows.iloc[150:160].assign(y=99.0, available_at=AS_OF + 5 * HOUR)
    known = rows[rows["available_at"] <= AS_OF]
    live, later = tmp_path / "live", tmp_path / "later"
    results = {}
    for root, content, trigger in ((live, known, "schedule"), (later, pd.concat([rows, revised]), "backfill")):
        root.mkdir()
        content.to_csv(root / "grows.csv", index=False)
        results[root] = run_interval(Request(pipeline, AS_OF, root, trigger, previous=AS_OF - HOUR), PLAIN)

    def left(root):
        client = connect(root).client
        parent = client.get_run(results[root].run_id).data
        experiment = client.get_experiment_by_name("tiny").experiment_id
        children = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{results[root].run_id}'")
        weights = {run.data.tags["cell"]: run.data.tags["weights"] for run in children}
        return parent.tags["fingerprint"], parent.tags["data"], weights, results[root].leaderboard

    assert left(live) == left(later)
    assert len(left(live)[2]) == 3


def test_what_a_backfill_has_ended_is_read_from_its_runs(in_order):
    store, _, recorded = in_order

    assert ended_intervals(store, recorded) == frozenset(TICKS)
    assert {each.state for each in recorded_intervals(store, "tiny").values()} == {"done"}
