"""Cyclic features of timestamps, on the wall clock of the source's time zone."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_CYCLES: dict[str, tuple[Callable[[pd.DatetimeIndex], Any], float]] = {
    "hour": (lambda wall: wall.hour + wall.minute / 60, 24.0),
    "weekday": (lambda wall: wall.day_of_week, 7.0),
    "day_of_year": (lambda wall: wall.day_of_year - 1, 365.25),
    "month": (lambda wall: wall.month - 1, 12.0),
}


def calendar_features(steps: pd.DatetimeIndex, names: tuple[str, ...], timezone: str) -> NDArray[np.float64]:
    """Return sine and cosine of each named cycle, shape `(n_steps, 2 * len(names))`."""
    wall = steps.tz_convert(timezone)
    columns: list[NDArray[np.float64]] = []
    for name in names:
        position, cycle = _CYCLES[name]
        angle = 2 * np.pi * np.asarray(position(wall), dtype=np.float64) / cycle
        columns += [np.sin(angle), np.cos(angle)]
    return np.stack(columns, axis=1) if columns else np.zeros((len(steps), 0))
