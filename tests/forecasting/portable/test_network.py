"""The cells in numpy alone, beside keras."""

import dataclasses
from itertools import product
from typing import Any

import numpy as np
import pytest

from recurcast.config import CELLS as ALL_CELLS
from recurcast.forecasting.portable import network as cells
from recurcast.forecasting.portable.bundle import Bundle
from recurcast.forecasting.portable.network import forecast_windows, spreads
from recurcast.training.export import bundle_of
from support import exported as networks
from support.cells import Array
from support.exported import Exported, exported

CELLS = [("gru", False), *((cell, True) for cell in ALL_CELLS)]
ACTIVATIONS = ("tanh", "relu", "sigmoid", "linear")
SHAPES = list(product((1, 2), ("window", "none"), (0, 2), (0, 2)))


@pytest.mark.parametrize(("cell", "reset_after"), CELLS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_forecasts_are_those_of_keras(cell: str, reset_after: bool, activation: str) -> None:
    # Each of the four activations takes a quarter of the shapes of each cell, so that all sixteen are met.
    for number, (layers, scale, calendar, covariates) in enumerate(SHAPES):
        if number % len(ACTIVATIONS) != (ACTIVATIONS.index(activation) + number // len(ACTIVATIONS)) % len(ACTIVATIONS):
            continue
        made = exported(
            cell, calendar, covariates, layers=layers, scale=scale, activation=activation, reset_after=reset_after
        )
        expected = made.keras_forecasts()
        assert_close(made, forecast_windows(made.bundle, made.window, made.calendar), expected)
        assert np.ptp(expected - made.level) > 0.1 * made.spread.max(), "the forecasts compared differ from each other"


@pytest.mark.parametrize("lookback", [1, 33, 70])
@pytest.mark.parametrize("settings", [{"cell": "attention", "attention": "dot"}, {"cell": "transformer", "heads": 3}])
def test_short_and_long_windows_are_attended_to_as_by_keras(
    settings: dict[str, Any], lookback: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "LOOKBACK", lookback)
    monkeypatch.setattr(networks, "STEPS", 130)
    made = exported(
        **settings, calendar=2, covariates=1, layers=2, parts={"history": 110, "validation": 10, "test": 10}
    )
    expected = made.keras_forecasts()
    assert_close(made, forecast_windows(made.bundle, made.window, made.calendar), expected)


@pytest.mark.parametrize("cell", ["gru", "attention", "transformer", "linear"])
def test_a_window_is_forecast_alike_alone_and_in_any_batch(cell: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = exported(cell, 2, 2, layers=2)
    whole = forecast_windows(made.bundle, made.window, made.calendar)
    monkeypatch.setattr(cells, "_BATCH", 7)
    assert len(made.window) % 7
    np.testing.assert_allclose(forecast_windows(made.bundle, made.window, made.calendar), whole, rtol=1e-6)
    alone = forecast_windows(made.bundle, made.window[3:4], made.calendar[3:4])
    np.testing.assert_allclose(alone, whole[3:4], rtol=1e-6)
    assert forecast_windows(made.bundle, made.window[:0], made.calendar[:0]).shape == (0, 2)


def test_a_price_of_a_billion_keeps_its_cents() -> None:
    made = exported("lstm")
    window = np.round(made.window * 128) / 128
    near, far = forecast_windows(made.bundle, window), forecast_windows(made.bundle, window + 1e9)
    np.testing.assert_allclose(far - 1e9, near, atol=1e-5)


def test_the_spread_is_the_windows_deviation_but_no_less_than_the_floor() -> None:
    window = np.array([[1.0, 3, 1, 3], [5, 5, 5, 5]])[:, :, None]
    assert spreads(baseline("naive", spread_floor=0.25), window).tolist() == [1.0, 0.25]
    assert spreads(baseline("naive", spread_floor=0.25, scale="none"), window).tolist() == [1.0, 1.0]


def test_the_spread_of_a_window_that_may_miss_steps_is_that_of_the_others() -> None:
    window = np.array([[1.0, np.nan, 1, 3, 3], [np.nan, 5, 5, np.nan, 5]])[:, :, None]
    assert spreads(baseline("naive", spread_floor=0.25, gaps=True), window).tolist() == [1.0, 0.25]


def test_naive_repeats_the_last_value_and_seasonal_naive_the_last_season() -> None:
    window = np.array([[9.0, 1, 2, 3], [8, 4, 5, 6]])[:, :, None]
    assert forecast_windows(baseline("naive"), window).tolist() == [[3.0] * 5, [6.0] * 5]
    assert forecast_windows(baseline("seasonal_naive"), window).tolist() == [[1, 2, 3, 1, 2], [4, 5, 6, 4, 5]]


def test_a_network_that_diverged_forecasts_no_number_and_warns_of_nothing() -> None:
    made = exported("rnn", activation="linear")
    for values in made.network.forecaster.trainable_variables:
        values.assign(np.full(values.shape, 1e30))
    diverged = bundle_of(made.pipeline, made.network, made.split, made.bundle.grid)
    assert not np.isfinite(forecast_windows(diverged, made.window)).any()


def test_a_cell_that_numpy_does_not_know_is_refused_by_name() -> None:
    unknown = dataclasses.replace(exported("lstm").bundle, kind="bigru")
    with pytest.raises(
        ValueError, match=r"the bundle of 'tiny' is of the cell 'bigru'\. Its network forecasts, by keras"
    ):
        forecast_windows(unknown, np.zeros((1, 6, 1)))


def assert_close(made: Exported, found: Array, expected: Array) -> None:
    assert found.shape == (len(made.window), 2)
    np.testing.assert_array_less(np.abs(found - expected), 1e-5 * (made.spread + np.abs(expected - made.level)))


def baseline(kind: Any, **facts: Any) -> Bundle:
    return Bundle("tiny", kind, "h", "UTC", phase=0, lookback=4, horizon=5, season=3, **facts)
