"""What a report reads of a real store: runs as training leaves them, without training."""

import json
from contextlib import suppress
from datetime import timedelta

import pytest

from recurcast.errors import ConfigurationError
from recurcast.runs.train import Request
from recurcast.series.validation.report import ValidationFailed, ValidationReport
from recurcast.tracking.artifacts import LEADERBOARD
from recurcast.tracking.outcomes import log_report
from recurcast.tracking.report import REPORT, VALIDATION, attach_report, read_for_report
from recurcast.tracking.runs import parent_run
from recurcast.tracking.store import connect
from support.recorded import serving_version_of
from support.reports import BROKEN, KEPT
from support.tiny import AS_OF, tiny_pipeline

DAY = timedelta(days=1)
PIPELINE = tiny_pipeline(description="What is forecast")


def trained(store, as_of, decision, *, scores=None, adhoc=False):
    """Leave a trained run; with `scores` it has its leaderboard, else the metrics alone."""
    request = Request(PIPELINE, as_of, store.root, promote=not adhoc, following=as_of + DAY)
    with parent_run(store, request) as run:
        log_report(run, ValidationReport("tiny", str(as_of), 60, 1, (KEPT,), missing_share=0.05), None)
        run.metrics({"challenger/mase": [0.5], "baseline/mase": [1.0], "champion/mase": [float("nan")]}, as_of)
        run.tag(outcome="trained", decision=decision, challenger="gru", reason="it was judged", track="no champion")
        if scores:
            run.text(
                json.dumps({"columns": ["competitor", "mase"], "data": [list(row) for row in scores.items()]}),
                LEADERBOARD,
            )
    return run


def rejected(store, as_of):
    report = ValidationReport("tiny", str(as_of), 58, 1, (KEPT, BROKEN))
    with suppress(ValidationFailed), parent_run(store, Request(PIPELINE, as_of, store.root)) as run:
        log_report(run, report, None)
        raise ValidationFailed(report)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """Day 0 was promoted, day 1 failed and then trained, day 2 was rejected, day 3 died, and an experiment is newer."""
    store = connect(tmp_path_factory.mktemp("project"))
    serving_version_of(trained(store, AS_OF, "promote"), PIPELINE, AS_OF, "promote")
    with pytest.raises(OSError, match="no space"), parent_run(store, Request(PIPELINE, AS_OF + DAY, store.root)):
        raise OSError("no space")
    trained(store, AS_OF + DAY, "keep", scores={"gru": 0.5, "lstm": None, "moving_average": 0.75})
    rejected(store, AS_OF + 2 * DAY)
    with pytest.raises(OSError, match="gone"), parent_run(store, Request(PIPELINE, AS_OF + 3 * DAY, store.root)):
        raise OSError("it is gone")
    with parent_run(store, Request(PIPELINE, AS_OF + 4 * DAY, store.root)):
        pass  # gave way to another run, and could not be taken back
    trained(store, AS_OF + 9 * DAY, "keep", adhoc=True)
    return store


@pytest.fixture(scope="module")
def everything(store):
    return read_for_report(store, PIPELINE, 400)


def test_of_each_interval_the_run_that_is_done_speaks_and_experiments_do_not(everything):
    assert [(as_of - AS_OF).days for as_of in sorted(everything.states)] == [0, 1, 2, 3]
    assert [everything.states[AS_OF + number * DAY] for number in range(4)] == ["done", "done", "failed", "failed"]
    assert (everything.newest, everything.older) == (AS_OF + 3 * DAY, False)


def test_failures_are_told_apart_from_rejected_data(everything):
    assert [(run.as_of - AS_OF, run.rejected) for run in everything.failed] == [(3 * DAY, False), (2 * DAY, True)]
    assert everything.failed[0].reason == "it is gone"
    assert "y is finite, at least 0" in everything.failed[1].reason


def test_scores_are_the_leaderboard_s_or_where_that_is_gone_those_of_the_run(everything):
    first, second = everything.intervals

    assert first.scores == {"gru": 0.5, "moving_average": 1.0}
    assert second.scores == {"gru": 0.5, "moving_average": 0.75}
    assert (first.verdict, second.verdict, second.challenger) == ("promote", "keep", "gru")


