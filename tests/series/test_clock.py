"""Which one of a repeated hour is meant: by the order of the rows, whichever way they run."""

import numpy as np
import pandas as pd
import pytest

from recurcast.errors import DataRejected
from recurcast.series.clock import localized

AUTUMNS = [
    ("Europe/London", "2024-10-26 06:00"),
    ("Europe/Dublin", "2024-10-26 06:00"),
    ("Europe/Berlin", "2024-10-26 06:00"),
    ("America/New_York", "2024-11-02 06:00"),
    ("Australia/Lord_Howe", "2024-04-05 22:00"),
    ("Australia/Sydney", "2024-04-05 22:00"),
]


def wall_of(zone: str, start: str, step: str = "15min", periods: int = 200) -> tuple[pd.DatetimeIndex, "pd.Series"]:
    steps = pd.date_range(start, periods=periods, freq=step, tz="UTC")
    return steps, pd.Series(steps.tz_convert(zone).tz_localize(None))


def one(wall: "pd.Series") -> "pd.Series":
    return pd.Series("x", index=wall.index)


@pytest.mark.parametrize(("zone", "start"), AUTUMNS)
@pytest.mark.parametrize("direction", [1, -1])
@pytest.mark.parametrize("step", ["5min", "15min", "30min"])
def test_oldest_or_newest_first_every_instant_comes_back(zone: str, start: str, direction: int, step: str) -> None:
    steps, wall = wall_of(zone, start, step, 600)
    wall = wall[::direction]

    assert list(localized(wall, one(wall), zone, "t")) == list(steps[::direction])


@pytest.mark.parametrize(("zone", "start"), AUTUMNS)
def test_series_that_run_in_opposite_directions_beside_each_other_are_each_right(zone: str, start: str) -> None:
    steps, wall = wall_of(zone, start)
    both = pd.Series(np.stack([wall, wall[::-1]], axis=1).ravel())
    ids = pd.Series(["old first", "new first"] * len(wall))

    found = localized(both, ids, zone, "t")

    assert list(found[::2]) == list(steps)
    assert list(found[1::2]) == list(steps[::-1])


@pytest.mark.parametrize("seed", range(3))
def test_rows_in_no_order_are_refused_where_a_night_has_two_of_an_hour(seed: int) -> None:
    _, wall = wall_of(*AUTUMNS[2])
    mixed = wall.sample(frac=1, random_state=seed)

    with pytest.raises(DataRejected, match=r"repeats in Europe/Berlin stand in an order that tells them apart") as told:
        localized(mixed, one(mixed), "Europe/Berlin", "t")

    assert "sort the rows by time" in str(told.value)


def test_rows_in_no_order_are_fine_where_no_hour_comes_twice() -> None:
    steps, wall = wall_of("Europe/Berlin", "2024-06-01")
    mixed = wall.sample(frac=1, random_state=0)

    assert list(localized(mixed, one(mixed), "Europe/Berlin", "t")) == list(steps[mixed.index])


def test_a_night_whose_rows_stand_in_two_places_is_refused() -> None:
    _, wall = wall_of(*AUTUMNS[2])
    twice = pd.concat([wall, wall], ignore_index=True)

    with pytest.raises(DataRejected, match="stand in an order"):
        localized(twice, one(twice), "Europe/Berlin", "t")


def test_the_newest_rows_may_end_within_the_night() -> None:
    wall = pd.Series(pd.to_datetime(["2024-10-27 02:00", "2024-10-27 02:30", "2024-10-27 02:00", "2024-10-27 01:30"]))

    found = localized(wall, one(wall), "Europe/Berlin", "t")

    assert list(found.dt.strftime("%H:%M%z")) == ["02:00+0100", "02:30+0200", "02:00+0200", "01:30+0200"]


def test_of_seven_years_each_autumn_is_settled_and_each_spring_whole() -> None:
    steps, wall = wall_of("Europe/Berlin", "2017-01-01", "h", 8766 * 7)

    assert list(localized(wall[::-1], one(wall[::-1]), "Europe/Berlin", "t")) == list(steps[::-1])
