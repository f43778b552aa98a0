import numpy as np
import pandas as pd
import pytest

from recurcast.config import Checks
from recurcast.errors import ConfigurationError, DataRejected, RecurcastError
from recurcast.forecasting.forecast import Horizon, forecast, horizon_of, predict_with, refuse_other_data
from recurcast.forecasting.newest import newest_windows
from recurcast.series.days import DayCalendar
from support.frames import HOURLY, frame_of, naive_bundle
from support.tiny import AS_OF


def forecast_of(bundle, frame, steps=2, predict=None):
    windows = newest_windows(frame, Checks(), AS_OF, bundle.lookback, ()).panel
    predict = predict or predict_with(bundle)
    return forecast(bundle, windows, HOURLY, Horizon(steps, bundle.horizon), AS_OF, predict)


def test_each_series_has_its_steps_after_as_of_with_intervals_version_and_as_of():
    rows = forecast_of(naive_bundle(), frame_of(a=[1, 2, 5], b=[1, 2, 50]))

    assert list(rows.columns) == [
        "unique_id", "ds", "y_hat", "y_hat_lo_80", "y_hat_hi_80", "y_hat_lo_95", "y_hat_hi_95", "model_version", "as_of",
    ]  # fmt: skip
    assert rows["unique_id"].tolist() == ["a", "a", "b", "b"]
    assert rows["ds"].tolist() == [pd.Timestamp(AS_OF), pd.Timestamp("2024-06-01T01:00Z")] * 2
    assert rows["y_hat"].tolist() == [5, 5, 50, 50]
    assert rows["y_hat_lo_80"].tolist() == [4, 3, 49, 48]
    assert rows["y_hat_hi_95"].tolist() == [8, 9, 53, 54]
    assert set(rows["model_version"]) == {7}
    assert set(rows["as_of"]) == {pd.Timestamp(AS_OF)}


def test_a_shorter_horizon_is_the_beginning_of_the_trained_one():
    frame = frame_of(a=[1, 2, 5], b=[1, 2, 50])
    trained = forecast_of(naive_bundle(), frame)

    pd.testing.assert_frame_equal(forecast_of(naive_bundle(), frame, 1), trained.iloc[[0, 2]].reset_index(drop=True))


def test_a_longer_horizon_goes_on_from_forecasts_and_has_no_intervals_there():
    def one_more(window, calendar):
        """The last value and one, then two more: so that it shows what each block went on from."""
        return window[:, -1:, 0] + np.array([1.0, 2.0])

    rows = forecast_of(naive_bundle(), frame_of(a=[1, 2, 5], b=[1, 2, 50]), steps=5, predict=one_more)

    assert rows["unique_id"].tolist() == ["a"] * 5 + ["b"] * 5
    assert rows["y_hat"].tolist() == [6, 7, 8, 9, 10, 51, 52, 53, 54, 55]
    assert rows["y_hat_lo_80"].isna().tolist() == [False, False, True, True, True] * 2
    assert rows["ds"].iloc[4] == pd.Timestamp("2024-06-01T04:00Z")


def test_the_calendar_of_each_block_is_that_of_its_own_steps():
    seen = []

    def note(window, calendar):
        seen.append(calendar)
        return np.zeros((len(window), 2))

    forecast_of(naive_bundle(calendar=("hour",)), frame_of(a=[1, 2, 5]), steps=4, predict=note)

    hours = [np.rad2deg(np.arctan2(block[0, :, 0], block[0, :, 1])).round() % 360 / 15 for block in seen]
    assert [list(block) for block in hours] == [[21, 22, 23, 0, 1], [23, 0, 1, 2, 3]]


def test_a_forecast_past_the_days_that_the_champion_knows_is_refused_with_which_and_until_when():
    days = DayCalendar("holidays:XX", "2024-01-01", "2024-06-02", ())
    told = naive_bundle(calendar=("holidays:XX",), days=(days,))
    assert len(forecast_of(told, frame_of(a=[1, 2, 5]))) == 2
    with pytest.raises(
        DataRejected, match=r"'holidays:XX' is known to 2024-06-02, and asked for .*Take fewer steps, train again"
    ):
        forecast_of(told, frame_of(a=[1, 2, 5]), steps=30)


def test_a_longer_horizon_is_refused_unless_the_pipeline_allows_it_and_never_goes_on_with_covariates():
    with pytest.raises(ConfigurationError, match=r"forecasts 2 steps; received horizon 3\. Ask for fewer, train"):
        horizon_of(naive_bundle(), 3, recursive=False)
    with pytest.raises(ConfigurationError, match=r"takes covariates \(rain\), which are not known ahead"):
        horizon_of(naive_bundle(covariates=("rain",)), 3, recursive=True)

    assert horizon_of(naive_bundle(), 3, recursive=True).remark.startswith("step 3 is forecast from forecasts")
    assert horizon_of(naive_bundle(), 5, recursive=True).remark.startswith("steps 3 to 5 are forecast from forecasts")
    assert horizon_of(naive_bundle(), None, recursive=False) == Horizon(2, 2)
    assert horizon_of(naive_bundle(), 1, recursive=False).remark == ""


def test_a_champion_of_other_covariates_or_another_frequency_is_refused():
    frame = frame_of(a=[1, 2, 5])

    with pytest.raises(ConfigurationError, match="takes the covariates rain; the source has none"):
        refuse_other_data(naive_bundle(covariates=("rain",)), frame)
    with pytest.raises(ConfigurationError, match="takes steps of 'D'; the source has 'h'"):
        refuse_other_data(naive_bundle(frequency="D"), frame)
    refuse_other_data(naive_bundle(), frame)


def test_forecasts_that_are_not_finite_are_refused_with_the_way_back():
    with pytest.raises(RecurcastError, match=r"version 7 of 'tiny' gave 2 that are not\. .*recurcast rollback tiny"):
        forecast_of(naive_bundle(), frame_of(a=[1, 2, 5]), predict=lambda window, _: np.full((len(window), 2), np.inf))
