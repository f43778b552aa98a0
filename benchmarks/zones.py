"""Ticks, grid and calendar of twelve zones over 2026 to 2028, by every database of time zones that is at hand.

In a new process each: the system's database (PYTHONTZPATH unset), the package tzdata's (set, empty), and an old one, where a
folder of one is given. Within a process a cron and a rule for each hour of the day, Prefect's server as `recurcast up` starts
it, the grid of days and the calendar's hours must read the same clock; between processes only the rules themselves may differ.

    python -m pip install --target OLD --no-deps tzdata==2023.3
    python benchmarks/zones.py --old OLD/tzdata/zoneinfo
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from measuring import introduce

ZONES = (
    *(
        "America/Vancouver",
        "America/Edmonton",
        "America/Winnipeg",
        "America/Havana",
        "America/New_York",
        "Africa/Casablanca",
    ),
    *("Africa/Cairo", "Europe/Dublin", "Europe/Chisinau", "Europe/Amsterdam", "Asia/Tehran", "Australia/Lord_Howe"),
)
WORKER = """
import asyncio, json, sys
from datetime import UTC, datetime, timedelta
import numpy as np
import pandas as pd
from prefect.server.schemas.schedules import RRuleSchedule
from recurcast.config.schedule import Schedule
from recurcast.stack.prefect_server import mend_prefect
from recurcast.scheduling.ticks import schedule_ticks
from recurcast.series.calendar import calendar_features
from recurcast.series.grid import Grid
from recurcast.runs.zone_rules import database_version, rules_of

FIRST, LAST, RULE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2029, 1, 1, tzinfo=UTC), "FREQ=DAILY;BYHOUR=6;BYMINUTE=0"
AROUND = timedelta(days=2)

def server(zone):
    days = [FIRST + timedelta(days=day) for day in range(0, (LAST - FIRST).days, 900)]
    found = set()
    for begin in days:
        dates = RRuleSchedule(rrule=RULE, timezone=zone).get_dates(start=begin, end=min(begin + timedelta(days=900), LAST))
        found |= {date.astimezone(UTC) for date in asyncio.run(dates)}
    return sorted(tick for tick in found if FIRST <= tick < LAST)

def by_calendar(zone):
    quarters = pd.date_range(FIRST, LAST, freq="30min", inclusive="left").as_unit("ns")
    angles = calendar_features(quarters, ("hour",), zone)
    return [each.to_pydatetime() for each in quarters[(angles[:, 0] == 1.0)]]

def told(zone):
    kinds = {"cron": {"cron": "0 6 * * *"}, "rrule": {"rrule": RULE}}
    ticks = {name: list(schedule_ticks([Schedule.model_validate(kind | {"slug": name, "timezone": zone})], FIRST, LAST))
             for name, kind in kinds.items()}
    grid = Grid("D", zone, pd.Timedelta("6h")).steps_until(LAST, 1200)
    ticks["grid"] = [each.to_pydatetime().astimezone(UTC) for each in grid if FIRST <= each]
    ticks["calendar"] = by_calendar(zone)
    return ticks

ours = {zone: told(zone) for zone in sys.argv[1:]}
plain = {zone: server(zone) for zone in sys.argv[1:]}
mend_prefect()
for zone, ticks in ours.items():
    ticks["server"] = server(zone)
print(json.dumps({zone: {
    "version": database_version(zone), "rules": rules_of(zone, FIRST, LAST).digest, "ticks": len(ticks["cron"]),
    "apart": {name: len(set(them) ^ set(ticks["cron"])) for name, them in ticks.items()},
    "plain_server": len(set(plain[zone]) ^ set(ticks["cron"])),
} for zone, ticks in ours.items()}))
"""


def main() -> None:
    """Print what differs within a process, and which zones differ between databases."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--old", type=Path, help="folder of an old database, such as tzdata/zoneinfo of an old package")
    old = parser.parse_args().old
    introduce("clocks of twelve zones over 2026 to 2028, one process for each database")
    databases = {"unset": None, "empty": ""} | ({"old": str(old.resolve())} if old else {})
    found = {name: _asked(path) for name, path in databases.items()}
    apart = 0
    for name, zones in found.items():
        versions = ", ".join(sorted({_version(each, old if name == "old" else None) for each in zones.values()}))
        wrong = {zone: each["apart"] for zone, each in zones.items() if any(each["apart"].values())}
        plain = {zone: each["plain_server"] for zone, each in zones.items() if each["plain_server"]}
        ticks = sum(each["ticks"] for each in zones.values())
        apart += len(wrong)
        print(
            f"PYTHONTZPATH {name:<6} rules {versions}: {ticks:,} ticks, zones whose clocks differ within: {wrong or 'none'}"
        )
        print(f"{'':19} a server that others start fires otherwise in: {plain or 'none'}")
    for zone in ZONES:
        digests = {name: zones[zone]["rules"] for name, zones in found.items()}
        if len(set(digests.values())) > 1:
            print(f"told as changed between databases: {zone:<20} {digests}")
    sys.exit(f"{apart} zones have several clocks in one process" if apart else 0)


def _asked(path: str | None) -> dict[str, dict[str, object]]:
    with tempfile.TemporaryDirectory() as folder:
        environment = {key: value for key, value in os.environ.items() if key != "PYTHONTZPATH"} | {
            "PREFECT_HOME": folder
        }
        environment |= {} if path is None else {"PYTHONTZPATH": path}
        command = [sys.executable, "-c", WORKER, *ZONES]
        ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        sys.exit(f"the process with PYTHONTZPATH {path!r} ended with {ended.returncode}:\n{ended.stderr}")
    return json.loads(ended.stdout.splitlines()[-1])


def _version(zone: dict[str, object], old: Path | None) -> str:
    """An old package has its version beside its folder, where zoneinfo does not look."""
    if old is not None and zone["version"] == "unknown":
        lines = (old.parent / "__init__.py").read_text().splitlines() if (old.parent / "__init__.py").exists() else []
        return next(
            (line.partition("=")[2].strip(' "') for line in lines if line.startswith("IANA_VERSION")), "unknown"
        )
    return str(zone["version"])


if __name__ == "__main__":
    main()
