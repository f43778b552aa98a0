"""Whatever the place, the night and the step: what a wall clock shows, read in order, is where it came from."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from recurcast.config import Columns, FileSource
from recurcast.series.clock import localized
from recurcast.series.files import rows_of

PLACES = (
    "Europe/London", "Europe/Dublin", "Europe/Berlin", "Europe/Lisbon", "America/New_York", "America/St_Johns",
    "America/Santiago", "Australia/Sydney", "Pacific/Auckland", "Asia/Tehran", "Asia/Kolkata", "UTC",
)  # fmt: skip
DAYS = st.dates(pd.Timestamp("1995-01-02").date(), pd.Timestamp("2025-12-31").date())


@settings(derandomize=True, deadline=None, max_examples=40, database=None)
@given(
    zone=st.sampled_from(PLACES), day=DAYS, minutes=st.sampled_from([5, 15, 30, 60]), count=st.integers(200, 900),
    newest_first=st.booleans(),
)  # fmt: skip
def test_times_of_a_wall_clock_in_order_are_the_instants_that_they_were(zone, day, minutes, count, newest_first):
    steps = pd.date_range(pd.Timestamp(day, tz="UTC"), periods=count, freq=f"{minutes}min")
    wall = pd.Series(steps.tz_convert(zone).tz_localize(None))[:: -1 if newest_first else 1]
    if wall.iloc[[0, -1]].dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT").isna().any():
        return  # it begins or ends in a night's repeated hour, of which then one half is missing

    found = localized(wall, pd.Series("x", index=wall.index), zone, "t")

    assert list(found) == list(steps[:: -1 if newest_first else 1])


@settings(derandomize=True, deadline=None, max_examples=40, database=None)
@given(zone=st.sampled_from(PLACES), day=DAYS, minutes=st.sampled_from([15, 30]), seed=st.integers(0, 99))
def test_a_date_and_a_period_or_an_offset_are_their_instant_in_any_order(zone, day, minutes, seed):
    steps = pd.date_range(pd.Timestamp(day, tz="UTC"), periods=300, freq=f"{minutes}min")
    wall = steps.tz_convert(zone)
    midnight = wall.tz_localize(None).normalize().tz_localize(zone, ambiguous=True, nonexistent="shift_forward")
    table = pd.DataFrame(
        {
            "day": wall.strftime("%Y-%m-%d"),
            "period": (wall - midnight) // pd.Timedelta(minutes=minutes) + 1,
            "local": wall.strftime("%Y-%m-%d %H:%M:%S"),
            "offset": [f"{each:%z}" for each in wall],
            "y": 1.0,
            "at": steps,
        }
    ).sample(frac=1, random_state=seed)
    for ds in ({"date": "day", "period": "period", "minutes": minutes}, {"local": "local", "zone": "offset"}):
        source = FileSource(path="x.csv", columns=Columns(ds=ds, y="y"), timezone=zone)

        assert list(rows_of(table, source, "x")["ds"]) == list(table["at"])
