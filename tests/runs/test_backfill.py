from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from recurcast.errors import ConfigurationError
from recurcast.runs.backfill import Choice, RecordedInterval, intervals_of, make_plan
from recurcast.runs.fingerprint import Fingerprint

MIDNIGHT = datetime(2024, 3, 1, tzinfo=UTC)
NOW = Fingerprint("configuration", "", "code")
TICKS = [MIDNIGHT + timedelta(hours=hour) for hour in range(8)]
STATES = ("done", "done", "failed", None, "running", "superseded", "no data", "no new data")


def recorded(state, tick, data="data", **changed):
    fingerprint = Fingerprint(**{"configuration": "configuration", "data": data, "code": "code"} | changed)
    looked = state in ("done", "no data", "no new data")
    return RecordedInterval(tick, state, "run", (fingerprint,) if looked else ())


HISTORY = {tick: recorded(state, tick) for tick, state in zip(TICKS, STATES, strict=True) if state}
STALE = HISTORY | {TICKS[1]: recorded("done", TICKS[1], code="older")}


def plan_of(history=HISTORY, data=None, seconds=10.0, ticks=TICKS, **choice):
    return make_plan(intervals_of(ticks, None, None), history, NOW, data, Choice(**choice), seconds)


def hours(plan):
    return [interval.as_of.hour for interval in plan.to_run]


def states(plan):
    return [each.state for each in plan.intervals]


def test_intervals_run_from_tick_to_tick():
    first, last = intervals_of(TICKS[1:3], TICKS[0], TICKS[3])

    assert (first.previous, first.as_of, first.following) == tuple(TICKS[:3])
    assert (last.previous, last.as_of, last.following) == tuple(TICKS[1:4])


def test_a_plan_says_of_each_interval_how_it_stands():
    assert states(plan_of()) == [
        "done", "done", "failed", "missing", "running", "superseded", "no data", "no new data"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("reprocess", "expected"),
    [
        ("missing", [3, 5]),
        ("failed", [2, 3, 5]),
        ("stale", [1, 2, 3, 5]),
        ("all", [0, 1, 2, 3, 5, 6, 7]),
    ],
)
def test_each_choice_runs_what_the_one_before_runs_and_more_but_never_what_runs_already(reprocess, expected):
    assert hours(plan_of(STALE, reprocess=reprocess)) == expected


def test_an_interval_is_stale_where_configuration_code_or_data_changed_and_the_plan_says_which():
    history = {
        TICKS[0]: recorded("done", TICKS[0]),
        TICKS[1]: recorded("done", TICKS[1], configuration="older"),
        TICKS[2]: recorded("done", TICKS[2], data="older"),
        TICKS[3]: recorded("done", TICKS[3], data="older", code="older"),
    }
    plan = plan_of(history, dict.fromkeys(TICKS, "data"), ticks=TICKS[:4], reprocess="stale")

    assert [each.changed for each in plan.intervals] == [(), ("configuration",), ("data",), ("data", "code")]
    assert states(plan) == ["done", "stale", "stale", "stale"]


def test_where_the_source_was_not_read_data_count_as_unchanged():
    history = {TICKS[0]: recorded("done", TICKS[0], data="older")}

    assert states(plan_of(history, None, ticks=TICKS[:1])) == ["done"]
    assert states(plan_of(history, {TICKS[0]: "data"}, ticks=TICKS[:1])) == ["stale"]


def test_an_interval_that_was_once_trained_on_todays_inputs_is_done_whatever_it_was_trained_on_since():
    first, other = recorded("done", TICKS[0]).fingerprints[0], Fingerprint("other", "data", "code")
    history = {TICKS[0]: RecordedInterval(TICKS[0], "done", "run", (first, other))}

    assert states(plan_of(history, ticks=TICKS[:1])) == ["done"]


def test_an_interval_before_the_first_row_has_no_data_and_is_not_run():
    plan = plan_of({}, {TICKS[0]: None, TICKS[1]: "data"}, ticks=TICKS[:2], reprocess="stale")

    assert states(plan) == ["no data", "missing"]
    assert hours(plan) == [1]


def test_an_interval_without_data_is_run_again_only_where_there_are_other_data_now():
    history = {TICKS[0]: recorded("no data", TICKS[0], configuration="older", code="older")}

    assert states(plan_of(history, {TICKS[0]: "data"}, ticks=TICKS[:1], reprocess="stale")) == ["no data"]
    assert states(plan_of(history, {TICKS[0]: "more"}, ticks=TICKS[:1], reprocess="stale")) == ["stale"]


def test_the_newest_first_with_a_limit_takes_the_newest():
    plan = plan_of({}, order="newest", limit=3)

    assert hours(plan) == [7, 6, 5]
    assert [each.as_of.hour for each in plan.intervals if each.runs] == [5, 6, 7]


