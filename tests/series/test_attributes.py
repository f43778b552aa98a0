"""What is said of a series once: read alike from any file, the same in each row, part of the digest."""

import contextlib
import sqlite3
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recurcast.errors import DataRejected
from recurcast.series.attributes import as_texts, attributes_in, code_of
from recurcast.series.digest import data_digest
from recurcast.series.interval_digests import interval_digests
from recurcast.series.parquet import from_parquet, to_parquet
from support.described import described_frame, described_pipeline, described_rows, write_described
from support.tiny import AS_OF


def test_a_number_is_written_in_one_way_and_a_post_code_or_part_number_stays() -> None:
    cells = pd.Series([120, "120.0", 120.5, "1e+02", "007", "1E2", " north ", None, "", True, np.nan], dtype=object)
    texts = as_texts(cells)
    assert texts.dropna().tolist() == ["120", "120", "120.5", "100", "007", "1E2", "north", "True"]
    assert texts.isna().tolist() == [False] * 7 + [True, True, False, True]


def test_numbers_and_codes_stand_side_by_side_and_nothing_where_nothing_is_said() -> None:
    rows = pd.DataFrame({"unique_id": ["a", "a", "b"], "area": ["12", None, None], "region": ["x", "x", "y"]})
    seen = attributes_in(rows, ["area", "region"]).seen(["b", "a", "c"])
    np.testing.assert_array_equal(seen[0], [np.nan, np.nan, np.nan, code_of("y")])
    np.testing.assert_array_equal(seen[1], [12.0, code_of("12"), np.nan, code_of("x")])
    assert np.isnan(seen[2]).all()


def test_codes_are_the_same_in_every_process() -> None:
    assert code_of("north") == 75290911635364.0


def test_csv_and_parquet_with_other_types_have_one_digest(tmp_path: Path) -> None:
    write_described(tmp_path)
    digest = data_digest(described_frame(tmp_path))
    rows = described_rows().astype({"area": "int64", "region": "category"})
    rows.to_parquet(tmp_path / "y.parquet")
    source = described_pipeline().source.model_dump() | {"path": "y.parquet"}
    assert data_digest(described_frame(tmp_path, described_pipeline(source=source))) == digest


def test_a_folder_and_databases_have_the_files_digest(tmp_path: Path) -> None:
    duckdb = pytest.importorskip("duckdb")
    write_described(tmp_path)
    rows, query = described_rows(), "SELECT * FROM t WHERE ds >= :start AND ds < :end"
    (tmp_path / "lake").mkdir()
    for name, own in rows.groupby("region"):
        own.to_parquet(tmp_path / "lake" / f"{name}.parquet")
    with contextlib.closing(sqlite3.connect(tmp_path / "a.db")) as database:
        rows.assign(ds=rows["ds"].dt.strftime("%Y-%m-%d %H:%M:%S")).to_sql("t", database, index=False)
    with duckdb.connect(str(tmp_path / "d.duckdb")) as database:
        database.execute("CREATE TABLE t AS SELECT * REPLACE (area::DECIMAL(10, 1) AS area) FROM rows")
    stated = described_pipeline().source.model_dump()
    common = {name: value for name, value in stated.items() if name not in ("kind", "path", "format")}
    for source in (
        {"kind": "folder", "path": "lake"},
        {"kind": "sql", "url": "sqlite:///a.db", "query": query},
        {"kind": "sql", "url": "duckdb:///d.duckdb", "query": query},
    ):
        pipeline = described_pipeline(source=common | source)
        assert data_digest(described_frame(tmp_path, pipeline)) == data_digest(described_frame(tmp_path))


def test_another_word_of_one_series_is_another_digest_and_that_of_the_plan_is_the_runs(tmp_path: Path) -> None:
    write_described(tmp_path)
    before = data_digest(described_frame(tmp_path))
    assert interval_digests(described_pipeline(), [AS_OF], tmp_path)[0].digest == before
    rows = described_rows()
    rows.loc[rows["unique_id"] == "s5", "region"] = "north"
    write_described(tmp_path, rows)
    after = data_digest(described_frame(tmp_path))
    assert after != before
    assert interval_digests(described_pipeline(), [AS_OF], tmp_path)[0].digest == after


def test_a_snapshot_holds_what_the_series_are(tmp_path: Path) -> None:
    write_described(tmp_path)
    frame = described_frame(tmp_path)
    again = from_parquet(to_parquet(frame))
    assert again.attributes == ("region", "area")
    assert data_digest(again) == data_digest(frame)


def test_a_snapshot_holds_series_of_which_nothing_is_said(tmp_path: Path) -> None:
    rows = described_rows()
    rows.loc[rows["unique_id"] == "s0", ["region", "area"]] = None
    write_described(tmp_path, rows)
    frame = described_frame(tmp_path)
    again = from_parquet(to_parquet(frame))
    assert again.rows.loc[again.rows["unique_id"] == "s0", ["region", "area"]].isna().all(axis=None)
    assert data_digest(again) == data_digest(frame)


def test_a_series_that_says_two_things_is_refused_with_both(tmp_path: Path) -> None:
    rows = described_rows()
    rows.loc[rows.index[-1], "region"] = "north"
    write_described(tmp_path, rows)
    with pytest.raises(
        DataRejected, match=r"'region' is said of a series once.*'s7' has 'south' and 'north'.*covariate"
    ):
        described_frame(tmp_path)


def test_one_row_of_a_series_suffices(tmp_path: Path) -> None:
    rows = described_rows()
    rows.loc[rows["unique_id"].duplicated(keep="last"), ["region", "area"]] = None
    write_described(tmp_path, rows)
    said = attributes_in(described_frame(tmp_path).rows, ["region", "area"])
    assert said.of["s7"] == ("south", "170")


def test_values_that_stand_for_a_missing_one_are_not_said(tmp_path: Path) -> None:
    rows = described_rows()
    rows.loc[rows["unique_id"] == "s0", "area"] = -999.0
    write_described(tmp_path, rows)
    pipeline = described_pipeline(checks={"missing_values": [-999.0]})
    said = attributes_in(described_frame(tmp_path, pipeline).rows, ["area"])
    assert said.of["s0"] == (None,)
