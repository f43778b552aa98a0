"""A frequency of sessions: a grid without an exchange's holidays, from the file to the forecast that needs no library."""

import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import ValidationError

from recurcast.config import PipelineConfig
from recurcast.errors import DataRejected
from recurcast.forecasting.forecast import steps_ahead
from recurcast.forecasting.portable.bundle import Bundle, read, write
from recurcast.forecasting.portable.frames import forecast_frame
from recurcast.series.digest import data_digest
from recurcast.series.event_days import calendar_digest
from recurcast.series.grid import Grid, fixed_step, grid_of
from recurcast.series.interval_digests import interval_digests
from recurcast.series.parquet import from_parquet, to_parquet
from recurcast.series.session_days import session_days
from recurcast.series.sources import obtain
from recurcast.series.splitting import split_of
from recurcast.series.validation.checks import validate
from recurcast.training.export import baseline_bundle

SAMPLES = Path(__file__).parents[2] / "data" / "samples"
XNYS = session_days("XNYS", 2003, 2030)
NEW_YORK = "America/New_York"
FRIDAY = datetime(2013, 2, 16, 3, 0, tzinfo=UTC)  # at 22:00 in New York; Monday is Presidents' Day
FROM_CSV = {"kind": "file", "path": "stocks.csv", "columns": {"unique_id": "ticker", "ds": "date", "y": "price"}}


def stocks(**changed: Any) -> PipelineConfig:
    block: dict[str, Any] = {
        "name": "stocks",
        "source": FROM_CSV | {"timezone": NEW_YORK, "delay": "17h"},
        "frequency": "sessions:XNYS",
        "season": 5,
        "parts": {"history": 1300, "validation": 520, "calibration": 260, "test": 260},
        "windows": {"lookback": 5, "horizon": 2},
        "checks": {"max_missing": 0},
    }
    return PipelineConfig.model_validate(block | changed)


def days(steps: pd.DatetimeIndex) -> list[str]:
    return list(steps.tz_convert(NEW_YORK).strftime("%m-%d %H:%M"))


def grid(timezone: str = NEW_YORK, **facts: Any) -> Grid:
    return Grid("sessions:XNYS", timezone, **{"sessions": XNYS} | facts)


def test_steps_are_sessions_before_and_after_an_instant() -> None:
    assert days(grid().steps_until(FRIDAY, 3)) == ["02-13 00:00", "02-14 00:00", "02-15 00:00"]
    assert days(grid().steps_after(FRIDAY, 2)) == ["02-19 00:00", "02-20 00:00"]
    assert days(grid(phase=pd.Timedelta("16h")).steps_until(FRIDAY, 1)) == ["02-15 16:00"]
    assert len(grid().steps_until(datetime(2003, 1, 3, tzinfo=UTC), 5)) == 1


def test_every_real_closing_price_lies_on_it_and_a_holiday_does_not() -> None:
    table = pd.read_csv(SAMPLES / "stocks.csv", parse_dates=["date"])
    ds = table["date"].dt.tz_localize(NEW_YORK).dt.tz_convert("UTC").astype("datetime64[ns, UTC]")
    shown = grid_of(ds, "sessions:XNYS", NEW_YORK, XNYS)
    assert shown.contains(ds).all()
    shut = pd.Series(pd.DatetimeIndex(["2013-02-18"], tz=NEW_YORK).tz_convert("UTC").as_unit("ns"))
    assert not shown.contains(shut).any()
    assert fixed_step("sessions:XNYS") is None


def test_a_file_of_prices_misses_no_step_where_business_days_miss_the_holidays() -> None:
    frame = obtain(chosen := stocks(), FRIDAY, SAMPLES)
    assert not np.isnan(split_of(chosen, validate(frame, chosen, FRIDAY).frame).panel.y).any()
    business = stocks(frequency="B")
    missing = np.isnan(
        split_of(stocks(frequency="B", checks={"max_missing": 0.1}), obtain(business, FRIDAY, SAMPLES)).panel.y
    )
    assert missing.sum(axis=1).min() == 73


def test_its_sessions_are_kept_and_count_in_the_fingerprint() -> None:
    frame = obtain(chosen := stocks(), FRIDAY, SAMPLES)
    assert frame.grid.sessions == frame.days[0]
    assert (frame.days[0].first, frame.days[0].last) == ("2003-01-01", "2018-12-31")
    back = from_parquet(to_parquet(frame))
    assert (back.grid, back.days) == (frame.grid, frame.days)
    assert back.steps.equals(frame.steps)
    digest = calendar_digest(chosen, frame, FRIDAY)
    fewer = replace(
        frame, days=(replace(frame.days[0], days=tuple(d for d in frame.days[0].days if d != "2013-02-20")),)
    )
    assert calendar_digest(chosen, fewer, FRIDAY) != digest


