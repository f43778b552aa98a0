"""One benchmark, of this build and of a build before it, in turn: today's and the new figures side by side.

Usage: beside.py NAME --before CHECKOUT [--rounds N] [what NAME takes besides]

Each build runs its own `benchmarks/NAME.py` on its own sources, in this environment of packages, one round at a time;
the figures that both print under the same words are compared. Every other round goes backwards.
"""

import argparse
import os
import re
import statistics
import subprocess
import sys
from pathlib import Path

from measuring import ROOT, figure, in_turn, introduce

_FIGURE = re.compile(r"^(?P<what>\S.*?)\s+(?P<median>-?[\d,.]+(?:e[+-]?\d+)?) (?P<unit>\S*)\s+\(.*n = \d+\)")
"""A line of `measuring.report`."""
_SINGLE = re.compile(r"^(?P<what>\S.*?): (?P<median>[\d,.]+) (?P<unit>s)$")
"""A figure of which a round has but one, as builds before printed it."""
_ROUNDS = {"stack": 2}
"""Rounds of a benchmark within one of ours, where one would leave figures out: a stack's first start is unlike the others."""


def main() -> None:
    """Print for each figure the medians of both builds, and the median of the ratios within a round."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", help="the benchmark")
    parser.add_argument("--before", type=Path, required=True, help="a checkout of the build before")
    parser.add_argument("--rounds", type=int, default=3, help="of each build (default 3)")
    asked, besides = parser.parse_known_args()
    builds = {"before": asked.before.resolve(), "now": ROOT}
    missing = [path for folder in builds.values() if not (path := _script(folder, asked.name)).is_file()]
    if missing:
        sys.exit(f"both builds have the benchmark they are compared by; there is no {missing[0]}")
    introduce(f"{asked.name}: {builds['before'].name} beside {builds['now'].name}")
    runs = in_turn(
        asked.rounds,
        {build: lambda folder=folder: _figures(folder, asked.name, besides) for build, folder in builds.items()},
    )
    _print(runs["before"], runs["now"])


def _script(folder: Path, name: str) -> Path:
    return folder / "benchmarks" / f"{name}.py"


def _figures(build: Path, name: str, besides: list[str]) -> dict[str, tuple[float, str]]:
    """Return value and unit of each figure that one round prints; what it prints else goes to stderr."""
    paths = [str(build / "src"), *filter(None, [os.environ.get("PYTHONPATH")])]
    command = [sys.executable, str(_script(build, name)), "--rounds", str(_ROUNDS.get(name, 1)), *besides]
    done = subprocess.run(
        command,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(paths)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    sys.stderr.write(done.stdout)
    if done.returncode:
        sys.exit(f"{' '.join(command)} ended with {done.returncode}")
    found = (match for line in done.stdout.splitlines() if (match := _FIGURE.match(line) or _SINGLE.match(line)))
    return {match["what"]: (float(match["median"].replace(",", "")), match["unit"]) for match in found}


def _print(before: list[dict[str, tuple[float, str]]], now: list[dict[str, tuple[float, str]]]) -> None:
    print(f"{'':<60}{'before':>10}{'now':>10}  {'':<6}{'ratio':>7}")
    for what, (_, unit) in now[0].items():
        pairs = [(old[what][0], new[what][0]) for old, new in zip(before, now, strict=True) if what in old]
        if not pairs:
            print(f"{what:<60}{'':>10}{figure(statistics.median(new[what][0] for new in now)):>10}  {unit:<6}")
            continue
        old, new = (statistics.median(each) for each in zip(*pairs, strict=True))
        ratios = [new / old for old, new in pairs if old]
        ratio = f"{statistics.median(ratios):>7.2f} ({min(ratios):.2f} .. {max(ratios):.2f})" if ratios else ""
        print(f"{what:<60}{figure(old):>10}{figure(new):>10}  {unit:<6}{ratio}", flush=True)


if __name__ == "__main__":
    main()
