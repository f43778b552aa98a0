"""Ticks without Prefect are Prefect's: beside its own classes, through changes of the clock, and no module of it loaded."""

import asyncio
import random
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest
from prefect.server.schemas.schedules import CronSchedule, IntervalSchedule

from recurcast.config.schedule import Schedule
from recurcast.scheduling.plain_schedules import AskPrefect, plain_schedule
from recurcast.scheduling.prefect_schedules import dates_of, ticking

ZONES = ("UTC", "Europe/Amsterdam", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca", "Asia/Kathmandu")
CRONS = (
    "0 6 * * *", "30 2 * * *", "*/20 1-3 * * *", "0 22 * * 1-5", "15 */6 * * *", "5 4 1,15 * 0", "59 23 31 12 *", "0 0 29 2 *",
)  # fmt: skip


def schedule(**said: object) -> Schedule:
    return Schedule.model_validate({"slug": "a", **said})


def test_plain_ticks_are_those_of_prefects_own_classes_wherever_it_starts_to_look() -> None:
    drawn = random.Random(0)
    for number in range(400):
        zone, cron, day_or = drawn.choice(ZONES), drawn.choice(CRONS), drawn.random() < 0.7
        start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=drawn.random() * 2 * 365 * 86_400)
        end = None if drawn.random() < 0.5 else start + timedelta(days=drawn.choice([0, 1, 9, 400]))
        own = CronSchedule(cron=cron, timezone=zone, day_or=day_or)
        found = dates_of(ticking(schedule(cron=cron, timezone=zone, day_or=day_or)), start, end, 30)
        expected = asyncio.run(own.get_dates(n=30, start=start, end=end))
        assert found == [date.astimezone(UTC) for date in expected], (number, zone, cron, start, end)


def test_plain_ticks_of_intervals_are_prefects_too_on_either_side_of_their_anchor() -> None:
    anchor = datetime(2026, 5, 1, 7, 30, tzinfo=UTC)
    for seconds in (1, 90, 3_600, 86_400, 7 * 86_400 + 1):
        own = IntervalSchedule(interval=timedelta(seconds=seconds), anchor_date=anchor, timezone="UTC")
        plain = ticking(schedule(interval=seconds, anchor_date=f"{anchor:%Y-%m-%dT%H:%M:%SZ}"))
        for start in (anchor, anchor - timedelta(days=40, microseconds=3), anchor + timedelta(days=40, seconds=17)):
            expected = asyncio.run(own.get_dates(n=5, start=start, end=start + timedelta(days=20)))
            assert dates_of(plain, start, start + timedelta(days=20), 5) == [d.astimezone(UTC) for d in expected]


def test_what_a_clock_shows_twice_or_never_is_left_to_prefect_and_what_prefect_refuses_too() -> None:
    plain = plain_schedule(schedule(cron="30 2 * * *", timezone="Europe/Amsterdam"))
    assert plain is not None
    for odd in (datetime(2026, 3, 28, 12, tzinfo=UTC), datetime(2026, 10, 24, 12, tzinfo=UTC)):
        with pytest.raises(AskPrefect):
            plain.dates(odd, None, 1)
    left = ("0 0 L * *", "H * * * *", "@daily", "0 0 * * MON#1")
    assert [plain_schedule(schedule(cron=text)) for text in left] == [None] * len(left)


def test_the_ticks_of_a_plain_schedule_import_nothing_of_prefect() -> None:
    code = """
import sys
from datetime import UTC, datetime
from recurcast.config.schedule import Schedule
from recurcast.scheduling.ticks import check_schedules, first_tick_after, latest_tick, previous_tick
daily = [Schedule.model_validate({"slug": "a", "cron": "0 6 * * *", "timezone": "Europe/Amsterdam"})]
check_schedules(daily)
when = datetime(2026, 6, 1, 12, tzinfo=UTC)
print(first_tick_after(daily, when), latest_tick(daily, when), previous_tick(daily, when))
print([name for name in sys.modules if name.partition(".")[0] == "prefect"])
"""
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.splitlines()
    assert said == ["2026-06-02 04:00:00+00:00 2026-06-01 04:00:00+00:00 2026-06-01 04:00:00+00:00", "[]"]
