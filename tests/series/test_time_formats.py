"""Dates read by a stated format: the same answer whatever the first row is."""

import pandas as pd
import pytest
from pydantic import TypeAdapter, ValidationError

from recurcast.config.times import TimeFormat
from recurcast.errors import DataRejected
from recurcast.series.timestamps import to_instants


def instants(stamps: list[object], time_format: str | None, timezone: str = "UTC", **more: str) -> list[str]:
    names = pd.Series("demand", index=range(len(stamps)))
    found = to_instants(pd.Series(stamps), names, timezone, "when", time_format, **more)
    return [f"{each:%Y-%m-%d %H:%M:%S}" for each in found]


@pytest.mark.parametrize(
    ("time_format", "stamps", "expected"),
    [
        ("%d/%m/%Y", ["01/02/2009", "13/02/2009"], ["2009-02-01", "2009-02-13"]),
        ("%m/%d/%Y", ["01/02/2009", "12/31/2009"], ["2009-01-02", "2009-12-31"]),
        ("%d/%m/%y", ["1/2/09", "31/12/99"], ["2009-02-01", "1999-12-31"]),
        ("%b-%y", ["Jan-08", "Feb-08"], ["2008-01-01", "2008-02-01"]),
        ("%B %Y", ["January 2008", "may 2008"], ["2008-01-01", "2008-05-01"]),
        ("%Y-Q%q", ["1980-Q1", "1980-Q4"], ["1980-01-01", "1980-10-01"]),
        ("Q%q %Y", ["Q2 1980", "Q3 1980"], ["1980-04-01", "1980-07-01"]),
        ("%YM%m", ["1980M01", "1980M12"], ["1980-01-01", "1980-12-01"]),
        ("%GW%V", ["2020W01", "2020W53"], ["2019-12-30", "2020-12-28"]),
        ("%Y", [1980, 1981], ["1980-01-01", "1981-01-01"]),
        ("%Y", [1980.0, 1981.0], ["1980-01-01", "1981-01-01"]),
        ("%Y%m%d", [20240301, 20241231], ["2024-03-01", "2024-12-31"]),
        ("%d %b %Y", ["1 Mar 2024", "31 Dec 2024"], ["2024-03-01", "2024-12-31"]),
        ("%b %d, %Y", ["Mar 1, 2024", "Dec 31, 2024"], ["2024-03-01", "2024-12-31"]),
    ],
)
def test_days_months_quarters_weeks_and_years(time_format: str, stamps: list[object], expected: list[str]) -> None:
    assert instants(stamps, time_format) == [f"{each} 00:00:00" for each in expected]
    assert instants(stamps[::-1], time_format) == [f"{each} 00:00:00" for each in expected[::-1]]


@pytest.mark.parametrize("length", [3, 3000])
@pytest.mark.parametrize(
    ("time_format", "written"),
    [
        ("%m/%d/%Y %I:%M:%S %p", "%m/%d/%Y %I:%M:%S %p"),
        ("%d/%m/%Y %H:%M", "%d/%m/%Y %H:%M"),
        ("%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M:%S"),
        ("%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M"),
        ("%d-%b-%Y %H:%M", "%d-%b-%Y %H:%M"),
        ("%d.%m.%Y %H:%M - *", "%d.%m.%Y %H:%M - whatever comes after"),
        ("%H:%M %d/%m/%Y", "%H:%M %d/%m/%Y"),
    ],
)
def test_times_from_midnight_on_are_read_as_written_few_or_many(length: int, time_format: str, written: str) -> None:
    steps = pd.date_range("2020-01-01", periods=length, freq="h")

    assert instants(list(steps.strftime(written)), time_format) == list(steps.strftime("%Y-%m-%d %H:%M:%S"))


def test_noon_midnight_and_24_00() -> None:
    noon = ["01/01/2020 12:00:00 AM", "01/01/2020 12:00:00 PM", "1/1/2020 1:05:00 pm", "01/01/2020 01:05:00 a.m."]
    assert [each[11:16] for each in instants(noon, "%m/%d/%Y %I:%M:%S %p")] == ["00:00", "12:00", "13:05", "01:05"]
    assert instants(["31/12/2020 23:00", "31/12/2020 24:00"], "%d/%m/%Y %H:%M")[1] == "2021-01-01 00:00:00"


@pytest.mark.parametrize(("time_format", "scale"), [("epoch_s", 1), ("epoch_ms", 1_000)])
def test_seconds_and_milliseconds_since_1970(time_format: str, scale: int) -> None:
    assert instants([1704067200 * scale, 1704070800 * scale], time_format, "Europe/Berlin") == [
        "2024-01-01 00:00:00",
        "2024-01-01 01:00:00",
    ]
    assert instants([f"{1704067200 * scale}"], time_format) == ["2024-01-01 00:00:00"]


def test_iso_times_need_not_have_the_same_digits() -> None:
    stamps = ["2024-01-01", "2024-01-01 00:30", "2024-01-01T01:00:00.011"]
    assert [each[11:] for each in instants(stamps, "ISO8601")] == ["00:00:00", "00:30:00", "01:00:00"]
    with pytest.raises(DataRejected, match="either all timestamps state a time zone or none does"):
        instants(["2024-01-01T00:00:00Z", "2024-01-01T00:30:00"], "ISO8601")


def test_offsets_are_read_too() -> None:
    assert instants(["01/07/2024 02:00 +0200"], "%d/%m/%Y %H:%M %z") == ["2024-07-01 00:00:00"]


@pytest.mark.parametrize(
    ("stamps", "time_format"),
    [
        (["13/02/2009", "02/13/2009"], "%d/%m/%Y"), (["1980-Q1", "1980-Q5"], "%Y-Q%q"), (["2020W53", "2021W53"], "%GW%V"),
        (["01.01.2024 00:00 - x", "01.01.2024 00:15"], "%d.%m.%Y %H:%M - *"), (["1", "x"], "epoch_s"),
        (["01/01/2020 01:00 AM", "01/01/2020 13:00 AM"], "%m/%d/%Y %I:%M %p"), ([2020, 20], "%Y"),
    ],
)  # fmt: skip
def test_what_is_not_of_the_format_is_refused_with_its_row(stamps: list[object], time_format: str) -> None:
    with pytest.raises(DataRejected, match=r"all timestamps are of source\.time_format, here '.*row 2 "):
        instants(stamps, time_format)


def test_stamps_of_a_spreadsheet_are_snapped() -> None:
    stamps = ["2024-10-27 01:59:59.995", "2024-10-27 02:00:00.011", "2024-10-27 02:59:59.989"]
    assert instants(stamps, "ISO8601", snap="1s") == [
        "2024-10-27 02:00:00",
        "2024-10-27 02:00:00",
        "2024-10-27 03:00:00",
    ]
    assert instants(["2024-01-01T00:59:59.99+01:00"], None, snap="1s") == ["2024-01-01 00:00:00"]


@pytest.mark.parametrize("wrong", ["", "dd/mm/yyyy", "%d/%m", "%x", "%Y %Q", "%Y* %m", "iso"])
def test_a_format_that_no_one_reads_is_refused(wrong: str) -> None:
    with pytest.raises(ValidationError, match="codes of strptime"):
        TypeAdapter(TimeFormat).validate_python(wrong)