def test_one_pass_gives_the_digests_of_one_obtain_after_the_other() -> None:
    chosen = stocks(network={"calendar": ["sessions:XNYS", "holidays:US"]})
    as_ofs = [FRIDAY - timedelta(days=number) for number in range(0, 200, 40)]
    found = interval_digests(chosen, as_ofs, SAMPLES)
    for each in found:
        frame = obtain(chosen, each.as_of, SAMPLES)
        assert (each.digest, each.calendar) == (data_digest(frame), calendar_digest(chosen, frame, each.as_of))
        assert [own.name for own in frame.days] == ["sessions:XNYS", "holidays:US"]


def test_an_artifact_forecasts_sessions_without_the_library_and_says_where_they_end(tmp_path: Path) -> None:
    frame = obtain(chosen := stocks(), FRIDAY, SAMPLES)
    write(baseline_bundle(chosen, frame.grid), tmp_path)
    bundle = read(tmp_path)
    assert bundle.grid == frame.grid
    newest = frame.rows[["unique_id", "ds", "y"]][frame.rows["ds"] > "2013-01-01"]
    forecast = forecast_frame(bundle, newest)
    assert days(pd.DatetimeIndex(forecast["ds"]))[:2] == ["02-19 00:00", "02-20 00:00"]
    ended = replace(bundle, days=(bundle.days[0].within("2003-01-01", "2013-02-19"),))
    with pytest.raises(ValueError, match="a forecast's steps lie before 2013-02-19, to which 'sessions:XNYS' is known"):
        forecast_frame(ended, newest)
    late = newest.assign(ds=newest["ds"] + pd.Timedelta(weeks=52 * 6))
    with pytest.raises(ValueError, match=r"'sessions:XNYS', known from 2003-01-01 to 2018-12-31; 2019-.* is none"):
        forecast_frame(bundle, late)
    panel = split_of(chosen, frame).panel
    with pytest.raises(DataRejected, match="lie before 2013-02-19, to which 'sessions:XNYS' is known"):
        steps_ahead(ended.grid, panel, 5)


@pytest.mark.parametrize(
    ("mic", "as_of", "said"),
    [
        ("XSHG", datetime(2026, 12, 31, 12, tzinfo=UTC), "'sessions:XSHG' is known to 2026-12-31"),
        ("XSAU", datetime(2021, 3, 1, tzinfo=UTC), "'sessions:XSAU' is known from 2021-01-01"),
    ],
)
def test_sessions_that_end_before_the_horizon_or_begin_after_the_parts_are_refused(
    tmp_path: Path, mic: str, as_of: datetime, said: str
) -> None:
    steps = Grid(f"sessions:{mic}", "UTC", sessions=session_days(mic, 2020, 2026)).steps_until(as_of, 40)
    rows = pd.DataFrame({"ds": steps.strftime("%Y-%m-%d"), "y": range(len(steps))})
    rows.to_csv(tmp_path / "prices.csv", index=False)
    parts = {"history": 90, "validation": 5, "test": 5}
    chosen = stocks(source={"kind": "file", "path": "prices.csv"}, frequency=f"sessions:{mic}", parts=parts)
    with pytest.raises(DataRejected, match=said):
        obtain(chosen, as_of, tmp_path)


def test_an_exchange_that_there_is_not_is_refused_with_the_nearest() -> None:
    with pytest.raises(ValidationError, match="Did you mean 'XNYS'"):
        stocks(frequency="sessions:XNYX")


def test_a_bundle_of_another_frequency_is_as_it_was() -> None:
    assert Bundle("tiny", "naive", "D", "UTC", 0, 1, 1).grid.sessions is None


def test_a_source_that_is_asked_for_an_interval_gives_what_a_whole_file_gives(tmp_path: Path) -> None:
    folder = tmp_path / "prices"
    folder.mkdir()
    shutil.copy(SAMPLES / "stocks.csv", folder)
    asked = FROM_CSV | {"kind": "folder", "path": "prices", "timezone": NEW_YORK, "delay": "17h"}
    chosen, as_ofs = stocks(source=asked), [FRIDAY - timedelta(days=number) for number in (30, 0)]
    whole = [data_digest(obtain(stocks(), as_of, SAMPLES)) for as_of in as_ofs]
    assert [data_digest(obtain(chosen, as_of, tmp_path)) for as_of in as_ofs] == whole
    assert [each.digest for each in interval_digests(chosen, as_ofs, tmp_path)] == whole
