"""A value that stands for a missing one is missing wherever rows are read."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.config import PipelineConfig
from recurcast.forecasting.portable.bundle import read, write
from recurcast.forecasting.portable.frames import forecast_frame, newest_windows
from recurcast.series.digest import data_digest
from recurcast.series.frame import SeriesFrame
from recurcast.series.interval_digests import interval_digests
from recurcast.series.sources import last_row, obtain
from support.frames import naive_bundle

AS_OF = datetime(2024, 1, 2, tzinfo=UTC)


def pipeline(values: list[float], **columns: Any) -> PipelineConfig:
    return PipelineConfig.model_validate(
        {
            "name": "air",
            "source": {"kind": "file", "path": "air.csv", "columns": {"covariates": ["wind"]} | columns},
            "frequency": "h",
            "parts": {"history": 16, "validation": 4, "test": 4},
            "windows": {"lookback": 2},
            "checks": {"missing_values": values},
        }
    )


@pytest.fixture
def root(tmp_path: Path) -> Path:
    ds = pd.date_range("2024-01-01", periods=24, freq="h", tz="UTC").strftime("%Y-%m-%dT%H:%M:%SZ")
    y, wind = np.arange(24.0), np.arange(24.0) * 2
    y[[3, 4, 23]], wind[[5]], wind[9] = -200, -200, -999
    table = pd.DataFrame({"ds": ds, "y": y, "wind": wind, "known": ds})
    table.to_csv(tmp_path / "air.csv", index=False)
    return tmp_path


def test_its_cells_are_missing_in_y_and_in_covariates_and_no_others(root: Path) -> None:
    rows = obtain(pipeline([-200]), AS_OF, root).rows

    assert rows.index[rows["y"].isna()].tolist() == [3, 4, 23]
    assert rows.index[rows["wind"].isna()].tolist() == [5]
    assert rows["wind"][9] == -999
    assert obtain(pipeline([-200, -999]), AS_OF, root).rows["wind"].isna().sum() == 2
    assert obtain(pipeline([]), AS_OF, root).rows.notna().all(axis=None)


def test_digests_of_one_and_of_many_intervals_count_them_as_missing(root: Path) -> None:
    ticks = [AS_OF - timedelta(hours=hours) for hours in (20, 3, 0)]
    for chosen in (pipeline([]), pipeline([-200]), pipeline([-200], available_at="known")):
        found = [each.digest for each in interval_digests(chosen, ticks, root)]
        assert found == [data_digest(obtain(chosen, tick, root)) for tick in ticks]
    table = pd.read_csv(root / "air.csv").replace(-200.0, np.nan)
    kept = data_digest(obtain(pipeline([-200]), AS_OF, root))
    table.to_csv(root / "air.csv", index=False)
    assert data_digest(obtain(pipeline([]), AS_OF, root)) == kept


def test_the_last_row_is_where_it_was(root: Path) -> None:
    assert last_row(pipeline([-200]), root) == last_row(pipeline([]), root)


def test_a_bundle_takes_them_out_of_a_history_and_says_nothing_where_there_are_none(tmp_path: Path) -> None:
    bundle = naive_bundle(missing_values=(-200.0,), season=1, gaps=True)
    write(bundle, tmp_path)
    ds = pd.date_range("2024-01-01", periods=4, freq="h", tz="UTC")
    history = pd.DataFrame({"unique_id": "a", "ds": ds, "y": [1.0, 5.0, 7.0, -200.0]})

    assert read(tmp_path).missing_values == (-200.0,)
    np.testing.assert_array_equal(newest_windows(read(tmp_path), history).window[0, :, 0], [5, 7, np.nan])
    assert forecast_frame(read(tmp_path), history)["y_hat"].tolist() == [7, 7]
    write(naive_bundle(), tmp_path)
    assert "missing_values" not in (tmp_path / "bundle.json").read_text()


def test_a_frame_stays_what_it_was_without_such_values(root: Path) -> None:
    frame = obtain(pipeline([]), AS_OF, root)
    assert isinstance(frame, SeriesFrame)
    assert data_digest(frame) == data_digest(obtain(pipeline([12345]), AS_OF, root))
