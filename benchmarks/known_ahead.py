"""What is known ahead is worth how much? Electricity a week ahead: alone, with past temperature, with what is known ahead.

    python benchmarks/known_ahead.py [--seeds 5] [--cell gru] [--data ../shared/datasets/vic_electricity_halfhourly] [--test]

Half-hourly demand of Victoria, 336 steps ahead. The temperature is the measured one: perfect foresight, which no forecast has.
Weights are fitted on the train part of the pipeline that `init` proposes, 30 weeks before the series' end; each row is the mean
absolute error at the ten weekly origins of its test part, which nothing was chosen on, by the median over seeds, with the seeds'
own range. LightGBM, where installed, has the same drivers, the values of the same half-hours of the newest two weeks and days,
and the same train part. With --test, fitted on every row that is known and scored on the published test part, one week, once.
"""

import argparse
import importlib.util
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from measuring import ROOT, introduce
from recurcast.config import PipelineConfig
from recurcast.pipelines.windows import windows_of
from recurcast.scaffold.guess import Said
from recurcast.scaffold.proposal import propose
from recurcast.series.sources import obtain
from recurcast.series.validation.checks import validate
from recurcast.series.windows import Split, Windows
from recurcast.training.highway.cells import HighwayCores
from recurcast.training.highway.fit import fit_highway
from recurcast.training.highway.plan import Plan, plan_of, refit_plan
from recurcast.training.together import together

WEEK, DAY = 336, 48
CALENDAR = ("hour", "weekday")
EXOG = {"path": "exog.csv", "ds": "Time", "columns": ["Temperature", "Holiday"], "known": "always"}
KINDS: dict[str, dict[str, Any]] = {
    "alone": {},
    "with a calendar": {"network": {"calendar": CALENDAR}},
    "with past temperature": {
        "network": {"calendar": CALENDAR},
        "source": {
            "path": "joined.csv",
            "columns": {"unique_id": "unique_id", "ds": "ds", "y": "y", "covariates": ["Temperature", "Holiday"]},
        },
    },
    "with what is known ahead": {"network": {"calendar": CALENDAR}, "source": {"known_ahead": [EXOG]}},
}


@dataclass(frozen=True)
class Scored:
    """Mean absolute errors of several seeds, and of their median."""

    median: float
    each: tuple[float, ...]
    seconds: float

    def __str__(self) -> str:
        least, most = min(self.each), max(self.each)
        return f"MAE {self.median:6.1f}   seeds {least:.1f} to {most:.1f}, {self.seconds:.0f} s a fit"


def write(data: Path, root: Path) -> None:
    """Write the series, what stands beside it, and both in one file."""
    y, exog = pd.read_csv(data / "train.csv"), pd.read_csv(data / "exog.csv")
    exog["Holiday"] = exog["Holiday"].astype(int)
    y.to_csv(root / "y.csv", index=False)
    exog.to_csv(root / "exog.csv", index=False)
    exog["ds"] = pd.to_datetime(exog["Time"]).dt.strftime("%Y-%m-%d %H:%M:%S")
    y.merge(exog[["ds", "Temperature", "Holiday"]], on="ds").to_csv(root / "joined.csv", index=False)


def pipeline_of(root: Path, changed: dict[str, Any]) -> tuple[PipelineConfig, datetime]:
    """Return what `init` proposes for the series, changed, and the as_of of a first run."""
    proposal = propose(root / "y.csv", "demand", Said(horizon=WEEK), datetime(2026, 11, 28, tzinfo=UTC))
    stated = proposal.pipeline.model_dump()
    stated["source"]["path"] = "y.csv"
    for block, fields in changed.items():
        stated[block] |= fields
    return PipelineConfig.model_validate(stated), proposal.as_of


def split_of(root: Path, pipeline: PipelineConfig, as_of: datetime) -> Split:
    """Return the windows of a run."""
    return windows_of(pipeline, validate(obtain(pipeline, as_of, root), pipeline, as_of).frame)


def weekly(windows: Windows) -> Windows:
    """Return the windows whose targets follow each other, the newest ten."""
    chosen = np.arange(len(windows) - 1, -1, -WEEK)[:10][::-1]
    return replace(windows, series=windows.series[chosen], origin=windows.origin[chosen])


def fitted(pipeline: PipelineConfig, plan: Plan, cell: str, seeds: int) -> tuple[list[HighwayCores], float]:
    """Return a network of each seed, and the seconds of a fit."""
    cores, begun = [], time.perf_counter()
    for seed in range(seeds):
        (course,) = together([fit_highway(cell, pipeline.network, plan, seed)], lambda _: None)
        cores.append(HighwayCores(plan.chosen, (course.core,), plan.shared))
    return cores, (time.perf_counter() - begun) / seeds


def scored(forecasts: list[NDArray[np.float64]], targets: NDArray[np.float64], seconds: float) -> Scored:
    """Return the errors of several forecasts of the same targets, and of their median."""
    each = tuple(float(np.nanmean(np.abs(one - targets))) for one in forecasts)
    return Scored(float(np.nanmean(np.abs(np.median(forecasts, axis=0) - targets))), each, seconds)


