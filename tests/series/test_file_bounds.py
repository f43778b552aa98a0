"""What a file may hold is asked before it is read."""

import gzip
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recurcast.config import Columns, FileSource
from recurcast.errors import DataRejected
from recurcast.series.file_bounds import LONGEST_CELL, refuse_long_cells
from recurcast.series.files import read_file, read_table

GOOD = "ds,y\n" + "".join(f"2024-01-{day:02d},{day}\n" for day in range(1, 29))


def refused(path: Path, source: FileSource | None = None) -> str:
    """Assert that a file is refused at no cost, and return why."""
    tracemalloc.start()
    read = (
        partial(read_table, path, path.name, None) if source is None else partial(read_file, source, path.parent, "a")
    )
    with pytest.raises(DataRejected) as caught:
        read()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200e6
    assert len(str(caught.value)) < 500
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (GOOD + "2024-01-29," + "9" * 3_000_000 + "\n", "line 30 of 'file.csv' has 3,000,011 or more"),
        (GOOD + "x" * 6_000_000, "lines of at most 1,000,000 bytes"),
        ("ds,y," + "h" * 5_000_000 + "\n2024-01-01,1,2\n", "line 1 of 'file.csv'"),
        ("ds,y," + ",".join(f"c{n}" for n in range(100_000)) + "\n2024-01-01,1\n", "at most 10,000 columns"),
        ("ds,y\n" + "," * 3_000_000 + "\n", "line 2 of 'file.csv'"),
    ],
)
def test_a_csv_with_a_cell_a_line_or_a_header_of_megabytes_is_refused(tmp_path: Path, text: str, says: str) -> None:
    path = tmp_path / "file.csv"
    path.write_text(text)
    assert says in refused(path)


def test_a_long_line_is_seen_wherever_it_lies_in_what_is_read_at_once(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    for before in (4 * 2**20 - 500_000, 4 * 2**20 - 1, 4 * 2**20):
        path.write_bytes(b"ds,y\n" + b"1,2\n" * (before // 4) + b"z" * 1_000_001 + b"\n" + b"1,2\n" * 400_000)
        assert f"line {before // 4 + 2} of" in refused(path)
    path.write_bytes(b"ds,y\n" + b"1,2\n" * 2_000_000)
    assert len(read_table(path, path.name, None)) == 2_000_000


def test_what_a_gz_unpacks_to_is_bounded(tmp_path: Path) -> None:
    path = tmp_path / "file.csv.gz"
    with gzip.open(path, "wb") as file:
        for _ in range(600):
            file.write(b"2024-01-01,1\n" * 80_000)
    assert "unpacks to at most 500,000,000 bytes" in refused(path)


def test_a_cell_that_an_open_quotation_mark_swallows_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.csv"
    path.write_text(GOOD + '"2024-01-29' + "\n2024" * 10_000 + '",3\n')
    message = refused(path, FileSource(path="file.csv"))
    assert "column 'ds': a cell has at most 1,000 characters: row 29 holds 50,010" in message


def test_a_parquet_file_of_many_columns_or_of_rows_that_it_only_repeats_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file.parquet"
    pq.write_table(pa.table({f"c{n}": [1] for n in range(10_001)}), path)
    assert "at most 10,000 columns" in refused(path)
    pq.write_table(pa.table({"y": pa.array(np.zeros(30_000_000, dtype=np.int8))}), path, compression="zstd")
    assert "has 30,000,000" in refused(path)
    path.write_bytes(b"PAR1" + b"x" * 100 + (2**31 - 1).to_bytes(4, "little") + b"PAR1")
    assert "readable Parquet" in refused(path)
    with path.open("wb") as file:
        file.truncate(70_000_000)
        file.seek(70_000_000 - 8)
        file.write((65_000_000).to_bytes(4, "little") + b"PAR1")
    assert "describes its columns in at most 64,000,000 bytes" in refused(path)


DAYS = pd.date_range("2024-01-01", periods=3)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: pa.array([[1], [2], [3]]), "holds numbers"),
        (lambda: pa.array([{"a": 1}] * 3), "holds numbers"),
        (lambda: pa.array(DAYS), "holds numbers"),
        (lambda: pa.array([1, 2, 3], pa.duration("ns")), "holds numbers"),
        (lambda: pa.array([1, 2, 3], pa.time32("s")), "holds numbers"),
        (lambda: pa.array([b"\xff", b"\x00", b"a"]), "holds numbers"),
        (lambda: pa.array(["a", "b", "c"]).dictionary_encode(), "holds numbers"),
        (lambda: pa.array(["x" * 3_000_000] * 3), "at most 1,000 characters"),
    ],
)
def test_values_of_a_type_that_is_no_number_are_refused_with_the_row(
    tmp_path: Path, make: Callable[[], pa.Array], says: str
) -> None:
    path = tmp_path / "file.parquet"
    pq.write_table(pa.table({"ds": pa.array(DAYS), "y": make()}), path)
    assert says in refused(path, FileSource(path="file.parquet"))


@pytest.mark.parametrize(
    "make",
    [
        lambda: pa.array([1, 2, 3], pa.time32("s")),
        lambda: pa.array([1, 2, 3], pa.duration("ns")),
        lambda: pa.array([[1], [2], [3]]),
        lambda: pa.array([None, None, None]),
        lambda: pa.array([-(2**62), 0, 2**62], pa.timestamp("us")),
        lambda: pa.array([0, 2**60, 1], pa.timestamp("ms")),
        lambda: pa.array([2**40, 0, 1], pa.timestamp("s", tz="UTC")),
        lambda: pa.array([1, 2, 3], pa.date64()).cast(pa.int64()),
        lambda: pa.array([True, False, True]),
    ],
)
def test_times_of_a_type_that_is_no_instant_are_refused(tmp_path: Path, make: Callable[[], pa.Array]) -> None:
    path = tmp_path / "file.parquet"
    pq.write_table(pa.table({"when": make(), "y": [1.0, 2.0, 3.0]}), path)
    refused(path, FileSource(path="file.parquet", columns=Columns(ds="when")))


@pytest.mark.parametrize(
    ("ds", "y"),
    [
        (pa.array(DAYS.date), pa.array([1, 2, 3])),
        (pa.array(DAYS.date, pa.date64()), pa.array([1, 2, 3], pa.decimal128(10, 2))),
        (pa.array(DAYS.strftime("%Y-%m-%d")).dictionary_encode(), pa.array(["1", "2", "3"]).dictionary_encode()),
        (pa.array(DAYS, pa.timestamp("s")), pa.array([1, 2, 3], pa.uint64())),
    ],
)
def test_dates_decimals_and_dictionaries_are_read(tmp_path: Path, ds: pa.Array, y: pa.Array) -> None:
    pq.write_table(pa.table({"ds": ds, "y": y}), tmp_path / "file.parquet")
    rows = read_file(FileSource(path="file.parquet"), tmp_path, "a")
    assert list(rows["ds"]) == list(DAYS.tz_localize("UTC"))
    assert list(rows["y"]) == [1.0, 2.0, 3.0]


def test_a_delay_that_leads_out_of_what_nanoseconds_count_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file.csv").write_text(GOOD)
    message = refused(tmp_path / "file.csv", FileSource(path="file.csv", delay="100000D"))
    assert "before 2262-04-10" in message
    assert "the delay 100000D" in message


def test_a_long_cell_beside_missing_ones_is_named_with_its_row() -> None:
    with pytest.raises(DataRejected, match="row 2 holds"):
        refuse_long_cells(pd.Series([None, "x" * (LONGEST_CELL + 1), None], dtype="str", name="ds"))
