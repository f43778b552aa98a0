"""Nothing gives way: mutated files and configurations through the commands, and kills, with what must hold afterwards.

Seeded: the same numbers are the same attacks. `--only file-0012` repeats one. Findings are kept in a folder, each with its input,
its command and what was said. See README.md.
"""

import argparse
import multiprocessing
import os
import shutil
import signal
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from attacks import fuzz, invariants, kills, warm
from attacks.bases import lacking
from attacks.cases import CONFIGURATION, FILE, configuration_case, file_case
from attacks.tally import Tally
from attacks.watching import Limits
from measuring import ROOT, introduce

Wanted = tuple[str, int, int, bool]
"""A case: its kind and number, the seed, and whether files of real shapes are among what is mutated."""
_ATTACK: fuzz.Attack | None = None


def main() -> None:
    """Attack, and print what gave way; exit 1 where something did."""
    asked = _arguments()
    introduce(
        f"{asked.files} mutated files, {asked.configurations} configurations, {asked.kills} kills, seed {asked.seed}"
    )
    if asked.shapes and (lack := lacking(ROOT)):
        print(lack)
    _clean_environment()
    asked.keep.mkdir(parents=True, exist_ok=True)
    warm.import_everything()
    with tempfile.TemporaryDirectory(prefix="recurcast-attack-") as folder:
        signal.signal(signal.SIGTERM, partial(_stop, folder))
        database = Path(folder) / "empty.db"
        _prepare(asked, Path(folder), database)
        failed = _fuzz(asked, Path(folder), database)
        failed |= _kill(asked, Path(folder), database)
    sys.exit(1 if failed else 0)


def _stop(folder: str, *_: object) -> None:
    """End at once: whoever was forked ends with this process, and a pool that is asked to end may wait for ever."""
    shutil.rmtree(folder, ignore_errors=True)
    os._exit(143)


def _kill(asked: argparse.Namespace, folder: Path, database: Path) -> bool:
    """So many kills, in a project per job; print what was lost, doubled or wrong."""
    if not asked.kills or asked.only:
        return False
    shares = [len(range(job, asked.kills, asked.jobs)) for job in range(asked.jobs)]
    tasks = [
        (folder / f"kills-{job}", database, f"{asked.seed} kills {job}", share)
        for job, share in enumerate(shares)
        if share
    ]
    with multiprocessing.get_context("fork").Pool(len(tasks), warm.die_with_parent) as pool:
        campaigns = pool.starmap(kills.campaign, tasks)
    killed = Counter[str]()
    for each in campaigns:
        killed.update(each.kills)
    print(f"{killed.total()} kills: {', '.join(f'{number} of {kind}' for kind, number in sorted(killed.items()))}")
    print(f"{sum(each.survived for each in campaigns)} more commands ended before their moment came")
    breaches = [breach for each in campaigns for breach in each.breaches]
    for kind in (invariants.LOST, invariants.DOUBLED, invariants.WRONG):
        print(f"{kind:<24} {sum(each[0] == kind for each in breaches):>6}")
    for kind, what, after in breaches:
        print(f"  {kind}: {what}\n         after {after}")
    return bool(breaches)


def _fuzz(asked: argparse.Namespace, folder: Path, database: Path) -> bool:
    """So many files and configurations; print what gave way."""
    global _ATTACK
    (folder / "cases").mkdir()
    limits = Limits(asked.seconds, asked.megabytes * warm.MEGABYTE)
    _ATTACK = fuzz.Attack(folder / "cases", database, limits, asked.compared, asked.whole)
    wanted = [(FILE, n, asked.seed, asked.shapes) for n in range(asked.files)]
    wanted += [(CONFIGURATION, n, asked.seed, asked.shapes) for n in range(asked.configurations)]
    if asked.only:
        named = (each.rpartition("-") for each in asked.only)
        wanted = [(kind, int(number), asked.seed, asked.shapes) for kind, _, number in named]
    if not wanted:
        return False
    tally = Tally(asked.keep)
    for done in _done(wanted, asked.jobs):
        tally.add(done)
    print(tally.told())
    return tally.failed


def _done(wanted: list[Wanted], jobs: int) -> Iterator[fuzz.Done]:
    with multiprocessing.get_context("fork").Pool(jobs, warm.die_with_parent) as pool:
        yield from pool.imap_unordered(_carry_out, wanted)


def _carry_out(wanted: Wanted) -> fuzz.Done:
    assert _ATTACK is not None
    kind, number, seed, shapes = wanted
    case = file_case(ROOT, seed, number, shapes=shapes) if kind == FILE else configuration_case(seed, number)
    return fuzz.carry_out(_ATTACK, case)


def _prepare(asked: argparse.Namespace, folder: Path, database: Path) -> None:
    """An MLflow database with its tables, made by a command that finds nothing in it; and a rehearsal of the commands."""
    project, limits = folder / "empty", Limits(300, 4 << 30)
    warm.call(("init", str(project)), folder, limits)
    warm.call(("history", "sine"), project, limits)
    shutil.copyfile(project / "mlflow.db", database)
    until = ("--to=2024-03-10T01", "--from=2024-03-10T00", "--dry-run", "--here")
    rehearsed: list[tuple[str, ...]] = [("schedule", "sine"), ("backfill", "run", "sine", *until)]
    if asked.whole or asked.kills:
        rehearsed += [("run", "--set", "training.epochs=1", "--promote"), ("forecast", "sine")]
    warm.import_what_is_wanted(rehearsed, project, limits)
    if len(threading.enumerate()) > 1:
        sys.exit(f"a process that forks has one thread; has {threading.enumerate()}")


def _clean_environment() -> None:
    for name in list(os.environ):
        if name.startswith(("MLFLOW_", "PREFECT_")):
            del os.environ[name]


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=12)
    parser.add_argument("--files", type=int, default=1000, metavar="N")
    parser.add_argument("--configurations", type=int, default=400, metavar="N")
    parser.add_argument("--kills", type=int, default=100, metavar="N")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, metavar="N", help="how many at once")
    parser.add_argument(
        "--seconds",
        type=float,
        default=60,
        help="longest a command may compute up to training; four times that on the wall",
    )
    parser.add_argument("--megabytes", type=int, default=2048, help="most memory it may take")
    parser.add_argument(
        "--compared", type=int, default=240, metavar="N", help="every N-th command also as a real process"
    )
    parser.add_argument(
        "--no-shapes", dest="shapes", action="store_false", help="leave out the files beside the project"
    )
    parser.add_argument("--whole", type=int, default=8, metavar="N", help="every N-th case trains to its end; 0: none")
    parser.add_argument(
        "--keep", type=Path, default=Path(tempfile.gettempdir()) / "recurcast-findings", metavar="FOLDER"
    )
    parser.add_argument("--only", nargs="*", metavar="CASE", help="such as file-0012: nothing but these")
    return parser.parse_args()


if __name__ == "__main__":
    main()
