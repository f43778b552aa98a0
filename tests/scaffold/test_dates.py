"""Dates as files write them: read by the format that fits all rows, and of two that do by the one that is regular."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from tests.scaffold.test_moments import NOW, ds_of, guess, proposed, refused, rows_of, steps, values

from recurcast.errors import ConfigurationError, DataRejected
from recurcast.scaffold.guess import Said
from recurcast.scaffold.proposal import propose
from recurcast.series.joined_times import instants_of

HOURS, DAYS = pd.date_range("2023-01-01", periods=800, freq="h"), pd.date_range("2020-01-01", periods=400)
MONTHS, QUARTERS = (pd.date_range("1990-01-01", periods=120, freq=each) for each in ("MS", "QS"))
WEEKS, YEARS = pd.date_range("2015-01-05", periods=200, freq="W-MON"), pd.date_range("1900", periods=120, freq="YS")


def months_by_quarter(sign: str) -> list[str]:
    return [sign.format(y=each.year, q=each.quarter) for each in QUARTERS]


@pytest.mark.parametrize(
    ("written", "times", "time_format"),
    [
        (months_by_quarter("{y}-Q{q}"), QUARTERS, "%Y-Q%q"),
        (months_by_quarter("{y}Q{q}"), QUARTERS, "%YQ%q"),
        (months_by_quarter("Q{q} {y}"), QUARTERS, "Q%q %Y"),
        (MONTHS.strftime("%b-%y"), MONTHS, "%b-%y"),
        (MONTHS.strftime("%B %Y"), MONTHS, "%B %Y"),
        (MONTHS.strftime("%Y %b"), MONTHS, "%Y %b"),
        (MONTHS.strftime("%YM%m"), MONTHS, "%YM%m"),
        (MONTHS.strftime("%Y-%m"), MONTHS, "%Y-%m"),
        (MONTHS.strftime("%m/%Y"), MONTHS, "%m/%Y"),
        (MONTHS.strftime("%Y%m"), MONTHS, "%Y%m"),
        (WEEKS.strftime("%GW%V"), WEEKS, "%GW%V"),
        (WEEKS.strftime("%G-W%V"), WEEKS, "%G-W%V"),
        (YEARS.strftime("%Y"), YEARS, "%Y"),
        (DAYS.strftime("%Y%m%d"), DAYS, "%Y%m%d"),
        (DAYS.strftime("%Y/%m/%d"), DAYS, "%Y/%m/%d"),
        (DAYS.strftime("%d.%m.%Y"), DAYS, "%d.%m.%Y"),
        (DAYS.strftime("%d/%m/%y"), DAYS, "%d/%m/%y"),
        (DAYS.strftime("%m/%d/%y"), DAYS, "%m/%d/%y"),
        (DAYS.strftime("%d-%b-%Y"), DAYS, "%d-%b-%Y"),
        (DAYS.strftime("%b %d, %Y"), DAYS, "%b %d, %Y"),
        ([f"{each.month}/{each.day}/{each.year}" for each in DAYS], DAYS, "%m/%d/%Y"),
        (HOURS.strftime("%d/%m/%Y %H:%M"), HOURS, "%d/%m/%Y %H:%M"),
        (HOURS.strftime("%m/%d/%Y %I:%M:%S %p"), HOURS, "%m/%d/%Y %I:%M:%S %p"),
        (HOURS.strftime("%d.%m.%Y %H:%M - ") + "until later", HOURS, "%d.%m.%Y %H:%M - *"),
        (HOURS.strftime("%Y%m%dT%H%M"), HOURS, "%Y%m%dT%H%M"),
        (HOURS.strftime("%Y-%m-%d %H"), HOURS, "%Y-%m-%d %H"),
        (HOURS.strftime("%d%b%Y:%H:%M:%S"), HOURS, "%d%b%Y:%H:%M:%S"),
        (HOURS.strftime("%Y%m%d%H"), HOURS, "%Y%m%d%H"),
        (HOURS.strftime("%Y%m%d%H%M"), HOURS, "%Y%m%d%H%M"),
        (HOURS.strftime("%d/%m/%Y %H:%M:%S+00:00"), HOURS, "%d/%m/%Y %H:%M:%S%z"),
        (HOURS.as_unit("s").asi8, HOURS, "epoch_s"),
        (HOURS.as_unit("ms").asi8, HOURS, "epoch_ms"),
        (HOURS.strftime("%Y-%m-%d %H:%M"), HOURS, None),
        (HOURS.strftime("%Y-%m-%dT%H:%M:%SZ"), HOURS, None),
        ([f"{each:%Y-%m-%d %H:%M}".removesuffix(" 00:00") for each in HOURS], HOURS, "ISO8601"),
        ([f"{each:%d/%m/%Y %H:%M}".removesuffix(" 00:00") for each in HOURS], HOURS, "%d/%m/%Y %H:%M"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("newest_first", [False, True])
def test_each_way_to_write_dates_is_seen_and_written_down(
    tmp_path: Path, written: object, times: pd.DatetimeIndex, time_format: str | None, newest_first: bool
) -> None:
    table = pd.DataFrame({"date": list(written), "y": values(len(times))})
    table = table[::-1] if newest_first else table
    proposal = proposed(tmp_path, table)

    assert (ds_of(proposal), proposal.pipeline.source.time_format) == ("date", time_format)
    expected = times.tz_localize("UTC")
    assert list(rows_of(tmp_path, proposal)["ds"]) == list(expected[::-1] if newest_first else expected)


def test_the_answer_is_the_same_whatever_the_first_row_is(tmp_path: Path) -> None:
    table = pd.DataFrame({"Date": HOURS.strftime("%m/%d/%Y %I:%M:%S %p"), "y": values(800)})
    proposal = proposed(tmp_path, table)
    source = proposal.pipeline.source

    for first in (0, 1, 12, 13, 500):
        own = table.iloc[first:].reset_index(drop=True)
        read = instants_of(own, source, pd.Series("x", index=own.index))
        assert list(read) == list(HOURS[first:].tz_localize("UTC"))


@pytest.mark.parametrize("sign", ["/", ".", "-"])
@pytest.mark.parametrize("year", ["%Y", "%y"])
def test_day_or_month_first_is_what_makes_months_regular(tmp_path: Path, sign: str, year: str) -> None:
    for order in (f"%d{sign}%m{sign}{year}", f"%m{sign}%d{sign}{year}"):
        proposal = proposed(tmp_path, pd.DataFrame({"Date": MONTHS.strftime(order), "y": values(120)}))

        assert proposal.pipeline.source.time_format == order
        assert proposal.pipeline.frequency == "MS"
        assert guess(proposal, "source.columns.ds").doubt == 0
        assert "which makes the times regular" in guess(proposal, "source.columns.ds").why


def test_where_both_orders_are_regular_the_flag_is_named_and_settles_it(tmp_path: Path) -> None:
    twelfths = pd.DatetimeIndex([f"{year}-{n:02d}-{n:02d}" for year in range(2000, 2010) for n in range(1, 13)])
    table = pd.DataFrame({"Date": twelfths.strftime("%d/%m/%Y"), "y": values(120)})
    table.to_csv(tmp_path / "my.csv", index=False)
    from recurcast.scaffold.dates import dates_in

    doubtful = dates_in(table["Date"], Said())
    assert doubtful is not None
    assert (doubtful.doubt, doubtful.instead) == (0.9, "--day-first")
    assert dates_in(table["Date"], Said(day_first=True)).time_format == "%d/%m/%Y"
    assert dates_in(table["Date"], Said(day_first=False)).time_format == "%m/%d/%Y"


def test_a_flag_that_the_dates_contradict_is_refused(tmp_path: Path) -> None:
    table = pd.DataFrame({"Date": DAYS.strftime("%d/%m/%Y"), "y": values(400)})
    table.to_csv(tmp_path / "my.csv", index=False)
    with pytest.raises((ConfigurationError, DataRejected), match="--month-first is for dates such as"):
        propose(tmp_path / "my.csv", "my", Said(day_first=False), NOW)


@pytest.mark.parametrize("bad", ["31/02/2020", "soon", "2020-01-05", "40/01/2020"])
def test_one_date_that_is_none_is_named_with_its_row(tmp_path: Path, bad: str) -> None:
    dates = list(DAYS.strftime("%d/%m/%Y"))
    dates[70] = bad
    said = refused(tmp_path, pd.DataFrame({"Date": dates, "y": values(400)}))

    assert bad in said
    assert "row 71" in said


@pytest.mark.parametrize("step", [30, 15, 60])
@pytest.mark.parametrize("as_text", [False, True])
def test_times_filled_down_in_a_spreadsheet_are_snapped_to_the_second(tmp_path: Path, step: int, as_text: bool) -> None:
    grid = steps("2023-01-01", f"{step}min", 900)
    off = np.random.default_rng(0).integers(-11, 12, 900)
    off[0] = 0
    stamps = (grid + pd.to_timedelta(off, unit="ms")).tz_localize(None)
    written = stamps.strftime("%Y-%m-%d %H:%M:%S.%f").str[:-3] if as_text else stamps
    proposal = proposed(tmp_path, pd.DataFrame({"at": written, "y": values(900)}))

    assert proposal.pipeline.source.snap == "1s"
    assert "by up to 11 ms" in guess(proposal, "source.snap").why
    assert list(rows_of(tmp_path, proposal)["ds"]) == list(grid)


def test_times_off_by_a_second_are_snapped_to_the_minute_and_those_on_the_grid_not_at_all(tmp_path: Path) -> None:
    grid = steps("2023-01-01", "h", 900)
    off = grid - pd.to_timedelta(np.arange(900) % 3 // 2, unit="s")
    proposal = proposed(tmp_path, pd.DataFrame({"at": off.strftime("%Y-%m-%d %H:%M:%S"), "y": values(900)}))

    assert proposal.pipeline.source.snap == "1min"
    assert list(rows_of(tmp_path, proposal)["ds"]) == list(grid)
    whole = proposed(tmp_path, pd.DataFrame({"at": grid.strftime("%Y-%m-%d %H:%M:%S"), "y": values(900)}))
    assert whole.pipeline.source.snap is None


def test_hours_up_to_24_00_are_the_ends_of_hours(tmp_path: Path) -> None:
    grid = steps("2023-01-01", "h", 900)
    ends = [f"{each:%d/%m/%Y} {each.hour + 1:02d}:00" for each in grid]
    proposal = proposed(tmp_path, pd.DataFrame({"at": ends, "y": values(900)}))

    assert ds_of(proposal) == {"local": "at", "ending": "1h"}
    assert list(rows_of(tmp_path, proposal)["ds"]) == list(grid)


@pytest.mark.parametrize("quarter", ["{}", "Q{}"])
def test_a_year_and_a_quarter_apart_are_joined(tmp_path: Path, quarter: str) -> None:
    table = {"year": QUARTERS.year, "quarter": [quarter.format(each.quarter) for each in QUARTERS], "gdp": values(120)}
    proposal = proposed(tmp_path, pd.DataFrame(table))

    assert ds_of(proposal) == {"year": "year", "quarter": "quarter"}
    assert list(rows_of(tmp_path, proposal)["ds"]) == list(QUARTERS.tz_localize("UTC"))


def test_a_column_that_is_said_and_holds_no_dates_is_refused_with_what_it_holds(tmp_path: Path) -> None:
    table = pd.DataFrame({"day": DAYS.strftime("%Y-%m-%d"), "word": "soon", "y": values(400)})

    assert "'word' of 'my.csv' holds 'soon'" in refused(tmp_path, table, time="word")
