"""From a history frame to the forecast frame."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recurcast.forecasting.portable.bundle import Bundle, read, write
from recurcast.forecasting.portable.frames import forecast_frame, newest_windows
from recurcast.forecasting.portable.network import forecast_windows
from recurcast.series.calendar import calendar_features
from recurcast.series.days import DayCalendar
from support.exported import exported


def naive(frequency: str = "h", timezone: str = "UTC", **facts) -> Bundle:
    facts = {"phase": 0, "lookback": 3, "horizon": 2} | facts
    return Bundle("tiny", "naive", frequency, timezone, **facts)


def history(*values: float, start: str = "2024-01-01T00:00:00Z", frequency: str = "h", name: str = "a") -> pd.DataFrame:
    ds = pd.date_range(start, periods=len(values), freq=frequency)
    return pd.DataFrame({"unique_id": name, "ds": ds, "y": values})


def wall(frame: pd.DataFrame, timezone: str = "UTC") -> list[str]:
    return frame["ds"].dt.tz_convert(timezone).dt.strftime("%m-%d %H:%M").tolist()


def test_every_series_is_forecast_from_its_own_newest_window() -> None:
    rows = pd.concat([history(1, 2, 3, 4, 5, name="b"), history(7, 8, 9, name="a")])
    forecast = forecast_frame(naive(), rows.sample(frac=1, random_state=0))
    assert list(forecast.columns) == ["unique_id", "ds", "y_hat"]
    assert forecast["unique_id"].tolist() == ["a", "a", "b", "b"]
    assert forecast["y_hat"].tolist() == [9, 9, 5, 5]
    assert wall(forecast) == ["01-01 03:00", "01-01 04:00", "01-01 05:00", "01-01 06:00"]


def test_a_networks_frame_is_its_forecast_of_the_newest_windows() -> None:
    made = exported("gru", 2, 2, levels=(80.0, 99.5))
    forecast = forecast_frame(made.bundle, made.history())
    newest = newest_windows(made.bundle, made.history(rows=6))
    steps = made.split.panel.steps
    assert newest.window.tolist() == made.split.panel.values[:, -6:].tolist()
    around = steps[-6:].append(pd.date_range(steps[-1], periods=3, freq="h")[1:])
    np.testing.assert_array_equal(newest.calendar[1], calendar_features(around, ("hour",), "UTC"))
    y_hat = forecast_windows(made.bundle, newest.window, newest.calendar)
    assert forecast["y_hat"].tolist() == y_hat.ravel().tolist()
    # The widths in the window's scale are 1 and 2 at the first step for 80% and 99.5%, twice that at the second.
    spread = np.maximum(newest.window[:, :, 0].std(axis=1), made.bundle.spread_floor)
    half = np.repeat(spread, 2) * [1, 2, 1, 2]
    np.testing.assert_allclose(forecast["y_hat_hi_80"] - forecast["y_hat"], half)
    np.testing.assert_allclose(forecast["y_hat"] - forecast["y_hat_lo_99.5"], 2 * half)
    assert list(forecast.columns[3:]) == ["y_hat_lo_80", "y_hat_hi_80", "y_hat_lo_99.5", "y_hat_hi_99.5"]


@pytest.mark.parametrize(
    "ds",
    [
        ["2024-01-01T00:00:00", "2024-01-01T01:00:00", "2024-01-01T02:00:00"],
        ["2024-01-01T00:00:00Z", "2024-01-01T01:00:00Z", "2024-01-01T02:00:00Z"],
        ["2024-01-01T01:00:00+01:00", "2024-01-01T02:00:00+01:00", "2024-01-01T03:00:00+01:00"],
        pd.date_range("2024-01-01", periods=3, freq="h"),
        pd.date_range("2024-01-01", periods=3, freq="h", tz="UTC").tz_convert("Asia/Kolkata"),
    ],
)
def test_a_ds_without_zone_is_utc_and_any_other_keeps_its_instant(ds) -> None:
    forecast = forecast_frame(naive(), pd.DataFrame({"unique_id": "a", "ds": ds, "y": [1, 2, 3]}))
    assert wall(forecast) == ["01-01 03:00", "01-01 04:00"]
    assert forecast["ds"].dtype == pd.DatetimeTZDtype("ns", "UTC")


def test_days_ahead_stay_days_when_the_clock_changes_and_business_days_leave_weekends_out() -> None:
    days = history(1, 2, 3, start="2024-03-28T00:00:00+01:00", frequency="24h")
    ahead = forecast_frame(naive("D", "Europe/Amsterdam"), days)
    assert wall(ahead, "Europe/Amsterdam") == ["03-31 00:00", "04-01 00:00"]
    week = history(1, 2, 3, start="2024-01-03", frequency="B")
    assert wall(forecast_frame(naive("B"), week)) == ["01-08 00:00", "01-09 00:00"]


def test_rows_before_the_newest_window_may_have_gaps() -> None:
    rows = history(np.nan, 2, 3, 4, 5).drop(index=1)
    assert forecast_frame(naive(), rows)["y_hat"].tolist() == [5, 5]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (history(1, 2, 3).drop(columns="y"), "without y"),
        (history(1, 2, 3).drop(columns=["unique_id", "ds"]), "without unique_id, ds"),
        (history(1, 2, 3)[:0], "needs 3 steps of each series; received no row"),
        (history(1, 2), r"no finite y at 2023-12-31 23:00.*1 of 3 steps"),
        (history(1, np.nan, 3), "no finite y at 2024-01-01 01:00"),
        (history(1, np.inf, 3), "no finite y at 2024-01-01 01:00"),
        (history(1, 2, 3, 4).drop(index=2), "no finite y at 2024-01-01 02:00"),
        (history(1, 2, 3, start="2024-01-01T00:10Z"), "every ds is a step of frequency 'h'; 2024-01-01 00:10"),
        (pd.concat([history(1, 2, 3), history(5)]), "one row per step; 2024-01-01 00:00:00.* of series 'a' stands"),
        (history(1, 2, 3).assign(ds=[1, 2, 3]), "received the number 1"),
        (history(1, 2, 3).assign(ds=["2024-01-01", "soon", "later"]), "every ds is a date"),
        (history(1, 2, 3).assign(ds=pd.NaT), "row 1 has none"),
        (history(1, 2, 3).assign(y=["1", "2", "many"]), "y holds numbers"),
        (history(1, 2, 3).assign(unique_id=["a", None, "a"]), "row 2 does not"),
    ],
)
def test_what_can_not_be_forecast_is_told(rows: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        forecast_frame(naive(), rows)


def test_where_windows_may_miss_steps_gaps_and_short_histories_are_forecast() -> None:
    rows = pd.concat([history(1, np.nan, 3, np.nan), history(5, 6), history(1, 2, 3, 4).drop(index=2)])
    rows["unique_id"] = ["a"] * 4 + ["b"] * 2 + ["c"] * 3
    bundle = naive(gaps=True, lookback=4)
    window = newest_windows(bundle, rows).window[:, :, 0]
    nan = np.nan
    np.testing.assert_array_equal(window, [[1, nan, 3, nan], [nan, nan, 5, 6], [1, 2, nan, 4]])
    forecast = forecast_frame(bundle, rows)
    assert forecast["y_hat"].tolist() == [3, 3, 6, 6, 4, 4]
    assert wall(forecast)[::2] == ["01-01 04:00", "01-01 02:00", "01-01 04:00"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (history(1, np.inf, 3), "series 'a' has an infinite y at 2024-01-01 01:00"),
        (history(np.nan, 2), r"at least 2 of them with a value; series 'a', up to 2024-01-01 01:00:00.*, has 1"),
        (history(1, 2, np.nan, np.nan), "has 1. Give a longer history"),
    ],
)
def test_where_windows_may_miss_steps_too_few_values_and_infinity_are_refused(rows: pd.DataFrame, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        forecast_frame(naive(gaps=True), rows)


def test_a_covariate_that_is_missing_in_the_newest_window_is_told() -> None:
    made = exported("rnn", 0, 2)
    rows = made.history()
    with pytest.raises(ValueError, match="without wind"):
        forecast_frame(made.bundle, rows.drop(columns="wind"))
    rows.loc[len(rows) - 2, "wind"] = np.nan
    with pytest.raises(ValueError, match=r"series 'series-1'.*no finite wind"):
        forecast_frame(made.bundle, rows)


def test_a_forecast_from_a_bundle_imports_neither_tensorflow_nor_mlflow_nor_pydantic(tmp_path: Path) -> None:
    write(naive(), tmp_path)
    history(1, 2, 3).to_csv(tmp_path / "history.csv")
    program = (
        "import sys, pandas as pd\n"
        "from pathlib import Path\n"
        "from recurcast.forecasting.portable.bundle import read\n"
        "from recurcast.forecasting.portable.frames import forecast_frame\n"
        "print(forecast_frame(read(Path('.')), pd.read_csv('history.csv'))['y_hat'].tolist())\n"
        "print([name for name in ('tensorflow', 'keras', 'mlflow', 'prefect', 'pydantic') if name in sys.modules])\n"
    )
    ended = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert ended.stdout.splitlines() == ["[3.0, 3.0]", "[]"]


def test_a_bundle_forecasts_by_the_days_that_it_carries_and_says_where_they_end(tmp_path) -> None:
    days = DayCalendar("holidays:XX", "2024-01-01", "2024-01-09", ("2024-01-06",))
    write(naive("D", calendar=("weekday", "holidays:XX"), days=(days,)), tmp_path)
    bundle = read(tmp_path)
    assert bundle.days == (days,)
    newest = newest_windows(bundle, history(1, 2, 3, start="2024-01-03", frequency="D"))
    assert newest.calendar[0, :, 2:].T.tolist() == [[0, 0, 0, 1, 0], [0, 0, 1, 0, 0], [0, 0, 0, 0, 1]]
    with pytest.raises(
        ValueError, match=r"'holidays:XX' is known to 2024-01-09, and asked for from 2024-01-0. to 2024-01-10"
    ):
        newest_windows(bundle, history(1, 2, 3, start="2024-01-05", frequency="D"))


def test_a_bundle_without_days_is_written_as_bundles_were_before_there_were_any(tmp_path) -> None:
    write(naive(calendar=("hour",)), tmp_path)
    assert '"days"' not in (tmp_path / "bundle.json").read_text()
