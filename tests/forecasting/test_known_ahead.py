"""Forecasts and flags of a network that takes what is known ahead: from the source, and from a history frame."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recurcast.errors import ConfigurationError, DataRejected
from recurcast.forecasting.drivers import told_together, without_in
from recurcast.forecasting.flags import flag
from recurcast.forecasting.forecast import forecast, horizon_of, predict_with, refuse_other_data
from recurcast.forecasting.newest import newest_windows
from recurcast.forecasting.newest_rows import newest_steps
from recurcast.forecasting.portable.bundle import Bundle, folder_of, read, write
from recurcast.forecasting.portable.frames import forecast_frame
from recurcast.pipelines.forecast import forecast_from_bundle
from recurcast.runs.forecast import ForecastRequest
from recurcast.series.frame import SeriesFrame
from recurcast.training.export import bundle_of
from recurcast.training.highway import lesson
from recurcast.training.highway.cells import fit_highway_seeds
from support.driven import HORIZON, driven_frame, driven_pipeline, driven_split, write_driven
from support.tiny import AS_OF


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("driven")
    write_driven(folder)
    return folder


@pytest.fixture(scope="module")
def bundle(root) -> Bundle:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lesson, "_MOST_STEPS", 20)
        patched.setattr(lesson, "_FEWEST_STEPS", 20)
        pipeline, split = driven_pipeline(training={"seeds": 1}), driven_split(root)
        (cell,) = fit_highway_seeds("rnn", pipeline, split)
        made = bundle_of(pipeline, cell.network, split, split.panel.grid, (80.0,), np.ones((1, HORIZON)))
        write(made, root / "bundle")
    return read(root / "bundle")


def forecast_of(bundle: Bundle, frame: SeriesFrame, wanted: int | None = None) -> pd.DataFrame:
    horizon = horizon_of(bundle, wanted, recursive=False)
    newest = newest_windows(frame, driven_pipeline().checks, AS_OF, bundle.lookback, bundle.covariates, bundle.fewest)
    return forecast(bundle, newest.panel, frame.grid, horizon, AS_OF, predict_with(bundle))


def history(root: Path) -> pd.DataFrame:
    """The source's rows, and behind them those that have no y yet."""
    y, warmth, campaigns = (pd.read_csv(root / f"{name}.csv") for name in ("y", "warmth", "campaigns"))
    beside = campaigns.rename(columns={"shop": "unique_id"}).merge(warmth[["ds", "warmth"]], on="ds")
    return beside.merge(y, on=["unique_id", "ds"], how="left")


def without(frame: SeriesFrame, steps_ahead: int) -> SeriesFrame:
    """The frame whose warmth is known for so many steps ahead alone."""
    assert frame.ahead is not None
    until = pd.Timestamp(AS_OF).value + steps_ahead * 3600 * 10**9
    warmth, campaign = frame.ahead.blocks
    cut = replace(warmth, rows=warmth.rows[warmth.rows["ds"] < until].reset_index(drop=True))
    return replace(frame, ahead=replace(frame.ahead, blocks=(cut, campaign)))


def test_a_history_frame_with_the_rows_ahead_is_forecast_as_the_source_is(root, bundle) -> None:
    by_source, by_frame = forecast_of(bundle, driven_frame(root)), forecast_frame(bundle, history(root))
    pd.testing.assert_frame_equal(by_source[by_frame.columns], by_frame, rtol=1e-9)
    assert len(by_frame) == 2 * HORIZON


def test_values_ahead_change_the_forecast_of_their_own_step_alone(root, bundle) -> None:
    rows = history(root)
    second = pd.to_datetime(rows["ds"], utc=True) == pd.Timestamp(AS_OF) + pd.Timedelta("1h")
    warmer = forecast_frame(bundle, rows.assign(warmth=rows["warmth"].mask(second, 3.0)))
    moved = (warmer["y_hat"] - forecast_frame(bundle, rows)["y_hat"]).abs().to_numpy().reshape(2, HORIZON)
    assert (moved[:, 1] > 1e-6).all()
    assert (moved[:, [0, 2]] == 0).all()


def test_values_that_end_before_the_horizon_are_refused_and_a_shorter_one_is_forecast(root, bundle) -> None:
    frame = without(driven_frame(root), steps_ahead=2)
    says = r"'warmth' of series 'a' has no value at 2024-06-01T02:00:00\+00:00; the last that is known is 2024-06-01T01"
    with pytest.raises(DataRejected, match=says) as refusal:
        forecast_of(bundle, frame)
    assert "--horizon 2" in str(refusal.value)
    short = forecast_of(bundle, frame, wanted=2)
    whole = forecast_of(bundle, driven_frame(root))
    assert short["y_hat"].tolist() == whole.groupby("unique_id").head(2)["y_hat"].tolist()


