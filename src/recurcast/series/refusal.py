"""What to raise for a column of times: its rule, and the first row that breaks it; and for a part without a window."""

from typing import Any

import numpy as np
import pandas as pd

from recurcast.config import WindowsConfig
from recurcast.errors import DataRejected

_LONGEST_SHOWN = 60


def rejected(
    column: str,
    rule: str,
    stamps: "pd.Series[Any]",
    bad: "pd.Series[Any]",
    unique_ids: "pd.Series[Any]",
    remedy: str = "Correct it, or write ISO 8601 in one time zone",
) -> DataRejected:
    """Return what to raise for the first row that breaks a rule."""
    first = int(bad.to_numpy().argmax())
    stamp = _shown(stamps, first)
    return DataRejected(
        f"column '{column}': {rule}",
        f"row {first + 1} (series '{unique_ids.iloc[first]}') holds '{stamp}'",
        remedy,
        series=str(unique_ids.iloc[first]),
        timestamps=(stamp,),
    )


def _shown(stamps: "pd.Series[Any]", row: int) -> str:
    try:
        text = str(stamps.iloc[row])
    except (ValueError, NotImplementedError):  # of a year above 9999, which Python can't write
        text = str(np.datetime64(int(stamps.astype("int64").iloc[row]), stamps.dt.unit))
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def no_window(
    part: str, n_series: int, ends: tuple[object, object], windows: WindowsConfig, fewest: int | None = None
) -> DataRejected:
    """Return what to raise where none of the series has a window of a part, from its first to its last step."""
    steps = "steps without a gap" if fewest is None else f"steps, {fewest} known ones before the first target"
    return DataRejected(
        f"the {part} part holds at least one window of {windows.lookback} + {windows.horizon} {steps}",
        f"none of {n_series} series has one between {ends[0]} and {ends[1]}",
        f"Shorten lookback or horizon, or lengthen the {part} part",
    )
