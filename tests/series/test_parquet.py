"""A frame as Parquet, and back to the bit."""

from datetime import UTC, datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from recurcast.config import PipelineConfig
from recurcast.series.digest import data_digest
from recurcast.series.frame import SeriesFrame
from recurcast.series.grid import Grid
from recurcast.series.parquet import from_parquet, setting_of, to_parquet
from recurcast.series.sources import obtain

AS_OF = datetime(2024, 4, 3, 5, tzinfo=UTC)


def frame_of(source: dict[str, Any], root: Path, frequency: str | None = "h") -> SeriesFrame:
    parts = {"history": 6, "validation": 2, "test": 2}
    block = {"name": "demand", "source": source, "frequency": frequency, "parts": parts, "windows": {"lookback": 1}}
    return obtain(PipelineConfig.model_validate(block), AS_OF, root)


def assert_same(frame: SeriesFrame, expected: SeriesFrame) -> None:
    pd.testing.assert_frame_equal(
        frame.rows, expected.rows, check_exact=True, check_index_type="exact", check_categorical=False
    )
    assert [str(each) for each in frame.rows.dtypes] == [str(each) for each in expected.rows.dtypes]
    assert (frame.grid, frame.covariates) == (expected.grid, expected.covariates)
    assert frame.steps.equals(expected.steps)
    assert (frame.steps.dtype, frame.steps.freq) == (expected.steps.dtype, expected.steps.freq)
    assert frame.last_known == expected.last_known
    assert data_digest(frame) == data_digest(expected)
    for hours in (0, 1, 2, 30, 3000):
        border = AS_OF - timedelta(hours=hours)
        assert frame.has_news_since(border) == expected.has_news_since(border)


@pytest.mark.parametrize(
    ("frequency", "zone"),
    [("12h", "UTC"), ("D", "Europe/Amsterdam"), ("B", "America/New_York"), ("2D", "Europe/Amsterdam"), ("2ME", "UTC"),
     (None, "UTC")],
)  # fmt: skip
def test_a_frame_of_a_file_comes_back_to_the_bit(frequency: str | None, zone: str, tmp_path: Path) -> None:
    wall = pd.date_range("2024-03-20T02:30", periods=14, freq="D")
    ds = wall.tz_localize("Europe/Amsterdam", nonexistent="shift_forward").tz_convert("UTC")
    table = pd.DataFrame({"site": ["bø", "007"] * 7, "ds": ds.astype("str"), "y": np.arange(14) / 3, "heat": np.nan})
    table.to_csv(tmp_path / "demand.csv", index=False)
    columns = {"unique_id": "site", "covariates": ["heat"]}
    source = {"kind": "file", "path": "demand.csv", "columns": columns, "timezone": zone, "delay": "1h"}
    frame = frame_of(source, tmp_path, frequency)
    assert len(frame.rows) > 2
    assert_same(from_parquet(to_parquet(frame)), frame)


def test_a_generated_frame_with_its_labels_comes_back_to_the_bit() -> None:
    source = {"kind": "generated", "series": 2, "noise": 1, "anomalies": {"every": 3, "magnitude": 5}}
    frame = frame_of(source, Path("nowhere"))
    assert frame.rows["anomaly"].dtype == np.int8
    assert_same(from_parquet(to_parquet(frame)), frame)


def test_a_frame_without_rows_comes_back() -> None:
    frame = frame_of({"kind": "generated"}, Path("nowhere"))
    none = frame.rows.head(0).assign(unique_id=lambda rows: rows["unique_id"].cat.remove_unused_categories())
    empty = SeriesFrame(none, frame.grid, frame.steps)
    assert_same(from_parquet(to_parquet(empty)), empty)


def test_every_bit_of_a_number_comes_back() -> None:
    bits = np.array([0x7FF8000000000001, 0xFFF8000000000123, 0x8000000000000000, 1], dtype=np.uint64)
    steps = Grid("h", "UTC").steps_until(AS_OF, 4)
    rows = pd.DataFrame({"unique_id": pd.array(["a"] * 4, dtype="str"), "ds": steps, "y": bits.view(np.float64)})
    frame = SeriesFrame(rows, Grid("h", "UTC"), steps)
    assert from_parquet(to_parquet(frame)).rows["y"].to_numpy().view(np.uint64).tolist() == bits.tolist()


def test_the_rows_of_one_file_can_stand_in_the_setting_of_another_as_of() -> None:
    early = frame_of({"kind": "generated"}, Path("nowhere"))
    steps = early.grid.steps_until(AS_OF + timedelta(hours=5), 10)
    late = SeriesFrame(early.rows, early.grid, steps, (), early.last_known)
    assert_same(from_parquet(to_parquet(early), setting_of(late)), late)


def test_other_programs_read_the_rows() -> None:
    frame = frame_of({"kind": "generated"}, Path("nowhere"))
    table = pq.read_table(BytesIO(to_parquet(frame)))
    assert [str(each) for each in table.schema.types] == ["string", "timestamp[ns, tz=UTC]", "double"]


def test_a_file_that_is_no_snapshot_is_refused(tmp_path: Path) -> None:
    frame = frame_of({"kind": "generated"}, Path("nowhere"))
    frame.rows.to_parquet(tmp_path / "other.parquet")
    for content in (b"", b"PAR1", to_parquet(frame)[:-20], (tmp_path / "other.parquet").read_bytes()):
        with pytest.raises((ValueError, KeyError)):
            from_parquet(content)
