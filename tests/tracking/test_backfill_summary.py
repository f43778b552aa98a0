"""The summary of a backfill, over runs as the chain leaves them in a real store; nothing is trained."""

import itertools
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from mlflow.entities import Metric

from recurcast.instants import format_instant
from recurcast.runs.backfill import Ended, Interval
from recurcast.tracking.backfill_summary import record_summary, summarize
from recurcast.tracking.experiments import experiment_of
from recurcast.tracking.leases import lease_tags
from recurcast.tracking.runs import TrackedRun
from recurcast.tracking.store import connect
from support.tiny import tiny_pipeline

BEGAN = datetime(2026, 5, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
NUMBERS = itertools.count()


def day(number):
    return datetime(2024, 3, number, tzinfo=UTC)


def milliseconds(instant):
    return int(instant.timestamp() * 1000)


class Backfill:
    """A backfill that began at BEGAN, and the runs of its intervals, in an experiment of their own."""

    def __init__(self, store):
        self.store, self.client = store, store.client
        self.pipeline = tiny_pipeline(name=f"tiny-{next(NUMBERS)}")
        self.experiment = experiment_of(store, self.pipeline)
        made = self.client.create_run(self.experiment, milliseconds(BEGAN), {"kind": "backfill"})
        self.run = TrackedRun(store, self.experiment, made.info.run_id)

    def trained(self, number, verdict="keep", cell="gru", scores=(0.5, 1.0), tags=None, **how):
        said = {
            "outcome": "trained",
            "decision": verdict,
            "challenger": cell,
            "reason": "it was so",
            "provisional": "false",
        }
        run = self.interval(number, tags=said | (tags or {}), **how)
        stamp = milliseconds(day(number))
        metrics = [Metric(f"{r}/mase", v, stamp, 1) for r, v in zip(("challenger", "baseline"), scores, strict=True)]
        self.client.log_batch(run, metrics=metrics)
        return run

    def interval(self, number, *, own=True, status="FINISHED", after=MINUTE, tags=None, lasts=MINUTE):
        """A run for the interval that ends on that day, begun so long after the backfill."""
        begun = milliseconds(BEGAN + after)
        said = {"as_of": format_instant(day(number)), "adhoc": "false"} | ({"backfill": self.run.run_id} if own else {})
        run = self.client.create_run(self.experiment, begun, said | (tags or {})).info.run_id
        if status != "RUNNING":
            self.client.set_terminated(run, status, begun + lasts // timedelta(milliseconds=1))
        return run

    def summary(self, *numbers, ended=()):
        intervals = [Interval(day(n), day(n) - timedelta(days=1), day(n) + timedelta(days=1)) for n in numbers]
        return summarize(self.store, self.pipeline, self.run, intervals, ended)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return connect(tmp_path_factory.mktemp("project"))


@pytest.fixture
def backfill(store):
    return Backfill(store)


def test_a_summary_has_the_intervals_in_the_order_of_time_whatever_order_they_ran_in(backfill):
    second = backfill.trained(2, "promote", "lstm", (0.75, 1.25), lasts=timedelta(seconds=90))
    first = backfill.trained(1, "reject", "rnn", (1.5, 1.0), tags={"provisional": "true"})
    summary = backfill.summary(2, 1)

    assert (summary.metric, summary.baseline, summary.started) == ("mase", "moving_average", BEGAN)
    one, two = summary.rows
    assert (one.as_of, one.run_id, one.verdict, one.provisional) == (day(1), first, "reject", True)
    assert (one.cell, one.score, one.baseline_score) == ("rnn", 1.5, 1.0)
    assert (two.as_of, two.run_id, two.verdict, two.provisional) == (day(2), second, "promote", False)
    assert (two.cell, two.score, two.baseline_score) == ("lstm", 0.75, 1.25)
    assert (two.state, two.seconds, two.reason) == ("trained", 90.0, "it was so")
    assert summary.headline == "2 trained; verdicts: 1 promote, 1 reject"


def test_what_was_not_trained_comes_with_its_reason(backfill):
    backfill.interval(1, tags={"outcome": "no data", "reason": "too few rows"})
    backfill.interval(2, tags={"outcome": "no new data", "reason": "no new row"})
    failed = backfill.interval(3, status="FAILED", tags={"failure": "y is NaN\nand more of it"})
    backfill.interval(4, status="KILLED", tags={"failure": "its process is gone, so that nobody closed it"})
    summary = backfill.summary(1, 2, 3, 4, 5, ended=[Ended(day(5), None, "the flow run crashed")])

    assert [(row.state, row.reason) for row in summary.rows] == [
        ("no data", "too few rows"),
        ("no new data", "no new row"),
        ("failed", "y is NaN"),
        ("failed", "its process is gone, so that nobody closed it"),
        ("failed", "the flow run crashed"),
    ]
    assert [row.run_id for row in summary.failed][::2] == [failed, None]
    assert [row.seconds for row in summary.failed] == [60.0, None, None]
    assert summary.headline == "1 no new data, 1 no data, 3 failed"


def test_a_verdict_whose_run_was_killed_before_it_took_effect_is_not_counted(backfill):
    backfill.trained(1)
    backfill.trained(2, "promote", status="KILLED", tags={"outcome": ""})

    assert backfill.summary(1, 2).headline == "1 trained, 1 failed; verdicts: 1 keep"


def test_an_interval_that_failed_and_was_trained_after_all_is_trained(backfill):
    backfill.interval(1, status="FAILED", tags={"failure": "out of memory"})
    trained = backfill.trained(1, after=10 * MINUTE)
    backfill.trained(2)
    backfill.interval(2, status="KILLED", after=10 * MINUTE)
    summary = backfill.summary(1, 2, ended=[Ended(day(1), "trained")])

    assert [row.state for row in summary.rows] == ["trained", "trained"]
    assert summary.rows[0].run_id == trained


def test_an_interval_that_another_run_has_trained_since_is_already_done(backfill):
    scheduled = backfill.trained(1, "promote", own=False)
    other = backfill.trained(2, own=False, tags={"backfill": "another"})
    backfill.trained(3, own=False, after=-10 * MINUTE)
    backfill.trained(4, own=False, tags={"adhoc": "true"})
    summary = backfill.summary(1, 2, 3, 4)

    assert [row.state for row in summary.rows] == ["already done", "already done", "to come", "to come"]
    assert [row.run_id for row in summary.rows] == [scheduled, other, None, None]
    assert summary.rows[0].verdict == "promote"


def test_an_interval_that_was_found_done_shows_the_run_that_had_done_it_before(backfill):
    before = backfill.trained(1, own=False, after=-10 * MINUTE)
    (row,) = backfill.summary(1, ended=[Ended(day(1), "already done")]).rows

    assert (row.state, row.run_id, row.score) == ("already done", before, 0.5)


def test_a_run_that_nobody_holds_has_failed_and_a_living_one_is_running_or_holds_the_interval(backfill):
    alive = lease_tags()
    backfill.interval(1, status="RUNNING", tags=alive)
    other = backfill.interval(2, own=False, status="RUNNING", tags=alive)
    backfill.interval(3, status="RUNNING", tags=alive | {"lease.heartbeat": "2024-01-01T00:00:00Z"})
    summary = backfill.summary(1, 2, 3)

    assert [row.state for row in summary.rows] == ["running", "held", "failed"]
    assert summary.rows[1].run_id == other
    assert summary.rows[2].reason == "its process is gone"


def test_a_score_that_is_not_finite_is_none(backfill):
    backfill.trained(1, "reject", scores=(float("inf"), 1.0))
    backfill.trained(2, "reject", scores=(float("nan"), 1.0))

    assert [(row.score, row.baseline_score) for row in backfill.summary(1, 2).rows] == [(None, 1.0), (None, 1.0)]


def test_the_scores_of_all_intervals_stand_in_the_backfills_run_at_their_place_in_time(backfill):
    backfill.trained(1, scores=(0.5, 1.0))
    backfill.interval(2, status="FAILED")
    backfill.trained(3, scores=(0.75, 1.25))
    record_summary(backfill.run, backfill.pipeline, backfill.summary(3, 2, 1))

    assert points(backfill, "challenger/mase") == [(1, 0.5, milliseconds(day(1))), (3, 0.75, milliseconds(day(3)))]
    assert points(backfill, "baseline/mase") == [(1, 1.0, milliseconds(day(1))), (3, 1.25, milliseconds(day(3)))]
    counts = backfill.client.get_run(backfill.run.run_id).data.metrics
    assert (counts["intervals/trained"], counts["intervals/failed"], counts["intervals/to come"]) == (2, 1, 0)


def test_a_backfill_that_is_taken_up_again_completes_its_summary_and_doubles_nothing(backfill):
    backfill.trained(3)
    for _ in range(2):
        record_summary(backfill.run, backfill.pipeline, backfill.summary(1, 2, 3))
    backfill.trained(1)
    backfill.interval(2, status="FAILED")
    record_summary(backfill.run, backfill.pipeline, backfill.summary(1, 2, 3))

    assert [step for step, _, _ in points(backfill, "challenger/mase")] == [1, 3]
    assert [(step, value) for step, value, _ in points(backfill, "intervals/trained")] == [(1, 1), (2, 2)]
    counts = backfill.client.get_run(backfill.run.run_id).data.metrics
    assert (counts["intervals/trained"], counts["intervals/failed"], counts["intervals/to come"]) == (2, 1, 0)


def test_the_summary_is_a_table_and_a_chart_on_mlflows_page(backfill, tmp_path):
    run = backfill.trained(1, "promote", "rnn", (0.5, 1.0))
    record_summary(backfill.run, backfill.pipeline, backfill.summary(1, 2))
    table, chart = (
        artifact(backfill, "backfill/summary.json", tmp_path),
        artifact(backfill, "charts/scores.png", tmp_path),
    )

    split = json.loads(table.read_text())
    assert list(split) == ["columns", "data"]
    first, second = (dict(zip(split["columns"], values, strict=True)) for values in split["data"])
    assert (first["as_of"], first["state"], first["run_id"]) == ("2024-03-01T00:00:00Z", "trained", run)
    assert (first["cell"], first["score"], first["baseline_score"]) == ("rnn", 0.5, 1.0)
    assert (second["as_of"], second["state"], second["run_id"]) == ("2024-03-02T00:00:00Z", "to come", None)
    assert chart.read_bytes().startswith(b"\x89PNG")


def test_a_backfill_in_which_nothing_was_scored_has_no_chart(backfill):
    backfill.interval(1, status="FAILED")
    record_summary(backfill.run, backfill.pipeline, backfill.summary(1))

    assert [each.path for each in backfill.client.list_artifacts(backfill.run.run_id)] == ["backfill"]


def test_the_metric_is_that_of_the_pipelines_gate(backfill):
    run = backfill.trained(1)
    backfill.client.log_metric(run, "challenger/rmse", 7.0)
    backfill.pipeline = tiny_pipeline(name=backfill.pipeline.name, gate={"metric": "rmse"})
    summary = backfill.summary(1)

    assert (summary.metric, summary.rows[0].score) == ("rmse", 7.0)


def by_mae(backfill, number, scores):
    """An interval none of whose series had a scale, as newer runs leave it, and older ones: with NaN for MASE."""
    nowhere = (float("nan"), float("nan"))
    run = backfill.trained(number, scores=nowhere)
    for role, score in zip(("challenger", "baseline"), scores, strict=True):
        backfill.client.log_metric(run, f"{role}/mae", score)


def test_intervals_that_mae_judged_have_their_scores_under_its_name(backfill):
    backfill.trained(1)
    by_mae(backfill, 2, (3.0, 4.0))
    summary = backfill.summary(1, 2, 3)
    record_summary(backfill.run, backfill.pipeline, summary)

    assert summary.metric == "mase"
    assert [(row.metric, row.score, row.baseline_score) for row in summary.rows] == [
        ("mase", 0.5, 1.0),
        ("mae", 3.0, 4.0),
        (None, None, None),
    ]
    assert [row.as_of for row in summary.compared] == [day(1), day(3)]
    assert [point[:2] for point in points(backfill, "challenger/mase")] == [(1, 0.5)]
    assert [point[:2] for point in points(backfill, "baseline/mae")] == [(2, 4.0)]


def test_a_backfill_that_mae_judged_from_end_to_end_is_summed_up_by_mae(backfill):
    by_mae(backfill, 1, (3.0, 4.0))
    backfill.interval(2, status="FAILED")

    assert backfill.summary(1, 2).metric == "mae"


def points(backfill, key):
    history = backfill.client.get_metric_history(backfill.run.run_id, key)
    return sorted((point.step, point.value, point.timestamp) for point in history)


def artifact(backfill, path, folder):
    return Path(backfill.client.download_artifacts(backfill.run.run_id, path, str(folder)))
