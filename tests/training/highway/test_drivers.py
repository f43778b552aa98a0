"""A highway beside which a calendar, values known ahead and covariates stand."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recurcast.forecasting.portable.beside import beside_of
from recurcast.forecasting.portable.network import forecast_windows, spreads
from recurcast.series.windows import Split
from recurcast.training.export import bundle_of
from recurcast.training.fit import FittedCell
from recurcast.training.highway import lesson
from recurcast.training.highway.cells import fit_highway_seeds, refit_highway
from recurcast.training.highway.drivers import Drivers, with_drivers
from recurcast.training.highway.plan import plan_of
from recurcast.training.inference import forecast
from support.driven import HORIZON, driven_frame, driven_pipeline, driven_split, write_driven


@pytest.fixture(scope="module")
def split(tmp_path_factory) -> Split:
    root = tmp_path_factory.mktemp("driven")
    write_driven(root)
    return driven_split(root)


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch):
    monkeypatch.setattr(lesson, "_FEWEST_STEPS", 20)
    monkeypatch.setattr(lesson, "_MOST_STEPS", 20)


@pytest.fixture(scope="module")
def fitted(split) -> FittedCell:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(lesson, "_MOST_STEPS", 20)
        patched.setattr(lesson, "_FEWEST_STEPS", 20)
        return fit_highway_seeds("gru", driven_pipeline(), split)[0]


def test_keras_numpy_and_the_fitted_layers_forecast_the_same(fitted, split) -> None:
    """As every cell does, beside attributes too, in test_attributes.py."""
    network, windows = fitted.network, split.test
    bundle = bundle_of(driven_pipeline(), network, split, split.panel.grid)
    by_keras = forecast(network.forecaster, windows)
    assert np.isfinite(by_keras).all()
    scale = spreads(bundle, windows.inputs)[:, None]
    by_numpy = forecast_windows(bundle, windows.inputs, windows.calendar)
    assert (np.abs(by_keras - by_numpy) / scale).max() < 1e-5
    assert (np.abs(by_keras - network.core.forecast(windows)) / scale).max() < 1e-5


def test_a_batch_holds_what_the_served_window_does(split) -> None:
    windows, panel = split.test, split.panel
    facts = with_drivers(plan_of(driven_pipeline(), split).facts, panel, split.validation_begins)
    given = beside_of(facts, windows.calendar, windows.inputs[:, :, 1:])
    ahead, past = Drivers(facts, panel, windows.series, windows.origin).at(np.arange(len(windows)))
    np.testing.assert_allclose(ahead, given.ahead, atol=1e-6)
    np.testing.assert_allclose(past, given.past, atol=1e-6)


def test_a_batch_is_the_same_where_values_are_laid_out_once(split) -> None:
    windows, panel = split.test, split.panel
    steady = replace(panel, ahead=panel.ahead.only(("campaign",)))
    facts = with_drivers(plan_of(driven_pipeline(), split).facts, steady, split.validation_begins)
    own = Drivers(facts, steady, windows.series, windows.origin)
    vars(own).update(_whole=None)
    assert own._steady is not None
    asked = Drivers(facts, steady, windows.series, windows.origin)
    vars(asked).update(_whole=None, _steady=None)
    for one, other in zip(own.at(np.arange(9)), asked.at(np.arange(9)), strict=True):
        np.testing.assert_array_equal(one, other)


def test_the_last_columns_of_a_window_are_those_known_ahead(split) -> None:
    assert split.panel.n_drivers == 2 + 2
    assert split.test.calendar.shape[2] == 4
    assert set(np.unique(split.test.calendar[:, :, 3])) == {0.0, 1.0}


def test_forecasts_follow_what_is_known_ahead(monkeypatch, split) -> None:
    monkeypatch.setattr(lesson, "_MOST_STEPS", 400)
    monkeypatch.setattr(lesson, "_FEWEST_STEPS", 400)
    pipeline = driven_pipeline(training={"seeds": 1})
    (cell,) = fit_highway_seeds("gru", pipeline, replace(split))  # another split: a plan is made once for each
    error = np.abs(cell.network.core.forecast(split.test) - split.test.targets).mean()
    # y moves by ten for each degree: without the warmth the error is about eight, and 0.24 at best with it.
    assert error < 2.5


def test_nothing_that_was_issued_after_as_of_changes_the_weights_and_nothing_after_the_train_part_the_statistics(
    tmp_path: Path, fitted
) -> None:
    write_driven(tmp_path)
    rows = pd.read_csv(tmp_path / "warmth.csv", parse_dates=["ds", "issued"])
    as_of = pd.Timestamp("2024-06-01", tz="UTC")
    revised = rows.assign(warmth=1e3, issued=as_of + pd.Timedelta("1min"))
    pd.concat([rows, revised]).to_csv(tmp_path / "warmth.csv", index=False)
    again = fit_highway_seeds("gru", driven_pipeline(), driven_split(tmp_path))[0]
    assert again.weights_digest == fitted.weights_digest

    panel = driven_split(tmp_path).panel
    end = driven_split(tmp_path).validation_begins
    values = panel.values.copy()
    values[:, end:, 1:] = 1e3
    facts = fitted.network.highway
    assert with_drivers(facts, replace(panel, values=values), end) == with_drivers(facts, panel, end)


def test_a_refit_takes_what_stands_beside_the_windows_too(fitted, split) -> None:
    again = refit_highway(fitted, driven_pipeline(), split)
    assert again.network.highway.drivers == 4
    assert np.isfinite(forecast(again.network.forecaster, split.test)).all()


def test_covariates_alone_need_no_second_input(tmp_path: Path) -> None:
    write_driven(tmp_path)
    pipeline = driven_pipeline(
        source={
            "kind": "file",
            "path": "y.csv",
            "delay": "1h",
            "columns": {"unique_id": "unique_id", "covariates": ["wind"]},
        },
        network={"kind": "highway", "units": 3},
        training={"seeds": 1},
    )
    own = driven_split(tmp_path, pipeline)
    (cell,) = fit_highway_seeds("rnn", pipeline, own)
    bundle = bundle_of(pipeline, cell.network, own, own.panel.grid)
    by_keras = forecast(cell.network.forecaster, own.test)
    off = np.abs(by_keras - forecast_windows(bundle, own.test.inputs)) / spreads(bundle, own.test.inputs)[:, None]
    assert off.max() < 1e-5
    assert [tuple(each.shape[1:]) for each in cell.network.forecaster.inputs] == [(pipeline.seen.lookback, 2)]


def test_the_frame_of_as_of_knows_the_horizon_and_no_more(tmp_path: Path) -> None:
    write_driven(tmp_path)
    ahead = driven_frame(tmp_path).ahead
    newest = max(block.rows["ds"].max() for block in ahead.blocks)
    assert pd.Timestamp(newest, tz="UTC") == pd.Timestamp("2024-06-01", tz="UTC") + pd.Timedelta(HORIZON - 1, "h")


def test_a_column_that_never_changed_in_the_train_part_is_not_heeded_when_it_does(split) -> None:
    (warmth, campaign) = split.panel.ahead.blocks
    begins = split.panel.steps[split.validation_begins].value
    flagged = campaign.rows.assign(campaign=(campaign.rows["ds"] >= begins) * 1.0)
    once = replace(split.panel, ahead=replace(split.panel.ahead, blocks=(warmth, replace(campaign, rows=flagged))))
    facts = with_drivers(plan_of(driven_pipeline(), split).facts, once, split.validation_begins)
    test = replace(split.test, panel=once)
    assert (test.calendar[:, :, 3] == 1.0).any()
    given = beside_of(facts, test.calendar, test.inputs[:, :, 1:])
    assert (np.abs(given.ahead[:, :, 3]) < 1e-9).all()
    assert (np.abs(given.ahead[:, :, 2]) > 1e-3).any()
    json.loads(json.dumps(facts.driver_spread, allow_nan=False))
