#!/usr/bin/env bash
# apscheduler 3.11.3, `CronTrigger.from_crontab`: what stands behind the name of a weekday is passed over: `mon#1`, the first Monday of the month as Prefect's
# croniter has it, fires every Monday, and `mon-fri/2` every weekday. The same of a number is refused, as is `L`, and `mon#1` in a field of days.
# Guess before it was run: an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/fired.py" <<'PYTHON'
from datetime import UTC, datetime, timedelta

from apscheduler.triggers.cron import CronTrigger
from croniter import croniter

START = datetime(2026, 1, 1, tzinfo=UTC)


def fired(cron):
    try:
        trigger = CronTrigger.from_crontab(cron, timezone=UTC)
    except ValueError as error:
        return [str(error)]
    found, now = [], START
    for _ in range(5):
        found.append(trigger.get_next_fire_time(None, now))
        now = found[-1] + timedelta(minutes=1)
    return [f"{each:%a %d %b}" for each in found]


for cron in ("0 6 * * mon#1", "0 6 * * fri#5", "0 6 * * mon-fri/2", "0 6 * * 1#1"):
    print(cron, *fired(cron), sep=" | ")
dates = croniter("0 6 * * mon#1", START)
print("croniter", *(f"{dates.get_next(datetime):%a %d %b}" for _ in range(5)), sep=" | ")
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" apscheduler==3.11.3 croniter==7.0.0
PYTHONPATH="$folder/packages" python3 "$folder/fired.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
0 6 * * mon#1 | Mon 05 Jan | Mon 12 Jan | Mon 19 Jan | Mon 26 Jan | Mon 02 Feb
0 6 * * fri#5 | Fri 02 Jan | Fri 09 Jan | Fri 16 Jan | Fri 23 Jan | Fri 30 Jan
0 6 * * mon-fri/2 | Thu 01 Jan | Fri 02 Jan | Mon 05 Jan | Tue 06 Jan | Wed 07 Jan
0 6 * * 1#1 | Unrecognized expression "1#1" for field "day_of_week"
croniter | Mon 05 Jan | Mon 02 Feb | Mon 02 Mar | Mon 06 Apr | Mon 04 May
SEEN
