"""Literal instants: which intervals the changes of the clock make unusual, in Amsterdam and in New York."""

import sys
from datetime import UTC, datetime, timedelta

import pytest

from recurcast.config.schedule import Schedule
from recurcast.scheduling.preview import SchedulePreview, preview

AMSTERDAM, NEW_YORK = "Europe/Amsterdam", "America/New_York"
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
FORWARD, BACK = "clocks go forward 1 h", "clocks go back 1 h"


def cron(expression: str, timezone: str = "UTC", slug: str = "a") -> Schedule:
    return Schedule.model_validate({"slug": slug, "cron": expression, "timezone": timezone})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def hours(coming: SchedulePreview) -> list[tuple[str, float]]:
    """Return each tick with the length of its interval in hours."""
    return [(f"{each.tick:%d %H:%M}", each.length / HOUR) for each in coming.intervals if each.length]


def odd(coming: SchedulePreview) -> list[tuple[str, str | None]]:
    """Return each tick whose interval is odd, with the reason."""
    return [(f"{each.tick:%d %H:%M}", each.reason) for each in coming.intervals if each.odd]


@pytest.mark.parametrize(
    ("zone", "start", "ticks"),
    [
        (AMSTERDAM, "2026-03-28T00:00Z", [("28 05:00", 24), ("29 04:00", 23), ("30 04:00", 24)]),
        (AMSTERDAM, "2026-10-24T00:00Z", [("24 04:00", 24), ("25 05:00", 25), ("26 05:00", 24)]),
        (NEW_YORK, "2026-03-07T00:00Z", [("07 11:00", 24), ("08 10:00", 23), ("09 10:00", 24)]),
        (NEW_YORK, "2026-10-31T00:00Z", [("31 10:00", 24), ("01 11:00", 25), ("02 11:00", 24)]),
    ],
)
def test_six_in_the_morning_has_one_day_of_23_and_one_of_25_hours(
    zone: str, start: str, ticks: list[tuple[str, float]]
) -> None:
    coming = preview([cron("0 6 * * *", zone)], at(start), 3)

    assert hours(coming) == ticks
    assert coming.usual == DAY
    assert odd(coming) == [(ticks[1][0], FORWARD if ticks[1][1] == 23 else BACK)]


@pytest.mark.parametrize(
    ("zone", "start", "first", "odd_tick"),
    [
        (AMSTERDAM, "2026-03-28T22:30Z", ["28 23:00", "29 00:00", "29 01:00", "29 02:00"], None),
        (AMSTERDAM, "2026-10-24T22:30Z", ["24 23:00", "25 00:00", "25 02:00", "25 03:00"], "25 02:00"),
        (NEW_YORK, "2026-03-08T04:30Z", ["08 05:00", "08 06:00", "08 07:00", "08 08:00"], None),
        (NEW_YORK, "2026-11-01T03:30Z", ["01 04:00", "01 05:00", "01 07:00", "01 08:00"], "01 07:00"),
    ],
)
def test_every_hour_has_one_interval_of_two_in_autumn_and_none_in_spring(
    zone: str, start: str, first: list[str], odd_tick: str | None
) -> None:
    coming = preview([cron("0 * * * *", zone)], at(start), 1)

    assert hours(coming)[:4] == [(tick, 2 if tick == odd_tick else 1) for tick in first]
    assert coming.usual == HOUR
    assert odd(coming) == ([(odd_tick, BACK)] if odd_tick else [])


@pytest.mark.parametrize(("zone", "start"), [(AMSTERDAM, "2026-03-28T00:00Z"), (NEW_YORK, "2026-03-07T00:00Z")])
def test_a_time_that_the_clock_skips_is_told_from_the_change_although_it_lies_in_another_interval(
    zone: str, start: str
) -> None:
    coming = preview([cron("30 2 * * *", zone)], at(start), 3)

    # Python 3.13's Prefect moves the tick forward, so that the interval after it is the short one.
    assert [length for _, length in hours(coming)] == ([24, 24, 23] if sys.version_info >= (3, 13) else [24, 23, 24])
    assert [reason for _, reason in odd(coming)] == [FORWARD]


def test_the_interval_over_a_weekend_is_odd_and_named_beside_a_change_of_the_clock() -> None:
    coming = preview([cron("0 22 * * 1-5", NEW_YORK)], at("2026-02-28T12:00Z"), 10)

    assert [each.length for each in coming.intervals] == [3 * DAY, DAY, DAY, DAY, DAY, 3 * DAY - HOUR]
    assert odd(coming) == [
        ("03 03:00", "no tick on Sat, Sun"),
        ("10 02:00", f"{FORWARD}; no tick on Sat, Sun"),
    ]


