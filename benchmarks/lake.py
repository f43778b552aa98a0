"""A lake of 1e6, 1e7, 1e8 points: seconds and peak memory of each stage, each in a process of its own.

    python benchmarks/lake.py [--points 1e6 1e7 1e8] [--files 64] [--limit 2] [--sample 2000] [--highway] [--peers PYTHON]
                              [--folder KEPT [--again STAGE]]

Series of 1,000 hourly steps, generated into files of some steps of all series: pack, obtain (grid, digest), validate (facts,
rules), cut (windows counted, what a network is told of all), train one epoch, evaluate (scores, losses, intervals), forecast.
All of it on all series, file by file; with --sample training and judging on so many of them, in memory. With --highway a highway
is fitted by its own rules, where plain layers take one epoch. Growth should be linear, the peak flat. What stands behind a row:
seconds without imports, and what came of it.

Limited, and told as the peak, is the memory that is resident, of the whole process with its libraries, in every stage: it is what
Dask's `memory_limit` and the limits of containers count. A stage that takes more is ended where it stands, and the kernel's own
peak is compared when it is over. Address space, which was limited before, says little: Arrow, TensorFlow and the C library's
arenas reserve gigabytes that nobody touches. It is told in each row, and limits nothing.

With --folder lakes and what each stage found are kept there, and a stage that is done is not done again: `--again STAGE` does it
and those after it. With --peers, the python of an environment that has neuralforecast or mlforecast, their ways follow on the
same files (`peers/lake_nixtla.py`).
"""

import argparse
import contextlib
import json
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from lake_stages import STAGES, STEPS
from measuring import Measured, run

HERE = Path(__file__).resolve().parent
WAYS = ("memory", "directories", "dask")


def main() -> None:
    """Print a row per number of points and stage."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--points", type=float, nargs="+", default=[1e6, 1e7, 1e8])
    parser.add_argument("--files", type=int, default=64)
    parser.add_argument("--limit", type=float, default=2.0, help="GB of a stage's process that may be resident")
    parser.add_argument("--sample", type=int, help="series to train and judge on, in memory; all are streamed else")
    parser.add_argument("--highway", action="store_true", help="a highway in place of plain layers")
    parser.add_argument("--folder", type=Path, help="where lakes and figures are kept; a temporary one else")
    parser.add_argument("--again", choices=STAGES, help="the first stage that is done anew, though it was done")
    parser.add_argument("--peers", metavar="PYTHON", help="python of the peers' environment")
    parser.add_argument("--ways", nargs="+", choices=WAYS, default=list(WAYS), help="of the peers")
    parser.add_argument("--peers-limit", type=float, default=12.0, help="GB that a peer may take; 2 per worker of Dask")
    parser.add_argument("--before", help=argparse.SUPPRESS)
    given = parser.parse_args()
    print(f"{'points':>8} {'stage':12} {'wall s':>8} {'cpu s':>8} {'peak MB':>8}")
    for points in given.points:
        series = round(points / STEPS)
        asked = ("--series", str(series), "--files", str(given.files))
        asked += ("--sample", str(given.sample)) if given.sample else ()
        asked += ("--highway",) if given.highway else ()
        with _folder(given.folder, points) as folder:
            done = Done(folder, asked, given.again)
            for stage in STAGES:
                _show(points, stage, *_of_stage(done, stage, given.limit))
            for way in given.ways if given.peers else ():
                _show(points, way, *_of_peer(done, way, given.peers, given.peers_limit))


class Done:
    """What was measured in a folder, and is measured there."""

    def __init__(self, folder: Path, asked: tuple[str, ...], again: str | None) -> None:
        self.folder, self.asked, self._file = folder, asked, folder / "measured.json"
        told = json.loads(self._file.read_text()) if self._file.exists() else {"asked": list(asked), "rows": {}}
        if told["asked"] != list(asked):
            sys.exit(f"{folder} is of {' '.join(told['asked'])}; received {' '.join(asked)}. Take another --folder.")
        anew = STAGES[STAGES.index(again) :] if again else ()
        self._rows = {name: Measured(**row) for name, row in told["rows"].items() if name not in anew}

    def row(self, name: str) -> Measured | None:
        """Return what was measured before, if it was."""
        return self._rows.get(name)

    def keep(self, name: str, row: Measured) -> None:
        """Write down what was measured."""
        self._rows[name] = row
        rows = {name: asdict(row) for name, row in self._rows.items()}
        self._file.write_text(json.dumps({"asked": self.asked, "rows": rows}, indent=1))


def _of_stage(done: Done, stage: str, limit: float) -> tuple[Measured, str]:
    if (kept := done.row(stage)) is not None:
        return kept, "(kept)"
    command = [sys.executable, str(HERE / "lake_stages.py"), stage, *done.asked, "--limit", str(limit)]
    found = run(command, done.folder)
    if found.peak * 2**20 > limit * 1e9:
        sys.exit(f"{stage} had {found.peak:,.0f} MB at its peak; at most {limit:g} GB may be resident (--limit)")
    done.keep(stage, found)
    return found, ""


def _of_peer(done: Done, way: str, python: str, limit: float) -> tuple[Measured, str]:
    """A way that fails is a row that says so; it is tried again another time."""
    if (kept := done.row(way)) is not None:
        return kept, "(kept)"
    try:
        found = run([python, str(HERE / "peers" / "lake_nixtla.py"), way, "--limit", str(limit)], done.folder)
    except SystemExit as failed:
        nan = float("nan")
        return Measured(nan, nan, nan, str(failed.code)), "failed:"
    done.keep(way, found)
    return found, ""


def _show(points: float, name: str, found: Measured, remark: str) -> None:
    lines = found.output.strip().splitlines()
    told = f"{remark} {lines[-1] if lines else ''}".strip()
    print(f"{points:8.0e} {name:12} {found.wall:8.1f} {found.cpu:8.1f} {found.peak:8.0f}  {told}", flush=True)


@contextlib.contextmanager
def _folder(kept: Path | None, points: float) -> Iterator[Path]:
    if kept is None:
        with tempfile.TemporaryDirectory(prefix="recurcast-lake-") as folder:
            yield Path(folder)
        return
    folder = kept.resolve() / f"{points:.0e}"
    folder.mkdir(parents=True, exist_ok=True)
    yield folder


if __name__ == "__main__":
    main()
