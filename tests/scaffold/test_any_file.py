"""Any file is opened by what `init` sees in it, and a run reads the same rows by what it wrote."""

import gzip
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from recurcast.errors import ConfigurationError, DataRejected
from recurcast.scaffold.guess import Said
from recurcast.scaffold.proposal import propose
from support.proposed import NOW, Proposed, case, proposed
from support.workbooks import write_workbook

HOURS = [datetime(2024, 1, 1) + timedelta(hours=hour) for hour in range(300)]
VALUES = [float(round(10.25 + 5 * np.sin(hour / 24 * 2 * np.pi) + hour % 7, 2)) for hour in range(300)]


def table(delimiter: str = ",", header: str = "when,kWh", decimal: str = ".") -> str:
    lines = [f"{ds:%Y-%m-%d %H:%M},{str(y).replace('.', '!')}" for ds, y in zip(HOURS, VALUES, strict=True)]
    return "\n".join([header, *lines]).replace(",", delimiter).replace("!", decimal) + "\n"


def expect(found: Proposed, column: str = "kWh") -> None:
    assert found.proposal.pipeline.source.columns.y == column  # type: ignore[union-attr]
    assert found.rows["ds"].tolist() == [pd.Timestamp(hour, tz="UTC") for hour in HOURS]
    assert found.rows["y"].tolist() == VALUES


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("name", ["meter.csv", "METER.TXT", "meter.tsv.gz", "meter.CSV.ZST"])
def test_delimiters_decimal_signs_and_packing_are_seen(tmp_path: Path, delimiter: str, decimal: str, name: str) -> None:
    if delimiter == decimal:
        pytest.skip("such a file quotes its numbers, see below")
    content = table(delimiter, decimal=decimal).encode()
    ending = name.lower()[-4:]
    packed = {".zst": lambda: pa.compress(content, "zstd", asbytes=True), "v.gz": lambda: gzip.compress(content)}
    (tmp_path / name).write_bytes(packed.get(ending, lambda: content)())

    found = proposed(tmp_path / name, tmp_path / "project")

    expect(found)
    source = found.proposal.pipeline.source
    assert (source.format is None) == (delimiter == ",")  # type: ignore[union-attr]
    assert list(source.numbers) == (["kWh"] if decimal == "," else [])  # type: ignore[union-attr]


def test_a_file_of_commas_may_quote_numbers_with_commas(tmp_path: Path) -> None:
    lines = [f'{ds.isoformat()},"{str(y).replace(".", ",")}"' for ds, y in zip(HOURS, VALUES, strict=True)]
    (tmp_path / "meter.csv").write_text("\n".join(["when,kWh", *lines]))
    expect(proposed(tmp_path / "meter.csv", tmp_path / "project"))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_are_seen(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "meter.csv").write_bytes(table(";", "Zeit,Wärme").encode(encoding))
    expect(proposed(tmp_path / "meter.csv", tmp_path / "project"), "Wärme")


@pytest.mark.parametrize(
    ("above", "header", "says"),
    [
        ("Station: De Bilt\n", "when,kWh", "1 lines before the header"),
        ("latitude,longitude,elevation\n52.1,5.2,4\n\n", "when,kWh", "3 lines before the header"),
        ("name,height\nDe Bilt,4\n\n", "when,kWh", "3 lines before the header"),
        ("# made by a station\n# of 2024\n", "when,kWh", "2 lines before the header"),
        ("", "when,kWh\nUTC,kWh", "1 row of units"),
        ("", "when,kWh\n,kWh\n,Avg", "2 rows of units"),
        ('"TOA5","CR1000"\n', "when,kWh\nTS,kWh\n,Avg", "2 rows of units"),
        ("Station;7\n\n", "when,kWh\nutc,(kWh)", "1 row of units"),
        ("sep=,\n", "when,kWh", "1 lines before the header"),
        ("", "when,kWh\n# in kWh", "1 row of units"),
    ],
)
def test_what_stands_around_the_header_is_read_past_and_said(
    tmp_path: Path, above: str, header: str, says: str
) -> None:
    (tmp_path / "meter.csv").write_text(above + table(header=header))

    found = proposed(tmp_path / "meter.csv", tmp_path / "project")

    expect(found)
    assert says in found.guess("source.format").why


def test_blanks_separate_columns_where_nothing_else_does(tmp_path: Path) -> None:
    lines = [f"{ds:%Y-%m-%dT%H:%M}   {y}" for ds, y in zip(HOURS, VALUES, strict=True)]
    (tmp_path / "meter.txt").write_text("\n".join(["  when  kWh", *lines]))

    found = proposed(tmp_path / "meter.txt", tmp_path / "project")

    expect(found)
    assert found.guess("source.format").value == "delimiter ' '"


def test_a_first_row_with_a_word_in_it_is_data(tmp_path: Path) -> None:
    (tmp_path / "meter.csv").write_text(table().replace(f",{VALUES[0]}\n", ",broken\n", 1))

    with pytest.raises(DataRejected, match="column 'kWh' holds numbers: row 1 holds 'broken'"):
        propose(tmp_path / "meter.csv", "meter", Said(), NOW)