def test_a_history_frame_without_the_rows_ahead_says_which_are_missing(root, bundle) -> None:
    rows = history(root)
    known = rows[pd.to_datetime(rows["ds"], utc=True) < pd.Timestamp(AS_OF) + pd.Timedelta("1h")]
    with pytest.raises(
        ValueError, match=r"no warmth at 2024-06-01 01:00:00\+00:00 \(2 of 3 are missing, the last one is"
    ):
        forecast_frame(bundle, known)
    with pytest.raises(ValueError, match="without warmth"):
        forecast_frame(bundle, rows.drop(columns="warmth"))
    with pytest.raises(ValueError, match="'b' has none"):
        forecast_frame(bundle, rows.assign(y=rows["y"].mask(rows["unique_id"] == "b")))


def test_a_source_that_no_longer_has_what_the_champion_takes_is_refused(root, bundle) -> None:
    bare = replace(driven_frame(root), ahead=None)
    with pytest.raises(ConfigurationError, match="takes warmth, campaign as known ahead; the source has none"):
        refuse_other_data(bundle, bare)


def test_known_steps_are_flagged_beside_what_was_known_ahead_of_them(root, bundle) -> None:
    frame = driven_frame(root)
    known = newest_steps(frame, driven_pipeline().checks, AS_OF, bundle.lookback + 20, bundle.covariates, bundle.fewest)
    flags = flag(bundle, known, frame.grid, AS_OF, predict_with(bundle))
    assert len(flags.rows) == 2 * 20
    assert np.isfinite(flags.rows["y_hat"]).all()


def test_a_source_that_names_the_columns_in_another_order_gives_the_same_forecast(root, bundle) -> None:
    source = driven_pipeline().source.model_dump()
    turned = driven_pipeline(source=source | {"known_ahead": source["known_ahead"][::-1]})
    frame = driven_frame(root, turned)
    assert frame.ahead is not None
    assert frame.ahead.names == bundle.ahead[::-1]
    pd.testing.assert_frame_equal(forecast_of(bundle, frame), forecast_of(bundle, driven_frame(root)))


def test_a_series_that_what_is_known_ahead_does_not_name_is_forecast_without_it(root, bundle) -> None:
    frame = driven_frame(root)
    assert frame.ahead is not None
    warmth, campaign = frame.ahead.blocks
    alone = replace(campaign, rows=campaign.rows[campaign.rows["unique_id"] == "a"].reset_index(drop=True))
    forecast_without = forecast_of(bundle, replace(frame, ahead=replace(frame.ahead, blocks=(warmth, alone))))
    assert np.isfinite(forecast_without["y_hat"]).all()
    newest = newest_windows(frame, driven_pipeline().checks, AS_OF, bundle.lookback, bundle.covariates, bundle.fewest)
    without_b = replace(newest.panel, ahead=replace(frame.ahead, blocks=(warmth, alone)))
    assert told_together(bundle, without_in(bundle, without_b)) == (
        "no 'campaign' is known ahead of series 'b': forecast without it, as trained",
    )
    assert told_together(bundle, without_in(bundle, newest.panel)) == ()
    rows = history(root)
    by_frame = forecast_frame(bundle, rows.assign(campaign=rows["campaign"].mask(rows["unique_id"] == "b")))
    pd.testing.assert_frame_equal(forecast_without[by_frame.columns], by_frame, rtol=1e-9)


def test_the_horizon_that_is_offered_is_one_that_every_series_reaches(root, bundle) -> None:
    frame = driven_frame(root)
    assert frame.ahead is not None
    warmth, campaign = without(frame, steps_ahead=2).ahead.blocks
    rows = campaign.rows[(campaign.rows["unique_id"] == "a") | (campaign.rows["ds"] < pd.Timestamp(AS_OF).value + 1)]
    short = replace(campaign, rows=rows.reset_index(drop=True))
    with pytest.raises(DataRejected, match="forecast 1 steps"):
        forecast_of(bundle, replace(frame, ahead=replace(frame.ahead, blocks=(warmth, short))))


def test_a_champion_of_a_longer_horizon_than_the_pipelines_is_told_of_all_its_steps(root, bundle, tmp_path) -> None:
    write(bundle, folder_of(root, "tiny"))
    shorter = driven_pipeline(windows={"lookback": 8, "horizon": 1})
    request = ForecastRequest(shorter, AS_OF, root, output=tmp_path / "forecast.csv")
    rows = forecast_from_bundle(request).made.rows
    assert rows["y_hat"].tolist() == forecast_of(bundle, driven_frame(root))["y_hat"].tolist()