def test_united_schedules_name_the_schedule_of_each_tick_and_make_odd_intervals() -> None:
    schedules = [cron("0 */6 * * *", slug="six-hourly"), cron("0 9 * * *", AMSTERDAM, slug="morning")]

    coming = preview(schedules, at("2026-01-01T00:00Z"), 1)

    assert hours(coming) == [("01 00:00", 6), ("01 06:00", 6), ("01 08:00", 2), ("01 12:00", 4), ("01 18:00", 6)]
    assert [each.slugs for each in coming.intervals] == [
        *[("six-hourly",)] * 2,
        ("morning",),
        *[("six-hourly",)] * 2,
    ]
    assert odd(coming) == [
        ("01 08:00", "from a tick of 'six-hourly' to one of 'morning'"),
        ("01 12:00", "from a tick of 'morning' to one of 'six-hourly'"),
    ]


def test_with_several_zones_a_change_of_the_clock_names_its_own() -> None:
    schedules = [cron("0 6 * * *", AMSTERDAM, slug="a"), cron("0 12 * * *", slug="b")]

    reasons = [each.reason or "" for each in preview(schedules, at("2026-10-25T00:00Z"), 2).intervals]

    assert [reason.partition(";")[0] for reason in reasons if "clocks" in reason] == [f"{BACK} in {AMSTERDAM}"]


def test_a_tick_of_two_schedules_names_both() -> None:
    (noon,) = preview(
        [cron("0 12 * * *", slug="a"), cron("0 */12 * * *", slug="b")], at("2026-01-01T01:00Z"), 1
    ).intervals[:1]

    assert noon.slugs == ("a", "b")
    assert noon.length == 12 * HOUR


def test_of_equally_common_lengths_the_shorter_is_usual() -> None:
    coming = preview([cron("0 0,8 * * *")], at("2026-01-01T00:00Z"), 2)

    assert coming.usual == 8 * HOUR
    assert [each.odd for each in coming.intervals] == [True, False, True, False]


def test_usual_is_looked_for_in_a_year_however_short_the_period() -> None:
    """The first of January lies between two months of 31 days; most months' ends are 31 days apart, so this is not odd."""
    (march,) = preview([cron("0 0 1 * *")], at("2026-02-15T00:00Z"), 30).intervals

    assert (march.length, march.odd, march.reason) == (28 * DAY, True, None)


def test_a_period_without_ticks_has_no_intervals_and_a_known_usual_length() -> None:
    coming = preview([cron("0 0 1 * *")], at("2026-01-02T00:00Z"), 7)

    assert (coming.intervals, coming.usual) == ((), 31 * DAY)


def test_a_tick_at_the_start_counts_and_one_at_the_end_does_not() -> None:
    coming = preview([cron("0 0 * * *")], at("2026-01-01T00:00Z"), 2)

    assert hours(coming) == [("01 00:00", 24), ("02 00:00", 24)]


def test_the_first_tick_of_all_ends_no_interval() -> None:
    rule = Schedule.model_validate({"slug": "a", "rrule": "DTSTART:20300101T060000\nRRULE:FREQ=DAILY;COUNT=2"})

    first, second = preview([rule], at("2029-12-31T00:00Z"), 30).intervals

    assert (first.previous, first.length, first.reason) == (None, None, "the first tick: no interval ends here")
    assert (second.previous, second.length, second.odd) == (first.tick, DAY, False)


def test_a_rule_whose_last_tick_has_passed_has_nothing_to_come() -> None:
    rule = Schedule.model_validate({"slug": "a", "rrule": "DTSTART:20200101T060000\nRRULE:FREQ=DAILY;COUNT=2"})

    assert preview([rule], at("2026-01-01T00:00Z"), 7) == SchedulePreview(
        at("2026-01-01T00:00Z"), at("2026-01-08T00:00Z"), None, ()
    )


def test_too_many_ticks_end_the_look_early(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recurcast.scheduling.preview._MOST_LOOKED_AT", 100)
    seconds = Schedule.model_validate({"slug": "a", "interval": 60, "anchor_date": "2026-01-01T00:00:00Z"})

    coming = preview([seconds], at("2026-01-01T00:00Z"), 7)

    assert len(coming.intervals) == 100
    assert coming.end == at("2026-01-01T01:40Z")
