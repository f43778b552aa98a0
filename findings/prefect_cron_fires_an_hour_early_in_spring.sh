#!/usr/bin/env bash
# prefect 3.8.8: on the day that has no 02:30, since clocks are put forward at 02:00, a cron schedule `30 2 * * *` fires at 01:30, an hour early by any
# clock: 23 hours after the day before, and before the data of 02:00 are there. `0 2 * * *` fires at 01:00 likewise, and an RRULE with
# 2:30 in DTSTART does the same. In autumn `*/30 * * * *` passes over the second of the two repeated hours and is silent for 90 minutes.
# Guess before it was run: 03:30, or 03:00 as cron itself has it; in autumn every half hour.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/ticks.py" <<'PYTHON'
import asyncio
from datetime import datetime
from zoneinfo import ZoneInfo

from prefect.server.schemas.schedules import CronSchedule, RRuleSchedule

BERLIN = ZoneInfo("Europe/Berlin")


async def ticks(schedule, *day):
    found = await schedule.get_dates(n=100, start=datetime(*day, 1, tzinfo=BERLIN), end=datetime(*day, 4, tzinfo=BERLIN))
    return [f"{each.astimezone(BERLIN):%H:%M%z}" for each in found]


async def main():
    zone = {"timezone": "Europe/Berlin"}
    for cron in ("30 2 * * *", "0 2 * * *"):
        print(cron, *await ticks(CronSchedule(cron=cron, **zone), 2026, 3, 29))
    rule = "DTSTART:20260301T023000\nRRULE:FREQ=DAILY"
    print("RRULE", *await ticks(RRuleSchedule(rrule=rule, **zone), 2026, 3, 29))
    print("*/30 * * * *", *await ticks(CronSchedule(cron="*/30 * * * *", **zone), 2026, 10, 25))


asyncio.run(main())
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" prefect==3.8.8 "fastapi<0.151" "sqlalchemy<2.1"
export PREFECT_HOME="$folder/home" DO_NOT_TRACK=true PREFECT_SERVER_ANALYTICS_ENABLED=false
PYTHONPATH="$folder/packages" python3 "$folder/ticks.py" 2>/dev/null | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
30 2 * * * 01:30+0100
0 2 * * * 01:00+0100
RRULE 01:30+0100
*/30 * * * * 01:00+0200 01:30+0200 02:00+0200 02:30+0200 03:00+0100 03:30+0100 04:00+0100
SEEN
