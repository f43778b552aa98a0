"""Growth: from a thousand points to ten million, one series to a thousand; seconds and peak memory of each stage.

Each case is a new process that reads a Parquet file, checks it, cuts windows at every step, trains one small SimpleRNN for
one epoch in batches of 1,024, and judges it beside the baselines; history 80%, validation and test 10% of the steps each.
MLflow's writes are not part of it: they do not grow with the points.

- seconds: of the stage alone; all libraries are imported, and a tiny case went through all stages before.
- memory: the highest resident memory (VmHWM, reset before each stage) above what was resident before the first stage;
  so whatever earlier stages keep counts in the later ones. It is divided by *the series*: a timestamp and a value
  of each point, 16 bytes. The frame that comes in also names its series in every row, which is printed beside it.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from measuring import figure, in_turn, introduce, run, spread
from recurcast.config import PipelineConfig
from recurcast.instants import parse_instant

BEGIN = pd.Timestamp("2024-01-01", tz="UTC")
BYTES_PER_POINT = 16
TIMES_THE_SERIES = 4
STAGES = ("obtain", "validate", "cut", "train", "evaluate")


@dataclass(frozen=True)
class Case:
    """So many series, so many points in all."""

    series: int
    points: int

    @property
    def steps(self) -> int:
        """Return the points of each series."""
        return self.points // self.series

    def __str__(self) -> str:
        return f"{self.series:,} series, {self.points:,} points"


CASES = tuple(Case(1, 10**power) for power in range(3, 8)) + tuple(
    Case(series, points) for series in (10, 1000) for points in (10**5, 10**6, 10**7)
)


def main() -> None:
    """Print seconds and memory per case and stage, and which targets are met."""
    asked = _asked()
    cases = [case for case in CASES if asked.least <= case.points <= asked.most]
    introduce("growth: seconds and peak memory of each stage")
    with tempfile.TemporaryDirectory(prefix="recurcast-benchmark-") as folder:
        for case in (*cases, TINY):
            _write(case, Path(folder))
        processes = {str(case): partial(_measure, case, Path(folder)) for case in cases}
        rounds = in_turn(asked.rounds, processes)
    for case in cases:
        _print_case(case, rounds[str(case)])
    _print_linearity(cases, rounds)


TINY = Case(2, 800)
"""What each process does first, so that nothing is imported or traced for the first time in the case."""


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="repetitions (default 3)")
    parser.add_argument("--quick", action="store_const", dest="rounds", const=1, help="the same as --rounds 1")
    parser.add_argument("--least", type=int, default=CASES[0].points, help="fewest points")
    parser.add_argument("--most", type=int, default=CASES[-1].points, help="most points")
    return parser.parse_args()


def _path(case: Case, folder: Path) -> Path:
    return folder / f"{case.series}-{case.points}.parquet"


def _write(case: Case, folder: Path) -> None:
    names = pd.array([f"series-{number:04d}" for number in range(case.series)], dtype="str")
    steps = pd.date_range(BEGIN, periods=case.steps, freq="s").as_unit("ns")
    ds = pd.DatetimeIndex(np.tile(steps.asi8, case.series).view("datetime64[ns]")).tz_localize("UTC")
    y = np.sin(0.1 * np.arange(case.points)) + np.random.default_rng(0).normal(0, 0.1, case.points)
    ids = names.take(np.repeat(np.arange(case.series), case.steps))
    pd.DataFrame({"unique_id": ids, "ds": ds, "y": y}).to_parquet(_path(case, folder))


def _measure(case: Case, folder: Path) -> dict[str, Any]:
    command = [sys.executable, __file__, "--stages", str(case.series), str(case.points)]
    return json.loads(run(command, folder).output.splitlines()[-1])


def _print_case(case: Case, rounds: list[dict[str, Any]]) -> None:
    series_mb = case.points * BYTES_PER_POINT / 2**20
    print(f"\n{case}: the series {figure(series_mb)} MB, the frame {figure(rounds[0]['frame_mb'])} MB")
    for stage in STAGES:
        seconds = [each[stage] for each in rounds]
        peaks = [each[f"{stage}_mb"] for each in rounds]
        peak = statistics.median(peaks)
        print(
            f"  {stage:<10}{figure(statistics.median(seconds)):>8} s {spread(seconds):<30}"
            f"{figure(peak):>7} MB {spread(peaks):<30} {peak / series_mb:>7.2f} times the series"
        )
    highest = statistics.median(max(each[f"{stage}_mb"] for stage in STAGES) for each in rounds)
    met = "met" if highest <= TIMES_THE_SERIES * series_mb else "MISSED"
    verdict = f"; target at most {TIMES_THE_SERIES} times the series: {met}" if case.points == CASES[-1].points else ""
    shares = f"{highest / series_mb:.2f} times the series, {highest / rounds[0]['frame_mb']:.2f} times the frame"
    print(f"  highest    {shares}{verdict}")


def _print_linearity(cases: list[Case], rounds: dict[str, list[dict[str, Any]]]) -> None:
    """A tenfold of points takes ten times the seconds where time is linear, less where what is fixed still counts."""
    print("\nseconds of all stages: times as many for ten times the points (10 is linear)")
    total = {
        case: statistics.median(sum(each[stage] for stage in STAGES) for each in rounds[str(case)]) for case in cases
    }
    for case in cases:
        larger = replace(case, points=10 * case.points)
        if larger in total:
            print(
                f"  {case!s:<32} {figure(total[case]):>8} s -> {figure(total[larger]):>8} s: {total[larger] / total[case]:.1f}"
            )


def pipeline_of(case: Case) -> PipelineConfig:
    """Return a pipeline that takes all points of a case."""
    tenth = case.steps // 10
    return PipelineConfig.model_validate(
        {
            "name": "growth",
            "source": {"kind": "file", "path": _path(case, Path()).name, "columns": {"unique_id": "unique_id"}},
            "frequency": "s",
            "season": 63,
            "parts": {"history": case.steps - 2 * tenth, "validation": tenth, "test": tenth},
            "windows": {"lookback": 24, "horizon": 1},
            "network": {"units": 8},
            "training": {"epochs": 1, "batch_size": 1024},
        }
    )


def run_stages(case: Case, measured: Callable[[Callable[[], Any]], tuple[Any, float, float]]) -> dict[str, float]:
    """Return seconds and the highest resident memory in MB of every stage."""
    from recurcast.evaluation.evaluate import judge
    from recurcast.pipelines.windows import windows_of
    from recurcast.series.digest import data_digest
    from recurcast.series.sources import obtain
    from recurcast.series.validation.checks import validate
    from recurcast.training.fit import fit_cell

    pipeline, as_of = pipeline_of(case), parse_instant((BEGIN + case.steps * pd.Timedelta("1s")).isoformat())
    figures: dict[str, float] = {}

    def stage(name: str, body: Callable[[], Any]) -> Any:
        value, figures[name], figures[f"{name}_mb"] = measured(body)
        return value

    def obtained() -> Any:
        frame = obtain(pipeline, as_of, Path.cwd())
        data_digest(frame)
        return frame

    frame = stage("obtain", obtained)
    frame_mb = float(frame.rows.memory_usage(deep=True).sum()) / 2**20
    known = [frame]
    del frame  # and let go as the chain does (pipelines/train.py); a chain of before kept it to its end
    validated = [stage("validate", lambda: validate(known.pop(), pipeline, as_of))]
    split = stage("cut", lambda: windows_of(pipeline, validated.pop().frame))
    assert len(split.train) == case.series * (pipeline.parts.history - 24), "there is a window at every step"
    fitted = stage("train", lambda: fit_cell("rnn", pipeline, split))
    stage("evaluate", lambda: judge(pipeline, split, [[fitted]], None))
    return figures | {"frame_mb": frame_mb}


def _one_process(case: Case) -> None:
    from memory import measured, settle

    run_stages(TINY, measured)
    before = settle()
    figures = run_stages(case, measured)
    print(json.dumps(figures | {f"{stage}_mb": figures[f"{stage}_mb"] - before for stage in STAGES}))


if __name__ == "__main__":
    if "--stages" in sys.argv:
        _one_process(Case(*map(int, sys.argv[2:])))
    else:
        main()
