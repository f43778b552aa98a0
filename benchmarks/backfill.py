"""Backfills of `sine` in one warm process, 10, 30 and 100 intervals, beside one cold `recurcast run sine`.

Each as a person would start it: `recurcast run` and `recurcast backfill run --here`. The time per interval is that of the
whole command, start included, over the intervals; the last line of each says what one more interval takes. A backfill on
a server is not measured: it runs the same chain, one flow run after the other in one process of the worker, behind what
Prefect takes for them, and never ended within the time that a benchmark may have on two shared cores.
"""

import argparse
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from functools import partial

from measuring import RECURCAST, Measured, fresh_project, in_turn, introduce, report, run

FIRST = datetime(2024, 3, 1, tzinfo=UTC)
COUNTS = (10, 30, 100)
MOST_OF, MOST = 30, 0.15
COLD = "cold run"


def main() -> None:
    """Print the seconds per interval of each, and its ratio to a cold run, round by round."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=1, help="repetitions (default 1)")
    parser.add_argument("--intervals", type=int, nargs="+", default=COUNTS, help="lengths (default 10 30 100)")
    asked = parser.parse_args()
    counts = sorted(asked.intervals)
    introduce(f"sine: backfills of {', '.join(map(str, counts))} intervals in one process, beside a cold run")
    ways = {_name(count): partial(_backfill, count) for count in counts}
    runs = in_turn(asked.rounds, {COLD: _cold} | ways)
    _report(COLD, 1, runs[COLD])
    for before, count in zip([None, *counts[:-1]], counts, strict=True):
        own = runs[_name(count)]
        _report(_name(count), count, own)
        most = MOST if count == MOST_OF else None
        pairs = list(zip(own, runs[COLD], strict=True))
        report("  wall over a cold run's", [each.wall / count / cold.wall for each, cold in pairs], "x", below=most)
        report("  user + sys over a cold run's", [each.cpu / count / cold.cpu for each, cold in pairs], "x")
        earlier = runs[COLD if before is None else _name(before)]
        more = count - (before or 1)
        report("  one more: wall", [(a.wall - b.wall) / more for a, b in zip(own, earlier, strict=True)], "s")
        report("  one more: user + sys", [(a.cpu - b.cpu) / more for a, b in zip(own, earlier, strict=True)], "s")


def _report(name: str, intervals: int, runs: list[Measured]) -> None:
    report(f"{name}: wall", [each.wall / intervals for each in runs], "s")
    report(f"{name}: user + sys", [each.cpu / intervals for each in runs], "s")
    report(f"{name}: peak memory", [each.peak for each in runs], "MB")


def _name(count: int) -> str:
    return f"per interval of {count}"


def _cold() -> Measured:
    with fresh_project() as project:
        return run([RECURCAST, "run", "sine", "--as-of", FIRST.isoformat()], project)


def _backfill(count: int) -> Measured:
    until = FIRST + timedelta(hours=count)
    with fresh_project() as project:
        bounds = ["--from", FIRST.isoformat(), "--to", until.isoformat()]
        measured = run([RECURCAST, "backfill", "run", "sine", *bounds, "--here"], project)
        query = "select count(*) from tags where key = 'outcome' and value = 'trained'"
        (trained,) = sqlite3.connect(project / "mlflow.db").execute(query).fetchone()
    if trained != count:
        sys.exit(f"{trained} intervals were trained, not {count}")
    return measured


if __name__ == "__main__":
    main()
