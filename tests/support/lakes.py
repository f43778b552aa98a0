"""A small lake, packed as a team would, and the same rows as a folder of one file."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.config.interval_sources import FolderSource
from recurcast.pipelines.windows import windows_of
from recurcast.series.lake.packing import pack
from recurcast.series.lake.scanning import obtain_to_train
from recurcast.series.lake.streaming import LakeSplit
from recurcast.series.validation.checks import validate
from support.databases import loads, pipeline

AS_OF = pd.Timestamp("2024-04-05T07:00Z").to_pydatetime()
SITES = tuple(f"site {number}" for number in range(9))
STREAMED: dict[str, Any] = {
    "parts": {"history": 144, "validation": 48, "test": 48, "calibration": 24},
    "windows": {"lookback": 24, "horizon": 6, "stride": 3},
    "season": 24,
    "network": {"cells": ["gru"], "units": 3, "calendar": ["hour"]},
    "training": {"epochs": 2, "batch_size": 16, "stream": True, "seed": 4},
    "forecast": {"levels": [80]},
    "gate": {"policy": "always", "must_beat_baseline": False},
}
HIGHWAY: dict[str, Any] = {
    "windows": {"lookback": 24, "horizon": 6},
    "network": {"kind": "highway", "cells": ["gru"], "units": 3, "calendar": ["hour"]},
}
SAID = {"unique_id": "site", "covariates": ["heat"], "static": ["zone", "rooms"]}
"""Columns of a lake whose sites say where they lie, and how large they are."""


def lake_in(root: Path, days: int = 18) -> Path:
    """Write `lake` of four files, and the same rows as `folder`; one site is short, one has covariates that never move.

    Sites say their zone and their rooms.
    """
    table = loads(days=days, sites=SITES).fillna(50.0)
    daily = 20 * np.sin(2 * np.pi * table["ds"].dt.hour / 24)
    table = table.assign(y=table["y"] + daily, heat=table["heat"].mask(table["site"] == SITES[3], 7.0))
    table = table[(table["site"] != SITES[6]) | (table["ds"] > "2024-03-30")]
    place = table["site"].map(SITES.index)
    table = table.assign(zone=np.where(place % 3 == 0, "south", "north"), rooms=10 + place)
    (root / "folder").mkdir(parents=True)
    table.to_parquet(root / "folder" / "all.parquet", index=False)
    source = FolderSource.model_validate({"path": "folder", "columns": SAID})
    manifest = pack(source, "loads", root, root / "lake", 5)
    assert len(manifest.files) == 4, "the names were chosen so"
    return root


def streamed(path: str = "lake", **changed: Any) -> PipelineConfig:
    """Return the pipeline that streams the lake; of the folder the same, in memory."""
    training = STREAMED["training"] | changed.pop("training", {}) | {"stream": path == "lake"}
    return pipeline({"kind": "folder", "path": path}, **STREAMED | changed | {"training": training})


def streamed_highway(path: str = "lake", **changed: Any) -> PipelineConfig:
    """Return the pipeline of a highway that streams the lake; of the folder the same, in memory."""
    training = {"seed": 4, "seeds": 2, "combine": "median"} | changed.pop("training", {}) | {"stream": path == "lake"}
    source = {"kind": "folder", "path": path} | changed.pop("source", {})
    return pipeline(source, **STREAMED | HIGHWAY | changed | {"training": training})


def windows_in(root: Path, config: PipelineConfig) -> Any:
    """Return the windows of a pipeline's source, checked as a run checks it."""
    split = windows_of(config, validate(obtain_to_train(config, AS_OF, root), config, AS_OF).frame)
    assert isinstance(split, LakeSplit) == config.training.stream
    return split
