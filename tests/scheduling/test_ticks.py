"""Literal instants: what Prefect 3.8 really fires, on the days when clocks change in Amsterdam and in Melbourne.

`test_preview.py` has Amsterdam's and New York's beside the lengths of their intervals.
"""

import asyncio
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID

import pytest

from recurcast.config.schedule import Schedule
from recurcast.errors import ConfigurationError
from recurcast.scheduling.ticks import (
    check_schedules,
    coming_ticks,
    first_tick_after,
    latest_tick,
    newest_ticks,
    previous_tick,
    schedule_ticks,
)

# Which time a cron gets that the clock skips depends on Python: Prefect counts with `whenever` from 3.13 on.
SKIPPED_GOES_FORWARD = sys.version_info >= (3, 13)

AMSTERDAM, MELBOURNE, LORD_HOWE = "Europe/Amsterdam", "Australia/Melbourne", "Australia/Lord_Howe"
# Clocks go forward and back at 01:00 UTC in Amsterdam, at 16:00 UTC (02:00, 03:00 there) in Melbourne.
FORWARD = {AMSTERDAM: "2026-03-29T01:00Z", MELBOURNE: "2026-10-03T16:00Z", LORD_HOWE: "2026-10-03T15:30Z"}
BACK = {AMSTERDAM: "2026-10-25T01:00Z", MELBOURNE: "2026-04-04T16:00Z", LORD_HOWE: "2026-04-04T15:00Z"}

HOUR = timedelta(hours=1)
HOURLY_RULE = "DTSTART:20260101T000000\nRRULE:FREQ=HOURLY"  # a first tick nearby: rules are counted from there


def cron(expression: str, timezone: str = "UTC", **more: object) -> Schedule:
    return Schedule.model_validate({"slug": "a", "cron": expression, "timezone": timezone, **more})


def every(seconds: float, anchor: str = "2026-01-01T00:00:00Z") -> Schedule:
    return Schedule.model_validate({"slug": "b", "interval": seconds, "anchor_date": anchor})


def rule(text: str, timezone: str = "UTC") -> Schedule:
    return Schedule.model_validate({"slug": "c", "rrule": text, "timezone": timezone})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def clock(schedule: Schedule, start: str, end: str) -> list[str]:
    return [f"{tick:%d %H:%M}" for tick in schedule_ticks([schedule], at(start), at(end))]


def test_ticks_are_half_open_plain_utc_and_the_start_counts() -> None:
    ticks = schedule_ticks([cron("0 * * * *", AMSTERDAM)], at("2026-01-01T00:00Z"), at("2026-01-01T03:00Z"))

    assert ticks == (at("2026-01-01T00:00Z"), at("2026-01-01T01:00Z"), at("2026-01-01T02:00Z"))
    assert {type(tick) for tick in ticks} == {datetime}
    assert {tick.tzinfo for tick in ticks} == {UTC}


def test_the_ticks_of_several_schedules_are_united_each_once_and_an_inactive_one_counts() -> None:
    schedules = [cron("0 */2 * * *"), every(3 * 3600), cron("30 1 * * *", active=False)]

    ticks = schedule_ticks(schedules, at("2026-01-01T00:00Z"), at("2026-01-01T07:00Z"))

    assert [f"{tick:%H:%M}" for tick in ticks] == ["00:00", "01:30", "02:00", "03:00", "04:00", "06:00"]


def test_a_tick_names_the_schedules_that_fire_then() -> None:
    ticks = coming_ticks([cron("0 */2 * * *"), every(3 * 3600)], at("2026-01-01T00:00Z"), at("2026-01-01T05:00Z"))

    assert [(tick.instant.hour, tick.slugs) for tick in ticks] == [
        (0, ("a", "b")),
        (2, ("a",)),
        (3, ("b",)),
        (4, ("a",)),
    ]


def test_without_schedules_there_are_no_ticks() -> None:
    now = at("2026-01-01T00:00Z")

    assert schedule_ticks([], now, now + HOUR) == ()
    assert latest_tick([], now) is first_tick_after([], now) is None


def test_an_empty_range_has_no_ticks() -> None:
    assert clock(cron("* * * * *"), "2026-01-01T01:00Z", "2026-01-01T01:00Z") == []
    assert clock(cron("* * * * *"), "2026-01-01T01:00Z", "2026-01-01T00:00Z") == []


