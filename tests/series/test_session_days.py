"""Sessions as exchanges had them, whatever pandas makes of the library's rules."""

import pandas as pd
import pytest

from recurcast.series.session_days import session_days


@pytest.mark.parametrize(
    ("mic", "year", "sessions"),
    [("XNYS", 2024, 252), ("XNYS", 2025, 250), ("XETR", 2024, 254), ("XLON", 2024, 254), ("XKRX", 2024, 244)],
)
def test_a_year_has_as_many_sessions_as_its_exchange_had(mic: str, year: int, sessions: int) -> None:
    assert len(session_days(mic, year, year).days) == sessions


@pytest.mark.parametrize(
    ("mic", "shut"),
    [
        ("XNYS", "2025-01-09"),  # a day of mourning
        ("XTAE", "2024-10-13"),  # the day after Yom Kippur, which is on a Saturday: a Sunday without a holiday
        ("XTAE", "2025-10-02"),  # Yom Kippur
        ("ASEX", "2024-05-06"),  # Easter Monday of the Orthodox
        ("XBSE", "2024-05-03"),
    ],
)
def test_a_holiday_by_another_reckoning_is_no_session(mic: str, shut: str) -> None:
    days = session_days(mic, 2024, 2025).days
    assert (shut in days) is (shut == "2024-10-13")


def test_a_session_on_a_saturday_is_one() -> None:
    assert {"2024-01-20", "2025-02-01"} <= set(session_days("XBOM", 2024, 2025).days)
    assert pd.Timestamp("1998-11-28").day_name() == "Saturday"
    assert "1998-11-28" in session_days("XKRX", 1998, 1998).days
    assert not [day for day in session_days("XKRX", 1999, 1999).days if pd.Timestamp(day).day_of_week > 4]


@pytest.mark.parametrize(("mic", "until"), [("XSHG", "2026-12-31"), ("XKAR", "2025-12-31"), ("XIDX", "2025-12-31")])
def test_sessions_are_known_no_further_than_holidays_are_listed(mic: str, until: str) -> None:
    assert session_days(mic, 2020, 2031).last >= until
    assert session_days(mic, 2020, 2100).last < "2050"
    last = session_days(mic, 2020, 2100)
    assert max(last.days) <= last.last


def test_before_the_first_session_that_is_known_nothing_is() -> None:
    assert session_days("XSAU", 2010, 2024).first == "2021-01-01"
    before = session_days("XSAU", 2010, 2015)
    assert before.days == ()
    assert not before.knows("2012-01-01", "2012-01-02")