def on_weeks(root: Path, changed: dict[str, Any], cell: str, seeds: int) -> Scored:
    """Return the errors at the ten weekly origins of the test part."""
    pipeline, as_of = pipeline_of(root, changed)
    split = split_of(root, pipeline, as_of)
    cores, seconds = fitted(pipeline, plan_of(pipeline, split), cell, seeds)
    windows = weekly(split.test)
    return scored([each.forecast(windows) for each in cores], windows.targets, seconds)


def on_test(root: Path, data: Path, changed: dict[str, Any], cell: str, seeds: int) -> Scored:
    """Return the errors on the published test part of networks that were fitted on every row before it."""
    pipeline, as_of = pipeline_of(root, changed)
    split = split_of(root, pipeline, as_of)
    cores, seconds = fitted(pipeline, refit_plan(pipeline, split, 1.0), cell, seeds)
    y = pd.concat([pd.read_csv(data / "train.csv"), pd.read_csv(data / "test.csv")])
    y.to_csv(root / "y.csv", index=False)
    exog = pd.read_csv(root / "exog.csv").assign(ds=lambda rows: pd.to_datetime(rows["Time"]).dt.strftime("%F %T"))
    y.merge(exog[["ds", "Temperature", "Holiday"]], on="ds").to_csv(root / "joined.csv", index=False)
    whole = split_of(root, pipeline, as_of + pd.Timedelta(30 * WEEK, "min").to_pytimedelta())
    last = weekly(whole.test).slice(9, 10)
    found = scored([each.forecast(last) for each in cores], last.targets, seconds)
    write(data, root)
    return found


def by_trees(root: Path) -> float:
    """Return LightGBM's error at the same origins: one model of all steps ahead."""
    import lightgbm

    pipeline, as_of = pipeline_of(root, KINDS["with what is known ahead"])
    split = split_of(root, pipeline, as_of)
    y = split.panel.y[0]
    beside = split.panel.drivers(np.zeros(1, np.int64), np.arange(len(y))[None], np.zeros(1, np.int64))[0]
    origins = np.arange(split.train.origin[0] + 2 * WEEK, split.validation_begins - WEEK, 49)

    def table(some: NDArray[np.int64]) -> NDArray[np.float64]:
        ahead = np.arange(WEEK)
        target, same_day = some[:, None] + ahead, some[:, None] - DAY + ahead % DAY
        columns = [y[target - WEEK], y[target - 2 * WEEK], y[same_day], y[same_day - DAY]]
        columns += [np.repeat(means[:, None], WEEK, 1) for means in (_means(y, some, DAY), _means(y, some, WEEK))]
        columns += [np.broadcast_to(ahead, target.shape)]
        columns += [beside[at, which] for at in (target, target - WEEK, same_day) for which in range(beside.shape[1])]
        return np.stack([each.ravel() for each in columns], axis=1)

    model = lightgbm.LGBMRegressor(
        objective="mae",
        n_estimators=400,
        learning_rate=0.05,
        num_leaves=63,
        subsample=0.5,
        subsample_freq=1,
        seed=0,
        verbose=-1,
    )
    model.fit(table(origins), y[origins[:, None] + np.arange(WEEK)].ravel())
    windows = weekly(split.test)
    found = np.asarray(model.predict(table(windows.origin))).reshape(-1, WEEK)
    return float(np.nanmean(np.abs(found - windows.targets)))


def _means(y: NDArray[np.float64], origins: NDArray[np.int64], steps: int) -> NDArray[np.float64]:
    return np.stack([y[origins - back] for back in range(1, steps + 1)]).mean(axis=0)


def tell(what: str, found: Scored) -> float:
    """Print one row."""
    print(f"  {what:38} {found}", flush=True)
    return found.median


def main() -> None:
    """Print a row for each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--cell", default="gru")
    parser.add_argument("--test", action="store_true")
    parser.add_argument("--data", type=Path, default=ROOT.parent / "shared" / "datasets" / "vic_electricity_halfhourly")
    given = parser.parse_args()
    introduce(f"known ahead: {given.cell}, {given.seeds} seeds")
    if not (given.data / "exog.csv").is_file():
        print(f"skipped: {given.data} has no exog.csv")
        return
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        write(given.data, root)
        pipeline, as_of = pipeline_of(root, {})
        windows = weekly(split_of(root, pipeline, as_of).test)
        repeated = windows.inputs[:, -WEEK:, 0]
        print(f"  {'the week before, repeated':38} MAE {np.abs(repeated - windows.targets).mean():6.1f}", flush=True)
        if importlib.util.find_spec("lightgbm"):
            print(f"  {'LightGBM, the same drivers':38} MAE {by_trees(root):6.1f}", flush=True)
        found = {kind: tell(kind, on_weeks(root, KINDS[kind], given.cell, given.seeds)) for kind in KINDS}
        gain = 1 - found["with what is known ahead"] / found["alone"]
        print(f"  known ahead: {gain:.1%} below the series alone", flush=True)
        if given.test:
            for kind in ("alone", "with what is known ahead"):
                tell(f"test week, {kind}", on_test(root, given.data, KINDS[kind], given.cell, given.seeds))


if __name__ == "__main__":
    main()
