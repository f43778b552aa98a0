"""Forecasts and flags of a network that takes what is known ahead: from the source, and from a history frame."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recurcast.errors import ConfigurationError, DataRejected
from recurcast.forecasting.flags import flag
from recurcast.forecasting.forecast import forecast, horizon_of, predict_with, refuse_other_data
from recurcast.forecasting.newest import newest_windows
from recurcast.forecasting.newest_rows import newest_steps
from recurcast.forecasting.portable.bundle import Bundle, read, write
from recurcast.forecasting.portable.frames import forecast_frame
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
