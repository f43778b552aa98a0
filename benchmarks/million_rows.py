"""One million rows, 1,000 hourly series of 1,000: what validation and windowing cost, in a new process each round.

The Parquet file and reading it lie outside the measurement; it begins where the source has delivered its frame.

- seconds: the stage's own, and the import of Great Expectations apart.
- memory: the highest resident memory (VmHWM, reset before each stage) above what was resident before the first stage,
  with the frame read and all libraries imported. It is the process's real memory: whatever pandas, Arrow, numpy or
  Great Expectations allocate counts. The frame's own size is `memory_usage(deep=True)`.
"""

import json
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from measuring import Measured, in_turn, introduce, report, rounds_asked, run
from memory import measured, settle
from recurcast.config import PipelineConfig
from recurcast.instants import parse_instant
from recurcast.runs.train import Request

N_SERIES, N_STEPS, SECONDS, TIMES_THE_FRAME = 1_000, 1_000, 10, 3
BEGIN = pd.Timestamp("2024-01-01", tz="UTC")
AS_OF = parse_instant((BEGIN + N_STEPS * pd.Timedelta("1h")).isoformat())
PIPELINE = {
    "name": "million",
    "source": {"kind": "file", "path": "million.parquet", "columns": {"unique_id": "unique_id"}},
    "frequency": "h",
    "season": 24,
    "parts": {"history": 700, "validation": 100, "test": 200},
    "windows": {"lookback": 24, "horizon": 1},
    "checks": {"min_value": -100, "max_value": 100},
}


def main() -> None:
    """Print seconds and memory of both stages."""
    rounds = rounds_asked(__doc__, 5)
    introduce(f"validation and windowing of {N_SERIES * N_STEPS:,} rows, {N_SERIES:,} series")
    with tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as folder:
        _write(Path(folder, "million.parquet"))
        stages = partial(run, [sys.executable, __file__, "--stages"], Path(folder))
        runs: list[Measured] = in_turn(rounds, {"stages": stages})["stages"]
    figures = pd.DataFrame([json.loads(each.output.splitlines()[-1]) for each in runs])
    together = figures["validation"] + figures["windowing"]
    report("validation", figures["validation"].tolist(), "s")
    report("windowing", figures["windowing"].tolist(), "s")
    report("together", together.tolist(), "s", below=SECONDS)
    report("import of Great Expectations", figures["import"].tolist(), "s")
    report("together, with that import", (together + figures["import"]).tolist(), "s", below=SECONDS)
    report("the frame", figures["frame_mb"].tolist(), "MB")
    for stage in ("validation", "windowing"):
        report(f"{stage}: peak above the state before", figures[f"{stage}_mb"].tolist(), "MB")
    peak = figures[["validation_mb", "windowing_mb"]].max(axis=1) / figures["frame_mb"]
    report("highest peak above, in frames", peak.tolist(), "x", below=TIMES_THE_FRAME)
    report("the same and the frame itself, in frames", (1 + peak).tolist(), "x")


def _write(path: Path) -> None:
    ids = np.repeat([f"series-{number:03d}" for number in range(N_SERIES)], N_STEPS)
    ds = np.tile(pd.date_range(BEGIN, periods=N_STEPS, freq="h"), N_SERIES)
    y = np.sin(0.1 * np.arange(N_SERIES * N_STEPS)) + np.random.default_rng(0).normal(0, 0.1, N_SERIES * N_STEPS)
    pd.DataFrame({"unique_id": ids, "ds": ds, "y": y}).to_parquet(path)


def run_stages() -> None:
    """Print the figures of this process as one line of JSON."""
    from recurcast.pipelines.stages import cut
    from recurcast.series.sources import obtain

    pipeline = PipelineConfig.model_validate(PIPELINE)
    frame = obtain(pipeline, AS_OF, Path.cwd())
    begin = time.perf_counter()
    from recurcast.series.validation.checks import validate

    importing = time.perf_counter() - begin
    before = settle()
    validated, validation, validation_peak = measured(lambda: validate(frame, pipeline, AS_OF))
    split, windowing, windowing_peak = measured(lambda: cut(Request(pipeline, AS_OF, Path.cwd()), validated))
    assert len(split.train) == N_SERIES * (700 - 24), "every window of the train part is there"
    figures = {"validation": validation, "windowing": windowing, "import": importing}
    memory = {"validation_mb": validation_peak - before, "windowing_mb": windowing_peak - before}
    frame_mb = float(frame.rows.memory_usage(deep=True).sum()) / 2**20
    print(json.dumps({**figures, **memory, "frame_mb": frame_mb}))


if __name__ == "__main__":
    run_stages() if "--stages" in sys.argv else main()
