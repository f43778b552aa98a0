"""A lake of 1e6, 1e7, 1e8 points: seconds and peak memory of each stage, each in a process of its own.

python benchmarks/lake.py [--points 1e6 1e7 1e8] [--files 64] [--limit 2] [--sample 2000]

Series of 1,000 hourly steps, generated into files of some steps of all series: pack, obtain (grid, digest), validate (facts,
rules), cut (windows counted, what a network is told of all), train one epoch, evaluate (scores, losses, intervals), forecast.
All of it on all series, file by file; with --sample training and judging on so many of them, in memory. Growth should be
linear, the peak flat. What stands behind a row: seconds without imports, and what came of it.
"""

import argparse
import json
import pickle
import resource
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from measuring import run

STEPS = 1_000
AS_OF = pd.Timestamp("2024-02-11T16:00Z").to_pydatetime()
STAGES = ("generate", "pack", "obtain", "validate", "cut", "train", "evaluate", "forecast")
COLUMNS = {"unique_id": "unique_id", "ds": "ds", "y": "y"}


def main() -> None:
    """Print a row per number of points and stage."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--points", type=float, nargs="+", default=[1e6, 1e7, 1e8])
    arguments.add_argument("--files", type=int, default=64)
    arguments.add_argument(
        "--limit", type=float, default=2.0, help="GB that a stage's process may lay out beside libraries"
    )
    arguments.add_argument("--sample", type=int, help="series to train and judge on, in memory; all are streamed else")
    arguments.add_argument("--stage", nargs=2, metavar=("STAGE", "SERIES"), help=argparse.SUPPRESS)
    arguments.add_argument("--before", help=argparse.SUPPRESS)
    given = arguments.parse_args()
    if given.stage:
        _stage(given.stage[0], int(given.stage[1]), given.files, int(given.limit * 1e9), given.sample)
        return
    print(f"{'points':>8} {'stage':10} {'wall s':>8} {'cpu s':>8} {'peak MB':>8}")
    for points in given.points:
        series = round(points / STEPS)
        with tempfile.TemporaryDirectory(prefix="recurcast-lake-") as folder:
            for stage in STAGES:
                asked = ("--stage", stage, str(series), "--files", str(given.files), "--limit", str(given.limit))
                asked += ("--sample", str(given.sample)) if given.sample else ()
                found = run([sys.executable, str(Path(__file__).resolve()), *asked], Path(folder))
                told = found.output.strip().splitlines()[-1] if found.output.strip() else ""
                print(
                    f"{points:8.0e} {stage:10} {found.wall:8.1f} {found.cpu:8.1f} {found.peak:8.0f}  {told}", flush=True
                )


def _stage(stage: str, series: int, files: int, limit: int, sample: int | None) -> None:
    here = Path.cwd()
    if stage == "generate":
        _generate(here, series)
        return
    from recurcast import environment
    from recurcast.config import PipelineConfig

    environment.prepare()
    environment.silence()
    config = PipelineConfig.model_validate(_block(sample))
    begin = time.perf_counter()
    _limit(stage, limit)
    own = {"pack": _pack, "obtain": _obtain, "validate": _validate, "cut": _cut, "train": _train, "evaluate": _evaluate}
    told = (own | {"forecast": _forecast})[stage](config, here, files)
    print(json.dumps({"inside": round(time.perf_counter() - begin, 1)} | told))


def _limit(stage: str, limit: int) -> None:
    """What may be laid out from now on; TensorFlow's own mappings, of gigabytes that are never touched, come first."""
    if stage in ("validate", "train", "evaluate", "forecast"):
        import great_expectations  # noqa: F401

        if stage in ("train", "evaluate"):
            from recurcast.environment import import_tensorflow

            import_tensorflow()
            return  # its threads and programs are mapped later: what it peaks at is measured from outside
    mapped = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (mapped + limit, mapped + limit))


