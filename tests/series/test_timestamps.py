"""What a file calls a timestamp, as instants: zones, offsets, daylight saving."""

from collections.abc import Sequence

import pandas as pd
import pytest

from recurcast.errors import DataRejected
from recurcast.series.timestamps import to_instants

AMSTERDAM = "Europe/Amsterdam"


def instants(stamps: Sequence[object], timezone: str = "UTC", ids: Sequence[str] | None = None) -> list[str]:
    """The instants in UTC, as `2024-01-01 00:00`, seconds left out."""
    names = pd.Series(list(ids or ["demand"] * len(stamps)), dtype="str")
    found = to_instants(pd.Series(stamps), names, timezone, "when")
    assert found.dtype == pd.DatetimeTZDtype("ns", "UTC")
    return found.dt.strftime("%Y-%m-%d %H:%M").tolist()


def refused(stamps: Sequence[object], timezone: str = "UTC", ids: Sequence[str] | None = None) -> DataRejected:
    with pytest.raises(DataRejected) as rejection:
        instants(stamps, timezone, ids)
    assert str(rejection.value).startswith("column 'when': ")
    return rejection.value


def test_times_without_zone_are_on_the_wall_clock_of_the_source() -> None:
    stamps = ["2024-01-15T12:00:00", "2024-07-15T12:00:00"]
    assert instants(stamps) == ["2024-01-15 12:00", "2024-07-15 12:00"]
    assert instants(stamps, AMSTERDAM) == ["2024-01-15 11:00", "2024-07-15 10:00"]


def test_times_with_offset_are_instants_whatever_the_zone_of_the_source() -> None:
    assert instants(["2024-01-15T12:00:00+05:30", "2024-07-15T12:00:00+05:30"], AMSTERDAM) == [
        "2024-01-15 06:30",
        "2024-07-15 06:30",
    ]


@pytest.mark.parametrize(
    "spelling",
    [
        "2024-01-15T12:00:00Z",
        "2024-01-15 12:00:00z",
        "2024-01-15 12:00:00+00",
        "2024-01-15T12:00:00.000+0000",
        "2024-01-15 12:00 +00:00",
        "2024-01-15 12:00:00 UTC",
        "20240115T120000Z",
    ],
)
def test_utc_has_many_spellings(spelling: str) -> None:
    assert instants([spelling, spelling], "America/New_York") == ["2024-01-15 12:00"] * 2


@pytest.mark.parametrize("winter", ["+01:00", "+0100", "+01"])
def test_offsets_that_follow_the_daylight_saving_of_the_source_are_fine(winter: str) -> None:
    summer = winter.replace("1", "2", 1)
    stamps = [f"2024-01-15T12:00:00{winter}", f"2024-07-15T12:00:00{summer}"]
    assert instants(stamps, AMSTERDAM) == ["2024-01-15 11:00", "2024-07-15 10:00"]


@pytest.mark.parametrize("other", ["2024-07-15T12:00:00+00:00", "2024-07-15T12:00:00Z", "2024-07-15T12:00:00+03"])
def test_offsets_that_are_not_those_of_the_source_are_mixed_zones(other: str) -> None:
    rejection = refused(["2024-01-15T12:00:00+01:00", other], AMSTERDAM)
    assert "timestamps of several offsets are those of source.timezone, here Europe/Amsterdam" in str(rejection)
    assert rejection.timestamps == (other,)
    assert "row 2" in str(rejection)


def test_some_with_and_some_without_zone_are_refused() -> None:
    rejection = refused(["2024-01-15T12:00:00Z", "2024-01-15T13:00:00", "2024-01-15T14:00:00Z"])
    assert "either all timestamps state a time zone or none does" in str(rejection)
    assert "row 2 (series 'demand') holds '2024-01-15T13:00:00'" in str(rejection)


def test_a_zone_by_name_on_some_rows_is_refused() -> None:
    assert "row 2" in str(refused(["2024-01-15 12:00:00 UTC", "2024-01-15 13:00:00"]))


def test_dates_without_time_are_midnights_of_the_source() -> None:
    assert instants(["2024-01-15", "2024-07-15"], AMSTERDAM) == ["2024-01-14 23:00", "2024-07-14 22:00"]
    assert instants(["15-01-2024", "16-01-2024"]) == ["2024-01-15 00:00", "2024-01-16 00:00"]


def test_the_first_date_shows_whether_day_or_month_comes_first() -> None:
    assert instants(["13/02/2024", "01/03/2024"]) == ["2024-02-13 00:00", "2024-03-01 00:00"]
    assert "row 2 (series 'demand') holds '13/02/2024'" in str(refused(["01/03/2024", "13/02/2024"]))


@pytest.mark.parametrize(
    ("stamps", "row"),
    [
        (["2024-01-15", "soon"], 2),
        (["soon", "2024-01-15"], 1),
        (["2024-01-15", "2024-02-30"], 2),
        (["2024-01-15", "2024-01-16 12:00"], 2),
        (["January the 5th 2024", "January the 6th 2024"], 1),
        (["2024-01-15 10:00 CET", "2024-01-15 11:00 CET"], 1),
    ],
)
def test_what_is_no_date_of_the_common_format_is_refused_with_its_row(stamps: list[str], row: int) -> None:
    rejection = refused(stamps)
    assert "all timestamps are dates of one format" in str(rejection)
    assert f"row {row} (series 'demand') holds '{stamps[row - 1]}'" in str(rejection)
    assert "ISO 8601" in str(rejection)


