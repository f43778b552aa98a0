"""What the beginnings of a series certainly show is what `infer_frequency` says of each."""

import numpy as np
import pandas as pd
import pytest

from recurcast.series.grid import UTC_NS, Grid, infer_frequency
from recurcast.series.grid_history import _beginnings_that_show


def series(start: str, step: str, zone: str, left_out: list[int]) -> "pd.Series[pd.Timestamp]":
    wall = pd.date_range(start, periods=60, freq=step, tz=zone).delete(left_out)
    return pd.Series(wall.tz_convert("UTC")).astype(UTC_NS)


@pytest.mark.parametrize("zone", ["UTC", "Europe/Amsterdam"])
@pytest.mark.parametrize("left_out", [[], [1, 2, 9, 30, 31], list(range(20, 36)), list(range(1, 60, 2))])
@pytest.mark.parametrize("step", ["15min", "h", "25h", "D", "B", "7D"])
def test_what_certainly_shows_is_what_is_inferred(step: str, left_out: list[int], zone: str) -> None:
    ds = series("2024-03-28T05:00", step, zone, left_out)
    inferred = {count: infer_frequency(ds[:count], zone) for count in (*range(1, 12), *range(12, len(ds) + 1, 3))}
    for frequency in {each for each in inferred.values() if each}:
        certain = _beginnings_that_show(Grid(frequency, zone), ds)
        assert {inferred.get(index + 1, frequency) for index in np.flatnonzero(certain)} <= {frequency}


@pytest.mark.parametrize(
    ("step", "left_out"), [("15min", [20, 21, 40]), ("h", [20]), ("D", [20, 21, 40]), ("B", [20]), ("W-MON", [])]
)
def test_ordinary_series_show_their_frequency_from_early_on(step: str, left_out: list[int]) -> None:
    certain = _beginnings_that_show(Grid(step, "UTC"), series("2024-03-25", step, "UTC", left_out))
    assert certain[6:].all()
    assert not certain[:2].any()
