"""CSV and Parquet to rows: what is read, and what is refused with the row that shows it."""

import gzip
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from recurcast.config import FileSource
from recurcast.errors import DataRejected
from recurcast.series.files import read_file

PLAIN = "ds,y\n2024-01-01T00:00:00Z,1.5\n2024-01-01T01:00:00Z,2\n"


def read(root: Path, path: str, **settings: Any) -> pd.DataFrame:
    return read_file(FileSource.model_validate({"path": path} | settings), root, "demand")


def read_csv(root: Path, text: str, **settings: Any) -> pd.DataFrame:
    (root / "rows.csv").write_text(text)
    return read(root, "rows.csv", **settings)


def refused(root: Path, text: str, **settings: Any) -> str:
    with pytest.raises(DataRejected) as rejection:
        read_csv(root, text, **settings)
    return str(rejection.value)


def test_a_file_becomes_rows_of_one_series_named_like_the_pipeline(tmp_path: Path) -> None:
    rows = read_csv(tmp_path, PLAIN)

    assert list(rows.columns) == ["unique_id", "ds", "y", "available_at"]
    assert rows["unique_id"].tolist() == ["demand", "demand"]
    assert rows["ds"].tolist() == [pd.Timestamp("2024-01-01T00:00Z"), pd.Timestamp("2024-01-01T01:00Z")]
    assert rows["ds"].dtype == rows["available_at"].dtype == pd.DatetimeTZDtype("ns", "UTC")
    assert rows["y"].tolist() == [1.5, 2.0]
    assert rows["y"].dtype == np.float64


def test_the_columns_of_the_user_are_mapped_and_all_others_ignored(tmp_path: Path) -> None:
    text = "when,load,heat,site,remark\n2024-01-01T00:00:00Z,1,20,b,fine\n2024-01-01T00:00:00Z,2,21,a,\n"
    columns = {"unique_id": "site", "ds": "when", "y": "load", "covariates": ["heat"]}
    rows = read_csv(tmp_path, text, columns=columns)

    assert list(rows.columns) == ["unique_id", "ds", "y", "heat", "available_at"]
    assert rows["unique_id"].tolist() == ["b", "a"]
    assert rows["y"].tolist() == [1, 2]
    assert rows["heat"].tolist() == [20, 21]