def test_a_table_without_a_header_has_numbered_columns(tmp_path: Path) -> None:
    (tmp_path / "meter.csv").write_text(table().partition("\n")[2])
    expect(proposed(tmp_path / "meter.csv", tmp_path / "project"), "column_2")


def test_hours_as_columns_keep_their_header(tmp_path: Path) -> None:
    rows = "\n".join(f"{day:%Y-%m-%d},{','.join(f'{day.day % 5}.{hour}' for hour in range(24))}" for day in HOURS[::24])
    (tmp_path / "wide.csv").write_text("date," + ",".join(map(str, range(24))) + "\n" + rows)
    with pytest.raises(DataRejected, match="hours or periods of a day side by side, in the columns '0' to '23'"):
        propose(tmp_path / "wide.csv", "wide", Said(), NOW)


def test_short_rows_and_blank_lines_at_the_top_need_no_format(tmp_path: Path) -> None:
    text = "\n\n" + table().replace("when,kWh", "when,kWh,remark").replace("03:00,", "03:00,", 1)
    (tmp_path / "meter.csv").write_text(text)

    found = proposed(tmp_path / "meter.csv", tmp_path / "project")

    expect(found)
    assert found.proposal.pipeline.source.format is None  # type: ignore[union-attr]


def test_the_largest_sheet_is_read_unless_another_is_said(tmp_path: Path) -> None:
    rows: list[Any] = [["Meter 7", None], ["when", "kWh"], *map(list, zip(HOURS, VALUES, strict=True))]
    other = [["when", "kWh"], *([ds, y + 1] for ds, y in zip(HOURS, VALUES, strict=True))][:100]
    write_workbook(tmp_path / "book.xlsx", {"Notes": [["hello"]], "Main": rows, "Other": other})

    found = propose(tmp_path / "book.xlsx", "book", Said(), NOW)

    guess = next(each for each in found.guesses if each.field == "source.format")
    assert guess.value == "skip 1, sheet 'Main'"
    assert "others: 'Notes', 'Other'" in guess.why
    assert (guess.doubt, guess.instead) == (0.4, "--sheet NAME")
    with pytest.raises(ConfigurationError, match="Did you mean 'Other'"):
        propose(tmp_path / "book.xlsx", "book", Said(sheet="Othr"), NOW)
    with pytest.raises(ConfigurationError, match="--sheet names a sheet of a workbook"):
        propose(case("NO.csv"), "no", Said(sheet="Other"), NOW)


def test_days_of_a_sheet_are_rows(tmp_path: Path) -> None:
    days = [datetime(2024, 1, 1) + timedelta(days=day) for day in range(300)]
    rows: list[Any] = [["day", "sold"], *map(list, zip(days, VALUES, strict=True)), [None, None]]
    write_workbook(tmp_path / "book.XLSX", {"S": rows})

    found = proposed(tmp_path / "book.XLSX", tmp_path / "project")

    assert found.rows["ds"].tolist() == [pd.Timestamp(day, tz="UTC") for day in days]
    assert found.rows["y"].tolist() == VALUES
    assert found.proposal.pipeline.source.format is None  # type: ignore[union-attr]


def test_a_file_of_monash_becomes_series_by_their_own_stamps(tmp_path: Path) -> None:
    head = "@relation w\n@attribute series_name string\n@attribute start_timestamp date\n@frequency weekly\n@data\n"
    values = ",".join(map(str, VALUES))
    (tmp_path / "weeks.tsf").write_text(f"{head}T1:2012-01-03 00-00-00:{values}\nT2:2012-01-03 00-00-00:{values}\n")

    found = proposed(tmp_path / "weeks.tsf", tmp_path / "project")

    assert found.proposal.pipeline.frequency == "W-TUE"
    assert found.rows["unique_id"].unique().tolist() == ["T1", "T2"]
    assert found.rows["ds"].iloc[0] == pd.Timestamp("2012-01-03", tz="UTC")


def test_lines_of_series_ask_for_their_step(tmp_path: Path) -> None:
    line = {"start": "2024-01-01 00:00:00", "target": VALUES, "item_id": "T1"}
    (tmp_path / "lines.jsonl").write_text(json.dumps(line))

    with pytest.raises(DataRejected, match="--step h"):
        propose(tmp_path / "lines.jsonl", "lines", Said(), NOW)
    found = proposed(tmp_path / "lines.jsonl", tmp_path / "project", step="h")
    assert found.rows["ds"].tolist() == [pd.Timestamp(hour, tz="UTC") for hour in HOURS]
    assert found.proposal.pipeline.frequency == "h"


