"""One process reads one set of rules: cron, rrule, Prefect's server as `up` starts it, the grid and the calendar."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from dateutil import tz

from recurcast.scheduling.rule_zones import rule_zone

SHOW = """
import asyncio, json
from datetime import UTC, datetime, timedelta
import pandas as pd
from prefect.server.schemas.schedules import RRuleSchedule
from recurcast.config.schedule import Schedule
from recurcast.stack.prefect_server import mend_prefect
from recurcast.scheduling.ticks import schedule_ticks
from recurcast.series.calendar import calendar_features
from recurcast.series.grid import Grid

first, last = datetime(2026, 7, 1, tzinfo=UTC), datetime(2026, 7, 4, tzinfo=UTC)
rule = {"rrule": "FREQ=DAILY;BYHOUR=0;BYMINUTE=0;BYSECOND=0", "timezone": "Europe/Amsterdam"}
cron = {"cron": "0 0 * * *", "timezone": "Europe/Amsterdam"}
found = {name: schedule_ticks([Schedule.model_validate(kind | {"slug": name})], first, last)
         for name, kind in (("cron", cron), ("rrule", rule))}
mend_prefect()
found["server"] = asyncio.run(RRuleSchedule(**rule).get_dates(start=first, end=last))
found["grid"] = Grid("D", "Europe/Amsterdam").steps_until(last, 3)
hours = pd.date_range(first, last, freq="h", inclusive="left").as_unit("ns")
shares = calendar_features(hours, ("hour",), "Europe/Amsterdam")
found["calendar"] = hours[shares[:, 1] == 1.0]
print(json.dumps({name: [each.astimezone(UTC).isoformat() for each in map(pd.Timestamp, them)] for name, them in found.items()}))
"""


def test_ticks_grid_and_calendar_read_the_database_that_pythontzpath_names(tmp_path: Path) -> None:
    """A made database in which Amsterdam has Tokyo's clock: midnight is at 15:00 UTC."""
    (tmp_path / "Europe").mkdir()
    tokyo = files("tzdata").joinpath("zoneinfo", "Asia", "Tokyo").read_bytes()
    (tmp_path / "Europe" / "Amsterdam").write_bytes(tokyo)
    environment = os.environ | {"PYTHONTZPATH": str(tmp_path), "PREFECT_HOME": str(tmp_path / "prefect")}

    shown = subprocess.run([sys.executable, "-c", SHOW], env=environment, capture_output=True, text=True, check=True)

    midnights = [f"2026-07-0{day}T15:00:00+00:00" for day in (1, 2, 3)]
    assert json.loads(shown.stdout.splitlines()[-1]) == dict.fromkeys(
        ("cron", "rrule", "server", "grid", "calendar"), midnights
    )


@pytest.mark.parametrize("zone", ["Europe/Amsterdam", "Australia/Lord_Howe", "America/New_York"])
def test_a_skipped_and_a_repeated_hour_are_read_as_dateutil_reads_them(zone: str) -> None:
    """It is what Prefect's servers everywhere fire: back in spring, the first time in autumn."""
    ours, theirs = rule_zone(zone), tz.gettz(zone)
    halves = [datetime(2024, 1, 1) + number * timedelta(minutes=30) for number in range(2 * 24 * 366)]

    differ = [
        when
        for when in halves
        if when.replace(tzinfo=ours).astimezone(UTC) != when.replace(tzinfo=theirs).astimezone(UTC)
    ]

    assert differ == []


def test_where_daylight_saving_is_negative_the_first_of_a_repeated_hour_counts_too() -> None:
    """dateutil 2.9 takes the second."""
    for zone, repeated, first in (
        ("Europe/Dublin", datetime(2025, 10, 26, 1, 30), "00:30"),
        ("Africa/Casablanca", datetime(2025, 2, 23, 2, 30), "01:30"),
    ):
        assert f"{repeated.replace(tzinfo=rule_zone(zone)).astimezone(UTC):%H:%M}" == first


def test_instants_come_back_from_the_clock() -> None:
    zone = rule_zone("Europe/Amsterdam")
    instant = datetime(2026, 7, 1, 12, tzinfo=UTC)

    assert instant.astimezone(zone).replace(tzinfo=None) == datetime(2026, 7, 1, 14)
    assert instant.astimezone(zone).tzname() == "CEST"
    assert rule_zone("Europe/Amsterdam") is zone
    assert rule_zone("Europe/Nowhere") is None