def test_csv_compressed_csv_and_parquet_give_the_same_rows(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(PLAIN)
    (tmp_path / "rows.csv.gz").write_bytes(gzip.compress(PLAIN.encode()))
    pd.read_csv(tmp_path / "rows.csv").to_parquet(tmp_path / "text.parquet")
    pd.read_csv(tmp_path / "rows.csv", parse_dates=["ds"]).to_parquet(tmp_path / "typed.parquet")

    expected = read(tmp_path, "rows.csv")
    for name in ("rows.csv.gz", "text.parquet", "typed.parquet"):
        pd.testing.assert_frame_equal(read(tmp_path, name), expected)


def test_parquet_dates_decimals_and_missing_integers_are_read(tmp_path: Path) -> None:
    table = pd.DataFrame(
        {
            "ds": [date(2024, 1, 1), date(2024, 1, 2), date(2024, 1, 3)],
            "y": [Decimal("1.5"), None, Decimal("2.5")],
            "count": pd.array([1, None, 3], dtype="Int64"),
        }
    )
    table.to_parquet(tmp_path / "rows.parquet")
    rows = read(tmp_path, "rows.parquet", columns={"covariates": ["count"]}, timezone="Europe/Amsterdam")

    assert rows["ds"].iloc[0] == pd.Timestamp("2023-12-31T23:00Z")
    np.testing.assert_array_equal(rows["y"], [1.5, np.nan, 2.5])
    np.testing.assert_array_equal(rows["count"], [1, np.nan, 3])


def test_numbers_written_as_text_are_read(tmp_path: Path) -> None:
    pd.DataFrame({"ds": ["2024-01-01", "2024-01-02"], "y": ["1.5", " 2e3 "]}).to_parquet(tmp_path / "rows.parquet")

    assert read(tmp_path, "rows.parquet")["y"].tolist() == [1.5, 2000.0]


@pytest.mark.parametrize("cell", ["12 MW", "1.2.3", "much"])
def test_what_is_no_number_is_refused_with_its_row(tmp_path: Path, cell: str) -> None:
    message = refused(tmp_path, f"{PLAIN}2024-01-01T02:00:00Z,{cell}\n")

    assert message.startswith(f"the column 'y' holds numbers: row 3 holds '{cell}'")
    assert "no thousands separators" in message


@pytest.mark.parametrize(("cell", "value"), [('"1,234.5"', 1234.5), ("1 234", 1234), ("n.a.", np.nan), ("(7)", -7)])
def test_the_advice_about_a_column_of_numbers_keeps_their_values(tmp_path: Path, cell: str, value: float) -> None:
    text = f"{PLAIN}2024-01-01T02:00:00Z,{cell}\n"
    message = refused(tmp_path, text)

    assert message.startswith(f"the column 'y' holds numbers: row 3 holds '{cell.strip(chr(34))}'")
    advice = yaml.safe_load("{source." + message.partition("source.")[2] + "}")
    np.testing.assert_array_equal(read_csv(tmp_path, text, numbers=advice["source.numbers"])["y"], [1.5, 2, value])


def test_a_covariate_that_is_no_number_is_refused_under_its_own_name(tmp_path: Path) -> None:
    message = refused(tmp_path, "ds,y,heat\n2024-01-01T00:00:00Z,1,warm\n", columns={"covariates": ["heat"]})
    assert message.startswith("the column 'heat' holds numbers: row 1 holds 'warm'")


def test_an_empty_cell_is_a_missing_value_and_not_a_zero(tmp_path: Path) -> None:
    rows = read_csv(tmp_path, "ds,y\n2024-01-01T00:00:00Z,\n2024-01-01T01:00:00Z,NaN\n2024-01-01T02:00:00Z,0\n")
    np.testing.assert_array_equal(rows["y"], [np.nan, np.nan, 0.0])


def test_text_at_the_end_of_a_long_file_is_refused_without_a_warning(tmp_path: Path) -> None:
    # Longer than the 262,144 rows that pandas would read at a time, and take for numbers.
    message = refused(tmp_path, "ds,y\n" + "2024-01-01,7\n" * 270_000 + "2024-01-01,much\n")
    assert "row 270001 holds 'much'" in message


def test_the_names_of_series_are_text_as_the_file_has_them(tmp_path: Path) -> None:
    text = "site,ds,y\n007,2024-01-01T00:00:00Z,1\n7,2024-01-01T00:00:00Z,2\n1.0,2024-01-01T00:00:00Z,3\n"
    rows = read_csv(tmp_path, text, columns={"unique_id": "site"})
    assert rows["unique_id"].tolist() == ["007", "7", "1.0"]


@pytest.mark.parametrize("timezone", ["UTC", "Europe/Amsterdam"])
@pytest.mark.parametrize("name", ["", "  ", "NA"])
def test_a_row_that_names_no_series_is_refused(tmp_path: Path, name: str, timezone: str) -> None:
    text = f"site,ds,y\na,2024-01-01T00:00:00,1\n{name},2024-01-01T01:00:00,2\n"
    message = refused(tmp_path, text, columns={"unique_id": "site"}, timezone=timezone)
    assert message.startswith("column 'site': every row names its series: row 2 holds none")


def test_whole_numbers_can_name_series_in_parquet(tmp_path: Path) -> None:
    pd.DataFrame({"site": [7, 8], "ds": ["2024-01-01"] * 2, "y": [1.0, 2.0]}).to_parquet(tmp_path / "rows.parquet")
    rows = read(tmp_path, "rows.parquet", columns={"unique_id": "site"})
    assert rows["unique_id"].tolist() == ["7", "8"]


def test_a_row_is_known_a_delay_after_its_timestamp(tmp_path: Path) -> None:
    rows = read_csv(tmp_path, PLAIN, delay="90min")
    assert rows["available_at"].tolist() == [pd.Timestamp("2024-01-01T01:30Z"), pd.Timestamp("2024-01-01T02:30Z")]
    assert rows.attrs["has_revisions"] is False


def test_the_column_that_says_when_a_row_was_known_goes_before_the_delay(tmp_path: Path) -> None:
    text = "ds,y,seen\n2024-01-01T00:00:00,1,2024-01-05T12:00:00\n"
    columns = {"available_at": "seen"}
    rows = read_csv(tmp_path, text, columns=columns, delay="90min", timezone="Europe/Amsterdam")
    assert rows["available_at"].tolist() == [pd.Timestamp("2024-01-05T11:00Z")]
    assert rows.attrs["has_revisions"] is True


@pytest.mark.parametrize("role", ["unique_id", "ds", "y", "available_at"])
def test_a_missing_column_is_refused_whatever_its_role(tmp_path: Path, role: str) -> None:
    message = refused(tmp_path, "load,y,ds\n1,2,2024-01-01\n", columns={role: "laod"})
    assert "the file has the column 'laod'" in message
    assert "Did you mean 'load'? Valid: load, y, ds." in message


def test_a_missing_covariate_is_refused(tmp_path: Path) -> None:
    message = refused(tmp_path, PLAIN, columns={"covariates": ["heat"]})
    assert "the file has the column 'heat': 'rows.csv' has none of that name. Valid: ds, y." in message


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1\x00\x00\x00\x00PAR1", b"ds,y\n2024-01-01,1\n"])
def test_what_is_no_parquet_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "rows.parquet").write_bytes(content)
    with pytest.raises(DataRejected, match=r"'rows\.parquet'"):
        read(tmp_path, "rows.parquet")


def test_a_compressed_file_that_is_damaged_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(PLAIN.encode() * 100)
    flipped = whole[:20] + bytes(255 - byte for byte in whole[20:60]) + whole[60:]
    for damaged in (whole[:-20], whole[: len(whole) // 2], flipped, PLAIN.encode()):
        (tmp_path / "rows.csv.gz").write_bytes(damaged)
        with pytest.raises(DataRejected, match="the file is readable CSV"):
            read(tmp_path, "rows.csv.gz")


def test_a_row_with_too_many_cells_is_refused(tmp_path: Path) -> None:
    assert "the file is readable CSV" in refused(tmp_path, f"{PLAIN}2024-01-01T02:00:00Z,1,2,3,4\n")


def test_an_absolute_path_is_read_where_it_is(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(PLAIN)
    rows = read(tmp_path / "elsewhere", str(tmp_path / "rows.csv"))
    assert rows["ds"].iloc[0].to_pydatetime() == datetime(2024, 1, 1, tzinfo=UTC)
