from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from recurcast.forecasting.portable.highway import prepare, restored
from recurcast.forecasting.portable.network import forecast_windows, spreads
from recurcast.training.export import bundle_of
from recurcast.training.fit import FittedCell
from recurcast.training.highway import cells, fit, forecasts, lesson, plan
from recurcast.training.highway.cells import fit_highway_seeds, refit_highway
from recurcast.training.highway.choices import Chosen
from recurcast.training.highway.fit import fit_highway
from recurcast.training.highway.network import highway_forecaster
from recurcast.training.highway.plan import plan_of
from recurcast.training.together import together
from support.ragged import (
    CALIBRATION_BEGINS,
    VALIDATION_BEGINS,
    ragged_pipeline,
    ragged_split,
    ragged_values,
    shared_split,
)
from support.tiny import panel_of


@cache
def fitted(cell: str = "gru") -> tuple[FittedCell, ...]:
    return fit_highway_seeds(cell, ragged_pipeline(), shared_split())


@pytest.fixture(autouse=True)
def _few_steps(monkeypatch):
    monkeypatch.setattr(lesson, "_FEWEST_STEPS", 20)
    monkeypatch.setattr(lesson, "_MOST_STEPS", 20)


def windows():
    return shared_split().test.inputs


def test_before_the_first_step_the_network_is_the_ridge(monkeypatch):
    monkeypatch.setattr(fit, "_STEP_SIZE", 0.0)
    own = plan_of(ragged_pipeline(), shared_split())

    (course,) = together([fit_highway("gru", ragged_pipeline().network, own, seed=0)], lambda _: None)

    each = prepare(own.facts, windows()[:, :, 0])
    ridge = restored(own.facts, each.level + each.spread * (each.anchor + each.z @ own.ridge))
    forecasts = highway_forecaster("gru", own.facts, [course.core])(windows()).numpy()
    np.testing.assert_allclose(forecasts, ridge, rtol=1e-5)


def test_forecasts_of_what_cells_share_are_those_of_the_keras_models():
    for each in [*fitted("gru"), *fitted("rnn")]:
        expected = each.network.forecaster(windows()).numpy()
        np.testing.assert_allclose(each.network.core.forecast(shared_split().test), expected, rtol=1e-7)


def test_the_same_windows_of_another_panel_are_forecast_anew():
    median, *_ = fitted()
    own = shared_split().test
    median.network.core.forecast(own)
    other = replace(own, panel=replace(own.panel, values=own.panel.values * 1.5))

    expected = median.network.forecaster(other.inputs).numpy()
    np.testing.assert_allclose(median.network.core.forecast(other), expected, rtol=1e-7)


def test_windows_too_many_to_be_kept_are_forecast_some_at_a_time(monkeypatch):
    median, *_ = fitted()
    whole = median.network.core.forecast(shared_split().test)
    monkeypatch.setattr(forecasts, "_KEPT_VALUES", 7 * median.network.highway.inputs)

    np.testing.assert_allclose(median.network.core.forecast(shared_split().test), whole, rtol=1e-7)


def test_what_competes_is_the_median_of_the_seeds_forecasts(monkeypatch):
    monkeypatch.setattr(cells, "SHARES", (1.0,))  # one for all, so that only the median is between them
    median, *alone = fit_highway_seeds("gru", ragged_pipeline(), shared_split())

    each = [one.network.forecaster(windows()).numpy() for one in alone]
    assert [one.seed for one in alone] == [0, 1, 2]
    np.testing.assert_allclose(median.network.forecaster(windows()).numpy(), np.median(each, axis=0), rtol=1e-9)


def test_without_the_median_the_seed_with_the_least_validation_loss_competes():
    found = fit_highway_seeds("gru", ragged_pipeline(combine="best"), ragged_split())

    losses = [one.validation_loss for one in found]
    assert losses == sorted(losses)


def test_seeds_one_by_one_or_at_the_same_time_give_the_same_weights_to_the_bit(monkeypatch):
    at_once = fitted()
    monkeypatch.setattr(cells, "processors", lambda: 1)
    one_by_one = fit_highway_seeds("gru", ragged_pipeline(), ragged_split())

    assert [each.weights_digest for each in one_by_one] == [each.weights_digest for each in at_once]


@pytest.mark.parametrize("cell", ["rnn", "gru"])
def test_numpy_alone_forecasts_what_keras_does(cell):
    """As it does for every cell, with all that may stand beside the windows, in test_attributes.py."""
    network = fitted(cell)[0].network
    panel = panel_of(*ragged_values())
    split = shared_split()
    bundle = bundle_of(ragged_pipeline(), network, split, _grid(panel))

    forecasts = network.forecaster(windows()).numpy()

    assert np.isfinite(forecasts).all()
    off = np.abs(forecasts - forecast_windows(bundle, windows())) / spreads(bundle, windows())[:, None]
    assert off.max() < 1e-5


@pytest.mark.parametrize("log", [False, True])
def test_nothing_from_the_validation_part_on_changes_what_the_weights_are_trained_on(log, monkeypatch):
    # What is chosen may hang on validation rows; for one choice, nothing else does.
    monkeypatch.setattr(plan, "choose", lambda y, end, sizes, extent: Chosen(replace(sizes, log=log), 0.1))
    values = ragged_values()
    values[:, VALIDATION_BEGINS:] = 1e5
    before, after = plan_of(ragged_pipeline(), ragged_split()), plan_of(ragged_pipeline(), ragged_split(values))

    assert before.chosen == after.chosen
    assert before.steps == after.steps
    np.testing.assert_array_equal(before.ridge, after.ridge)
    for name in ("z", "known", "static", "anchor", "targets", "weights"):
        np.testing.assert_array_equal(getattr(before.lesson, name), getattr(after.lesson, name))


def test_nothing_from_the_calibration_steps_on_changes_the_judged_weights():
    values = ragged_values()
    values[:, CALIBRATION_BEGINS:] = -1e5

    changed = fit_highway_seeds("gru", ragged_pipeline(), ragged_split(values))

    assert changed[0].weights_digest == fitted()[0].weights_digest
    assert changed[0].network.highway == fitted()[0].network.highway


def test_a_refit_learns_from_every_row_and_keeps_the_share():
    judged = fitted()[0]
    again = refit_highway(judged, ragged_pipeline(), shared_split())

    assert again.weights_digest != judged.weights_digest
    assert again.network.highway.share == judged.network.highway.share
    assert again.weights_digest == refit_highway(judged, ragged_pipeline(), ragged_split()).weights_digest


def _grid(panel):
    import pandas as pd

    from recurcast.series.grid import grid_of

    return grid_of(pd.Series(panel.steps), "h", "UTC")
