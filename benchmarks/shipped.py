"""The shipped pipelines, judged without MLflow: scores and verdicts over seeds.

    python benchmarks/shipped.py [NAME ...] [--project FOLDER] [--seeds 5]

A FOLDER holds another prefect.yaml, such as that of an earlier commit; its `data/` is this repository's. No champion stands,
so that each verdict is that of a first challenger on the baseline.
"""

import argparse
import statistics
import time
from datetime import datetime
from pathlib import Path

from measuring import ROOT, introduce
from recurcast.config import CELLS, PipelineConfig
from recurcast.config.project import load_pipeline
from recurcast.evaluation.evaluate import Judgement, judge
from recurcast.instants import parse_instant
from recurcast.pipelines.stages import verdict_of
from recurcast.pipelines.windows import windows_of
from recurcast.promotion.gate import Decision
from recurcast.series.sources import obtain
from recurcast.series.validation.checks import validate
from recurcast.training.kinds import fit_seeds, make_ready

NEWEST = {
    "energy": "2000-08-28T00:00:00Z",
    "weather": "2016-01-01T08:00:00Z",
    "stocks": "2013-03-30T00:00:00Z",
    "anomalies": "2024-06-01T00:00:00Z",
    "sine": "2024-06-01T00:00:00Z",
}


def judged(pipeline: PipelineConfig, as_of: datetime, root: Path = ROOT) -> tuple[Judgement, Decision]:
    """Return what a first run at an as_of would judge and decide."""
    split = windows_of(pipeline, validate(obtain(pipeline, as_of, root), pipeline, as_of).frame)
    make_ready(CELLS, pipeline, split)
    judgement = judge(pipeline, split, [fit_seeds(cell, pipeline, split) for cell in CELLS], None)
    return judgement, verdict_of(pipeline, judgement)


def over_seeds(pipeline: PipelineConfig, newest: datetime, seeds: int) -> None:
    """Print score and verdict of each seed, and their medians."""
    scores, baselines, verdicts = [], [], []
    for seed in range(seeds):
        first = seed * pipeline.training.seeds
        seeded = pipeline.model_copy(update={"training": pipeline.training.model_copy(update={"seed": first})})
        begun = time.perf_counter()
        _, decision = judged(seeded, newest)
        scores.append(decision.score)
        baselines.append(decision.baseline_score)
        verdicts.append(decision.verdict)
        seconds = time.perf_counter() - begun
        told = f"{decision.challenger:5} {decision.metric} {decision.score:.4g}"
        verdict = f"{decision.baseline} {decision.baseline_score:.4g}, {decision.verdict.upper()}"
        print(f"  seed {first}: {told}, {verdict} ({seconds:.0f} s)", flush=True)
    ratio = statistics.median(scores) / statistics.median(baselines)
    counts = ", ".join(f"{verdicts.count(each)} {each}" for each in sorted(set(verdicts)))
    print(f"  median {statistics.median(scores):.4g}, {ratio:.3f} of the baseline's; {counts}", flush=True)


def main() -> None:
    """Measure each pipeline."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=["energy", "weather", "stocks", "anomalies"])
    parser.add_argument("--project", type=Path, default=ROOT)
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    introduce(f"shipped pipelines: {given.seeds} seeds")
    for name in given.names:
        pipeline = load_pipeline(given.project, name).pipeline
        newest = parse_instant(NEWEST[name])
        print(f"\n{name}: {pipeline.network.kind}, baseline {pipeline.gate.baseline}", flush=True)
        over_seeds(pipeline, newest, given.seeds)


if __name__ == "__main__":
    main()
