"""A folder of files: the same rows as one file, and no more of them read than the interval needs."""

import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import ValidationError

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected, TooLittleHistory
from recurcast.series.digest import data_digest
from recurcast.series.interval_digests import interval_digests
from recurcast.series.reading import folder as reading
from recurcast.series.sources import last_row, obtain
from support.databases import COLUMNS, loads, pipeline
from support.folders import counted, to_months

AS_OF = datetime(2024, 4, 5, 7, tzinfo=UTC)
BERLIN = {"timezone": "Europe/Berlin"}


def folder(path: str = "lake", **said: Any) -> dict[str, Any]:
    return {"kind": "folder", "path": path} | said


def of_file(root: Path, **said: Any) -> PipelineConfig:
    table = loads()
    table.assign(ds=table["ds"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")).to_csv(root / "loads.csv", index=False)
    return pipeline({"kind": "file", "path": "loads.csv"} | said)


def expect_alike(chosen: PipelineConfig, reference: PipelineConfig, root: Path) -> None:
    for as_of in (AS_OF, AS_OF - timedelta(days=4, hours=3), AS_OF + timedelta(minutes=30)):
        frame, expected = obtain(chosen, as_of, root), obtain(reference, as_of, root)
        pd.testing.assert_frame_equal(frame.rows, expected.rows)
        assert data_digest(frame) == data_digest(expected)
        assert (frame.steps.tolist(), frame.last_known) == (expected.steps.tolist(), expected.last_known)
    as_ofs = [AS_OF + timedelta(hours=7 * number) for number in range(40)]
    assert interval_digests(chosen, as_ofs, root) == interval_digests(reference, as_ofs, root)
    assert last_row(chosen, root) == last_row(reference, root)


def as_text(written: str) -> Callable[[pd.DataFrame], pd.DataFrame]:
    return lambda table: table.assign(ds=table["ds"].dt.strftime(written))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table, {}),
        (lambda table: table.assign(ds=table["ds"].dt.tz_localize(None).dt.as_unit("ns")), {}),
        (lambda table: table.assign(ds=table["ds"].dt.tz_convert("Europe/Berlin")), BERLIN),
        (lambda table: table.assign(ds=table["ds"].dt.tz_convert("Europe/Berlin").dt.tz_localize(None)), BERLIN),
        (as_text("%Y-%m-%dT%H:%M:%SZ"), {}),
        (as_text("%d.%m.%Y %H:%M"), {"time_format": "%d.%m.%Y %H:%M"}),
        (
            lambda table: table.assign(ds=table["ds"].dt.as_unit("ns").astype("int64") // 10**9),
            {"time_format": "epoch_s"},
        ),
    ],
    ids=["instants", "naive", "zoned", "local", "text", "dates of another form", "seconds"],
)
def test_parquet_by_months_with_times_of_any_kind(
    change: Callable[[pd.DataFrame], pd.DataFrame], said: dict[str, Any], tmp_path: Path
) -> None:
    table = loads()
    for (year, month), own in table.groupby([table["ds"].dt.year, table["ds"].dt.month]):
        place = tmp_path / "lake" / f"year={year}" / f"month={month}"
        place.mkdir(parents=True)
        change(own).to_parquet(place / "part.parquet", index=False, row_group_size=100)

    zone = {name: value for name, value in said.items() if name == "timezone"}
    expect_alike(pipeline(folder(**said)), of_file(tmp_path, **zone), tmp_path)


@pytest.mark.parametrize(("ending", "packed"), [("csv", None), ("csv.gz", "gzip"), ("csv.zst", "zstd")])
def test_csv_a_file_per_day_packed_or_not(ending: str, packed: Any, tmp_path: Path) -> None:
    table = as_text("%Y-%m-%d %H:%M:%S")(loads())
    for day, own in table.groupby(table["ds"].str[:10]):
        (tmp_path / "lake" / f"date={day}").mkdir(parents=True)
        with pa.output_stream(tmp_path / "lake" / f"date={day}" / f"loads.{ending}", compression=packed) as file:
            file.write(own.to_csv(index=False).encode())

    expect_alike(pipeline(folder()), of_file(tmp_path), tmp_path)


def test_a_file_per_series_and_folders_that_name_it(tmp_path: Path) -> None:
    table = as_text("%Y-%m-%d %H:%M:%S")(loads())
    for site, own in table.groupby("site"):
        (tmp_path / "lake" / f"site={site}").mkdir(parents=True)
        (tmp_path / "flat").mkdir(exist_ok=True)
        own.drop(columns="site").to_parquet(tmp_path / "lake" / f"site={site}" / "part.parquet", index=False)
        own.drop(columns="site").to_csv(tmp_path / "flat" / f"{site}.csv", index=False)

    expect_alike(pipeline(folder()), of_file(tmp_path), tmp_path)
    by_name = COLUMNS | {"unique_id": "file_name"}
    expect_alike(pipeline(folder("flat", columns=by_name)), of_file(tmp_path), tmp_path)


