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

WARMTH: dict[str, Any] = {"path": "warmth.csv", "columns": ["warmth"], "available_at": "issued"}
PLANS: dict[str, Any] = {
    "path": "plans.parquet",
    "columns": ["plan", "staff"],
    "unique_id": "site",
    "available_at": "seen",
}
SALE: dict[str, Any] = {"path": "sale.csv", "columns": ["sale"], "unique_id": "site", "known": "always", "hold": True}
"""Blocks of what `ahead_in` writes: shared, by series, and of one site alone."""


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


def ahead_in(root: Path) -> Path:
    """Write what is known ahead beside a lake, up to 20 hours after AS_OF.

    `warmth.csv` of all sites, issued 30 hours and 3 hours before; `plans.parquet` by site, revised, with holes, of no plan for
    one of the sites, and of one that the lake has not; `sale.csv` of one site alone, by days.
    """
    end = pd.Timestamp(AS_OF) + pd.Timedelta("20h")
    hours = pd.date_range(end=end - pd.Timedelta("1h"), periods=411, freq="h")
    random = np.random.default_rng(5)
    warmth = random.normal(size=len(hours)).round(3)
    issued = [
        pd.DataFrame({"ds": hours, "warmth": warmth + off, "issued": hours - pd.Timedelta(lead)})
        for lead, off in (("30h", 0.5), ("3h", 0.0))
    ]
    pd.concat(issued).sort_values(["issued", "ds"]).to_csv(root / "warmth.csv", index=False)
    plans = []
    for site in (*SITES[:2], *SITES[3:], "elsewhere"):
        plan = pd.DataFrame(
            {"ds": hours, "plan": random.integers(0, 9, len(hours)) / 2, "staff": random.normal(size=len(hours))}
        )
        plan = plan.assign(site=site, seen=hours - pd.Timedelta("40h"))
        plan.loc[plan.index % 31 == 4, "plan"] = np.nan
        later = plan.iloc[::7].assign(
            plan=random.normal(size=len(plan.iloc[::7])), seen=hours[::7] - pd.Timedelta("2h")
        )
        plans.append(pd.concat([plan[plan.index % 29 != 3], later]))
    pd.concat(plans).sample(frac=1, random_state=2).to_parquet(root / "plans.parquet", index=False)
    dates = pd.date_range("2024-03-18", "2024-04-05", freq="D")
    sale = pd.DataFrame({"site": SITES[5], "ds": dates, "sale": np.arange(len(dates)) % 3})
    sale.to_csv(root / "sale.csv", index=False)
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
