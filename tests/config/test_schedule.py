from datetime import UTC, datetime, timedelta

import pytest

from recurcast.config.schedule import read_schedules
from recurcast.errors import ConfigurationError


def problem(*schedules: object) -> str:
    with pytest.raises(ConfigurationError) as caught:
        read_schedules({"schedules": list(schedules)})
    return str(caught.value)


def test_an_interval_is_seconds_or_a_duration_and_its_anchor_an_instant() -> None:
    seconds, duration = read_schedules(
        {
            "schedules": [
                {"interval": 300, "anchor_date": "2024-01-01T00:00:00+01:00", "slug": "a"},
                {"interval": "PT5M", "anchor_date": "2024-01-01T00:00:00Z", "slug": "b"},
            ]
        }
    )

    assert seconds.interval == duration.interval == timedelta(minutes=5)
    assert seconds.anchor_date == datetime(2023, 12, 31, 23, tzinfo=UTC)


@pytest.mark.parametrize("nothing", [{}, {"schedules": None}, {"schedules": []}, {"schedule": None}, {"schedule": {}}])
def test_a_deployment_may_have_no_schedule(nothing: dict[str, object]) -> None:
    assert read_schedules(nothing) == ()


def test_both_of_prefects_keys_at_once_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="received both"):
        read_schedules({"schedule": {"cron": "0 * * * *", "slug": "a"}, "schedules": []})


def test_schedules_that_are_no_list_are_refused() -> None:
    with pytest.raises(ConfigurationError, match="'schedules' is a list"):
        read_schedules({"schedules": {"cron": "0 * * * *", "slug": "a"}})


@pytest.mark.parametrize(
    ("schedule", "message"),
    [
        ({"cron": "0 * * * *"}, "schedule 1: slug: needed; received none."),
        (
            {"cron": "0 * * * *", "slug": "a", "timezon": "UTC"},
            "schedule a: timezon: unknown field. Did you mean 'time",
        ),
        ({"slug": "a"}, "schedule a: a schedule has one of cron, interval, rrule; received none."),
        (
            {"slug": "a", "cron": "0 * * * *", "rrule": "FREQ=DAILY"},
            "one of cron, interval, rrule; received cron and rrule",
        ),
        (
            {"slug": "a", "cron": "0 * * * *", "timezone": "Mars/X"},
            "IANA name such as 'Europe/Amsterdam'; received 'Mars/X'",
        ),
        ({"slug": "a", "cron": "0 * * * * *"}, "a cron expression has five fields"),
        (
            {"slug": "a", "cron": "0 * * * *", "anchor_date": "2024-01-01T00:00:00Z"},
            "'anchor_date' belongs to interval",
        ),
        ({"slug": "a", "rrule": "FREQ=DAILY", "day_or": True}, "'day_or' belongs to cron; received it with rrule"),
        ({"slug": "a", "interval": 300}, "an interval needs an anchor_date"),
        ({"slug": "a", "interval": 0, "anchor_date": "2024-01-01T00:00:00Z"}, "interval: should be greater than 0"),
        (
            {"slug": "a", "interval": 300, "anchor_date": datetime(2024, 1, 1, tzinfo=UTC)},
            "anchor_date is written in quotes",
        ),
        (
            {"slug": "a", "interval": 300, "anchor_date": "2024-01-01T00:00:00"},
            "anchor_date: an instant has a time zone",
        ),
        (
            {"slug": "a", "interval": 300, "anchor_date": "2024-01-01T00:00:00Z", "timezone": "Europe/Amsterdam"},
            "an interval is counted in UTC; received timezone 'Europe/Amsterdam'",
        ),
        (
            {"slug": "a", "cron": "0 * * * *", "parameters": {"as_of": "x"}},
            "a schedule leaves 'as_of' to the deployment",
        ),
        ("hourly", "schedule 1: should be a mapping; received 'hourly'."),
    ],
)
def test_a_schedule_whose_ticks_or_pause_would_be_unsure_is_refused(schedule: object, message: str) -> None:
    assert message in problem(schedule)


def test_two_schedules_with_one_slug_are_refused() -> None:
    assert "received 'a' twice" in problem({"slug": "a", "cron": "0 * * * *"}, {"slug": "a", "cron": "5 * * * *"})