@pytest.mark.parametrize("stamp", ["9999-12-31", "0001-01-01"])
@pytest.mark.parametrize("zone", ["", "T00:00:00Z"])
def test_placeholder_dates_are_refused(stamp: str, zone: str) -> None:
    stamps = [f"2024-01-15{zone}", f"{stamp}{zone}"]
    for timezone in ("UTC", AMSTERDAM):
        rejection = refused(stamps, timezone)
        assert "years lie between 1678 and 2261" in str(rejection)
        assert rejection.timestamps == (stamps[1],)


def test_numbers_are_no_dates() -> None:
    assert "timestamps are dates, not numbers" in str(refused([20240115, 20240116]))
    assert "timestamps are dates, not numbers" in str(refused([1705276800.0]))


def test_a_missing_timestamp_is_refused_with_its_series() -> None:
    rejection = refused(["2024-01-15", None], ids=["a", "b"])
    assert "every row has a timestamp" in str(rejection)
    assert rejection.series == "b"


def test_typed_timestamps_need_no_parsing() -> None:
    naive = pd.date_range("2024-01-15 12:00", periods=2, freq="h")
    assert instants(list(naive), AMSTERDAM) == ["2024-01-15 11:00", "2024-01-15 12:00"]
    assert instants(list(naive.tz_localize("Asia/Tokyo")), AMSTERDAM) == ["2024-01-15 03:00", "2024-01-15 04:00"]


# Daylight saving: on 2024-10-27 the hour from 02:00 comes twice in Amsterdam, on 2024-03-31 it is skipped.


def test_the_repeated_hour_is_resolved_by_order() -> None:
    clock = ["01:00", "01:30", "02:00", "02:30", "02:00", "02:30", "03:00"]
    found = instants([f"2024-10-27 {time}" for time in clock], AMSTERDAM)
    assert found == [
        "2024-10-26 23:00",
        "2024-10-26 23:30",
        "2024-10-27 00:00",
        "2024-10-27 00:30",
        "2024-10-27 01:00",
        "2024-10-27 01:30",
        "2024-10-27 02:00",
    ]


def test_the_order_is_that_within_each_series() -> None:
    clock = ["01:00", "01:00", "02:00", "02:00", "02:00", "02:00", "03:00", "03:00"]
    found = instants([f"2024-10-27 {time}" for time in clock], AMSTERDAM, ids=["a", "b"] * 4)
    assert found[::2] == found[1::2] == ["2024-10-26 23:00", "2024-10-27 00:00", "2024-10-27 01:00", "2024-10-27 02:00"]


@pytest.mark.parametrize("clock", [["02:30"], ["01:30", "02:30", "03:30"], ["02:00", "02:30", "03:00"]])
def test_the_repeated_hour_is_refused_where_no_order_tells_which_is_meant(clock: list[str]) -> None:
    rejection = refused([f"2024-10-27 {time}" for time in clock], AMSTERDAM)
    assert "times that daylight saving repeats in Europe/Amsterdam stand in an order that tells them apart" in str(
        rejection
    )
    assert rejection.series == "demand"
    assert rejection.timestamps[0].startswith("2024-10-27 02:")
    assert "Write timestamps in UTC or with offsets" in str(rejection)


def test_the_series_whose_order_does_not_tell_is_named() -> None:
    stamps = ["2024-10-27 02:00", "2024-10-27 02:00", "2024-10-27 02:00"]
    assert refused(stamps, AMSTERDAM, ids=["a", "b", "a"]).series == "b"


def test_times_that_daylight_saving_skips_are_refused() -> None:
    rejection = refused(["2024-03-31 01:30", "2024-03-31 02:30", "2024-03-31 03:30"], AMSTERDAM)
    assert "wall-clock times exist in Europe/Amsterdam" in str(rejection)
    assert rejection.timestamps == ("2024-03-31 02:30:00",)


def test_midnights_stay_midnights_across_both_changes() -> None:
    spring, autumn = ["2024-03-30", "2024-03-31", "2024-04-01"], ["2024-10-26", "2024-10-27", "2024-10-28"]
    assert instants(spring, AMSTERDAM) == ["2024-03-29 23:00", "2024-03-30 23:00", "2024-03-31 22:00"]
    assert instants(autumn, AMSTERDAM) == ["2024-10-25 22:00", "2024-10-26 22:00", "2024-10-27 23:00"]


def test_the_index_of_the_rows_is_kept() -> None:
    stamps = pd.Series(["2024-01-15", "2024-01-16"], index=[7, 3])
    ids = pd.Series(["b", "a"], index=[7, 3])
    assert to_instants(stamps, ids, AMSTERDAM, "when").index.tolist() == [7, 3]


def test_where_the_first_row_shows_a_format_that_others_are_not_of_that_of_all_is_named() -> None:
    stamps = list(pd.date_range("2020-01-01", periods=40, freq="h").strftime("%m/%d/%Y %I:%M:%S %p"))

    rejection = refused(stamps)

    assert "dates of one format, and the first one does not show it" in str(rejection)
    assert "source.time_format: '%m/%d/%Y %I:%M:%S %p'" in str(rejection)
