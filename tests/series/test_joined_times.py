"""Times in several columns, as instants in UTC: on spring and autumn days too."""

import numpy as np
import pandas as pd
import pytest

from recurcast.config import Columns, FileSource
from recurcast.errors import DataRejected
from recurcast.series.files import rows_of

LONDON, BERLIN, NEW_YORK, LORD_HOWE = "Europe/London", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe"
CHANGES = [
    (LONDON, "2024-03-30 12:00"), (LONDON, "2024-10-26 12:00"),
    (BERLIN, "2024-03-30 12:00"), (BERLIN, "2024-10-26 12:00"),
    (NEW_YORK, "2024-03-09 12:00"), (NEW_YORK, "2024-11-02 12:00"),
    (LORD_HOWE, "2024-04-06 03:00"), (LORD_HOWE, "2024-10-05 03:00"),
]  # fmt: skip


def around(start: str, step: str, periods: int = 120) -> pd.DatetimeIndex:
    return pd.date_range(start, periods=periods, freq=step, tz="UTC")


def instants(
    table: dict[str, object], ds: dict[str, object], timezone: str = "UTC", **more: object
) -> list[pd.Timestamp]:
    frame = pd.DataFrame(table)
    source = FileSource(path="x.csv", columns=Columns(ds=ds, y="y"), timezone=timezone, **more)
    return list(rows_of(frame.assign(y=range(len(frame))), source, "x")["ds"])


def refused(table: dict[str, object], ds: dict[str, object], timezone: str = "UTC") -> str:
    with pytest.raises(DataRejected) as rejection:
        instants(table, ds, timezone)
    return str(rejection.value)


# By whole hours Lord Howe's clock, which goes back by half of one, shows no order in which one returns.
@pytest.mark.parametrize(
    ("zone", "start", "step"), [(*each, "30min") for each in CHANGES] + [(*each, "h") for each in CHANGES[:6]]
)
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_date_and_a_time_on_the_days_on_which_clocks_change(
    zone: str, start: str, step: str, newest_first: bool
) -> None:
    steps = around(start, step)[:: -1 if newest_first else 1]
    wall = steps.tz_convert(zone)
    table = {"day": wall.strftime("%Y-%m-%d"), "at": wall.strftime("%H:%M")}

    assert instants(table, {"date": "day", "time": "at"}, zone) == list(steps)


@pytest.mark.parametrize(("zone", "start"), CHANGES[:6])
def test_a_date_and_an_hour_that_comes_twice_or_never(zone: str, start: str) -> None:
    steps = around(start, "h")
    wall = steps.tz_convert(zone)

    assert instants({"day": wall.strftime("%Y-%m-%d"), "hr": wall.hour}, {"date": "day", "hour": "hr"}, zone) == list(
        steps
    )


@pytest.mark.parametrize(("zone", "start"), CHANGES[:6])
def test_hours_by_their_ends_are_those_that_end_then(zone: str, start: str) -> None:
    steps = around(start, "h")
    wall = steps.tz_convert(zone)
    table = {"day": wall.strftime("%m/%d/%Y"), "HE": wall.hour + 1}

    assert instants(table, {"date": "day", "hour": "HE", "ending": "1h"}, zone, time_format="%m/%d/%Y") == list(steps)


