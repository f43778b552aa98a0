"""What the benchmarks share: processes measured from outside, competitors in turn, figures with their spread.

Linux: `os.wait4` gives a child's processor seconds and its largest resident memory, descendants included (of the
memory, the largest single process of them).
"""

import argparse
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent
RECURCAST = str(Path(sys.executable).with_name("recurcast"))
_LIBRARIES = ("recurcast", "tensorflow", "keras", "numpy", "pandas", "mlflow", "great-expectations")
_PLACES = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI", "PREFECT_API_URL")
"""What would send a run's records elsewhere than into the project's copy."""
_Result = TypeVar("_Result")


@dataclass(frozen=True)
class Measured:
    """One process from start to end: seconds on the wall and on the processors (user + sys), peak memory in MB."""

    wall: float
    cpu: float
    peak: float
    output: str


def run(command: Sequence[str], folder: Path) -> Measured:
    """Return what a new process cost; where it fails, its output is shown and the benchmark ends."""
    environment = {name: value for name, value in os.environ.items() if name not in _PLACES}
    with tempfile.TemporaryFile("w+") as output:
        begin = time.perf_counter()
        process = subprocess.Popen(command, cwd=folder, env=environment, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - begin
        process.returncode = os.waitstatus_to_exitcode(status)
        output.seek(0)
        said = output.read()
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}:\n{said}")
    return Measured(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, said)


@contextmanager
def fresh_project() -> Iterator[Path]:
    """Give a copy of the project's `prefect.yaml` and samples in a temporary folder, without a database."""
    with tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as folder:
        shutil.copy(ROOT / "prefect.yaml", folder)
        shutil.copytree(ROOT / "data" / "samples", Path(folder, "data", "samples"))
        yield Path(folder)


def in_turn(rounds: int, competitors: dict[str, Callable[[], _Result]]) -> dict[str, list[_Result]]:
    """Return each competitor's results; every other round goes backwards, so that none always comes first."""
    results: dict[str, list[_Result]] = {name: [] for name in competitors}
    for number in range(rounds):
        names = list(competitors)
        for name in names if number % 2 == 0 else reversed(names):
            results[name].append(competitors[name]())
            load = f"load {os.getloadavg()[0]:.1f} after"
            print(f"  round {number + 1}/{rounds}: {name}, {load}", file=sys.stderr, flush=True)
    return results


def rounds_asked(description: str, default: int, quick: int | None = None) -> int:
    """Return the value of `--rounds`; `quick` is that of `--quick`, where there is such an option."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=default, help=f"repetitions (default {default})")
    if quick is not None:
        parser.add_argument(
            "--quick", action="store_const", dest="rounds", const=quick, help=f"the same as --rounds {quick}"
        )
    rounds = parser.parse_args().rounds
    if rounds < 1:
        parser.error(f"--rounds is at least 1; received {rounds}")
    return int(rounds)


def introduce(what: str) -> None:
    """Print what is measured, and on which machine."""
    versions = ", ".join(f"{library} {version(library)}" for library in _LIBRARIES)
    load = f"{os.getloadavg()[0]:.1f}"
    print(
        f"{what}\n{_processor()}, {os.cpu_count()} cores, load {load} before, {platform.system()} {platform.machine()}"
    )
    print(f"Python {platform.python_version()}, {versions}\n", flush=True)


def report(what: str, values: Sequence[float], unit: str, below: float | None = None) -> None:
    """Print median, least and most; against the target where there is one."""
    median = statistics.median(values)
    verdict = "" if below is None else f"   target below {below:g} {unit}: {'met' if median < below else 'MISSED'}"
    print(f"{what:<44} {figure(median):>8} {unit:<5} {spread(values)}{verdict}")


def spread(values: Sequence[float]) -> str:
    """Return least, most and their number, in brackets."""
    return f"({figure(min(values))} .. {figure(max(values))}, n = {len(values)})"


def figure(value: float) -> str:
    """Return a number of three digits, as far as they go."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def _processor() -> str:
    """The processor's name, which Python itself does not know on Linux."""
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or "unknown processor"
