"""Which column tells the times, and whose clock its name says that it is; dates in shapes that few files have."""

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from support.proposed import Proposed, proposed

HOURS = [datetime(2024, 3, 28) + timedelta(hours=hour) for hour in range(200)]


def written(tmp_path: Path, header: str, row: Callable[[datetime], str], times: list[datetime] = HOURS) -> Proposed:
    lines = [f"{row(time)},{n % 23}.5" for n, time in enumerate(times)]
    (tmp_path / "meter.csv").write_text("\n".join([f"{header},kWh", *lines]))
    found = proposed(tmp_path / "meter.csv", tmp_path / "project")
    assert found.rows["y"].tolist() == [n % 23 + 0.5 for n in range(len(times))]
    return found


def first(found: Proposed) -> pd.Timestamp:
    return found.rows["ds"].iloc[0]


@pytest.mark.parametrize(
    ("header", "shift"),
    [
        ("publishTime,startTime", timedelta(hours=2)),
        ("end_time,start_time", timedelta(hours=1)),
        ("datetime_local,datetime_utc", timedelta(hours=5)),
        ("created_at,time_of_value", timedelta(days=1)),
    ],
)
def test_of_two_columns_of_times_the_one_that_values_are_of_is_taken(
    tmp_path: Path, header: str, shift: timedelta
) -> None:
    found = written(tmp_path, header, lambda time: f"{time + shift},{time}")

    assert found.proposal.pipeline.source.columns.ds == header.split(",")[1]  # type: ignore[union-attr]
    assert first(found) == pd.Timestamp(HOURS[0], tz="UTC")
    guess = found.guess("source.columns.ds")
    assert (guess.doubt > 0, guess.instead) == (True, "--time COLUMN")


def test_a_column_of_one_time_throughout_tells_none(tmp_path: Path) -> None:
    found = written(tmp_path, "_start,_time", lambda time: f"{HOURS[0]},{time}")
    assert found.rows["ds"].nunique() == 200


@pytest.mark.parametrize(
    ("name", "zone", "instant"),
    [
        ("Time (UTC+01:00)", "Etc/GMT-1", "2024-03-27 23:00"),
        ("Time GMT-5", "Etc/GMT+5", "2024-03-28 05:00"),
        ("time_utc", "UTC", "2024-03-28 00:00"),
        ("Time (CET)", "Etc/GMT-1", "2024-03-27 23:00"),
    ],
)
def test_the_name_of_a_column_may_say_whose_clock_it_is(tmp_path: Path, name: str, zone: str, instant: str) -> None:
    found = written(tmp_path, name, str)

    assert found.proposal.pipeline.source.timezone == zone
    assert first(found) == pd.Timestamp(instant, tz="UTC")
    assert name in found.guess("source.timezone").why


def test_a_clock_of_central_europe_that_leaves_out_an_hour_in_spring_is_put_forward(tmp_path: Path) -> None:
    wall = [time for time in HOURS if time != datetime(2024, 3, 31, 2)]

    found = written(tmp_path, "Time (CET)", str, wall)

    assert found.proposal.pipeline.source.timezone == "Europe/Berlin"
    assert found.rows["ds"].diff().iloc[1:].nunique() == 1


@pytest.mark.parametrize(
    ("header", "row", "times"),
    [
        ("day", lambda day: f"{day.year}年{day.month}月{day.day}日", pd.date_range("2023-01-28", periods=100)),
        ("day", lambda day: f"{day:%m%d%Y}", pd.date_range("2023-01-28", periods=400)),
        ("period", lambda day: f"{day.year}/{day.quarter}", pd.date_range("1970", periods=100, freq="QS")),
        ("period", lambda day: f"{day.year}:{day.quarter}", pd.date_range("1970", periods=100, freq="QS")),
        ("period", lambda day: f"{day.year}:{day.month}", pd.date_range("1970", periods=100, freq="MS")),
        ("YYYYMMDD,HH", lambda hour: f"{hour:%Y%m%d},{hour.hour + 1}", pd.date_range("2024", periods=100, freq="h")),
        ("YEAR,MO,DY,HR", lambda hour: f"{hour:%Y,%m,%d,%H}", pd.date_range("2024", periods=100, freq="h")),
        ("YYYY,MM,DD,hh,mm", lambda each: f"{each:%Y,%m,%d,%H,%M}", pd.date_range("2024", periods=100, freq="10min")),
    ],
)
def test_a_run_reads_dates_of_rare_shapes_as_init_does(
    tmp_path: Path, header: str, row: Callable[[datetime], str], times: pd.DatetimeIndex
) -> None:
    found = written(tmp_path, header, row, list(times))

    assert found.rows["ds"].tolist() == list(times.tz_localize("UTC"))
    assert found.proposal.seen.rows["ds"].tolist() == list(times.tz_localize("UTC"))[-len(found.proposal.seen.rows) :]


LABELS: dict[str, Callable[[int], str]] = {
    "12 AM": lambda hour: f"{hour % 12 or 12} {'AM' if hour < 12 else 'PM'}",
    "00h": lambda hour: f"{hour:02d}h",
    "0 Uhr": lambda hour: f"{hour} Uhr",
    "T00:00": lambda hour: f"T{hour:02d}:00",
    "godz. 1": lambda hour: f"godz. {hour + 1}",
    "H01": lambda hour: f"H{hour + 1:02d}",
    "0100": lambda hour: f"{hour + 1:02d}00",
    "0-1": lambda hour: f"{hour}-{hour + 1}",
    "Stunde 1": lambda hour: f"Stunde {hour + 1}",
}


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("name", ["Hour", "slot"])
def test_hours_in_words_of_any_kind_are_no_series(tmp_path: Path, label: str, name: str) -> None:
    times = list(pd.date_range("2024", periods=24 * 70, freq="h"))

    found = written(tmp_path, f"day,{name}", lambda hour: f"{hour:%Y-%m-%d},{LABELS[label](hour.hour)}", times)

    assert found.proposal.pipeline.source.columns.unique_id is None  # type: ignore[union-attr]
    assert found.rows["ds"].tolist() == [time.tz_localize("UTC") for time in times]


def test_series_that_are_numbered_as_hours_are_in_doubt_and_a_flag_joins_them(tmp_path: Path) -> None:
    times = list(pd.date_range("2024", periods=24 * 70, freq="h"))
    found = written(tmp_path, "day,slot", lambda hour: f"{hour:%Y-%m-%d},P{hour.hour + 1}", times)
    guess = found.guess("source.columns.unique_id")
    assert (guess.value, guess.doubt, guess.instead) == ("slot", 0.8, "--time day+slot")

    joined = proposed(tmp_path / "meter.csv", tmp_path / "joined", time="day+slot")

    assert joined.rows["ds"].tolist() == [time.tz_localize("UTC") for time in times]
    sites = written(tmp_path, "day,site", lambda hour: f"{hour:%Y-%m-%d},P{hour.hour + 1}", times)
    assert sites.guess("source.columns.unique_id").doubt == 0
