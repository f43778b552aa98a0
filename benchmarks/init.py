"""`recurcast init` on a million rows, beside a process that reads the same file with pandas and does nothing else.

Two files: 1,000 hourly series of 1,000 rows, with their names, and one series of a million minutes. Every round is a new
process of each, in turn, from start to end, imports included: seconds on the wall and of the processors (user + sys),
largest resident memory. Beside them what either takes to import, so that the work alone can be told.
"""

import statistics
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path

from measuring import RECURCAST, Measured, in_turn, introduce, report, rounds_asked, run

ROWS, TIMES = 1_000_000, 3
_PANDAS = "import pandas"
_IMPORTED = (
    "import recurcast.scaffold.proposal, recurcast.scaffold.files, recurcast.config.project, recurcast.scheduling.clock"
)


def main() -> None:
    """Print seconds and memory of both, and how many times the one is the other."""
    rounds = rounds_asked(__doc__, 5)
    introduce(f"`recurcast init` on {ROWS:,} rows")
    with tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as folder:
        for name, what in (("panel", "1,000 hourly series"), ("long", "one series by the minute")):
            path = Path(folder, f"{name}.csv")
            # In a process of its own: what this one holds when it starts others would count as their memory.
            run([sys.executable, __file__, "--write", str(path)], Path(folder))
            print(f"{what}, {path.stat().st_size / 1e6:.0f} MB")
            _compare(in_turn(rounds, _competitors(path, Path(folder))))


def _competitors(path: Path, folder: Path) -> dict[str, Callable[[], Measured]]:
    numbers = count()

    def init() -> Measured:
        project = f"{path.stem}-{next(numbers)}"
        return run([RECURCAST, "init", project, "--csv", str(path), "--json"], folder)

    def python(code: str) -> Callable[[], Measured]:
        return partial(run, [sys.executable, "-c", code], folder)

    return {
        "init": init,
        "its imports": python(_IMPORTED),
        "read_csv": python(f"{_PANDAS}; pandas.read_csv({str(path)!r})"),
        "import pandas": python(_PANDAS),
    }


def _compare(results: dict[str, list[Measured]]) -> None:
    for name, runs in results.items():
        report(name, [each.wall for each in runs], "s")
        report(f"{name}: processor", [each.cpu for each in runs], "s")
        report(f"{name}: peak memory", [each.peak for each in runs], "MB")
    pairs = list(zip(results["init"], results["read_csv"], strict=True))
    report("whole process, in those of read_csv", [a.wall / b.wall for a, b in pairs], "x", below=TIMES)
    report("processor, in that of read_csv", [a.cpu / b.cpu for a, b in pairs], "x", below=TIMES)
    report("peak memory, in that of read_csv", [a.peak / b.peak for a, b in pairs], "x", below=TIMES)
    work = _median(results["init"]) - _median(results["its imports"])
    read = _median(results["read_csv"]) - _median(results["import pandas"])
    print(f"  without imports, by processor seconds: {work:.2f} s beside {read:.2f} s, {work / read:.1f} times\n")


def _median(runs: list[Measured]) -> float:
    return statistics.median(each.cpu for each in runs)


def write(path: Path) -> None:
    """Write one of the two files."""
    import numpy as np
    import pandas as pd

    cycle, step = (24, "h") if path.stem == "panel" else (1_440, "min")
    noise = np.random.default_rng(0).normal(size=ROWS)
    values = np.round(100 + 10 * np.sin(2 * np.pi * np.arange(ROWS) / cycle) + noise, 3)
    steps = 1_000 if path.stem == "panel" else ROWS
    ds = pd.date_range("2023-01-01", periods=steps, freq=step).strftime("%Y-%m-%dT%H:%M:%S")
    table = pd.DataFrame({"ds": np.tile(ds, ROWS // steps), "y": values})
    if steps < ROWS:
        table.insert(0, "unique_id", np.repeat([f"series-{number:03d}" for number in range(ROWS // steps)], steps))
    table.to_csv(path, index=False)


if __name__ == "__main__":
    write(Path(sys.argv[2])) if sys.argv[1:2] == ["--write"] else main()
