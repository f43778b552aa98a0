#!/usr/bin/env bash
# prefect 3.8.8: the slots of an interval schedule of a day or more in a zone with daylight saving depend on when they are asked for: the first one is counted
# from the anchor in hours, the next ones by the wall clock. Before the change the scheduler lays 06:00 for the days after it, and once it has passed,
# 07:00 for the same days: both run, an hour apart, until those that were laid out before are used up; and from then on it is 07:00 all summer.
# Guess before it was run: a day keeps its local hour, and so one run a day.
# Seen: three slots a time, asked for on the 28th, 29th and 30th of March: the 30th and 31st have two runs each.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/slots.py" <<'PYTHON'
import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from prefect.server.database import provide_database_interface
from prefect.server.models.deployments import create_deployment, schedule_runs
from prefect.server.models.flow_runs import read_flow_runs
from prefect.server.models.flows import create_flow
from prefect.server.schemas.core import Deployment, DeploymentSchedule, Flow
from prefect.server.schemas.schedules import IntervalSchedule

BERLIN = ZoneInfo("Europe/Berlin")
DAILY = IntervalSchedule(interval=timedelta(days=1), anchor_date=datetime(2026, 1, 1, 6, tzinfo=BERLIN), timezone="Europe/Berlin")


async def main():
    database = provide_database_interface()
    await database.create_db()
    async with database.session_context(begin_transaction=True) as session:
        flow = await create_flow(session, Flow(name="train"))
        wanted = Deployment(name="energy", flow_id=flow.id, schedules=[DeploymentSchedule(schedule=DAILY, active=True)])
        deployment = (await create_deployment(session, wanted)).id
    for day in (28, 29, 30):
        now = datetime(2026, 3, day, 12, tzinfo=BERLIN)
        async with database.session_context(begin_transaction=True) as session:
            await schedule_runs(session, deployment, start_time=now, end_time=now + timedelta(days=4), min_runs=3, max_runs=3)
    async with database.session_context() as session:
        slots = sorted(run.expected_start_time.astimezone(BERLIN) for run in await read_flow_runs(session))
    print(*(f"{slot:%m-%d %H:%M}" for slot in slots), sep="\n")


asyncio.run(main())
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" prefect==3.8.8 "fastapi<0.151" "sqlalchemy<2.1"
export PREFECT_HOME="$folder/home" DO_NOT_TRACK=true PREFECT_SERVER_ANALYTICS_ENABLED=false
PYTHONPATH="$folder/packages" python3 "$folder/slots.py" 2>/dev/null | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
03-29 06:00
03-30 06:00
03-30 07:00
03-31 06:00
03-31 07:00
04-01 07:00
04-02 07:00
SEEN