def test_the_index_of_a_table_is_its_time_and_its_zone_that_of_the_source() -> None:
    proposal = propose(case("datetime_index.parquet"), "prices", Said(), NOW)

    assert (proposal.pipeline.source.columns.ds, proposal.pipeline.source.timezone) == ("Date", "America/New_York")  # type: ignore[union-attr]
    assert proposal.pipeline.frequency == "B"


def test_the_preamble_of_a_weather_file_is_read_past(tmp_path: Path) -> None:
    found = proposed(case("preamble.csv"), tmp_path)

    assert found.proposal.pipeline.source.columns.y == "temperature_2m (°C)"  # type: ignore[union-attr]
    assert found.rows["ds"].iloc[[0, -1]].tolist() == [
        pd.Timestamp("2024-01-01", tz="UTC"),
        pd.Timestamp("2024-02-29 23:00", tz="UTC"),
    ]
    assert "latitude" in found.guess("source.format").why


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("Date,Shop,Sales", "{day:%m/%d/%Y},N,$1,{n:03d}.50"),
        ("Date,Sales", "{day:%m/%d/%Y},1,{n:03d}.50"),
        ("Datum,Wert", "{day:%d.%m.%Y},{n},5"),
        ("Date,Sales\n01/01/2023,999.50", "{day:%m/%d/%Y},1,{n:03d}.50"),
    ],
)
def test_numbers_that_the_separator_cuts_in_two_are_refused(tmp_path: Path, header: str, row: str) -> None:
    lines = [row.format(day=HOURS[0] + timedelta(days=n + 1), n=n) for n in range(100)]
    (tmp_path / "sales.csv").write_text("\n".join([header, *lines]))

    with pytest.raises(DataRejected, match=r"has more cells\. Name all columns; and where numbers hold the sign"):
        propose(tmp_path / "sales.csv", "sales", Said(), NOW)


@pytest.mark.parametrize("delimiter", [",", " "])
def test_names_before_rows_as_r_writes_them_and_separators_at_the_end_leave_the_header(
    tmp_path: Path, delimiter: str
) -> None:
    rows = [f'"{n + 1}",{ds.isoformat()},{y}' for n, (ds, y) in enumerate(zip(HOURS, VALUES, strict=True))]
    ends = [f"{ds.isoformat()};{y};" for ds, y in zip(HOURS, VALUES, strict=True)]
    (tmp_path / "r.txt").write_text("\n".join(['"when","kWh"', *rows]).replace(",", delimiter))
    (tmp_path / "ends.csv").write_text("\n".join(["when;kWh", *ends]))

    expect(proposed(tmp_path / "r.txt", tmp_path / "r"))
    expect(proposed(tmp_path / "ends.csv", tmp_path / "ends"))


def test_remarks_with_as_many_cells_as_the_table_are_no_header(tmp_path: Path) -> None:
    above = "#group,false,false\n#datatype,dateTime:RFC3339,double\n,when,kWh\n"
    rows = [f",{ds.isoformat()},{y}" for ds, y in zip(HOURS, VALUES, strict=True)]
    (tmp_path / "influx.csv").write_text(above + "\n".join(rows))
    expect(proposed(tmp_path / "influx.csv", tmp_path / "project"))


def test_lines_with_commas_above_columns_of_blanks_are_read_past(tmp_path: Path) -> None:
    above = "Hill\nLocation: 450900E 207200N, Lat 51.761 Lon -1.262, 63 metres\nMissing data is marked by ---.\n"
    rows = [f"  {1990 + n // 12}  {n % 12 + 1}   {n % 12}.5   ---" for n in range(200)]
    (tmp_path / "hill.txt").write_text(above + "  yyyy  mm   tmax   sun\n             degC   hours\n" + "\n".join(rows))

    found = proposed(tmp_path / "hill.txt", tmp_path / "project")

    assert found.rows["ds"].iloc[-1] == pd.Timestamp("2006-08-01", tz="UTC")
    assert found.rows["y"].tolist() == [n % 12 + 0.5 for n in range(200)]


def test_a_header_of_two_lines_costs_no_row(tmp_path: Path) -> None:
    (tmp_path / "meter.csv").write_text(table(header='when,"Load\n(MW)"'))
    expect(proposed(tmp_path / "meter.csv", tmp_path / "project"), "Load\n(MW)")


def test_lines_of_a_word_and_a_value_right_above_the_header_are_read_past(tmp_path: Path) -> None:
    above = "Meter,12345\nUnit,kWh\nFrom,2024-01-01\nTo,2024-01-30\n"
    (tmp_path / "meter.csv").write_text(above + table(header="Timestamp,kWh"))
    expect(proposed(tmp_path / "meter.csv", tmp_path / "project"))


def test_a_second_table_below_the_first_is_named_by_its_header(tmp_path: Path) -> None:
    (tmp_path / "meter.csv").write_text(
        table(";", decimal=",") + "when;temp\n" + table(";", decimal=",").partition("\n")[2]
    )
    with pytest.raises(DataRejected, match="row 301 holds 'temp'"):
        propose(tmp_path / "meter.csv", "meter", Said(), NOW)
