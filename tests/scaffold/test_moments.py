"""Times of many shapes, from a file to instants: what `init` proposes reads the right rows."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.support.proposed import case
from tests.support.proposed import proposed as of_file

from recurcast.errors import DataRejected
from recurcast.scaffold.files import project_file
from recurcast.scaffold.guess import Said
from recurcast.scaffold.proposal import Proposal, propose
from recurcast.series.files import read_file

NOW = datetime(2026, 11, 27, 20, tzinfo=UTC)
LONDON, BERLIN, NEW_YORK = "Europe/London", "Europe/Berlin", "America/New_York"
AUTUMN, SPRING = "2024-10-01", "2024-03-01"


def values(count: int) -> "np.ndarray":
    t = np.arange(count)
    return np.round(50 + 10 * np.sin(2 * np.pi * t / 24) + t % 7, 3)


def proposed(folder: Path, table: pd.DataFrame, **said: object) -> Proposal:
    table.to_csv(folder / "my.csv", index=False)
    return propose(folder / "my.csv", "my", Said(**said), NOW)


def rows_of(folder: Path, proposal: Proposal) -> pd.DataFrame:
    """What a run reads by the block, its text read again."""
    assert "columns:" in project_file(proposal)
    source = proposal.pipeline.source.model_copy(update={"path": "my.csv"})
    return read_file(source, folder, "my")


def read(folder: Path, table: pd.DataFrame, **said: object) -> pd.DataFrame:
    return rows_of(folder, proposed(folder, table, **said))


def refused(folder: Path, table: pd.DataFrame, **said: object) -> str:
    with pytest.raises(DataRejected) as told:
        proposed(folder, table, **said)
    return str(told.value)


def ds_of(proposal: Proposal) -> object:
    ds = proposal.pipeline.source.columns.ds
    return ds if isinstance(ds, str) else ds.model_dump(exclude_defaults=True)


def guess(proposal: Proposal, field: str) -> object:
    return next(each for each in proposal.guesses if each.field == field)


def steps(start: str, step: str, count: int, zone: str = "UTC") -> pd.DatetimeIndex:
    """From a midnight on, in UTC."""
    return pd.date_range(pd.Timestamp(start, tz=zone).tz_convert("UTC"), periods=count, freq=step)


@pytest.mark.parametrize(
    ("date", "spelled", "ds"),
    [
        ("%Y-%m-%d", "{h}", {"date": "day", "hour": "hr"}),
        ("%d/%m/%Y", "{h:02d}", {"date": "day", "hour": "hr"}),
        ("%m/%d/%Y", "{h}:00", {"date": "day", "time": "hr"}),
        ("%d.%m.%Y", "{h:02d}:00:00", {"date": "day", "time": "hr"}),
        ("%Y%m%d", "{e}", {"date": "day", "hour": "hr", "ending": "1h"}),
        ("%d-%b-%Y", "HE{e:02d}", {"date": "day", "hour": "hr", "ending": "1h"}),
        ("%Y-%m-%d", "Hour {e}", {"date": "day", "hour": "hr", "ending": "1h"}),
        ("%Y-%m-%d", "{e:02d}:00", {"date": "day", "time": "hr", "ending": "1h"}),
    ],
)
def test_a_date_and_an_hour_however_spelled_are_one_hourly_series(
    tmp_path: Path, date: str, spelled: str, ds: dict[str, str]
) -> None:
    ds_utc = steps("2023-01-01", "h", 900)
    hours = [spelled.format(h=hour, e=hour + 1) for hour in ds_utc.hour]
    proposal = proposed(tmp_path, pd.DataFrame({"day": ds_utc.strftime(date), "hr": hours, "load": values(900)}))

    assert ds_of(proposal) == ds
    assert proposal.pipeline.source.columns.unique_id is None
    assert proposal.pipeline.frequency == "h"
    rows = rows_of(tmp_path, proposal)
    assert list(rows["ds"]) == list(ds_utc)
    assert list(rows["y"]) == list(values(900))


@pytest.mark.parametrize("missing", [0, 1])
@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("shops", [1, 3])
def test_names_a_date_and_an_hour_beside_each_other_are_several_hourly_series(
    tmp_path: Path, missing: int, newest_first: bool, shops: int
) -> None:
    ds_utc = steps("2023-01-01", "h", 720).delete([100] * missing)
    one = pd.DataFrame({"day": ds_utc.strftime("%Y-%m-%d"), "hour": ds_utc.hour, "sold": values(len(ds_utc))})
    table = pd.concat([one.assign(shop=f"shop {n}") for n in range(shops)])
    table = table[::-1] if newest_first else table
    proposal = proposed(tmp_path, table if shops > 1 else table.drop(columns="shop"))

    assert ds_of(proposal) == {"date": "day", "hour": "hour"}
    assert proposal.pipeline.source.columns.unique_id == ("shop" if shops > 1 else None)
    rows = rows_of(tmp_path, proposal)
    for _, own in rows.groupby("unique_id"):
        assert list(own["ds"].sort_values()) == list(ds_utc)
    assert ("newest row stands first" in guess(proposal, "source.columns.ds").why) == newest_first


@pytest.mark.parametrize("start", [SPRING, AUTUMN])
@pytest.mark.parametrize("name", ["SETTLEMENT_PERIOD", "Settlement Period", "settlementPeriod"])
def test_settlement_periods_are_half_hours_of_great_britain(tmp_path: Path, start: str, name: str) -> None:
    ds_utc = steps(start, "30min", 60 * 48, LONDON)
    wall = ds_utc.tz_convert(LONDON)
    period = (ds_utc - pd.DatetimeIndex([each.normalize() for each in wall])) // pd.Timedelta("30min") + 1
    proposal = proposed(tmp_path, pd.DataFrame({"d": wall.strftime("%d/%m/%Y"), name: period, "ND": values(2880)}))

    assert ds_of(proposal) == {"date": "d", "period": name}
    assert (proposal.pipeline.source.timezone, proposal.pipeline.frequency) == (LONDON, "30min")
    assert list(rows_of(tmp_path, proposal)["ds"]) == list(ds_utc)


def test_periods_of_some_clock_ask_whose(tmp_path: Path) -> None:
    ds_utc = steps(SPRING, "15min", 60 * 96, BERLIN)
    wall = ds_utc.tz_convert(BERLIN)
    period = (ds_utc - pd.DatetimeIndex([each.normalize() for each in wall])) // pd.Timedelta("15min") + 1
    table = pd.DataFrame({"d": wall.strftime("%Y-%m-%d"), "period": period, "MW": values(len(wall))})

    assert "days of 92 or 100 periods" in refused(tmp_path, table)
    assert list(read(tmp_path, table, timezone=BERLIN)["ds"]) == list(ds_utc)


def test_hours_counted_to_25_on_the_day_that_clocks_go_back(tmp_path: Path) -> None:
    ds_utc = steps(AUTUMN, "h", 40 * 24 + 1, BERLIN)
    wall = ds_utc.tz_convert(BERLIN)
    hour = (ds_utc - pd.DatetimeIndex([each.normalize() for each in wall])) // pd.Timedelta("1h") + 1
    table = pd.DataFrame({"Date": wall.strftime("%Y-%m-%d"), "Hour": hour, "price": values(len(wall))})

    assert "whose" in refused(tmp_path, table)
    assert list(read(tmp_path, table, timezone=BERLIN)["ds"]) == list(ds_utc)


def test_hours_3a_and_3b(tmp_path: Path) -> None:
    ds_utc = steps(AUTUMN, "h", 40 * 24 + 1, BERLIN)
    wall = ds_utc.tz_convert(BERLIN)
    hour = pd.Series(wall.hour + 1).astype(str)
    twice = (wall.strftime("%m-%d") == "10-27") & (wall.hour == 2)
    hour[twice] = ["3A", "3B"]
    table = pd.DataFrame({"Date": wall.strftime("%Y-%m-%d"), "Hour": hour, "price": values(len(wall))})

    assert "--timezone" in refused(tmp_path, table)
    assert list(read(tmp_path, table, timezone=BERLIN)["ds"]) == list(ds_utc)


@pytest.mark.parametrize(
    ("zone", "found"),
    [
        (NEW_YORK, NEW_YORK), ("America/Chicago", "America/Chicago"), ("America/Los_Angeles", "America/Los_Angeles"),
        (LONDON, LONDON), (BERLIN, BERLIN), ("Europe/Paris", BERLIN), ("Europe/Helsinki", "Europe/Helsinki"),
        ("Australia/Sydney", "Australia/Sydney"), ("Pacific/Auckland", "Pacific/Auckland"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("start", [SPRING, AUTUMN])
@pytest.mark.parametrize("behind", [False, True])
def test_local_times_beside_their_zone_are_those_of_its_place(
    tmp_path: Path, zone: str, found: str, start: str, behind: bool
) -> None:
    ds_utc = steps(start, "h", 60 * 24, zone)
    wall = ds_utc.tz_convert(zone)
    labels = wall.strftime("%Z")
    table = pd.DataFrame({"Time Stamp": wall.strftime("%m/%d/%Y %H:%M:%S"), "Time Zone": labels, "Load": values(1440)})
    if behind:
        table["Time Stamp"] = table["Time Stamp"] + " " + table.pop("Time Zone")
    proposal = proposed(tmp_path, table)

    assert ds_of(proposal) == ("Time Stamp" if behind else {"local": "Time Stamp", "zone": "Time Zone"})
    assert proposal.pipeline.source.timezone == found
    assert list(rows_of(tmp_path, proposal)["ds"]) == list(ds_utc)


def test_a_zone_that_never_changes_is_a_clock_that_is_never_put_forward(tmp_path: Path) -> None:
    ds_utc = steps("2024-01-01", "h", 300 * 24, "Etc/GMT+5")
    wall = ds_utc.tz_convert("Etc/GMT+5")
    proposal = proposed(tmp_path, pd.DataFrame({"at": wall.strftime("%Y-%m-%d %H:%M"), "tz": "EST", "y": values(7200)}))

    assert proposal.pipeline.source.timezone == "Etc/GMT+5"
    assert list(rows_of(tmp_path, proposal)["ds"]) == list(ds_utc)


@pytest.mark.parametrize("flag", ["0/1", "N/Y", "W/S"])
@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK])
def test_a_flag_of_summer_time_asks_for_the_place_and_then_tells_every_hour(
    tmp_path: Path, flag: str, zone: str
) -> None:
    ds_utc = steps(AUTUMN, "h", 60 * 24, zone)
    wall = ds_utc.tz_convert(zone)
    winter, summer = flag.split("/")
    said = [summer if each.dst() else winter for each in wall]
    table = pd.DataFrame({"at": wall.strftime("%Y-%m-%d %H:%M"), "dst": said, "y": values(1440)})

    assert "--timezone" in refused(tmp_path, table)
    assert list(read(tmp_path, table, timezone=zone)["ds"]) == list(ds_utc)


@pytest.mark.parametrize("flag", ["DSTFlag", "Repeated Hour Flag"])
def test_a_flag_on_the_repeated_hour_alone(tmp_path: Path, flag: str) -> None:
    ds_utc = steps(AUTUMN, "h", 60 * 24, NEW_YORK)
    naive = ds_utc.tz_convert(NEW_YORK).tz_localize(None)
    table = pd.DataFrame(
        {
            "DeliveryDate": naive.strftime("%m/%d/%Y"),
            "HourEnding": [f"{hour + 1:02d}:00" for hour in naive.hour],
            flag: np.where(naive.duplicated(), "Y", "N"),
            "price": values(1440),
        }
    )
    proposal = proposed(tmp_path, table, timezone=NEW_YORK)

    assert ds_of(proposal) == {"date": "DeliveryDate", "time": "HourEnding", "ending": "1h", "repeated": flag}
    assert list(rows_of(tmp_path, proposal)["ds"]) == list(ds_utc)


@pytest.mark.parametrize("zone", [LONDON, BERLIN, NEW_YORK, "Australia/Sydney"])
@pytest.mark.parametrize("newest_first", [False, True])
def test_local_hours_over_the_change_in_autumn_are_told_by_their_order(
    tmp_path: Path, zone: str, newest_first: bool
) -> None:
    ds_utc = steps("2024-03-20" if zone.startswith("Aus") else "2024-10-20", "h", 1000, zone)
    table = pd.DataFrame({"time": ds_utc.tz_convert(zone).strftime("%Y-%m-%d %H:%M"), "v": values(1000)})
    table = table[::-1] if newest_first else table

    assert "clocks are set back: say whose" in refused(tmp_path, table)
    found = read(tmp_path, table, timezone=zone)
    assert list(found["ds"]) == list(ds_utc[::-1] if newest_first else ds_utc)
    assert "sort the rows by time" in refused(tmp_path, table.sample(frac=1, random_state=1), timezone=zone)


def test_year_month_day_and_hour_apart_are_joined(tmp_path: Path) -> None:
    ds_utc = steps("2023-01-01", "h", 900)
    parts = {"year": ds_utc.year, "month": ds_utc.month, "day": ds_utc.day, "hour": ds_utc.hour}
    proposal = proposed(tmp_path, pd.DataFrame({"No": range(1, 901), **parts, "pm2.5": values(900)}))

    assert ds_of(proposal) == {name: name for name in parts}
    assert proposal.pipeline.source.columns.y == "pm2.5"
    assert list(rows_of(tmp_path, proposal)["ds"]) == list(ds_utc)


@pytest.mark.parametrize("shops", [24, 48, 7])
@pytest.mark.parametrize("by_day", [False, True])
def test_shops_with_numbers_are_names_and_no_hours(tmp_path: Path, shops: int, by_day: bool) -> None:
    days = pd.date_range("2023-01-01", periods=100)
    one = pd.DataFrame({"date": days.strftime("%Y-%m-%d"), "sold": values(100)})
    table = pd.concat([one.assign(store=n) for n in range(1, shops + 1)])
    table = table.sort_values(["date", "store"]) if by_day else table
    proposal = proposed(tmp_path, table)

    assert (ds_of(proposal), proposal.pipeline.source.columns.unique_id) == ("date", "store")
    assert proposal.pipeline.frequency == "D"


@pytest.mark.parametrize("conflicting", [False, True])
@pytest.mark.parametrize("column", ["count", "weather", "flag"])
def test_a_doubled_row_is_named_and_makes_no_series(tmp_path: Path, conflicting: bool, column: str) -> None:
    ds_utc = steps("2023-01-01", "h", 900)
    extra = {
        "count": np.arange(900) % 5,
        "weather": np.array(["sun", "rain", "snow"])[np.arange(900) // 7 % 3],
        "flag": np.arange(900) % 2 == 0,
    }
    table = pd.DataFrame({"at": ds_utc.strftime("%Y-%m-%d %H:%M"), "load": values(900), column: extra[column]})
    again = table.iloc[[500]].copy()
    if conflicting:
        again[column] = table[column].iloc[501 if column != "weather" else 510]
    said = refused(tmp_path, pd.concat([table.iloc[:501], again, table.iloc[501:]]))

    assert "2023-01-21 20:00 stands twice in 'my.csv': rows 501 and 502" in said
    assert (f"differ in '{column}'" in said) == conflicting
    assert ("are identical" in said) == (not conflicting)


def test_rows_that_all_stand_twice_are_said_to_be_identical(tmp_path: Path) -> None:
    table = pd.DataFrame({"at": steps("2023-01-01", "h", 90).strftime("%Y-%m-%d %H:%M"), "y": values(90)})

    assert "90 rows repeat a time" in refused(tmp_path, pd.concat([table, table]))


def test_a_column_called_zone_may_name_places_and_no_clock(tmp_path: Path) -> None:
    hours = steps("2023-01-01", "h", 300)
    one = pd.DataFrame({"date": hours.strftime("%Y-%m-%d"), "hour": hours.hour, "load": values(300)})
    proposal = proposed(tmp_path, pd.concat([one.assign(Zone="CAPITL"), one.assign(Zone="N.Y.C.")]))

    assert (ds_of(proposal), proposal.pipeline.source.columns.unique_id) == ({"date": "date", "hour": "hour"}, "Zone")


def test_a_doubled_row_of_one_of_several_series_is_named_with_it(tmp_path: Path) -> None:
    ds_utc = steps("2023-01-01", "D", 200)
    one = pd.DataFrame({"at": ds_utc.strftime("%Y-%m-%d"), "y": values(200)})
    table = pd.concat([one.assign(meter="a"), one.assign(meter="b")])
    said = refused(tmp_path, pd.concat([table, table.iloc[[210]]]))

    assert "2023-01-11 00:00 of series 'b' stands twice in 'my.csv': rows 211 and 401, which are identical" in said
    assert "Remove the later ones" in said


def test_what_is_said_to_belong_together_is_joined_whatever_its_name(tmp_path: Path) -> None:
    ds_utc = steps("2023-01-01", "h", 900)
    table = pd.DataFrame({"tag": ds_utc.strftime("%Y-%m-%d"), "u": ds_utc.hour % 12, "y": values(900)})
    odd = pd.DataFrame({"tag": ds_utc.strftime("%Y-%m-%d"), "u": ds_utc.hour, "station_id": 7, "y": values(900)})
    proposal = proposed(tmp_path, odd, time="tag+u")

    assert ds_of(proposal) == {"date": "tag", "hour": "u"}
    assert list(rows_of(tmp_path, proposal)["ds"]) == list(ds_utc)
    assert "more than once" in refused(tmp_path, table, time="tag+u")
    assert "'station_id' holds '7'" in refused(tmp_path, odd, time="tag+station_id")


@pytest.mark.parametrize("midnight", [" 00:00:00", "T00:00", " 0:00"])
def test_a_date_with_a_midnight_of_its_own_is_a_date(tmp_path: Path, midnight: str) -> None:
    ds_utc = steps("2023-01-01", "h", 900)
    table = pd.DataFrame({"Date": ds_utc.strftime("%Y-%m-%d") + midnight, "Hour": ds_utc.hour, "y": values(900)})
    proposal = proposed(tmp_path, table)

    assert ds_of(proposal) == {"date": "Date", "hour": "Hour"}
    assert list(rows_of(tmp_path, proposal)["ds"]) == list(ds_utc)


@pytest.mark.parametrize(
    ("name", "count", "first", "last", "frequency", "said"),
    [
        ("hours_in_two_columns", 2880, "2011-01-01 00:00", "2011-04-30 23:00", "h", {}),
        ("settlement_periods", 4800, "2024-01-01 00:00", "2024-04-09 23:30", "30min", {}),
        ("zone_column", 2160, "2023-09-01 04:00", "2023-11-30 03:00", "h", {}),
        ("business_month_ends", 180, "2011-11-30 00:00", "2026-10-30 00:00", "BME", {}),
        ("newest_first_autumn", 1080, "2023-10-01 00:00", "2023-11-14 23:00", "h", {"timezone": BERLIN}),
        ("day_first_months", 144, "2009-01-01 00:00", "2020-12-01 00:00", "MS", {}),
        ("am_pm_midnight", 400, "2020-01-01 00:00", "2021-02-03 00:00", "D", {}),
    ],
)
def test_the_example_files_are_read_from_their_first_to_their_last_instant(
    tmp_path: Path, name: str, count: int, first: str, last: str, frequency: str, said: dict[str, str]
) -> None:
    found = of_file(case(f"{name}.csv"), tmp_path, **said)

    rows = found.rows.sort_values("ds")
    assert (len(rows), found.proposal.pipeline.frequency) == (count, frequency)
    assert f"{rows['ds'].iloc[0]:%Y-%m-%d %H:%M}" == first
    assert f"{rows['ds'].iloc[-1]:%Y-%m-%d %H:%M}" == last
    assert rows["unique_id"].nunique() == 1
    assert not rows["ds"].duplicated().any()


def test_the_example_with_one_doubled_row_names_it(tmp_path: Path) -> None:
    with pytest.raises(
        DataRejected, match=r"2023-06-16 16:00 stands twice in 'one_doubled_row\.csv': rows 4001 and 4002"
    ):
        of_file(case("one_doubled_row.csv"), tmp_path)
