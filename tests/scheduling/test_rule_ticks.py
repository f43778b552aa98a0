from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile
from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from prefect.server.schemas.schedules import RRuleSchedule

from recurcast.config.schedule import Schedule, read_schedules
from recurcast.errors import ConfigurationError
from recurcast.scheduling.rule_ticks import wall_times
from recurcast.scheduling.ticks import check_schedules, first_tick_after, latest_tick, newest_ticks, schedule_ticks

NOW = datetime(2026, 11, 27, tzinfo=UTC)
WANTED = {
    "BYMONTH": some.lists(some.integers(1, 12), min_size=1, max_size=3),
    "BYMONTHDAY": some.lists(some.integers(1, 31), min_size=1, max_size=3),
    "BYHOUR": some.lists(some.integers(0, 23), min_size=1, max_size=3),
    "BYMINUTE": some.lists(some.sampled_from([0, 15, 30, 45]), min_size=1, max_size=3),
    "BYDAY": some.lists(some.sampled_from(["MO", "WE", "SU"]), min_size=1, max_size=2),
}


def rule(text: str, timezone: str = "UTC") -> Schedule:
    return Schedule.model_validate({"slug": "rule", "rrule": text, "timezone": timezone})


@some.composite
def rules(draw: some.DrawFn) -> str:
    parts = {
        "FREQ": draw(some.sampled_from(["YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"])),
        "INTERVAL": str(draw(some.integers(1, 30))),
    }
    for name in draw(some.sets(some.sampled_from(sorted(WANTED)), max_size=2)):
        parts[name] = ",".join(map(str, draw(WANTED[name])))
    start = datetime(2025, 12, 1) + timedelta(minutes=draw(some.integers(0, 40 * 1440)))
    return f"DTSTART:{start:%Y%m%dT%H%M%S}\nRRULE:{';'.join(f'{name}={value}' for name, value in parts.items())}"


@settings(max_examples=30, deadline=None, derandomize=True)
@given(rules(), some.integers(0, 60 * 24 * 60))
def test_a_rule_begun_near_where_it_is_asked_has_the_times_that_it_has_from_its_start(text: str, minutes: int) -> None:
    asked, last = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes), datetime(2026, 6, 1, tzinfo=UTC)
    try:
        schedule = RRuleSchedule(rrule=text, timezone="UTC")
        whole = takewhile(lambda time: time < last, schedule.to_rrule())
        expected = list(islice((time for time in whole if time >= asked), 50))
    except ValueError:  # parts that contradict each other
        return

    walls = (time.replace(tzinfo=UTC) for time in wall_times(schedule, asked))
    found = takewhile(lambda time: time < last, (time for time in walls if time >= asked))

    assert list(islice(found, 50)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=MINUTELY;BYHOUR=6;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=HOURLY;BYSETPOS=2",
        f"FREQ=YEARLY;BYMONTH=1;BYMONTHDAY=1;BYSETPOS={','.join(map(str, range(2, 102)))}",
        "RRULE:FREQ=MINUTELY\nEXRULE:FREQ=MINUTELY",
        "DTSTART:20260101T000000\nRRULE:FREQ=DAILY;UNTIL=20250101T000000",
    ],
)
def test_a_rule_that_never_fires_is_refused_within_seconds(text: str) -> None:
    begin = process_time()
    with pytest.raises(ConfigurationError, match=r"schedule 'rule': a schedule fires at some time; '.*' never does"):
        check_schedules([rule(text)])
    assert process_time() - begin < 5


@pytest.mark.parametrize(
    "text", ["DTSTART:20260101T000000", "RRULE:FREQ=DAILY;BYHOUR=25", "FREQ", "FREQ=MINUTELY;INTERVAL=1440;BYHOUR=5"]
)
def test_what_is_no_rule_is_refused_whatever_dateutil_raises(text: str) -> None:
    with pytest.raises(ConfigurationError, match=r"schedule 'rule': .* is no iCalendar rule that Prefect knows"):
        check_schedules([rule(text)])


def test_a_rule_of_every_minute_is_not_counted_from_its_start_centuries_ago() -> None:
    minutely = rule("DTSTART:17000101T000000\nRRULE:FREQ=MINUTELY", "Europe/Amsterdam")

    begin = process_time()
    assert latest_tick([minutely], NOW) == NOW
    assert first_tick_after([minutely], NOW) == NOW + timedelta(minutes=1)
    assert process_time() - begin < 2


def test_rare_times_of_a_frequent_rule_are_found() -> None:
    leap_days = rule("FREQ=MINUTELY;BYMONTH=2;BYMONTHDAY=29;BYHOUR=6;BYMINUTE=30")

    assert first_tick_after([leap_days], NOW) == datetime(2028, 2, 29, 6, 30, tzinfo=UTC)
    assert latest_tick([leap_days], NOW) == datetime(2024, 2, 29, 6, 30, tzinfo=UTC)


def test_the_last_tick_of_a_dense_rule_that_ended_long_ago_is_found() -> None:
    ended = rule("DTSTART:17000101T000000\nRRULE:FREQ=MINUTELY;UNTIL=20200601T123000")

    assert latest_tick([ended], NOW) == datetime(2020, 6, 1, 12, 30, tzinfo=UTC)
    assert first_tick_after([ended], NOW) is None


def test_a_rule_that_counts_from_too_far_back_says_so() -> None:
    counted = rule("DTSTART:17000101T000000\nRRULE:FREQ=MINUTELY;COUNT=100000000")

    with pytest.raises(
        ConfigurationError, match="a rule's next tick is found among 100,000 days and times from its DTSTART"
    ):
        first_tick_after([counted], NOW)


@pytest.mark.parametrize(
    "dense",
    [
        {"cron": "* * * * *"},
        {"rrule": "FREQ=MINUTELY"},
        {"interval": 1, "anchor_date": "2024-01-01T00:00:00Z"},
    ],
)
def test_a_range_of_too_many_ticks_is_refused_before_all_are_laid_out(dense: dict[str, object]) -> None:
    schedules = read_schedules({"schedules": [{"slug": "dense", **dense}]})

    with pytest.raises(ConfigurationError, match="a range holds at most 1,000 ticks; received 1700-01-01T00:00:00Z to"):
        schedule_ticks(schedules, datetime(1700, 1, 1, tzinfo=UTC), NOW, 1_000)
    assert newest_ticks(schedules, datetime(1700, 1, 1, tzinfo=UTC), NOW, 2)[-1] == NOW


@pytest.mark.parametrize(
    ("interval", "anchor", "message"),
    [
        (0.000001, "2024-01-01T00:00:00Z", "an interval lasts from 1 second to 36,525 days; received 0:00:00.000001."),
        (1e13, "2024-01-01T00:00:00Z", "an interval lasts from 1 second to 36,525 days; received"),
        (60, "0001-01-01T00:00:00+14:00", "an instant lies in the years 1678 to 2261"),
        (60, "9999-12-31T23:59:59-10:00", "an instant lies in the years 1678 to 2261"),
    ],
)
def test_intervals_and_anchors_out_of_all_bounds_are_refused(interval: float, anchor: str, message: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        read_schedules({"schedules": [{"slug": "a", "interval": interval, "anchor_date": anchor}]})

    assert message in str(caught.value)


def test_a_cron_expression_of_a_megabyte_is_refused_before_it_is_read() -> None:
    with pytest.raises(ConfigurationError, match="a cron expression has at most 1,000 characters; received 1,000,008"):
        read_schedules({"schedules": [{"slug": "a", "cron": f"{'1' * 1_000_000} * * * *"}]})
