"""Eight hourly series whose region says what rare heat, which is known ahead, does to them; and their pipeline."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.series.frame import SeriesFrame
from recurcast.series.sources import obtain
from recurcast.series.splitting import split_of
from recurcast.series.windows import Split
from support.driven import AFTER, HOURS, SEASON, driven_pipeline
from support.tiny import AS_OF


def described_pipeline(
    *, static: tuple[str, ...] = ("region", "area"), covariates: tuple[str, ...] = (), **changed: Any
) -> PipelineConfig:
    """Return a pipeline of a highway whose series say their region and area; `wind` may be among its covariates."""
    source = {
        "kind": "file",
        "path": "y.csv",
        "delay": "1h",
        "columns": {"unique_id": "unique_id", "static": list(static), "covariates": list(covariates)},
        "known_ahead": [{"path": "heat.csv", "columns": ["heat"], "known": "always"}],
    }
    return driven_pipeline(**{"source": source, "training": {"seeds": 1}} | changed)


def described_rows(seed: int = 0) -> pd.DataFrame:
    """Return the rows of `y.csv`: y is 20, a cycle, ten more with heat in the north, ten less in the south; and wind."""
    random = np.random.default_rng(seed)
    hours = pd.date_range(end=pd.Timestamp(AS_OF) - pd.Timedelta("1h"), periods=HOURS, freq="h")
    heat, wind = _heat()["heat"].to_numpy()[:HOURS], np.random.default_rng(2).normal(size=HOURS)
    tables = []
    for number in range(8):
        region = ("north", "south")[number % 2]
        y = 20 + np.tile([0.0, 3.0, 1.0, -2.0], HOURS // SEASON) + {"north": 10, "south": -10}[region] * heat
        own = {"unique_id": f"s{number}", "ds": hours, "y": y + random.normal(size=HOURS) * 0.3}
        tables.append(pd.DataFrame(own | {"region": region, "area": 100.0 + 10 * number, "wind": wind}))
    return pd.concat(tables, ignore_index=True)


def _heat() -> pd.DataFrame:
    ahead = pd.date_range(end=pd.Timestamp(AS_OF) + pd.Timedelta(AFTER - 1, "h"), periods=HOURS + AFTER, freq="h")
    return pd.DataFrame({"ds": ahead, "heat": (np.random.default_rng(1).random(len(ahead)) < 0.06).astype(float)})


def write_described(root: Path, rows: pd.DataFrame | None = None) -> None:
    """Write `y.csv` and `heat.csv`."""
    (described_rows() if rows is None else rows).to_csv(root / "y.csv", index=False)
    _heat().to_csv(root / "heat.csv", index=False)


def described_frame(root: Path, pipeline: PipelineConfig | None = None) -> SeriesFrame:
    """Return what is known of the files at AS_OF."""
    return obtain(pipeline or described_pipeline(), AS_OF, root)


def described_split(root: Path, pipeline: PipelineConfig | None = None) -> Split:
    """Return the windows of a run at AS_OF."""
    pipeline = pipeline or described_pipeline()
    return split_of(pipeline, described_frame(root, pipeline))