def _generate(here: Path, series: int) -> None:
    """Parquet files of 20 steps of all series each, as a folder that grows day by day has them."""
    rng = np.random.default_rng(7)
    names = np.array([f"s{number:06}" for number in range(series)])
    phases, levels = rng.integers(0, 24, series), rng.uniform(10, 100, series)
    (here / "by-day").mkdir()
    stamps = pd.date_range("2024-01-01", periods=STEPS, freq="h", tz="UTC")
    at_once = max(1, min(STEPS, 2_000_000 // series))
    for first in range(0, STEPS, at_once):
        step = np.arange(first, min(first + at_once, STEPS))
        wave = np.sin(2 * np.pi * (step[:, None] + phases) / 24) * levels / 4 + levels
        y = (wave + rng.normal(0, 1, wave.shape)).round(3)
        table = pd.DataFrame(
            {"unique_id": np.tile(names, len(step)), "ds": np.repeat(stamps[step], series), "y": y.ravel()}
        )
        table.to_parquet(here / "by-day" / f"part-{first:04}.parquet", index=False)


def _block(sample: int | None) -> dict[str, object]:
    return {
        "name": "panel",
        "source": {"kind": "folder", "path": "lake", "columns": COLUMNS},
        "frequency": "h",
        "season": 24,
        "parts": {"history": 904, "validation": 48, "test": 48, "calibration": 24},
        "windows": {"lookback": 48, "horizon": 24, "stride": 24},
        "network": {"cells": ["lstm"], "units": 32},
        "training": {"epochs": 1, "batch_size": 256} | ({"sample_series": sample} if sample else {"stream": True}),
        "forecast": {"levels": [80]},
    }


def _pack(config: object, here: Path, files: int) -> dict[str, object]:
    from recurcast.config.interval_sources import FolderSource
    from recurcast.series.lake.packing import pack

    manifest = pack(
        FolderSource.model_validate({"path": "by-day", "columns": COLUMNS}), "panel", here, here / "lake", files
    )
    return {"rows": manifest.rows, "MB": round(manifest.size / 1e6)}


def _obtained(config: object, here: Path) -> object:
    from recurcast.series.lake.scanning import obtain_by_file

    return obtain_by_file(config, AS_OF, here)


def _obtain(config: object, here: Path, files: int) -> dict[str, object]:
    frame = _obtained(config, here)
    _keep(here, "frame", frame)
    return {"digest": frame.digest, "rows": frame.n_rows}


def _validate(config: object, here: Path, files: int) -> dict[str, object]:
    from recurcast.series.validation.checks import validate

    validated = validate(_kept(here, "frame"), config, AS_OF)
    _keep(here, "validated", validated.frame)
    return {"series": validated.report.n_series, "trained on": len(validated.frame.ids)}


def _cut(config: object, here: Path, files: int) -> dict[str, object]:
    from recurcast.pipelines.windows import windows_of

    split = windows_of(config, _kept(here, "validated"))
    _keep(here, "split", split)
    return {"train windows": split.n_train}


def _train(config: object, here: Path, files: int) -> dict[str, object]:
    from recurcast.training.members import fit_members

    split = _kept(here, "split")
    (member,) = fit_members("lstm", config, [0], split)
    _keep(here, "member", member)
    (epoch,) = member.epochs
    return {"loss": round(epoch.train, 4), "validation": round(epoch.validation, 4), "program": member.program}


def _evaluate(config: object, here: Path, files: int) -> dict[str, object]:
    from recurcast.evaluation.by_file import judged_on
    from recurcast.pipelines.stages import verdict_of
    from recurcast.training.export import bundle_of
    from recurcast.training.members import assembled

    split = _kept(here, "split")
    fitted = assembled("lstm", config, split, [_kept(here, "member")])
    judgement = judged_on(config, split, [fitted], None)
    decision = verdict_of(config, judgement)
    intervals = judgement.intervals["lstm"]
    bundle = bundle_of(config, fitted[0].network, split, split.panel.grid, intervals.levels, intervals.widths)
    _keep(here, "bundle", bundle)
    told = {"test windows": judgement.test.n_windows, "losses": len(judgement.evidence.rows)}
    return told | {"mase": round(decision.score, 4), "naive": round(decision.opponent_score, 4)}


def _forecast(config: object, here: Path, files: int) -> dict[str, object]:
    from recurcast.forecasting.forecast import predict_with
    from recurcast.forecasting.spool import Spool
    from recurcast.pipelines.made_forecast import made_of
    from recurcast.runs.forecast import ForecastRequest

    bundle, request = _kept(here, "bundle"), ForecastRequest(config, AS_OF, here)
    with Spool() as spool:
        made = made_of(request, _kept(here, "frame"), bundle, predict_with(bundle), spool)
        spool.write(here / "forecast.parquet")
    return {"series": made.n_series, "forecasts": made.n_rows}


def _keep(here: Path, name: str, value: object) -> None:
    (here / name).write_bytes(pickle.dumps(value))


def _kept(here: Path, name: str) -> object:
    return pickle.loads((here / name).read_bytes())


if __name__ == "__main__":
    main()
