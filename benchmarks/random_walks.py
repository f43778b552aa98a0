"""How often is something promoted where nothing can be forecast? Random walks of days, each through `init` and a first run.

    python benchmarks/random_walks.py [--draws 400] [--steps 400]

Each walk is proposed a pipeline for, as `recurcast init` does, its three cells are fitted and the gate's verdict is given: no
champion stands. The target is at most 7% promotions.
"""

import argparse
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import binomtest

from measuring import introduce
from recurcast.scaffold.guess import Said
from recurcast.scaffold.proposal import propose
from shipped import judged

NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)


def verdict(draw: int, steps: int, folder: Path) -> str:
    """Return the gate's verdict on the cells of one walk."""
    (folder / "data").mkdir(exist_ok=True)
    values = 100 + np.cumsum(np.random.default_rng(draw).normal(size=steps))
    days = pd.date_range(end="2026-11-26", periods=steps, freq="D")
    pd.DataFrame({"ds": days.strftime("%Y-%m-%d"), "y": values}).to_csv(folder / "data" / "walk.csv", index=False)
    proposal = propose(folder / "data" / "walk.csv", "walk", Said(), NOW)
    _, decision = judged(proposal.pipeline, proposal.as_of, folder)
    return decision.verdict


def main() -> None:
    """Print how many walks ended in which verdict."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--draws", type=int, default=400)
    parser.add_argument("--steps", type=int, default=400)
    given = parser.parse_args()
    introduce(f"{given.draws} random walks of {given.steps} days")
    verdicts: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        for draw in range(given.draws):
            verdicts.append(verdict(draw, given.steps, Path(folder)))
            if (draw + 1) % 20 == 0:
                print(f"  {draw + 1} walks: {verdicts.count('promote')} promoted", flush=True)
    promoted = binomtest(verdicts.count("promote"), len(verdicts))
    low, high = promoted.proportion_ci(0.95)
    counts = ", ".join(f"{verdicts.count(each)} {each}" for each in sorted(set(verdicts)))
    print(f"{counts}: promoted {promoted.statistic:.1%} (95% interval {low:.1%} to {high:.1%})")


if __name__ == "__main__":
    main()
