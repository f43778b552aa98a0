"""One stage of `lake.py` in the folder where one stands.

    lake_stages.py STAGE --series N [--files 64] [--limit 2] [--sample N] [--highway]

Each reads what the stage before left there, and leaves what the next one needs. The last line says what came of it: `inside`
are seconds without imports, `mapped MB` the most address space that the process had, which is not limited.
"""

import argparse
import json
import pickle
import shutil
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from peers.resident import end_above, most_mapped

if TYPE_CHECKING:
    from recurcast.config import PipelineConfig

STEPS = 1_000
AS_OF = pd.Timestamp("2024-02-11T16:00Z").to_pydatetime()
STAGES = ("generate", "pack", "obtain", "validate", "cut", "train", "evaluate", "forecast")
COLUMNS = {"unique_id": "unique_id", "ds": "ds", "y": "y"}


def main() -> None:
    """Do a stage, unless it takes more memory than it may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--series", type=int, required=True)
    parser.add_argument("--files", type=int, default=64)
    parser.add_argument("--limit", type=float, default=2.0, help="GB that may be resident")
    parser.add_argument("--sample", type=int)
    parser.add_argument("--highway", action="store_true")
    given = parser.parse_args()
    end_above(given.limit)
    config = _imported(given.stage, given.sample, highway=given.highway)
    begin = time.perf_counter()
    own = {"pack": _pack, "obtain": _obtain, "validate": _validate, "cut": _cut, "train": _train, "evaluate": _evaluate}
    of_all = own | {"generate": partial(_generate, given.series), "forecast": _forecast}
    told = of_all[given.stage](config, Path.cwd(), given.files)
    print(json.dumps({"inside": round(time.perf_counter() - begin, 1)} | told | {"mapped MB": most_mapped()}))


def _imported(stage: str, sample: int | None, *, highway: bool) -> "PipelineConfig":
    """The pipeline; what a stage imports is imported."""
    from recurcast import environment
    from recurcast.config import PipelineConfig

    environment.prepare()
    environment.silence()
    if stage in ("validate", "train", "evaluate", "forecast"):
        import great_expectations  # noqa: F401
    if stage in ("train", "evaluate"):
        environment.import_tensorflow()
    return PipelineConfig.model_validate(_block(sample, highway=highway))


def _generate(series: int, config: object, here: Path, files: int) -> dict[str, object]:
    """Parquet files of 20 steps of all series each, as a folder that grows day by day has them."""
    rng = np.random.default_rng(7)
    names = np.array([f"s{number:06}" for number in range(series)])
    phases, levels = rng.integers(0, 24, series), rng.uniform(10, 100, series)
    shutil.rmtree(here / "by-day", ignore_errors=True)
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
    return {"rows": series * STEPS}


def _block(sample: int | None, *, highway: bool) -> dict[str, object]:
    of_all: dict[str, object] = {"sample_series": sample} if sample else {"stream": True}
    plain = {"network": {"cells": ["lstm"], "units": 32}, "training": {"epochs": 1, "batch_size": 256} | of_all}
    drawn = {"network": {"kind": "highway", "cells": ["lstm"], "units": 32}, "training": of_all}
    return (drawn if highway else plain) | {
        "name": "panel",
        "source": {"kind": "folder", "path": "lake", "columns": COLUMNS},
        "frequency": "h",
        "season": 24,
        "parts": {"history": 904, "validation": 48, "test": 48, "calibration": 24},
        "windows": {"lookback": 48, "horizon": 24, "stride": 24},
        "forecast": {"levels": [80]},
    }


def _pack(config: object, here: Path, files: int) -> dict[str, object]:
    from recurcast.config.interval_sources import FolderSource
    from recurcast.series.lake.packing import pack

    shutil.rmtree(here / "lake", ignore_errors=True)
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
    epoch = member.epochs[-1]
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
