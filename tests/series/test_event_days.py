"""Calendars of days come in with the rows, are kept with them, and count in the fingerprint."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.series import event_days
from recurcast.series.days import DayCalendar
from recurcast.series.digest import data_digest
from recurcast.series.event_days import calendar_digest, libraries_of
from recurcast.series.interval_digests import interval_digests
from recurcast.series.parquet import from_parquet, setting_of, to_parquet
from recurcast.series.sources import obtain
from recurcast.series.splitting import split_of
from support.tiny import tiny_pipeline

AS_OF = datetime(2024, 12, 27, tzinfo=UTC)
DAY = timedelta(days=1)


def daily(*calendar: Any, **changed: Any) -> PipelineConfig:
    parts = {"history": 20, "validation": 4, "test": 4}
    windows = {"lookback": 3, "horizon": 2}
    block = {"frequency": "D", "season": 7, "parts": parts, "windows": windows}
    return tiny_pipeline(**block | {"network": {"units": 3, "calendar": list(calendar)}} | changed)


@pytest.fixture
def days_file(tmp_path: Path) -> Callable[[str], str]:
    def write(content: str) -> str:
        (tmp_path / "days.csv").write_text(content)
        return "days:days.csv"

    return write


def test_steps_are_told_the_holidays_of_a_place(tmp_path: Path) -> None:
    split = split_of(chosen := daily("holidays:DE-BY"), obtain(chosen, AS_OF, tmp_path))
    told = dict(zip(split.panel.steps.strftime("%m-%d"), split.panel.calendar[:, 0], strict=True))
    assert [day for day, is_holiday in told.items() if is_holiday] == ["12-25", "12-26"]


def test_what_is_kept_reaches_five_years_past_as_of_and_comes_back_from_a_snapshot(tmp_path: Path) -> None:
    frame = obtain(daily("holidays:DE-BY", "sessions:XETR"), AS_OF, tmp_path)
    assert [(own.first, own.last) for own in frame.days] == [("2023-01-01", "2029-12-31")] * 2
    back = from_parquet(to_parquet(frame))
    assert back.days == frame.days
    assert from_parquet(to_parquet(replace(frame, days=())), setting_of(frame)).days == frame.days
    assert frame.without(frozenset({"none"})).days == frame.days


def test_a_pipeline_without_such_calendars_keeps_setting_and_fingerprint(tmp_path: Path) -> None:
    frame = obtain(chosen := daily("weekday"), AS_OF, tmp_path)
    assert (frame.days, calendar_digest(chosen, frame, AS_OF)) == ((), "")
    assert "days" not in setting_of(frame)


def test_a_digest_changes_with_a_day_in_the_span_or_the_horizon_and_with_no_other(
    tmp_path: Path, days_file: Callable[[str], str]
) -> None:
    def digest(*days: str) -> str:
        chosen = daily(days_file("\n".join(["date,value", *days, "2030-12-31,0"])))
        frame = obtain(chosen, AS_OF, tmp_path)
        assert data_digest(frame) == rows
        return calendar_digest(chosen, frame, AS_OF)

    rows = data_digest(obtain(daily(), AS_OF, tmp_path))
    first = digest("2024-12-10,1")
    assert digest("2024-12-10,1", "2025-03-01,1", "2020-01-01,1") == first
    assert digest("2024-12-11,1") != first
    assert digest("2024-12-10,1", "2024-12-28,1") != first  # forecast at as_of


@pytest.mark.parametrize("entry", ["holidays:US", "sessions:XNYS", "days:days.csv"])
def test_one_pass_gives_the_digests_of_one_obtain_after_the_other(
    tmp_path: Path, days_file: Callable[[str], str], entry: str
) -> None:
    days_file("start,end\n2024-10-20,2024-10-27\n2024-12-20,2025-01-06\n")
    chosen = daily(entry)
    as_ofs = [AS_OF - number * 10 * DAY for number in range(8)]
    found = interval_digests(chosen, as_ofs, tmp_path)
    assert [each.calendar for each in found] == [
        calendar_digest(chosen, obtain(chosen, as_of, tmp_path), as_of) for as_of in as_ofs
    ]
    assert len({each.calendar for each in found}) > 2


def test_a_calendar_that_ends_before_the_horizon_is_refused_with_which_and_until_when(tmp_path: Path) -> None:
    chosen = daily("sessions:XSHG")
    obtain(chosen, datetime(2026, 12, 30, tzinfo=UTC), tmp_path)
    with pytest.raises(DataRejected, match=r"'sessions:XSHG' is known to 2026-12-31, and asked for .* to 2027-01-0"):
        obtain(chosen, datetime(2026, 12, 31, tzinfo=UTC), tmp_path)
    assert interval_digests(chosen, [datetime(2026, 12, 31, tzinfo=UTC)], tmp_path)[0].calendar == ""


def test_a_place_has_no_holidays_before_the_library_knows_them(tmp_path: Path) -> None:
    with pytest.raises(DataRejected, match="'holidays:DE' is known from 1991-01-01"):
        obtain(daily("holidays:DE"), datetime(1985, 6, 1, tzinfo=UTC), tmp_path)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("day\n2024-12-24\n", "a column `date`, or `start` and `end`"),
        ("date\n", "and a row at least"),
        ("date\n24.12.2024\n", "row 1 of 'days.csv' has date '24.12.2024'"),
        ("start,end\n2024-12-24,2024-12-20\n", "row 1 of 'days.csv' ends on 2024-12-20, before it starts"),
        ("date,value\n2024-12-24,2\n", "has value '2', which is neither 0 nor 1"),
        ("start,end\n0001-01-01,9999-01-01\n", "has"),
        ("date\n2023-12-24\n", "'days:days.csv' is known to 2023-12-31"),
    ],
)
def test_a_file_of_days_is_read_strictly(
    tmp_path: Path, days_file: Callable[[str], str], content: str, said: str
) -> None:
    chosen = daily(days_file(content))
    with pytest.raises(DataRejected, match=said):
        obtain(chosen, AS_OF, tmp_path)


def test_a_file_of_days_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataRejected, match=r"'none\.csv': .*No such file"):
        obtain(daily("days:none.csv"), AS_OF, tmp_path)


def test_the_libraries_are_named_with_their_versions() -> None:
    assert libraries_of(["days:x.csv"]) == ""
    said = libraries_of(["sessions:XNYS", "holidays:DE", "holidays:US"])
    assert said.startswith("holidays 0.")
    assert ", exchange-calendars 4." in said


def test_days_that_a_library_tells_otherwise_change_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = daily("holidays:DE")
    frame = obtain(chosen, AS_OF, tmp_path)
    before, read = calendar_digest(chosen, frame, AS_OF), event_days._READERS["holidays"]

    def upgraded(*asked: Any) -> DayCalendar:
        own = read(*asked)
        return replace(own, days=tuple(sorted((*own.days, "2024-12-24"))))

    monkeypatch.setattr(event_days, "_READERS", event_days._READERS | {"holidays": upgraded})  # type: ignore[operator]
    (planned,) = interval_digests(chosen, [AS_OF], tmp_path)
    assert planned.calendar != before
