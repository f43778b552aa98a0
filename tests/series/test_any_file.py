"""Every kind of file is opened to the same rows, as `source.format` says, and none costs more than it is worth."""

import gzip
import json
import sys
import zipfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from recurcast.config import FileSource
from recurcast.errors import ConfigurationError, DataRejected
from recurcast.series.files import read_file
from support.workbooks import sheet_of_xml, write_workbook

HOURS = [datetime(2024, 1, 1) + timedelta(hours=hour) for hour in range(48)]
VALUES = [10.5 + hour % 24 for hour in range(48)]
PLAIN = "ds,y\n" + "".join(f"{ds.isoformat()},{y}\n" for ds, y in zip(HOURS, VALUES, strict=True))


def read(root: Path, path: str, **settings: Any) -> pd.DataFrame:
    return read_file(FileSource.model_validate({"path": path} | settings), root, "demand")


def expect(rows: pd.DataFrame) -> None:
    assert rows["ds"].tolist() == [pd.Timestamp(hour, tz="UTC") for hour in HOURS]
    assert rows["y"].tolist() == VALUES
    assert rows["y"].dtype == np.float64


def refused(root: Path, path: str, **settings: Any) -> str:
    with pytest.raises(DataRejected) as rejection:
        read(root, path, **settings)
    return str(rejection.value)