@pytest.mark.parametrize(("zone", "start"), CHANGES)
@pytest.mark.parametrize("minutes", [15, 30])
def test_periods_are_counted_from_midnight_whatever_the_clock_does(zone: str, start: str, minutes: int) -> None:
    steps = around(start, f"{minutes}min", 400)
    wall = steps.tz_convert(zone)
    midnight = pd.DatetimeIndex([each.normalize() for each in wall])
    period = ((steps - midnight) // pd.Timedelta(minutes=minutes)) + 1

    ds = {"date": "day", "period": "sp", "minutes": minutes}
    assert instants({"day": wall.strftime("%Y-%m-%d"), "sp": period}, ds, zone) == list(steps)


def test_a_long_day_in_london_has_fifty_half_hours_and_a_short_one_forty_six() -> None:
    ds = {"date": "day", "period": "sp"}
    table = {"day": ["2024-03-31", "2024-10-27"], "sp": [46, 50]}
    assert [f"{each:%m-%d %H:%M}" for each in instants(table, ds, LONDON)] == ["03-31 22:30", "10-27 23:30"]

    said = refused({"day": ["2024-10-27", "2024-03-31"], "sp": [50, 47]}, ds, LONDON)
    assert "no more periods of 30 minutes than fit in it" in said
    assert "row 2 (series 'x') holds '2024-03-31, 47'" in said
    assert "counted from 1 to 48" in refused({"day": ["2024-01-01"], "sp": [49]}, ds, LONDON)
    assert "row 2" in refused({"day": ["2024-01-01"] * 2, "sp": [1, 1.5]}, ds, LONDON)


@pytest.mark.parametrize(("zone", "start"), CHANGES)
@pytest.mark.parametrize("spelled", ["abbreviation", "offset", "0/1", "Y/N", "S/W", "TRUE/FALSE", "DST/STD"])
@pytest.mark.parametrize("shuffled", [False, True])
def test_a_zone_beside_local_times_tells_every_hour_in_any_order(
    zone: str, start: str, spelled: str, shuffled: bool
) -> None:
    steps = around(start, "30min", 200)
    if shuffled:
        steps = steps[np.random.default_rng(1).permutation(200)]
    wall = steps.tz_convert(zone)
    summer = pd.Series([bool(each.dst()) for each in wall])
    labels = {
        "abbreviation": wall.strftime("%Z"), "offset": [f"{each:%z}" for each in wall], "0/1": summer.astype(int),
        "Y/N": summer.map({True: "Y", False: "N"}), "S/W": summer.map({True: "S", False: "W"}), "TRUE/FALSE": summer,
        "DST/STD": summer.map({True: "DST", False: "STD"}),
    }[spelled]  # fmt: skip
    table = {"at": wall.strftime("%d/%m/%Y %H:%M"), "zone": labels}

    assert instants(table, {"local": "at", "zone": "zone"}, zone, time_format="%d/%m/%Y %H:%M") == list(steps)


@pytest.mark.parametrize(("zone", "start"), [CHANGES[1], CHANGES[3], CHANGES[5]])
def test_a_flag_on_the_second_one_of_a_repeated_hour_tells_it(zone: str, start: str) -> None:
    steps = around(start, "h")
    wall = steps.tz_convert(zone)
    naive = wall.tz_localize(None)
    table = {"day": naive.strftime("%m/%d/%Y"), "he": naive.hour + 1, "again": np.where(naive.duplicated(), "Y", "N")}
    ds = {"date": "day", "hour": "he", "repeated": "again", "ending": "1h"}
    mixed = pd.DataFrame(table).sample(frac=1, random_state=0)

    assert sorted(instants(mixed, ds, zone, time_format="%m/%d/%Y")) == list(steps)


def test_hours_3a_and_3b_are_the_two_of_the_market() -> None:
    hours = ["1", "2", "3B", "3A", "4"]
    table = {"day": ["2024-10-27"] * 5, "hour": hours}

    found = instants(table, {"date": "day", "hour": "hour", "ending": "1h"}, BERLIN)

    assert [f"{each:%d %H}" for each in found] == ["26 22", "26 23", "27 01", "27 00", "27 02"]


@pytest.mark.parametrize(
    ("cells", "hours"),
    [
        ([0, 23], [0, 23]), (["00", "07"], [0, 7]), (["HE01", "HE24"], [1, 24]), (["Hour 1", "Hour 2"], [1, 2]),
        (["0:00", "23:00"], [0, 23]), (["01:00:00", "2:00:00"], [1, 2]), ([1.0, 2.0], [1, 2]),
    ],
)  # fmt: skip
def test_hours_have_many_spellings(cells: list[object], hours: list[int]) -> None:
    found = instants({"day": ["2024-01-01"] * 2, "h": cells}, {"date": "day", "hour": "h"})

    assert found == [pd.Timestamp("2024-01-01", tz="UTC") + pd.Timedelta(hours=hour) for hour in hours]


@pytest.mark.parametrize(
    ("cells", "minutes"),
    [
        (["7:30", "24:00"], [450, 1440]), (["12:00:00 AM", "12:30 pm"], [0, 750]), (["0030", "2330"], [30, 1410]),
        ([30, 1230], [30, 750]), (["00:00-00:15", "00:15 - 00:30"], [0, 15]), (["1:05 p.m.", "11:59 AM"], [785, 719]),
    ],
)  # fmt: skip
def test_times_of_day_have_many_spellings(cells: list[object], minutes: list[int]) -> None:
    found = instants({"day": ["2024-01-01"] * 2, "t": cells}, {"date": "day", "time": "t"})

    assert found == [pd.Timestamp("2024-01-01", tz="UTC") + pd.Timedelta(minutes=each) for each in minutes]


def test_the_date_itself_may_stand_in_several_columns() -> None:
    table = {"Y": [2024, 2024], "M": [2, 3], "D": [29, 1], "h": [23, 0]}
    assert [str(each) for each in instants(table, {"year": "Y", "month": "M", "day": "D", "hour": "h"})] == [
        "2024-02-29 23:00:00+00:00",
        "2024-03-01 00:00:00+00:00",
    ]
    months = instants({"Y": [2024, 2024], "M": ["Jan", "February"]}, {"year": "Y", "month": "M"})
    assert [each.month for each in months] == [1, 2]
    assert "each month has this day" in refused(
        {"Y": [2024], "M": [2], "D": [30]}, {"year": "Y", "month": "M", "day": "D"}
    )


@pytest.mark.parametrize(
    ("table", "ds", "says"),
    [
        ({"d": ["2024-01-01", "2024-01-01"], "h": [1, 25]}, {"date": "d", "hour": "h"}, "hours are 0 to 23"),
        (
            {"d": ["2024-01-01", "2024-01-01"], "h": ["1", "x"]},
            {"date": "d", "hour": "h"},
            "row 2 (series 'x') holds 'x'",
        ),
        ({"d": ["2024-01-01", "2024-01-01"], "h": ["1:00", "1:75"]}, {"date": "d", "time": "h"}, "times of day are"),
        ({"d": ["2024-01-01 05:00"], "h": [1]}, {"date": "d", "hour": "h"}, "have none of their own"),
        ({"d": ["2024-01-01T00:00:00Z"], "h": [1]}, {"date": "d", "hour": "h"}, "state no zone of their own"),
        ({"d": ["2024-01-15 10:00"], "z": ["CEST"]}, {"local": "d", "zone": "z"}, "zones are those of source.timezone"),
        ({"d": ["2024-01-15 10:00", "2024-07-15"], "z": ["S", "S"]}, {"local": "d", "zone": "z"}, "one format"),
        (
            {"d": ["2024-01-15 10:00", "2024-07-15 10:00"], "z": ["S", "S"]},
            {"local": "d", "zone": "z"},
            "each word stands in summer or in winter alone",
        ),
        ({"d": ["2024-01-15 10:00"], "z": ["Y"]}, {"local": "d", "repeated": "z"}, "hours that Europe/Berlin repeats"),
        ({"d": ["2024-01-15 10:00"], "z": ["maybe"]}, {"local": "d", "repeated": "z"}, "a flag is yes or no"),
    ],
)
def test_what_can_t_be_joined_is_refused_with_its_row(
    table: dict[str, object], ds: dict[str, object], says: str
) -> None:
    said = refused(table, ds, BERLIN)

    assert says in said
    assert "row " in said


def test_a_column_that_is_not_there_is_named() -> None:
    assert "the file has the column 'hour'" in refused({"day": ["2024-01-01"]}, {"date": "day", "hour": "hour"})


def test_several_series_are_joined_each_in_its_own_order() -> None:
    steps = around("2024-10-26 12:00", "h", 48)
    wall = steps.tz_convert(BERLIN)
    one = pd.DataFrame({"day": wall.strftime("%Y-%m-%d"), "h": wall.hour, "y": range(48)})
    mixed = pd.concat([one.assign(shop="a"), one[::-1].assign(shop="b")])
    source = FileSource(
        path="x", columns=Columns(unique_id="shop", ds={"date": "day", "hour": "h"}, y="y"), timezone=BERLIN
    )

    rows = rows_of(mixed.reset_index(drop=True), source, "x")

    assert list(rows["ds"]) == [*steps, *steps[::-1]]