@pytest.mark.parametrize(("budget", "expected"), [(9, []), (10, [0]), (35, [0, 1, 2]), (1000, list(range(8)))])
def test_a_budget_takes_what_fits_by_the_duration_of_past_runs(budget, expected):
    plan = plan_of({}, budget=budget)

    assert hours(plan) == expected
    assert plan.expected_seconds == 10 * len(expected)


def test_a_budget_without_a_past_run_is_refused():
    with pytest.raises(ConfigurationError, match="a budget is kept by the duration of past runs"):
        plan_of({}, seconds=None, budget=60)


def test_without_a_past_run_no_duration_is_promised():
    assert plan_of({}, seconds=None).expected_seconds is None


def test_more_than_ten_thousand_intervals_ask_for_a_limit():
    ticks = [MIDNIGHT + timedelta(minutes=minute) for minute in range(10_001)]

    with pytest.raises(ConfigurationError, match=r"at most 10,000 intervals; received 10,001. Give --limit"):
        plan_of({}, ticks=ticks)
    assert len(plan_of({}, ticks=ticks, limit=5).to_run) == 5


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        ({"reprocess": "some"}, "reprocess is one of missing, failed, stale, all; received 'some'"),
        ({"order": "random"}, "order is one of oldest, newest; received 'random'"),
        ({"limit": 0}, "a limit is at least 1 interval; received 0"),
        ({"budget": -1.0}, "a budget is a positive duration; received -1 seconds"),
    ],
)
def test_a_choice_that_is_none_is_refused(choice, message):
    with pytest.raises(ConfigurationError, match=message):
        Choice(**choice)


def test_states_are_counted_the_most_frequent_first():
    assert next(iter(plan_of().counts().items())) == ("done", 2)


def plan_from(starts, recorded_starts, **choice):
    """The plan of a pipeline that starts warm; of its first intervals the versions they would start and started from."""
    ticks = TICKS[: len(starts)]
    history = {
        tick: recorded("done", tick, start=start) for tick, start in zip(ticks, recorded_starts, strict=True) if start
    }
    starts = dict(zip(ticks, starts, strict=True))
    return make_plan(intervals_of(ticks, None, None), history, NOW, None, Choice(**choice), 10.0, starts)


def test_where_training_starts_warm_another_champion_before_an_interval_makes_it_stale():
    plan = plan_from(["none", "tiny/3", "tiny/2"], ["none", "tiny/1", "tiny/2"])

    assert [(each.state, each.changed) for each in plan.intervals] == [
        ("done", ()),
        ("stale", ("start",)),
        ("done", ()),
    ]
    assert hours(plan) == []


def test_where_training_starts_warm_what_is_done_after_the_first_stale_interval_is_looked_at_again():
    starts = ["none", "tiny/3", "tiny/2", "tiny/3"], ["none", "tiny/1", "tiny/2", None]

    assert hours(plan_from(*starts, reprocess="stale")) == [1, 2, 3]
    assert hours(plan_from(*starts, reprocess="stale", limit=2)) == [1, 2]
    assert hours(plan_from(*starts)) == [3]
    assert hours(plan_from(["none"], ["none"], reprocess="stale")) == []


def test_an_interval_is_stale_where_the_rules_of_its_time_zone_are_others_since_each_of_its_trainings():
    rules = "time zone rules of America/Vancouver (2025b -> 2026f)"
    once = recorded("done", TICKS[0])
    history = {
        TICKS[0]: replace(once, zone_changes=(rules,)),
        TICKS[1]: replace(once, fingerprints=once.fingerprints * 2, zone_changes=(rules, "")),
        TICKS[2]: once,
    }

    plan = plan_of(history, ticks=TICKS[:3], reprocess="stale")

    assert [(each.state, each.changed) for each in plan.intervals] == [("stale", (rules,)), ("done", ()), ("done", ())]
    assert hours(plan) == [0]


def test_days_that_calendars_tell_otherwise_make_an_interval_stale_and_the_plan_says_so():
    history = {tick: recorded("done", tick, calendar="before") for tick in TICKS[:3]}
    told = {TICKS[0]: "before", TICKS[1]: "after", TICKS[2]: ""}
    data = dict.fromkeys(TICKS[:3], "data")
    plan = make_plan(
        intervals_of(TICKS[:3], None, None), history, NOW, data, Choice(reprocess="stale"), None, calendars=told
    )
    assert [(each.state, each.changed) for each in plan.intervals] == [
        ("done", ()),
        ("stale", ("calendar",)),
        ("stale", ("calendar",)),
    ]
    unread = make_plan(intervals_of(TICKS[:3], None, None), history, NOW, None, Choice(), None)
    assert states(unread) == ["done"] * 3
