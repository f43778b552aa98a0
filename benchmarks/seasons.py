"""How often `init` calls noise and random walks a cycle, and finds a cycle that is as strong as its noise.

python benchmarks/seasons.py [--rounds 200] [--datasets FOLDER]
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from measuring import ROOT
from recurcast.scaffold.rhythm import dense, guess_season
from recurcast.series.grid import grid_of

CYCLES = (2, 4, 10, 30)
FREQUENCIES = {7: "D", 12: "MS", 24: "h", 48: "30min", 168: "h"}
"""Of each number of steps in a cycle; all natural cycles of the frequency are candidates, and the autocorrelation's peak."""
KINDS = ("noise", "walk", "sine", "pattern")
"""The last two are cycles as strong as the noise that they lie in: a sine, and m values drawn once."""
PANELS = {"nn5_daily": ("D", 7), "m4_hourly": ("h", 24), "vic_electricity_halfhourly": ("30min", 48)}


def drawn(kind: str, steps: int, cycles: int, draw: np.random.Generator) -> NDArray[np.float64]:
    """Return one series."""
    noise = draw.normal(size=steps * cycles)
    if kind == "walk":
        return noise.cumsum()
    if kind == "sine":
        at = np.arange(steps * cycles) / steps + draw.uniform()
        return np.asarray(noise + np.sqrt(2) * np.sin(2 * np.pi * at))
    if kind == "pattern":
        pattern = draw.normal(size=steps)
        return np.asarray(noise + np.tile((pattern - pattern.mean()) / pattern.std(), cycles))
    return noise


def share_called(kind: str, steps: int, cycles: int, rounds: int) -> float:
    """Return the share of draws in which a cycle is seen; of those with one, in which it is the right one."""
    called = 0
    for number in range(rounds):
        draw = np.random.default_rng([KINDS.index(kind), steps, cycles, number])
        season = guess_season({"a": drawn(kind, steps, cycles, draw)}, FREQUENCIES[steps])
        called += season.seen and (kind in ("noise", "walk") or season.steps == steps)
    return called / rounds


def main() -> None:
    """Print the shares, and what real panels show."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--datasets", type=Path, default=ROOT.parent / "shared" / "datasets", help="folder of panels")
    asked = parser.parse_args()
    print(f"share of {asked.rounds} draws called a cycle (sine, pattern: the right one)")
    print(f"{'steps':>5} {'cycles':>6}" + "".join(f"{kind:>9}" for kind in KINDS))
    for steps in FREQUENCIES:
        for cycles in CYCLES:
            shares = [share_called(kind, steps, cycles, asked.rounds) for kind in KINDS]
            print(f"{steps:>5} {cycles:>6}" + "".join(f"{share:>9.1%}" for share in shares), flush=True)
    for name, (frequency, steps) in PANELS.items():
        if (asked.datasets / name).is_dir():
            rows = pd.read_csv(asked.datasets / name / "train.csv").assign(
                ds=lambda r: pd.to_datetime(r["ds"], utc=True)
            )
            season = guess_season(dense(rows, grid_of(rows["ds"], frequency, "UTC")), frequency)
            print(f"{name}, {steps} expected: {season.steps}, {season.guess.why}")


if __name__ == "__main__":
    main()
