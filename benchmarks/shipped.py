"""The shipped pipelines, judged without MLflow: scores and verdicts over seeds, coverage of the intervals over as_ofs.

    python benchmarks/shipped.py [NAME ...] [--project FOLDER] [--seeds 5] [--as-ofs 10]

A FOLDER holds another prefect.yaml, such as that of an earlier commit; its `data/` is this repository's. No champion stands,
so that each verdict is that of a first challenger on the baseline. Seeds are those at the newest as_of. Coverage is the share
of test targets within the intervals that the calibration part gave the challenger, the mean over as_ofs; FAR is what lies
further than three points, and than two standard errors over the as_ofs, from its level.
"""

import argparse
import statistics
import time
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

from measuring import ROOT, introduce
from recurcast.config import CELLS, PipelineConfig
from recurcast.config.project import load_pipeline
from recurcast.errors import DataRejected
from recurcast.evaluation.evaluate import Judgement, judge
from recurcast.instants import parse_instant
from recurcast.pipelines.stages import verdict_of, windows_of
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
BETWEEN = {"energy": 1, "weather": 21, "stocks": 60, "anomalies": 5, "sine": 5}
"""Days from one as_of to the next: what is there allows ten."""


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


def over_time(pipeline: PipelineConfig, newest: datetime, as_ofs: int, between: int) -> None:
    """Print the coverage of the challengers of several as_ofs, and their verdicts."""
    shares: dict[str, list[float]] = defaultdict(list)
    verdicts = []
    for back in range(as_ofs):
        as_of = newest - timedelta(days=between * back)
        try:
            judgement, decision = judged(pipeline, as_of)
        except DataRejected as rejected:
            print(f"  as of {as_of:%Y-%m-%d}: {rejected}")
            continue
        verdicts.append(decision.verdict)
        for level, share in judgement.coverage.get(decision.challenger, {}).items():
            shares[level].append(share)
    counts = ", ".join(f"{verdicts.count(each)} {each}" for each in sorted(set(verdicts)))
    print(f"  {len(verdicts)} as_ofs: {counts}")
    for level, found in shares.items():
        error = statistics.stdev(found) / len(found) ** 0.5 if len(found) > 1 else 0.0
        off = abs(statistics.mean(found) - float(level) / 100)
        far = "FAR" if off > max(0.03, 2 * error) else ""
        print(f"  {level}%: {statistics.mean(found):.1%} (standard error {error:.1%}) {far}", flush=True)


def main() -> None:
    """Measure each pipeline."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", default=["energy", "weather", "stocks", "anomalies"])
    parser.add_argument("--project", type=Path, default=ROOT)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--as-ofs", type=int, default=10)
    given = parser.parse_args()
    introduce(f"shipped pipelines: {given.seeds} seeds, coverage over {given.as_ofs} as_ofs")
    for name in given.names:
        pipeline = load_pipeline(given.project, name).pipeline
        newest = parse_instant(NEWEST[name])
        print(f"\n{name}: {pipeline.network.kind}, baseline {pipeline.gate.baseline}", flush=True)
        over_seeds(pipeline, newest, given.seeds)
        over_time(pipeline, newest, given.as_ofs, BETWEEN[name])


if __name__ == "__main__":
    main()
