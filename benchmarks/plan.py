"""The plan for 10,000 hourly intervals of `sine` with 5,000 of them recorded in MLflow's SQLite.

One interval is really run; its parent run, its children and its version are then copied 4,999 times in the database,
with all their parameters, metrics and tags, each for an hour of its own. Measured is the whole command, with
`--reprocess missing` (the source is not read) and `--reprocess stale` (it is), in a new process each time.
"""

import json
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

from measuring import RECURCAST, fresh_project, in_turn, introduce, report, rounds_asked, run

FIRST = datetime(2024, 3, 1, tzinfo=UTC)
INTERVALS, RECORDED = 10_000, 5_000
MOST = 5.0
PLAN = """
import sys, time
from datetime import datetime
from pathlib import Path
from recurcast import environment
environment.prepare(), environment.silence()
from prefect.server.schemas import schedules
from recurcast.runs.backfill import Choice
from recurcast.scheduling.backfill_plans import BackfillRequest, plan_backfill
from recurcast.tracking.store import connect
store = connect(Path.cwd())
begin = time.perf_counter()
first, last = map(datetime.fromisoformat, sys.argv[1:])
plan_backfill(store, Path.cwd(), BackfillRequest("sine", first, last, Choice()))
print(time.perf_counter() - begin)
"""
"""The plan alone, in a process that has imported what it needs."""
FAST = ["--set", "training.epochs=1", "--promote"]


def main() -> None:
    """Print the seconds of both plans."""
    rounds = rounds_asked(__doc__, 5)
    introduce(f"the plan for {INTERVALS:,} intervals, {RECORDED:,} of them recorded")
    with fresh_project() as project:
        run([RECURCAST, "run", "sine", "--as-of", _text(FIRST), *FAST], project)
        _multiply(project / "mlflow.db")
        last = FIRST + timedelta(hours=INTERVALS)
        command = [
            RECURCAST,
            "backfill",
            "run",
            "sine",
            "--from",
            _text(FIRST),
            "--to",
            _text(last),
            "--dry-run",
            "--json",
        ]

        def plan(reprocess: str) -> float:
            measured = run([*command, "--reprocess", reprocess], project)
            states = [each["state"] for each in json.loads(measured.output)["intervals"]]
            if (len(states), states.count("missing")) != (INTERVALS, INTERVALS - RECORDED):
                sys.exit(f"the plan is of {len(states)} intervals, {states.count('missing')} of them missing")
            return measured.wall

        def plan_alone() -> float:
            return float(run([sys.executable, "-c", PLAN, _text(FIRST), _text(last)], project).output.splitlines()[-1])

        choices = {f"command, --reprocess {name}": lambda name=name: plan(name) for name in ("missing", "stale")}
        choices["plan alone, imports aside"] = plan_alone
        for name, walls in in_turn(rounds, choices).items():
            report(name, walls, "s", below=MOST)


def _text(instant: datetime) -> str:
    return f"{instant:%Y-%m-%dT%H:%M:%SZ}"


def _multiply(path: Path) -> None:
    """Copy the rows of the one interval for each further hour, under new ids."""
    database = sqlite3.connect(path)
    runs = [run_id for (run_id,) in database.execute("select run_uuid from runs")]
    for hour in range(1, RECORDED):
        ids = {run_id: uuid4().hex for run_id in runs}
        text = _text(FIRST + timedelta(hours=hour))
        for table in ("runs", "tags", "params", "metrics", "latest_metrics"):
            _copy(database, table, ids | {_text(FIRST): text})
        _copy(database, "model_versions", ids | {_text(FIRST): text, 1: hour + 1}, "version = 1")
        _copy(database, "model_version_tags", ids | {_text(FIRST): text, 1: hour + 1}, "version = 1")
    database.commit()
    database.close()


_TEMPLATES: dict[str, tuple[int, list[tuple[object, ...]]]] = {}


def _copy(database: sqlite3.Connection, table: str, changed: dict[object, object], where: str = "true") -> None:
    if table not in _TEMPLATES:  # the first interval's rows, before there are others
        rows = database.execute(f"select * from {table} where {where}").fetchall()
        _TEMPLATES[table] = (len(database.execute(f"pragma table_info({table})").fetchall()), rows)
    columns, rows = _TEMPLATES[table]
    versions = table.startswith("model_version")
    copies = [[changed.get(cell, cell) if versions or cell != 1 else cell for cell in row] for row in rows]
    database.executemany(f"insert into {table} values ({','.join('?' * columns)})", copies)


if __name__ == "__main__":
    main()