@pytest.mark.parametrize("hourly", [cron("0 * * * *", AMSTERDAM), rule(HOURLY_RULE, AMSTERDAM)])
def test_amsterdam_hourly_on_the_clock_loses_no_tick_in_spring_and_one_in_autumn(hourly: Schedule) -> None:
    spring = clock(hourly, "2026-03-28T23:00Z", "2026-03-29T04:00Z")
    autumn = clock(hourly, "2026-10-24T23:00Z", "2026-10-25T04:00Z")

    assert spring == ["28 23:00", "29 00:00", "29 01:00", "29 02:00", "29 03:00"]
    assert autumn == ["24 23:00", "25 00:00", "25 02:00", "25 03:00"]


@pytest.mark.parametrize("hourly", [cron("0 * * * *", MELBOURNE), rule(HOURLY_RULE, MELBOURNE)])
def test_melbourne_hourly_on_the_clock_loses_no_tick_in_spring_and_one_in_autumn(hourly: Schedule) -> None:
    spring = clock(hourly, "2026-10-03T14:00Z", "2026-10-03T19:00Z")
    autumn = clock(hourly, "2026-04-04T14:00Z", "2026-04-04T19:00Z")

    assert spring == ["03 14:00", "03 15:00", "03 16:00", "03 17:00", "03 18:00"]
    assert autumn == ["04 14:00", "04 15:00", "04 17:00", "04 18:00"]


def daily(kind: str, zone: str) -> Schedule:
    return cron("30 2 * * *", zone) if kind == "cron" else rule("FREQ=DAILY;BYHOUR=2;BYMINUTE=30", zone)


@pytest.mark.parametrize("kind", ["cron", "rrule"])
def test_half_past_two_fires_an_hour_off_in_spring_when_there_is_none(kind: str) -> None:
    forward = kind == "cron" and SKIPPED_GOES_FORWARD

    amsterdam = clock(daily(kind, AMSTERDAM), "2026-03-28T00:00Z", "2026-03-31T00:00Z")
    assert amsterdam == ["28 01:30", "29 01:30" if forward else "29 00:30", "30 00:30"]
    melbourne = clock(daily(kind, MELBOURNE), "2026-10-02T00:00Z", "2026-10-05T00:00Z")
    assert melbourne == ["02 16:30", "03 16:30" if forward else "03 15:30", "04 15:30"]


@pytest.mark.parametrize("kind", ["cron", "rrule"])
def test_half_past_two_fires_once_in_autumn_the_first_time(kind: str) -> None:
    amsterdam = clock(daily(kind, AMSTERDAM), "2026-10-24T00:00Z", "2026-10-27T00:00Z")
    assert amsterdam == ["24 00:30", "25 00:30", "26 01:30"]
    melbourne = clock(daily(kind, MELBOURNE), "2026-04-03T00:00Z", "2026-04-06T00:00Z")
    assert melbourne == ["03 15:30", "04 15:30", "05 16:30"]


def test_ticks_that_prefect_finds_out_of_order_come_in_order() -> None:
    """Lord Howe skips the half hour from 02:00; what a rule moves back from there comes before an earlier time's tick."""
    moved = ["03 15:30", "03 15:40", "03 15:50"] if SKIPPED_GOES_FORWARD else ["03 15:00", "03 15:20", "03 15:40"]
    assert clock(cron("*/20 2 * * *", LORD_HOWE), "2026-10-03T12:00Z", "2026-10-04T12:00Z") == moved

    start = "DTSTART:20260101T000000\n"
    two = rule(f"{start}RRULE:FREQ=DAILY;BYHOUR=1;BYMINUTE=45\nRRULE:FREQ=DAILY;BYHOUR=2;BYMINUTE=30", AMSTERDAM)
    assert clock(two, "2026-03-28T12:00Z", "2026-03-30T00:00Z") == ["29 00:30", "29 00:45", "29 23:45"]
    assert latest_tick([two], at("2026-03-29T00:50Z")) == at("2026-03-29T00:45Z")


def test_an_interval_keeps_its_length_through_both_changes_of_the_clock() -> None:
    for change in (*FORWARD.values(), *BACK.values()):
        ticks = schedule_ticks([every(1800)], at(change) - 24 * HOUR, at(change) + 24 * HOUR)

        assert len(ticks) == 96
        assert {later - sooner for sooner, later in pairwise(ticks)} == {timedelta(minutes=30)}


