"""Two hourly series that follow a warmth which is known ahead, and a campaign of their own; and their pipeline."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.series.frame import SeriesFrame
from recurcast.series.sources import obtain
from recurcast.series.splitting import split_of
from recurcast.series.windows import Split
from support.tiny import AS_OF, tiny_pipeline

HOURS, SEASON, HORIZON = 400, 4, 3
AFTER = 12
"""Hours after AS_OF that the warmth is known for."""


def driven_pipeline(**changed: Any) -> PipelineConfig:
    """Return a pipeline of a highway with a calendar, two columns that are known ahead, and a covariate."""
    warmth = {"path": "warmth.csv", "columns": ["warmth"], "available_at": "issued"}
    campaign = {"path": "campaigns.csv", "columns": ["campaign"], "unique_id": "shop", "known": "always"}
    source = {
        "kind": "file",
        "path": "y.csv",
        "delay": "1h",
        "columns": {"unique_id": "unique_id", "covariates": ["wind"]},
        "known_ahead": [warmth, campaign],
    }
    return tiny_pipeline(
        **{
            "source": source,
            "season": SEASON,
            "parts": {"history": 280, "validation": 60, "calibration": 30, "test": 60},
            "windows": {"lookback": 8, "horizon": HORIZON},
            "network": {"kind": "highway", "units": 3, "calendar": ["hour"]},
            "training": {"seeds": 2, "combine": "median"},
            "serving": "refit",
        }
        | changed
    )


def write_driven(root: Path, seed: int = 0) -> None:
    """Write `y.csv`, `warmth.csv` and `campaigns.csv`: y is 20 and a cycle, ten times the warmth, five times the campaign."""
    random = np.random.default_rng(seed)
    end = pd.Timestamp(AS_OF)
    ahead = pd.date_range(end=end + pd.Timedelta(AFTER - 1, "h"), periods=HOURS + AFTER, freq="h")
    warmth = random.normal(size=len(ahead))
    issued = pd.DataFrame({"ds": ahead, "warmth": warmth, "issued": ahead - pd.Timedelta("24h")})
    issued.to_csv(root / "warmth.csv", index=False)
    hours, tables, campaigns = ahead[:HOURS], [], []
    for name in ("a", "b"):
        campaign = (random.random(len(ahead)) < 0.2).astype(float)
        cycle = np.tile([0.0, 3.0, 1.0, -2.0], HOURS // SEASON)
        y = 20 + cycle + 10 * warmth[:HOURS] + 5 * campaign[:HOURS] + random.normal(size=HOURS) * 0.3
        tables.append(pd.DataFrame({"unique_id": name, "ds": hours, "y": y, "wind": random.normal(size=HOURS)}))
        campaigns.append(pd.DataFrame({"shop": name, "ds": ahead, "campaign": campaign}))
    pd.concat(tables).to_csv(root / "y.csv", index=False)
    pd.concat(campaigns).to_csv(root / "campaigns.csv", index=False)


def driven_frame(root: Path, pipeline: PipelineConfig | None = None) -> SeriesFrame:
    """Return what is known of the files at AS_OF."""
    return obtain(pipeline or driven_pipeline(), AS_OF, root)


def driven_split(root: Path, pipeline: PipelineConfig | None = None) -> Split:
    """Return the windows of a run at AS_OF."""
    return split_of(pipeline or driven_pipeline(), driven_frame(root, pipeline))
