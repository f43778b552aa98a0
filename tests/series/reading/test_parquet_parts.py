"""A Parquet file some rows at a time: what is held of it does not grow with the file."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from fsspec.implementations.local import LocalFileSystem

from recurcast.config.interval_sources import FolderSource
from recurcast.instants import EARLIEST
from recurcast.series.reading.folder_files import File
from recurcast.series.reading.interval import Interval
from recurcast.series.reading.parquet_parts import parts_of_parquet

GROUPS, ROWS = 60, 50_000
END = pd.Timestamp("2024-01-01T00:00Z").to_pydatetime()


def test_of_many_row_groups_few_are_held_at_a_time(tmp_path: Path) -> None:
    path, draw = tmp_path / "large.parquet", np.random.default_rng(0)
    schema = pa.schema([("ds", pa.timestamp("us", "UTC")), ("y", pa.float64())])
    with pq.ParquetWriter(path, schema, compression="none", use_dictionary=False) as writer:
        for group in range(GROUPS):
            ds = (np.arange(ROWS) + group * ROWS) * 1_000_000
            writer.write_table(pa.table([pa.array(ds, schema.field("ds").type), draw.normal(size=ROWS)], schema), ROWS)
    size = path.stat().st_size
    asked = Interval(EARLIEST, END, END)
    before, most, rows = pa.total_allocated_bytes(), 0, 0

    file = File(str(path), "large.parquet", "parquet", {}, size)
    for part in parts_of_parquet(LocalFileSystem(), file, FolderSource(path="."), asked, ROWS):
        most, rows = max(most, pa.total_allocated_bytes() - before), rows + len(part)

    assert rows == GROUPS * ROWS
    assert most < size / 3