@pytest.mark.parametrize("name", ["rows.csv", "ROWS.CSV", "rows.txt", "a.b.csv", "rows.tsv"])
def test_a_text_of_any_name_is_read(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(PLAIN)
    expect(read(tmp_path, name))


@pytest.mark.parametrize("name", ["rows.csv.gz", "ROWS.CSV.GZ", "rows.csv.zst", "rows.txt.ZST"])
def test_a_packed_text_is_read(tmp_path: Path, name: str) -> None:
    packed = gzip.compress(PLAIN.encode()) if name.lower().endswith("gz") else _zst(PLAIN.encode())
    (tmp_path / name).write_bytes(packed)
    expect(read(tmp_path, name))


def _zst(content: bytes) -> bytes:
    packed: bytes = pa.compress(content, "zstd", asbytes=True)
    return packed


@pytest.mark.parametrize("delimiter", [";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiters_and_encodings_are_read_as_the_format_says(tmp_path: Path, delimiter: str, encoding: str) -> None:
    text = PLAIN.replace(",", delimiter).replace("y\n", "größe\n", 1)
    (tmp_path / "rows.csv").write_bytes(text.encode(encoding))
    how = {"delimiter": delimiter, "encoding": encoding}
    expect(read(tmp_path, "rows.csv", format=how, columns={"y": "größe"}))


def test_lines_before_and_units_below_the_header_are_read_past(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("Station,7\n\n" + PLAIN.replace("ds,y\n", "ds,y\n,kWh\nutc,mean\n"))
    expect(read(tmp_path, "rows.csv", format={"skip": 2, "units": 2}))


def test_a_file_without_a_header_has_numbered_columns(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(PLAIN.removeprefix("ds,y\n"))
    columns = {"ds": "column_1", "y": "column_2"}
    expect(read(tmp_path, "rows.csv", format={"header": False}, columns=columns))
    expect(read(tmp_path, "rows.csv", format={"header": False}, columns=columns, numbers={"column_2": {}}))


def test_separators_at_the_ends_of_rows_move_no_column(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text("ds,y\n" + "".join(f"{line},\n" for line in PLAIN.splitlines()[1:]))
    expect(read(tmp_path, "rows.csv"))


def test_rows_of_empty_cells_at_the_end_are_none(tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(PLAIN + ",\n,\n\n")
    expect(read(tmp_path, "rows.csv"))


@pytest.mark.parametrize("zone", [None, "UTC", "America/New_York"])
def test_an_index_of_times_is_a_column(tmp_path: Path, zone: str | None) -> None:
    index = pd.DatetimeIndex(HOURS, name="when").tz_localize("UTC").tz_convert(zone)
    table = pd.DataFrame({"y": VALUES}, index=index)
    table.to_parquet(tmp_path / "named.parquet")
    table.rename_axis(None).to_parquet(tmp_path / "unnamed.PARQUET")

    expect(read(tmp_path, "named.parquet", columns={"ds": "when"}))
    expect(read(tmp_path, "unnamed.PARQUET", columns={"ds": "index"}))


def test_an_index_of_names_and_times_is_two_columns_and_one_of_row_numbers_none(tmp_path: Path) -> None:
    table = pd.DataFrame({"unique_id": "a", "ds": HOURS, "y": VALUES})
    table.set_index(["unique_id", "ds"]).to_parquet(tmp_path / "panel.parquet")
    table[table["y"] > 11].to_parquet(tmp_path / "some.parquet")

    rows = read(tmp_path, "panel.parquet", columns={"unique_id": "unique_id"})
    expect(rows)
    assert rows["unique_id"].unique().tolist() == ["a"]
    assert len(read(tmp_path, "some.parquet")) == 46


def test_a_sheet_is_read_by_its_name(tmp_path: Path) -> None:
    rows: list[Any] = [["Meter 7", None], ["ds", "y"], ["", "kWh"], *map(list, zip(HOURS, VALUES, strict=True)), [None]]
    write_workbook(tmp_path / "book.XLSX", {"Notes": [["hello"]], "Readings": rows})
    how = {"sheet": "Readings", "skip": 1, "units": 1}
    expect(read(tmp_path, "book.XLSX", format=how, snap="1s"))
    assert "Did you mean 'Readings'" in refused(tmp_path, "book.XLSX", format={"sheet": "Reading"})


def test_texts_of_a_sheet_are_numbers_beside_its_numbers(tmp_path: Path) -> None:
    rows: list[Any] = [["ds", "y"], ["2024-01-01", 7.5], ["2024-01-02", "1.234,5"], ["2024-01-03", "-"]]
    write_workbook(tmp_path / "book.xlsx", {"S": rows})
    numbers = {"y": {"decimal": ",", "thousands": ".", "missing": ["-"]}}
    np.testing.assert_array_equal(read(tmp_path, "book.xlsx", numbers=numbers)["y"], [7.5, 1234.5, np.nan])


LAST = '<row r="1"><c r="A1"><v>1</v></c></row><row r="{}"><c r="{}{}"><v>1</v></c></row>'


@pytest.mark.parametrize(
    ("parts", "says"),
    [
        (
            {"xl/worksheets/sheet1.xml": sheet_of_xml(LAST.format(1_048_576, "XFD", 1_048_576))},
            "at most 10,000 columns",
        ),
        ({"xl/worksheets/sheet1.xml": sheet_of_xml(LAST.format(1_048_576, "ZZ", 1_048_576))}, "cells (rows x columns)"),
        ({"xl/sharedStrings.xml": f"<sst><si><t>{'x' * 3_000_000}</t></si></sst>"}, "at most 32,767 characters"),
        ({"docProps/more.xml": "x" * 600_000_000}, "unpacks to at most"),
    ],
)
def test_a_workbook_that_lays_out_more_than_it_holds_is_refused(
    tmp_path: Path, parts: dict[str, str], says: str
) -> None:
    path = write_workbook(tmp_path / "book.xlsx", {"S": [["ds", "y"]]}, parts)
    assert path.stat().st_size < 1_000_000
    assert says in refused(tmp_path, "book.xlsx")


def test_a_workbook_without_its_reader_is_told_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_workbook(tmp_path / "book.xlsx", {"S": [["ds", "y"], ["2024-01-01", 1.5]]})
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    with pytest.raises(ConfigurationError, match=r"pip install python-calamine, or save the sheet as \.csv"):
        read(tmp_path, "book.xlsx")


def test_what_is_no_workbook_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_text(PLAIN)
    assert "the file is readable workbook" in refused(tmp_path, "a.xlsx")
    with zipfile.ZipFile(tmp_path / "b.xlsx", "w") as packed:
        packed.writestr("readme.txt", "nothing")
    assert "the file is readable workbook" in refused(tmp_path, "b.xlsx")


@pytest.mark.parametrize("name", ["rows.xls", "rows.ods", "rows.zip", "rows.parquet.gz", "rows", "rows.dat"])
def test_a_file_of_another_kind_is_refused_with_what_to_do(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text(PLAIN)
    message = refused(tmp_path, name)
    assert message.startswith("a file is .csv, .tsv")
    assert any(word in message for word in ("Save it", "Unpack it", "Convert it", "Name it"))


TSF = "# said\n@relation x\n@attribute series_name string\n@attribute start_timestamp date\n@frequency {}\n@missing true\n@data\n"


@pytest.mark.parametrize(
    ("frequency", "start", "stamps"),
    [
        ("weekly", "2012-01-03 00-00-00", ["2012-01-03", "2012-01-10", "2012-01-17"]),
        ("daily", "1996-03-18 00-00-00", ["1996-03-18", "1996-03-19", "1996-03-20"]),
        ("half_hourly", "2002-01-01 00-30-00", ["2002-01-01T00:30", "2002-01-01T01:00", "2002-01-01T01:30"]),
        ("4_seconds", "2019-08-01 00-00-02", ["2019-08-01T00:00:02", "2019-08-01T00:00:06", "2019-08-01T00:00:10"]),
        ("monthly", "1990-01-31 00-00-00", ["1990-01-31", "1990-02-28", "1990-03-31"]),
        ("monthly", "1990-01-15 00-00-00", ["1990-01-15", "1990-02-15", "1990-03-15"]),
        ("quarterly", "1990-01-01", ["1990-01-01", "1990-04-01", "1990-07-01"]),
        ("yearly", "2012-06-30", ["2012-06-30", "2013-06-30", "2014-06-30"]),
    ],
)
def test_a_series_of_monash_keeps_its_own_stamps(tmp_path: Path, frequency: str, start: str, stamps: list[str]) -> None:
    (tmp_path / "rows.tsf").write_text(TSF.format(frequency) + f"T1:{start}:1,?,3.5\nT2:{start}:4\n")
    rows = read(tmp_path, "rows.tsf", columns={"unique_id": "unique_id"})

    assert rows["unique_id"].tolist() == ["T1", "T1", "T1", "T2"]
    assert rows["ds"].tolist() == [pd.Timestamp(each, tz="UTC") for each in [*stamps, stamps[0]]]
    np.testing.assert_array_equal(rows["y"], [1, np.nan, 3.5, 4])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("@attribute series_name string\n@frequency daily\n@data\nT1:1,2\n", "says when it begins"),
        (TSF.format("daily").replace("@frequency daily\n", "") + "T1:2012-01-01:1\n", "how often its values come"),
        (TSF.format("fortnightly"), "received 'fortnightly'"),
        (TSF.format("daily") + "T1:2012-01-01:1,two\n", "line 8 of 'rows.tsf'"),
        (TSF.format("daily") + "T1:1,2\n", "has 1. Correct it"),
        (TSF.format("daily") + f"{'n' * 2_000}:2012-01-01:1\n", "at most 1,000 characters"),
        ("T1:1,2\n", "values stand below @data"),
    ],
)
def test_a_file_of_monash_that_does_not_say_when_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "rows.tsf").write_text(text)
    assert says in refused(tmp_path, "rows.tsf")


def test_long_names_of_long_series_are_not_laid_out(tmp_path: Path) -> None:
    values = ",".join(["1"] * 3_000_000)
    (tmp_path / "rows.tsf").write_text(TSF.format("daily") + f"{'n' * 900}:1990-01-01:{values}\n" * 4)
    assert "bytes of rows" in refused(tmp_path, "rows.tsf")


def test_lines_of_series_are_read_by_the_step_that_they_or_the_format_say(tmp_path: Path) -> None:
    line = {"start": "2024-01-01 00:00:00", "target": [*VALUES[:-1], None], "item_id": "demand"}
    (tmp_path / "rows.jsonl").write_text(json.dumps(line) + "\n\n")
    (tmp_path / "rows.json.gz").write_bytes(gzip.compress(json.dumps(line | {"freq": "1H"}).encode()))

    for rows in (read(tmp_path, "rows.jsonl", format={"step": "h"}), read(tmp_path, "rows.json.gz")):
        assert rows["ds"].tolist() == [pd.Timestamp(hour, tz="UTC") for hour in HOURS]
        np.testing.assert_array_equal(rows["y"], [*VALUES[:-1], np.nan])
    assert "--step h" in refused(tmp_path, "rows.jsonl")


@pytest.mark.parametrize("dumped", ["lines", "list"])
def test_objects_of_columns_are_rows(tmp_path: Path, dumped: str) -> None:
    rows = [{"ds": ds.isoformat(), "y": y} for ds, y in zip(HOURS, VALUES, strict=True)]
    text = json.dumps(rows) if dumped == "list" else "\n".join(map(json.dumps, rows))
    (tmp_path / "rows.json").write_text(text)
    expect(read(tmp_path, "rows.json"))


@pytest.mark.parametrize(
    "text", ["[[[[", "{", "7\n", "[1, 2]", '{"start": 1}', "[" * 100_000, '{"start": "x", "target": [1]}']
)
def test_json_that_holds_no_rows_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "rows.jsonl").write_text(text)
    refused(tmp_path, "rows.jsonl", format={"step": "h"})


def test_what_a_zst_unpacks_to_is_bounded(tmp_path: Path) -> None:
    with pa.output_stream(str(tmp_path / "rows.csv.zst"), compression="zstd") as file:
        for _ in range(600):
            file.write(b"2024-01-01,1\n" * 80_000)
    assert "unpacks to at most 500,000,000 bytes" in refused(tmp_path, "rows.csv.zst")


def test_a_damaged_zst_is_refused(tmp_path: Path) -> None:
    whole = _zst(PLAIN.encode())
    for damaged in (whole[: len(whole) // 2], b"PLAIN" * 10):
        (tmp_path / "rows.csv.zst").write_bytes(damaged)
        assert "the file is readable CSV" in refused(tmp_path, "rows.csv.zst")


def test_a_list_among_times_is_named_with_its_row(tmp_path: Path) -> None:
    rows = [{"ds": f"2024-01-{day:02d}", "y": day} for day in range(1, 30)]
    rows[2]["ds"] = [1]  # type: ignore[assignment]
    (tmp_path / "rows.jsonl").write_text("\n".join(json.dumps(row) for row in rows))

    with pytest.raises(DataRejected, match=r"row 3 \(series 'a'\) holds '\[1\]'"):
        read_file(FileSource(path="rows.jsonl"), tmp_path, "a")
