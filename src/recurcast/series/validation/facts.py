"""What the suite looks at: the rows with a column that says whether they lie on the grid, and one row per series."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.series.frame import SeriesFrame

FAULTLESS, CONSTANT, TOO_SHORT = "none", "constant", "too short"


@dataclass(frozen=True)
class Facts:
    """Two tables.

    `rows`: the frame's, and `on_grid`. `series`: `unique_id, fault` (FAULTLESS, CONSTANT or TOO_SHORT),
    `missing_share` (of the steps from the series' first row on; 0 where there is a fault), `train_steps`,
    `age_seconds` (from the series' newest row to as_of).
    """

    rows: pd.DataFrame
    series: pd.DataFrame


def gather_facts(frame: SeriesFrame, pipeline: PipelineConfig, as_of: datetime) -> Facts:
    """Return the facts that the pipeline's rules are about."""
    on_grid = frame.grid.contains(frame.rows["ds"])
    unique_id = frame.rows["unique_id"].astype("category")
    rows = frame.rows.assign(on_grid=on_grid, unique_id=unique_id)
    step = frame.steps.get_indexer(pd.DatetimeIndex(frame.rows["ds"]))
    present = frame.rows[["y", *frame.covariates]].notna().all(axis=1) & (step >= 0)
    grouped = pd.DataFrame(
        {
            "unique_id": unique_id,
            "ds": frame.rows["ds"],
            "first_step": np.where(step >= 0, step, len(frame.steps)),
            "present": present,
            "y": frame.rows["y"],
        }
    ).groupby("unique_id", sort=True, observed=True)
    known = grouped.agg(
        first_step=("first_step", "min"),
        present=("present", "sum"),
        last=("ds", "max"),
        low=("y", "min"),
        high=("y", "max"),
    )
    span = len(frame.steps) - known["first_step"]
    train_steps = (span - pipeline.parts.validation - pipeline.parts.test).clip(lower=0)
    needed = pipeline.windows.lookback + pipeline.windows.horizon
    fault = np.select([train_steps < needed, known["low"] == known["high"]], [TOO_SHORT, CONSTANT], FAULTLESS)
    missing = (span - known["present"]) / span.clip(lower=1)
    series = pd.DataFrame(
        {
            "unique_id": known.index.astype("str"),
            "fault": fault,
            "missing_share": np.where(fault == FAULTLESS, missing, 0.0),
            "train_steps": train_steps.to_numpy(),
            "age_seconds": (pd.Timestamp(as_of) - known["last"]).dt.total_seconds().to_numpy(),
        }
    )
    return Facts(rows, series)


def first_missing(frame: SeriesFrame, unique_id: str, count: int = 5) -> tuple[str, ...]:
    """Return the first steps of a series, from its first row on, that have no value."""
    rows = frame.rows[frame.rows["unique_id"] == unique_id]
    complete = rows[rows[["y", *frame.covariates]].notna().all(axis=1)]
    expected = frame.steps[frame.steps >= rows["ds"].min()]
    absent = expected.difference(pd.DatetimeIndex(complete["ds"]))
    return tuple(stamp.isoformat() for stamp in absent[:count])