def test_where_mase_has_no_scale_the_scores_are_those_of_mae(tmp_path):
    """By the leaderboard, and by the metrics where it is gone; MASE is NaN in older runs and not there in newer ones."""
    store = connect(tmp_path)
    table = {"columns": ["competitor", "mae", "mase"], "data": [["gru", 2.0, None], ["moving_average", 4.0, None]]}
    for as_of, leaderboard in ((AS_OF, table), (AS_OF + DAY, None)):
        with parent_run(store, Request(PIPELINE, as_of, store.root)) as run:
            run.metrics({"challenger/mase": [float("nan")], "challenger/mae": [2.0], "baseline/mae": [4.0]}, as_of)
            run.tag(outcome="trained", decision="keep", challenger="gru", reason="it was judged")
            if leaderboard:
                run.text(json.dumps(leaderboard), LEADERBOARD)
    everything = read_for_report(store, PIPELINE, 10)

    assert [each.metric for each in everything.intervals] == ["mae", "mae"]
    assert [each.scores for each in everything.intervals] == [{"gru": 2.0, "moving_average": 4.0}] * 2
    assert everything.metric == "mae"


def test_data_are_told_as_validation_found_them_the_newest_first(everything):
    assert [(look.as_of - AS_OF, look.rows, look.missing_share, len(look.broken)) for look in everything.looks] == [
        (2 * DAY, 58, None, 1),
        (DAY, 60, 0.05, 0),
        (timedelta(0), 60, 0.05, 0),
    ]


def test_the_champion_and_the_track_record_are_read(everything):
    assert (everything.server.version, everything.server.name, everything.server.entry.decision) == (
        2,
        "gru",
        "promote",
    )
    assert [each.as_of - AS_OF for each in everything.track.ticks] == [timedelta(0), DAY]
    assert everything.forecast is None


def test_only_the_newest_runs_are_read(store):
    last = read_for_report(store, PIPELINE, 3)

    assert [(as_of - AS_OF).days for as_of in sorted(last.states)] == [2, 3]
    assert (last.older, last.last, last.intervals) == (True, 3, ())


def test_a_pipeline_without_a_run_has_no_report(store):
    with pytest.raises(ConfigurationError, match=r"'other' has none yet .* Run it first: recurcast run other"):
        read_for_report(store, tiny_pipeline(name="other"), 400)


def test_the_page_is_kept_with_the_newest_run_and_linked_once_in_its_description(store):
    attach_report(store, "tiny", "<p>first</p>")
    run = attach_report(store, "tiny", "<p>second</p>")
    found = store.client.get_run(run.run_id)
    note = found.data.tags["mlflow.note.content"]

    assert found.data.tags["as_of"] == "2024-06-04T00:00:00Z", "the newest that tells of anything"
    assert found.data.tags["report"] == REPORT
    address = f"#/experiments/{run.experiment_id}/runs/{run.run_id}/artifacts/{REPORT}?workflowType=machine_learning"
    assert note == f"What is forecast\n\n[Report of the pipeline]({address})"
    with open(store.client.download_artifacts(run.run_id, REPORT)) as page:
        assert page.read() == "<p>second</p>"


def test_validation_stands_where_the_report_looks_for_it(store):
    run = store.client.search_runs(["1"], "tags.outcome = 'trained'")[0]

    assert VALIDATION in {each.path for each in store.client.list_artifacts(run.info.run_id, "validation")}


def test_a_run_that_goes_on_is_shown_and_gets_no_link_that_it_would_write_over(tmp_path):
    store = connect(tmp_path)
    ended = trained(store, AS_OF, "keep")
    with parent_run(store, Request(PIPELINE, AS_OF + DAY, store.root)) as going_on:
        states = read_for_report(store, PIPELINE, 400).states
        linked = attach_report(store, "tiny", "<p></p>")

    assert states == {AS_OF: "done", AS_OF + DAY: "running"}
    assert (linked.run_id, going_on.run_id != linked.run_id) == (ended.run_id, True)