def test_each_parquet_file_is_read_by_its_own_types_and_not_by_the_first_ones(tmp_path: Path) -> None:
    """Other readers round what comes later: findings/duckdb_rounds_what_later_files_hold.sh."""
    table = loads()
    first = table["ds"] < pd.Timestamp("2024-03-31", tz="UTC")
    table["y"] = table["y"].where(~first, table["y"].fillna(50).round())
    table.assign(ds=table["ds"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")).to_csv(tmp_path / "loads.csv", index=False)
    (tmp_path / "lake").mkdir()
    exact = pd.ArrowDtype(pa.decimal128(9, 3))
    for name, own in (("a", table[first].astype({"y": "int64"})), ("b", table[~first].astype({"y": exact}))):
        own.to_parquet(tmp_path / "lake" / f"{name}.parquet", index=False)

    expect_alike(pipeline(folder()), pipeline({"kind": "file", "path": "loads.csv"}), tmp_path)


@pytest.mark.parametrize("frequency", ["D", "B", "W-MON", "2W", "MS", "QS"])
def test_steps_of_any_length_are_all_asked_for(frequency: str, tmp_path: Path) -> None:
    days = pd.date_range("2008-01-01", "2024-05-01", freq=frequency, tz="UTC")
    table = pd.DataFrame({"site": "north", "ds": days, "y": np.arange(float(len(days))), "heat": 1.0})
    to_months(table, tmp_path / "lake")
    table.to_parquet(tmp_path / "loads.parquet", index=False)
    parts = {"history": 36, "validation": 4, "test": 4}
    of_folder, of_file = (
        pipeline({"kind": kind, "path": path}, frequency=frequency, parts=parts, windows={"lookback": 4})
        for kind, path in (("folder", "lake"), ("file", "loads.parquet"))
    )
    as_ofs = [AS_OF + timedelta(days=11 * number) for number in range(3)]

    assert obtain(of_folder, AS_OF, tmp_path).rows.equals(obtain(of_file, AS_OF, tmp_path).rows)
    assert interval_digests(of_folder, as_ofs, tmp_path) == interval_digests(of_file, as_ofs, tmp_path)


def _wide() -> pd.DataFrame:
    """Five minutes of a hundred days, with columns that nobody asks for."""
    ds = pd.date_range("2024-01-01", periods=100 * 288, freq="5min", tz="UTC")
    values = np.random.default_rng(3).normal(size=(len(ds), 12))
    names = ["y", "heat", *(f"other_{number}" for number in range(10))]
    return pd.DataFrame(values, columns=names).assign(site="north", ds=ds)


def test_only_the_folders_the_row_groups_and_the_columns_that_the_interval_needs_are_read(tmp_path: Path) -> None:
    to_months(_wide(), tmp_path / "lake", row_group_size=288)
    sizes = {str(path): path.stat().st_size for path in (tmp_path / "lake").rglob("*.parquet")}
    path, as_of = f"counting://{tmp_path}/lake", datetime(2024, 3, 20, tzinfo=UTC)
    with counted() as read:
        frame = obtain(pipeline(folder(path), frequency="5min"), as_of, tmp_path)
    with counted() as read_without_dates:
        again = obtain(pipeline(folder(path, partitions="none"), frequency="5min"), as_of, tmp_path)

    assert len(frame.rows) == 240
    assert again.rows.equals(frame.rows)
    assert [file.partition("/lake/")[2] for file in read] == ["year=2024/month=03/part-0.parquet"]
    # Two of 31 row groups, four of fourteen columns, and what the file says of itself: at most 64 KiB at once.
    (opened,) = read
    assert read[opened] < 64 * 1024 + 0.1 * sizes[opened] < 0.2 * sizes[opened]
    others = {file: size for file, size in read_without_dates.items() if file != opened}
    assert others.keys() == sizes.keys() - {opened}
    assert max(others.values()) <= 2 * 64 * 1024  # opened for their statistics alone


def test_a_csv_of_which_little_is_needed_is_never_held_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "_ROWS", 1_000)
    (tmp_path / "lake").mkdir()
    table = as_text("%Y-%m-%d %H:%M:%S")(loads(12 * 365, sites=("north",)))
    table.to_csv(tmp_path / "lake" / "all.csv", index=False)
    obtain(pipeline(folder()), AS_OF, tmp_path)  # what is imported counts for nobody

    tracemalloc.start()
    obtain(pipeline(folder()), AS_OF.replace(year=2030), tmp_path)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < (tmp_path / "lake" / "all.csv").stat().st_size


@pytest.mark.parametrize(
    ("make", "said", "told"),
    [
        (lambda lake: None, {}, r"the folder of 'loads' \(lake\) is there"),
        (lambda lake: lake.write_text("a,b\n"), {}, "is a folder: lake. Name the folder around that file"),
        (lambda lake: lake.mkdir(), {}, "has files that end in .parquet or .csv.*'lake' has nothing"),
        (
            lambda lake: (to_months(loads(), lake), (lake / "more.csv").write_text("site,ds,y,heat\n")),
            {},
            "has both: 'year=2024/month=03/part-0.parquet' and 'more.csv'",
        ),
        (
            lambda lake: (
                to_months(loads(), lake),
                (lake / "year=2024" / "month=04" / "part-0.parquet").write_bytes(b"PAR1"),
            ),
            {},
            "holds Parquet files that can be read: 'year=2024/month=04/part-0.parquet': ",
        ),
        (
            lambda lake: (
                to_months(loads(), lake),
                loads().drop(columns="y").to_parquet(lake / "year=2024" / "month=04" / "part-1.parquet"),
            ),
            {},
            "the folder's file has the column 'y': 'year=2024/month=04/part-1.parquet'",
        ),
        (
            lambda lake: (lake.mkdir(), as_text("%d.%m.%Y %H:%M")(loads()).to_csv(lake / "loads.csv", index=False)),
            {},
            "its times are ISO 8601 or of a stated form: 'loads.csv': row 1 holds '20.03.2024 00:00'. Say source.time_format",
        ),
        (
            lambda lake: (lake.mkdir(), (lake / "loads.csv").write_bytes(b"site,ds,y,heat\n" + b"x" * 2_000_000)),
            {},
            "has lines of at most 1,000,000 bytes: 'loads.csv' has one of",
        ),
        (
            lambda lake: (lake.mkdir(), loads().assign(ds="2024-04-01T00:00:00Z", y="many").to_csv(lake / "loads.csv")),
            {},
            "the column 'y' holds numbers: row 1 holds 'many', in lake",
        ),
    ],
    ids=["none", "a file", "empty", "two kinds", "broken", "schema", "other dates", "no lines", "text in y"],
)
def test_what_is_wrong_with_a_folder_is_said_with_the_file(
    make: Callable[[Path], Any], said: dict[str, Any], told: str, tmp_path: Path
) -> None:
    make(tmp_path / "lake")
    with pytest.raises(DataRejected, match=told):
        obtain(pipeline(folder(**said)), AS_OF, tmp_path)


def test_an_interval_without_rows_is_too_little_history(tmp_path: Path) -> None:
    to_months(loads(), tmp_path / "lake")
    with pytest.raises(TooLittleHistory, match="lake gave none between"):
        obtain(pipeline(folder()), datetime(2023, 1, 1, tzinfo=UTC), tmp_path)


def test_an_address_has_no_password_and_a_frequency_is_stated() -> None:
    with pytest.raises(ValidationError, match=r"an address in prefect.yaml has no password"):
        pipeline(folder("s3://key:secret@bucket/loads"))
    with pytest.raises(ValidationError, match="a source of kind folder is asked for the steps"):
        pipeline(folder(), frequency=None)


def test_csv_of_another_layout_is_read_as_a_file_of_it_is(tmp_path: Path) -> None:
    table = loads(sites=("Köln",))
    text = "A meter's export\n" + as_text("%d.%m.%Y %H:%M")(table).to_csv(index=False, sep=";", decimal=",")
    (tmp_path / "lake").mkdir()
    (tmp_path / "lake" / "loads.csv").write_bytes(text.encode("cp1252"))
    (tmp_path / "loads.csv").write_bytes(text.encode("cp1252"))
    said = {
        "format": {"delimiter": ";", "encoding": "cp1252", "skip": 1},
        "numbers": {name: {"decimal": ","} for name in ("y", "heat")},
        "time_format": "%d.%m.%Y %H:%M",
    }
    of_folder, of_file = pipeline(folder(**said)), pipeline({"kind": "file", "path": "loads.csv"} | said)

    frame = obtain(of_folder, AS_OF, tmp_path)
    assert frame.ids == ("Köln",)
    assert frame.rows.equals(obtain(of_file, AS_OF, tmp_path).rows)
