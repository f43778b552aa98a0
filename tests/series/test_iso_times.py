"""What Arrow reads are the instants that pandas reads, and what it leaves is read as ever."""

from datetime import datetime

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recurcast.series.iso_times import iso_times
from recurcast.series.timestamps import to_instants

SHAPES = [
    "%Y-%m-%d", "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%d %H:%M:%S.%f",
    "%Y-%m-%dT%H:%MZ",
]  # fmt: skip


@pytest.mark.parametrize("shape", SHAPES)
@given(times=st.lists(st.datetimes(datetime(1700, 1, 1), datetime(2200, 1, 1)), min_size=1, max_size=20))
def test_the_instants_are_those_of_pandas(shape: str, times: list[datetime]) -> None:
    text = pd.Series([f"{each:{shape}}" for each in times], dtype="str", index=range(5, 5 + len(times)))
    read = iso_times(text)

    assert read is not None
    pd.testing.assert_series_equal(read, pd.to_datetime(text, utc=shape.endswith("Z")).dt.as_unit("us"))


@pytest.mark.parametrize(
    "stamps",
    [
        ["2024-01-01", "2024-01-01 00:00"],
        ["2024-01-01T00:00:00+01:00"],
        ["2024-01-01T00:00:00Z", "2024-01-01T01:00:000"],
        ["2024-01-01T00:00Z", "2024-01-01T00+01"],
        ["01.02.2024", "02.02.2024"],
        ["2024-13-01"],
        ["2024-01-01 24:00"],
        ["20240101", "20240102"],
        [" 2024-01-01"],
        ["2024-01-01", None],
        ["a"],
        [],
    ],
)
def test_what_is_written_otherwise_is_left(stamps: list[str | None]) -> None:
    assert iso_times(pd.Series(stamps, dtype="str")) is None


def test_numbers_and_dates_are_left() -> None:
    assert iso_times(pd.Series([1, 2])) is None
    assert iso_times(pd.Series(pd.date_range("2024-01-01", periods=2))) is None


def test_a_column_is_read_on_the_clock_of_its_zone() -> None:
    stamps = pd.Series(["2024-07-01 00:00", "2024-07-01 01:00"], dtype="str")
    read = to_instants(stamps, pd.Series(["a", "a"]), "Europe/Amsterdam", "ds")
    assert read.tolist() == [pd.Timestamp("2024-06-30 22:00Z"), pd.Timestamp("2024-06-30 23:00Z")]
