"""How many of the test targets do the intervals hold? The shipped pipelines, and nn5_daily where it is at hand.

For each cell and the gate's baseline: the share of all targets of the test windows, over all series, within the
intervals that the calibration part gave; the mean of several as_ofs, with the lowest and highest. The target is nominal
within three points. What drifts between calibration and test (prices that grow wilder) shows here, as it should.
"""

import statistics
import sys
import tempfile
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pandas as pd

from measuring import ROOT, introduce, rounds_asked
from recurcast.config import CELLS, PipelineConfig
from recurcast.config.project import load_pipeline
from recurcast.errors import DataRejected
from recurcast.evaluation.evaluate import judge
from recurcast.instants import parse_instant
from recurcast.pipelines.windows import windows_of
from recurcast.series.sources import obtain
from recurcast.series.validation.checks import validate
from recurcast.series.windows import Split
from recurcast.training.kinds import fit_seeds, make_ready

NEWEST = {
    "sine": "2024-06-01T00:00:00Z",
    "energy": "2000-08-28T00:00:00Z",
    "weather": "2016-01-01T08:00:00Z",
    "stocks": "2013-03-30T00:00:00Z",
    "anomalies": "2024-06-01T00:00:00Z",
}
BETWEEN = {"sine": 30, "energy": 1, "weather": 21, "stocks": 60, "anomalies": 30}
"""Days from one as_of to the next; what is there allows ten."""
NN5 = ROOT.parent / "shared" / "datasets" / "nn5_daily"
NN5_PIPELINE: dict[str, Any] = {
    "name": "nn5",
    "frequency": "D",
    "season": 7,
    "parts": {"history": 455, "validation": 280, "calibration": 224, "test": 56},
    "windows": {"lookback": 28, "horizon": 14},
    "network": {"units": 32, "calendar": ["weekday"]},
    "training": {"epochs": 20, "batch_size": 256, "learning_rate": 0.003, "patience": 4},
}


def main() -> None:
    """Print the coverage of every level, cell and pipeline."""
    rounds = rounds_asked(__doc__, 3)
    introduce(f"coverage of the intervals on test windows, mean of {rounds} as_ofs (lowest .. highest)")
    chosen = [name for name in NEWEST if load_pipeline(ROOT, name).pipeline.parts.calibration]
    for name in chosen:
        newest = parse_instant(NEWEST[name])
        as_ofs = [newest - timedelta(days=BETWEEN[name] * back) for back in range(rounds)]
        _report(load_pipeline(ROOT, name).pipeline, ROOT, as_ofs)
    if not NN5.exists():
        print("nn5_daily: skipped, its files are not beside the repository")
        return
    with tempfile.TemporaryDirectory() as folder:
        whole = pd.concat([pd.read_csv(NN5 / part) for part in ("train.csv", "test.csv")])
        whole.to_csv(Path(folder) / "nn5.csv", index=False)
        columns = {"unique_id": "unique_id", "ds": "ds", "y": "y"}
        source = {"kind": "file", "path": "nn5.csv", "columns": columns, "static": True}
        pipeline = PipelineConfig.model_validate(NN5_PIPELINE | {"source": source})
        _report(pipeline, Path(folder), [parse_instant("1998-05-18T00:00:00Z")])


def _report(pipeline: PipelineConfig, root: Path, as_ofs: list[datetime]) -> None:
    shares: dict[tuple[str, str], list[float]] = defaultdict(list)
    for as_of in as_ofs:
        try:
            split = windows_of(pipeline, validate(obtain(pipeline, as_of, root), pipeline, as_of).frame)
        except DataRejected as rejected:
            sys.exit(f"{pipeline.name} as of {as_of}: {rejected}")
        for competitor, by_level in _coverage(pipeline, split).items():
            for level, share in by_level.items():
                shares[competitor, level].append(share)
        print(f"  {pipeline.name} as of {as_of:%Y-%m-%d}", file=sys.stderr, flush=True)
    for (competitor, level), found in shares.items():
        far = abs(statistics.mean(found) - float(level) / 100) > 0.03
        spread = f"({min(found):.1%} .. {max(found):.1%})"
        print(
            f"{pipeline.name:<10} {competitor:<15} {level:>5}% {statistics.mean(found):>7.1%} {spread:<20}{'FAR' * far}"
        )


def _coverage(pipeline: PipelineConfig, split: Split) -> dict[str, dict[str, float]]:
    make_ready(CELLS, pipeline, split)
    judgement = judge(pipeline, split, [fit_seeds(cell, pipeline, split) for cell in CELLS], None)
    return {name: dict(judgement.coverage[name]) for name in (*CELLS, pipeline.gate.baseline)}


if __name__ == "__main__":
    main()