@pytest.mark.parametrize("zone", [AMSTERDAM, MELBOURNE])
@pytest.mark.parametrize("change", [FORWARD, BACK])
@pytest.mark.parametrize("expression", ["*/10 * * * *", "30 2 * * *"])
def test_where_one_starts_to_look_around_a_change_of_the_clock_changes_no_tick(
    zone: str, change: dict[str, str], expression: str
) -> None:
    schedule, turn = cron(expression, zone), at(change[zone])
    first, last = turn - 26 * HOUR, turn + 26 * HOUR
    expected = schedule_ticks([schedule], first, last)

    for minutes in range(-75, 90, 15):
        start = turn + timedelta(minutes=minutes)
        assert schedule_ticks([schedule], start, last) == tuple(tick for tick in expected if tick >= start)
        assert first_tick_after([schedule], start) == min(tick for tick in expected if tick > start)
        assert latest_tick([schedule], start) == max(tick for tick in expected if tick <= start)


@pytest.mark.parametrize("zone", [AMSTERDAM, LORD_HOWE])
@pytest.mark.parametrize("change", [FORWARD, BACK])
@pytest.mark.parametrize("expression", ["*/20 2 * * *", "30 * * * *"])
def test_ticks_are_all_that_the_scheduler_finds_whenever_it_looks(
    zone: str, change: dict[str, str], expression: str
) -> None:
    from prefect.server.schemas.schedules import CronSchedule

    first, last = at(change[zone]) - 6 * HOUR, at(change[zone]) + 6 * HOUR
    scheduler = CronSchedule(cron=expression, timezone=zone)
    found = set()
    for quarters in range(-30, 24):
        looks = at(change[zone]) + quarters * timedelta(minutes=15)
        dates = asyncio.run(scheduler.get_dates(start=looks, end=looks + 24 * HOUR))
        found |= {date.astimezone(UTC) for date in dates}

    assert schedule_ticks([cron(expression, zone)], first, last) == tuple(
        tick for tick in sorted(found) if first <= tick < last
    )


def test_prefect_gives_no_sure_ticks_for_intervals_on_a_clock_that_changes_so_they_are_refused() -> None:
    """Should this fail with a newer Prefect, the rule in `schedules` may go."""
    from prefect.server.schemas.schedules import IntervalSchedule

    def dates(seconds: int, start: str, end: str) -> list[str]:
        schedule = IntervalSchedule(
            interval=timedelta(seconds=seconds), anchor_date=at("2026-01-01T08:00Z"), timezone=AMSTERDAM
        )
        found = asyncio.run(schedule.get_dates(start=at(start), end=at(end)))
        return [f"{date.astimezone(UTC):%d %H:%M}" for date in found]

    if sys.version_info < (3, 13):
        assert "25 01:00" not in dates(3600, "2026-10-24T23:00Z", "2026-10-25T03:00Z")
    assert "25 01:00" in dates(3600, "2026-10-25T01:00Z", "2026-10-25T03:00Z")
    assert dates(86400, "2026-03-28T00:00Z", "2026-03-31T00:00Z") == ["28 08:00", "29 07:00", "30 07:00"]
    assert dates(86400, "2026-03-29T12:00Z", "2026-03-31T00:00Z") == ["30 08:00"]


def test_more_ticks_than_prefect_gives_at_once_come_without_gap_through_a_change_of_the_clock() -> None:
    minutes = cron("* * * * *", AMSTERDAM)

    spring = schedule_ticks([minutes], at("2026-03-28T12:00Z"), at("2026-03-29T12:00Z"))
    assert len(spring) == 24 * 60
    assert {later - sooner for sooner, later in pairwise(spring)} == {timedelta(minutes=1)}
    autumn = schedule_ticks([minutes], at("2026-10-24T12:00Z"), at("2026-10-25T12:00Z"))
    assert len(autumn) == 23 * 60
    assert {later - sooner for sooner, later in pairwise(autumn)} == {timedelta(minutes=1), timedelta(minutes=61)}


@pytest.mark.parametrize("schedule", [cron("0 * * * *"), every(3600), rule(HOURLY_RULE)])
def test_a_tick_is_the_latest_at_itself_and_neither_before_nor_after_itself(schedule: Schedule) -> None:
    tick = at("2026-05-05T12:00Z")

    assert latest_tick([schedule], tick) == tick
    assert latest_tick([schedule], tick - timedelta(microseconds=1)) == tick - HOUR
    assert previous_tick([schedule], tick) == tick - HOUR
    assert first_tick_after([schedule], tick) == tick + HOUR
    assert first_tick_after([schedule], tick - timedelta(microseconds=1)) == tick


