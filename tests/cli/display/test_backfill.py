"""What the terminal shows of a backfill, word for word."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from rich.console import Console

from recurcast.cli.display.backfill import (
    BackfillBar,
    plan_as_dict,
    print_plan,
    print_status,
    print_summary,
    status_as_dict,
    summary_as_dict,
)
from recurcast.pipelines.backfill import Progress
from recurcast.runs.backfill import Choice, Ended, Interval, Plan, PlannedInterval
from recurcast.tracking.backfill import RecordedBackfill
from recurcast.tracking.backfill_summary import BackfillSummary, IntervalSummary

NOON = datetime(2024, 3, 30, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
ID = "1a2b3c4d5e6f"


def hour(number):
    return NOON + number * HOUR


def interval(number):
    return Interval(hour(number), hour(number - 1), hour(number + 1))


def plan_of(*states, running, changed=None, seconds=None):
    """A plan of hourly intervals; `running` are the numbers of those that run, in their order."""
    intervals = [
        PlannedInterval(interval(n), state, (changed or {}).get(n, ()), n in running) for n, state in enumerate(states)
    ]
    return Plan(tuple(intervals), tuple(interval(n) for n in running), seconds)


MIXED = plan_of(
    "done", "stale", "failed", "missing", "no data",
    running=[3, 2, 1], changed={1: ("configuration", "data")}, seconds=240.0,
)  # fmt: skip

SUMMARY = BackfillSummary(
    ID,
    "energy",
    "mase",
    "seasonal_naive",
    datetime(2026, 5, 1, 8, tzinfo=UTC),
    (
        IntervalSummary(hour(0), "trained", "0123456789", "promote", False, "gru", 0.81234, 1.02, 61.0, "it was so"),
        IntervalSummary(hour(1), "trained", "1123456789", "keep", True, "lstm", 12345.6, 1.02, 61.0),
        IntervalSummary(hour(2), "failed", "2123456789", reason="[red] is no number"),
        IntervalSummary(hour(3), "already done", "3123456789", "reject", False, "rnn", None, 1.2),
        IntervalSummary(hour(4), "held", "4123456789"),
        IntervalSummary(hour(5), "to come"),
        IntervalSummary(hour(6), "to come"),
    ),
)
RECORDED = RecordedBackfill(
    ID,
    "energy",
    hour(0),
    hour(9),
    Choice(),
    tuple(interval(n) for n in range(7)),
    "RUNNING",
    True,
    False,
    "process 7 on tower",
)


def printed(show, *values, width=80):
    """The lines that a function prints, without the spaces at their ends."""
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True)
    show(console, *values)
    return [line.rstrip() for line in console.export_text().splitlines()]


def test_a_plan_tells_how_each_interval_stands_and_when_it_runs():
    choice = Choice("stale", "newest", limit=3, budget=3600.0)

    assert printed(print_plan, "energy", MIXED, choice, "Europe/Berlin") == [
        "energy: 5 intervals, each named by the tick that ends it",
        "  first tick  2024-03-30T12:00:00Z  Sat 30 Mar 2024 13:00 CET in Europe/Berlin",
        "  last tick   2024-03-30T16:00:00Z  Sat 30 Mar 2024 17:00 CET in Europe/Berlin",
        "as_of                 state    changed              runs  expected",
        "2024-03-30T12:00:00Z  done                          no",
        "2024-03-30T13:00:00Z  stale    configuration, data  3/3   4 min",
        "2024-03-30T14:00:00Z  failed                        2/3   4 min",
        "2024-03-30T15:00:00Z  missing                       1/3   4 min",
        "2024-03-30T16:00:00Z  no data                       no",
        "1 done, 1 failed, 1 missing, 1 no data, 1 stale",
        "3 of 5 intervals will run, newest first, at most 3, within 60 min: about 12 min, 4 min each.",
    ]


def test_a_plan_says_what_it_leaves_alone_and_how_to_include_it():
    plan = plan_of("done", "stale", "failed", "missing", running=[3])

    assert printed(print_plan, "energy", plan, Choice(), "UTC") == [
        "energy: 4 intervals, each named by the tick that ends it",
        "  first tick  2024-03-30T12:00:00Z",
        "  last tick   2024-03-30T15:00:00Z",
        "as_of                 state    runs",
        "2024-03-30T12:00:00Z  done     no",
        "2024-03-30T13:00:00Z  stale    no",
        "2024-03-30T14:00:00Z  failed   no",
        "2024-03-30T15:00:00Z  missing  1/1",
        "1 done, 1 failed, 1 missing, 1 stale",
        "1 of 4 intervals will run, oldest first; how long that takes is unknown before the first run.",
        "Left as they are: 1 failed (--reprocess failed runs them), 1 stale (--reprocess stale runs them).",
        "The source was not read: where only data changed shows with --reprocess stale.",
    ]


def test_a_plan_of_warm_starts_says_why_done_intervals_run_too():
    plan = plan_of("done", "stale", "done", running=[1, 2], changed={1: ("start",)})
    said = "Done intervals that run too train only where the version that they start from has changed by then."

    assert printed(print_plan, "energy", plan, Choice("stale"), "UTC", width=110)[-1] == said
    assert said not in printed(print_plan, "energy", plan, Choice("all"), "UTC", width=110)


def test_a_plan_in_which_nothing_runs_says_so():
    lines = printed(print_plan, "energy", plan_of("done", "done", running=[]), Choice(), "UTC")

    assert "Nothing runs under --reprocess missing." in lines


def test_of_a_long_plan_the_first_and_the_last_rows_are_shown():
    plan = plan_of(*["missing"] * 1000, running=range(1000), seconds=30.0)
    lines = printed(print_plan, "energy", plan, Choice(), "UTC")

    assert lines[3:5] == [
        "as_of                 state    runs       expected",
        "2024-03-30T12:00:00Z  missing  1/1000     30 s",
    ]
    assert lines[23:26] == [
        "2024-03-31T07:00:00Z  missing  20/1000    30 s",
        "... 960 between",
        "2024-05-10T08:00:00Z  missing  981/1000   30 s",
    ]
    assert lines[-2:] == [
        "1,000 missing",
        "1,000 of 1,000 intervals will run, oldest first: about 8 h 20 min, 30 s each.",
    ]


def test_a_plan_is_plain_values_too():
    plain = json.loads(json.dumps(plan_as_dict(MIXED)))

    assert (plain["first"], plain["last"]) == ("2024-03-30T12:00:00Z", "2024-03-30T16:00:00Z")
    assert plain["intervals"][1] == {
        "as_of": "2024-03-30T13:00:00Z",
        "previous": "2024-03-30T12:00:00Z",
        "following": "2024-03-30T14:00:00Z",
        "state": "stale",
        "changed": ["configuration", "data"],
        "runs": True,
    }
    assert plain["to_run"] == ["2024-03-30T15:00:00Z", "2024-03-30T14:00:00Z", "2024-03-30T13:00:00Z"]
    assert plain["counts"] == {"done": 1, "failed": 1, "missing": 1, "no data": 1, "stale": 1}
    assert (plain["seconds_each"], plain["expected_seconds"]) == (240.0, 720.0)


def test_a_summary_shows_every_interval_on_80_columns():
    lines = printed(print_summary, SUMMARY)

    assert lines == [
        "energy: backfill 1a2b3c4d, MASE on the test windows beside seasonal_naive's",
        "as_of                 state         verdict  cell       MASE  baseline  run",
        "2024-03-30T12:00:00Z  trained       promote  gru      0.8123      1.02  01234567",
        "2024-03-30T13:00:00Z  trained       keep*    lstm  1.235e+04      1.02  11234567",
        "2024-03-30T14:00:00Z  failed                                            21234567",
        "2024-03-30T15:00:00Z  already done  reject   rnn                   1.2  31234567",
        "2024-03-30T16:00:00Z  held                                              41234567",
        "2024-03-30T17:00:00Z  to come",
        "2024-03-30T18:00:00Z  to come",
        "* provisional: given again once the earlier intervals are done",
        "failed 2024-03-30T14:00:00Z: [red] is no number",
        "2 trained, 1 already done, 1 failed, 1 held, 2 to come; verdicts: 1 promote, 1 keep, 1 reject",
    ]


def test_a_summary_is_plain_values_too():
    plain = json.loads(json.dumps(summary_as_dict(SUMMARY)))

    assert (plain["backfill"], plain["pipeline"], plain["started"]) == (ID, "energy", "2026-05-01T08:00:00Z")
    assert plain["counts"] == {"trained": 2, "already done": 1, "failed": 1, "held": 1, "to come": 2}
    assert plain["verdicts"] == {"promote": 1, "keep": 1, "reject": 1}
    assert plain["intervals"][0] == {
        "as_of": "2024-03-30T12:00:00Z",
        "state": "trained",
        "run_id": "0123456789",
        "verdict": "promote",
        "provisional": False,
        "cell": "gru",
        "score": 0.81234,
        "baseline_score": 1.02,
        "seconds": 61.0,
        "reason": "it was so",
        "metric": None,
    }


def test_scores_of_another_metric_than_the_summary_s_say_which():
    by_mase, *_ = SUMMARY.rows
    rows = (replace(by_mase, metric="mase"), replace(by_mase, as_of=hour(1), metric="mae"))
    lines = printed(print_summary, replace(SUMMARY, rows=rows), width=100)

    assert lines[1].split() == ["as_of", "state", "verdict", "cell", "MASE", "baseline", "run"]
    assert lines[2].split()[-3:] == ["0.8123", "1.02", "01234567"]
    assert lines[3].split()[-5:] == ["0.8123", "MAE", "1.02", "MAE", "01234567"]


def test_the_status_says_who_works_on_a_backfill_and_what_is_to_come():
    assert printed(print_status, RECORDED, SUMMARY, width=120) == [
        "energy: backfill 1a2b3c4d, 2024-03-30T12:00:00Z to 2024-03-30T21:00:00Z",
        "  begun 2026-05-01T08:00:00Z, process 7 on tower works on it",
        "  7 intervals: 2 trained, 1 already done, 1 failed, 1 held, 2 to come; verdicts: 1 promote, 1 keep, 1 reject",
        "  2024-03-30T16:00:00Z is held by a run outside of this backfill",
        "  to come: 2024-03-30T17:00:00Z to 2024-03-30T18:00:00Z",
        "failed 2024-03-30T14:00:00Z: [red] is no number",
    ]


RESUME = "recurcast backfill resume 1a2b3c4d"
KILLED = f"killed: nobody works on it any more. Continue with: {RESUME}"
STOPPED = f"stopped by an error. When the cause is mended, continue with: {RESUME}"


@pytest.mark.parametrize(
    ("status", "alive", "cancelled", "words"),
    [
        (
            "RUNNING",
            True,
            True,
            "process 7 on tower works on it: it is cancelled and ends after the interval that is running",
        ),
        ("RUNNING", False, False, KILLED),
        ("KILLED", False, False, KILLED),
        ("FINISHED", False, True, f"cancelled. Continue with: {RESUME}"),
        ("FAILED", False, False, STOPPED),
        ("FINISHED", False, False, STOPPED),
    ],
)
def test_a_backfill_that_is_not_over_says_why_and_how_to_go_on(status, alive, cancelled, words):
    recorded = replace(RECORDED, status=status, alive=alive, cancelled=cancelled)

    assert status_as_dict(recorded, SUMMARY)["standing"] == words


def test_a_backfill_that_is_over_says_so_though_it_was_cancelled_at_its_last_interval():
    over = replace(RECORDED, alive=False, status="FINISHED", cancelled=True)
    done, failed = replace(SUMMARY, rows=SUMMARY.rows[:2]), replace(SUMMARY, rows=SUMMARY.rows[:3])

    assert status_as_dict(over, done)["standing"] == "finished"
    assert status_as_dict(over, failed)["standing"].startswith("finished with failures. When the cause is mended")


def test_the_status_is_plain_values_too():
    plain = json.loads(json.dumps(status_as_dict(RECORDED, SUMMARY)))

    assert (plain["status"], plain["alive"], plain["cancelled"]) == ("RUNNING", True, False)
    assert (plain["first"], plain["last"]) == ("2024-03-30T12:00:00Z", "2024-03-30T21:00:00Z")
    assert plain["counts"]["to come"] == 2


def work_through(bar):
    """Three intervals of ten, two of which had been done before."""
    progress = Progress(10, before=2)
    with bar:
        for ended in (Ended(hour(2), "trained"), Ended(hour(3), None, "[red] is no number"), Ended(hour(4), "no data")):
            bar.begins(ended.as_of)
            progress.ended.append(ended)
            bar.ended(ended, progress)
        bar.begins(hour(5))


def test_in_a_pipe_a_backfill_says_a_line_per_interval():
    said = io.StringIO()
    work_through(BackfillBar(Console(file=said, width=80), 10, shown=True))

    assert said.getvalue().splitlines() == [
        "  3 of 10  2024-03-30T14:00:00Z  trained",
        "  4 of 10  2024-03-30T15:00:00Z  failed: [red] is no number",
        "  5 of 10  2024-03-30T16:00:00Z  no data",
    ]


def test_on_a_terminal_a_bar_shows_how_far_it_is_and_a_line_stays_of_each_failure(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    said = io.StringIO()
    work_through(BackfillBar(Console(file=said, width=80, force_terminal=True, color_system=None), 10, shown=True))
    *_, bar = said.getvalue().replace("\x1b[?25h", "").rstrip().split("\x1b[2K")

    assert bar.startswith(" 5/10 ")
    assert "1 failed 2024-03-30T17:00:00Z" in bar
    assert bar.endswith("left")
    assert len(bar) <= 80
    assert said.getvalue().count("  4 of 10  2024-03-30T15:00:00Z  failed: [red] is no number\n") == 1
    assert "trained" not in said.getvalue()


def test_where_plain_values_are_asked_for_nothing_is_said():
    said = io.StringIO()
    work_through(BackfillBar(Console(file=said, width=80, force_terminal=True), 10, shown=False))

    assert said.getvalue() == ""
