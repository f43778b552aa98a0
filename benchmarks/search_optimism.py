"""Is what a search tells of its winner what the winner then does? Series without any structure beyond their season.

    python benchmarks/search_optimism.py [--series 40] [--trials 20] [--later 6]

A season of 12 steps and independent noise: no settings are better than others but by luck. Each series is searched once. What is
told of the winner (its score on fresh origins) and what chose it (its score in the search) stand beside what it does later: the
mean over `later` origins that come after the search's as_of, trained by the same settings and seed. A mean difference within two
standard errors of 0 is no bias; the one of the score that chose shows what luck is worth.
"""

import argparse
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from measuring import introduce
from recurcast.config import PipelineConfig
from recurcast.pipelines.search import run_search
from recurcast.pipelines.search_origins import look, plan_origins
from recurcast.pipelines.search_trials import score_on, settled
from recurcast.runs.search_request import SearchRequest

AS_OF = datetime(2024, 6, 1, tzinfo=UTC)
STEPS = 48


def pipeline(seed: int, trials: int) -> PipelineConfig:
    """Return the pipeline of one series."""
    return PipelineConfig.model_validate(
        {
            "name": "noise",
            "source": {
                "kind": "generated",
                "seed": seed,
                "level": 20,
                "noise": 1.0,
                "seasons": [{"period": 12, "amplitude": 2}],
            },
            "frequency": "h",
            "season": 12,
            "parts": {"history": 240, "validation": STEPS, "test": STEPS},
            "windows": {"lookback": 12, "horizon": 2},
            "network": {"units": 8, "cells": ["gru"]},
            "training": {"epochs": 6, "learning_rate": 0.01},
            "charts": "none",
            "search": {
                "trials": trials,
                "seed": seed,
                "space": {
                    "network.units": [4, 8, 16],
                    "training.learning_rate": {"low": 0.001, "high": 0.05, "log": True},
                    "training.batch_size": [16, 64],
                },
            },
        }
    )


def one(seed: int, trials: int, later: int, root: Path) -> tuple[float, float, float] | None:
    """Return what chose the winner of a series, what is told of it, and what it does later."""
    searched = pipeline(seed, trials)
    record = run_search(SearchRequest(searched, AS_OF, root))
    if record.winner is None:
        return None
    winner = record.trial(record.winner)
    # The last scored part of a plan ends where its as_of's test part begins: here it begins at the search's as_of, or later.
    block = searched.search.model_copy(update={"origins": 1, "fresh_origins": later - 1} if later > 1 else {})
    plan = plan_origins(
        searched.model_copy(update={"search": block}), AS_OF + timedelta(hours=STEPS * (later + 1)), root
    )
    own = settled(plan.pipeline, winner.cell, winner.settings, winner.seed)
    scores = [score_on(origin, own, winner.cell, record.metric).score for origin in look(plan, range(later))]
    return winner.score, record.fresh_score(winner.number), float(np.mean(scores))


def told(name: str, differences: np.ndarray) -> str:
    """Return a mean with its standard error, and how many of them it is from 0."""
    error = differences.std(ddof=1) / np.sqrt(len(differences))
    return f"{name}: {differences.mean():+.4f}, standard error {error:.4f}, {differences.mean() / error:+.1f} of them from 0"


def main() -> None:
    """Print what is told, and what chose, beside what comes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, usual in (("series", 40), ("trials", 20), ("later", 6)):
        parser.add_argument(f"--{name}", type=int, default=usual)
    given = parser.parse_args()
    introduce(f"{given.series} series of a season and noise, each searched with {given.trials} trials")
    found = []
    for seed in range(given.series):
        with tempfile.TemporaryDirectory() as root:
            each = one(seed, given.trials, given.later, Path(root))
        if each is not None:
            found.append(each)
            print(f"series {seed}: chosen by {each[0]:.4f}, told {each[1]:.4f}, later {each[2]:.4f}", flush=True)
    chose, fresh, later = np.array(found).T
    print(told("told less later", fresh - later))
    print(told("what chose less later", chose - later))


if __name__ == "__main__":
    main()