def test_rare_ticks_are_found_in_both_directions() -> None:
    leap_day = cron("0 0 29 2 *", AMSTERDAM)

    assert latest_tick([leap_day], at("2027-06-01T00:00Z")) == at("2024-02-28T23:00Z")
    assert first_tick_after([leap_day], at("2027-06-01T00:00Z")) == at("2028-02-28T23:00Z")


def test_an_interval_has_ticks_before_its_anchor() -> None:
    assert latest_tick([every(3600, "2026-01-01T00:30:00Z")], at("1999-01-01T00:00Z")) == at("1998-12-31T23:30Z")


def test_a_rule_without_dtstart_begins_in_2020_as_prefect_has_it() -> None:
    daily = rule("FREQ=DAILY")

    assert latest_tick([daily], at("2019-12-31T23:00Z")) is None
    assert first_tick_after([daily], at("2019-06-01T00:00Z")) == at("2020-01-01T00:00Z")


def test_a_rule_that_ends_has_no_tick_after_its_last() -> None:
    twice = rule("DTSTART:20260101T060000\nRRULE:FREQ=DAILY;COUNT=2", AMSTERDAM)

    assert clock(twice, "2026-01-01T00:00Z", "2027-01-01T00:00Z") == ["01 05:00", "02 05:00"]
    assert first_tick_after([twice], at("2026-01-02T05:00Z")) is None
    assert latest_tick([twice], at("2030-01-01T00:00Z")) == at("2026-01-02T05:00Z")


def test_day_or_false_wants_both_the_day_and_the_weekday() -> None:
    first_mondays = cron("0 0 1-7 * 1", day_or=False)

    assert clock(first_mondays, "2026-01-01T00:00Z", "2026-03-01T00:00Z") == ["05 00:00", "02 00:00"]


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        (cron("61 * * * *"), "schedule 'a': '61 * * * *' is no cron expression that Prefect knows. Correct it."),
        (cron("0 0 30 2 *"), "schedule 'a': a schedule fires at some time; '0 0 30 2 *' never does"),
        (
            rule("FREQ=FORTNIGHTLY"),
            "schedule 'c': 'FREQ=FORTNIGHTLY' is no iCalendar rule that Prefect knows. Correct it.",
        ),
    ],
)
def test_a_schedule_that_prefect_would_not_run_is_refused(schedule: Schedule, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        check_schedules([schedule])

    assert message in str(caught.value)


def test_ticks_can_be_asked_for_inside_a_running_loop() -> None:
    async def in_a_flow() -> datetime | None:
        return latest_tick([cron("0 * * * *")], at("2026-01-01T12:34Z"))

    assert asyncio.run(in_a_flow()) == at("2026-01-01T12:00Z")


def test_instants_may_come_as_prefect_hands_them_out_and_go_back_as_pythons_own() -> None:
    from prefect.client.schemas.objects import FlowRun

    prefects = FlowRun(flow_id=UUID(int=0), expected_start_time=at("2026-01-01T12:00Z")).expected_start_time
    hourly = [cron("0 * * * *")]

    ticks = (previous_tick(hourly, prefects), latest_tick(hourly, prefects), first_tick_after(hourly, prefects))

    assert ticks == (at("2026-01-01T11:00Z"), at("2026-01-01T12:00Z"), at("2026-01-01T13:00Z"))
    assert {type(tick) for tick in ticks} == {datetime}


def test_a_time_without_zone_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="an instant has a time zone"):
        latest_tick([cron("0 * * * *")], datetime(2026, 1, 1))


def test_importing_ticks_and_projects_does_not_import_prefect() -> None:
    code = "import sys, recurcast.config.project, recurcast.scheduling.ticks; sys.exit('prefect' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_the_newest_ticks_of_a_range_are_found_however_rare_they_are():
    hourly, monthly = Schedule(slug="h", cron="0 * * * *"), Schedule(slug="m", cron="0 0 1 * *")
    first, last = datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 6, 1, tzinfo=UTC)

    assert newest_ticks([hourly], first, last, 3) == tuple(last - timedelta(hours=ago) for ago in (2, 1, 0))
    assert newest_ticks([monthly], first, last, 400) == tuple(
        datetime(2024, month, 1, tzinfo=UTC) for month in range(1, 7)
    )
    assert newest_ticks([monthly], first, last, 2) == tuple(datetime(2024, month, 1, tzinfo=UTC) for month in (5, 6))
    assert newest_ticks([], first, last, 2) == ()
