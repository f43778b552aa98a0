"""The calendar's frequencies are told from their days, whole and with gaps."""

import pandas as pd
import pytest

from recurcast.series.calendar_steps import is_4_4_5
from recurcast.series.grid import grid_of, infer_frequency

SAME_DAYS = {"BQE-JAN": "BQE-OCT", "QE-JAN": "QE-OCT", "QS-APR": "QS-JAN"}
ALL = [
    "BME", "BMS", "ME", "MS", "BQE-DEC", "BQE-JAN", "BQS-JAN", "BQS-FEB", "QE-DEC", "QE-JAN", "QS-JAN", "QS-APR", "YE-DEC",
    "YE-MAR", "YS-JAN", "YS-APR", "BYE-DEC", "BYE-JUN", "BYS-JAN", "W-MON", "W-SUN", "2W-MON", "4W-TUE", "13W-SUN",
    "WOM-3FRI", "LWOM-FRI", "SMS-15", "SME-15", "RE-N-DEC-SUN", "RE-L-JAN-SAT", "REQ-N-DEC-SUN-1", "REQ-L-JAN-SAT-4",
    "B", "D", "10D",
]  # fmt: skip


@pytest.mark.parametrize("timezone", ["UTC", "America/New_York"])
@pytest.mark.parametrize("frequency", ALL)
def test_each_frequency_is_told_whole_and_with_gaps_and_has_its_steps_on_its_grid(
    frequency: str, timezone: str
) -> None:
    days = pd.Series(pd.date_range("2000-01-01", periods=80, freq=frequency).tz_localize(timezone).tz_convert("UTC"))
    known_as = SAME_DAYS.get(frequency, frequency)

    assert infer_frequency(days, timezone) == known_as
    assert infer_frequency(days.drop(index=[40, 55, 56]), timezone) == known_as
    grid = grid_of(days, known_as, timezone)
    assert grid.contains(days).all()
    assert list(grid.steps_after(days[10].to_pydatetime(), 5)) == list(days[11:16])


def test_months_of_four_or_five_weeks_have_no_frequency() -> None:
    weeks = pd.Series([4, 4, 5] * 12).cumsum()
    days = pd.Series(pd.Timestamp("2020-01-05", tz="UTC") + pd.to_timedelta(7 * weeks, unit="D"))

    assert is_4_4_5(pd.DatetimeIndex(days))
    assert infer_frequency(days, "UTC") is None


@pytest.mark.parametrize("frequency", ["4W-SUN", "MS", "W-SUN"])
def test_weeks_and_months_with_a_gap_are_no_4_4_5(frequency: str) -> None:
    assert not is_4_4_5(pd.date_range("2020-01-01", periods=40, freq=frequency).delete([7, 20]))
