import json
import random
import threading
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from recurcast.config import CELLS as ALL_CELLS
from recurcast.config import Cell, NetworkConfig, Parts, WindowsConfig
from recurcast.series.frame import Panel
from recurcast.series.windows import Split, Windows, cut
from recurcast.training.inference import forecast
from recurcast.training.networks import (
    Network,
    NetworkShape,
    build_network,
    keras,
    load_network,
    shape_of,
    spread_floor,
)
from support.cells import Array, forecast_of, level_and_spread

LOOKBACK, HORIZON = 5, 2
PARTS = Parts(history=30, validation=8, test=6)
BORDER = 30
CELLS: list[tuple[Cell, bool]] = [("gru", False), *((cell, True) for cell in ALL_CELLS)]
each_cell = pytest.mark.parametrize(("cell", "reset_after"), CELLS)


def config_of(reset_after: bool = True, **settings: Any) -> NetworkConfig:
    return NetworkConfig(units=3, reset_after=reset_after, **settings)


def values_of(covariates: int = 0) -> Array:
    """Two series of 44 steps at level 50, the second flat for ten steps, in multiples of 1/1024; then covariates."""
    rng = np.random.default_rng(4)
    y = 50 + rng.normal(0, [[3.0], [1.0]], (2, 44))
    y[1, 10:20] = 51.5
    others = rng.normal(20, 7, (2, 44, covariates))
    return np.round(np.concatenate([y[:, :, None], others], axis=2) * 1024) / 1024


def split_of(values: Array, calendar: int = 0) -> Split:
    """All windows of the values; `calendar` features in [-1, 1]."""
    steps = pd.date_range("2024-01-01", periods=values.shape[1], freq="h", tz="UTC")
    features = np.random.default_rng(5).uniform(-1, 1, (values.shape[1], calendar))
    ids = tuple("abc"[: len(values)])
    return cut(Panel(ids, steps, values, features), PARTS, WindowsConfig(lookback=LOOKBACK, horizon=HORIZON))


def shape_in(split: Split) -> NetworkShape:
    return shape_of(split.train, split.validation_begins)


def redrawn(network: Network) -> Network:
    """The network with every trainable weight drawn anew: the biases that keras starts at 0 count too."""
    rng = np.random.default_rng(6)
    for variable in network.forecaster.trainable_variables:
        variable.assign(rng.normal(0, 0.5, variable.shape))
    return network


def forecasts(network: Network, windows: Windows) -> Array:
    return forecast(network.forecaster, windows)


def assert_equals_the_numpy_equations(
    cell: Cell, config: NetworkConfig, split: Split, shape: NetworkShape | None = None
) -> None:
    shape = shape or shape_in(split)
    network = redrawn(build_network(cell, config, shape, seed=1))
    windows = split.train
    weights = dict(zip(network.core.names, network.core.get_weights(), strict=True))
    expected = forecast_of(cell, config, shape, weights, windows.inputs, windows.calendar)
    _, spread = level_and_spread(windows.inputs, config.scale, shape.spread_floor)
    assert expected.shape == (len(windows), HORIZON)
    np.testing.assert_array_less(np.abs(forecasts(network, windows) - expected), 1e-5 * (spread + np.abs(expected)))
    assert expected.std() > 0.1, "the forecasts compared differ from each other"


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize("layers", [1, 2])
@each_cell
def test_a_forecast_is_what_the_numpy_equations_give(
    cell: Cell, reset_after: bool, layers: int, activation: str
) -> None:
    split = split_of(values_of())
    assert (split.train.inputs[:, :, 0].std(axis=1) < shape_in(split).spread_floor).any(), "some window is flat"
    assert_equals_the_numpy_equations(cell, config_of(reset_after, layers=layers, activation=activation), split)


@each_cell
def test_covariates_and_calendar_enter_as_the_numpy_equations_say(cell: Cell, reset_after: bool) -> None:
    assert_equals_the_numpy_equations(cell, config_of(reset_after), split_of(values_of(covariates=2), calendar=4))


def test_without_scaling_the_raw_values_enter_and_the_raw_output_is_the_forecast() -> None:
    values = values_of(covariates=1) - 50
    assert_equals_the_numpy_equations("lstm", config_of(scale="none", activation="relu"), split_of(values, calendar=2))


def test_sigmoid_and_linear_are_activations_too() -> None:
    shape = shape_in(split_of(values_of()))
    for activation in ("sigmoid", "linear"):
        network = build_network("rnn", config_of(activation=activation), shape, seed=0)
        assert network.forecaster.get_layer("rnn_0").activation is keras.activations.get(activation)


def test_covariates_are_normalized_by_the_rows_of_the_train_part() -> None:
    values = values_of(covariates=2)
    values[:, BORDER:, 1:] += 1e6
    values[0, 3, 2] = np.nan
    split = split_of(values)
    layer = build_network("rnn", config_of(), shape_in(split), seed=0).forecaster.get_layer("covariates")
    rows = values[:, :BORDER, 1:].reshape(-1, 2)
    rows = rows[~np.isnan(rows).any(axis=1)]
    np.testing.assert_allclose(
        layer(rows).numpy(), (rows - rows.mean(axis=0)) / rows.std(axis=0), rtol=1e-12, atol=1e-12
    )
    assert len(rows) == 2 * BORDER - 1


def test_a_covariate_that_never_moved_in_the_train_part_is_only_centred() -> None:
    covariates = np.column_stack([np.full(10, 0.1), np.arange(10.0)])
    shape = NetworkShape(LOOKBACK, HORIZON, 0, covariates, 1.0)
    layer = build_network("rnn", config_of(), shape, seed=0).forecaster.get_layer("covariates")
    np.testing.assert_allclose(layer(np.array([[1.1, 4.5]])).numpy(), [[1.0, 0.0]], atol=1e-12)


def test_values_at_a_level_of_a_billion_keep_what_stands_after_the_point() -> None:
    values = values_of(covariates=1)
    high = values + 1e9
    low, lifted = split_of(values), split_of(high)
    np.testing.assert_array_equal(lifted.train.inputs - 1e9, low.train.inputs)
    network = redrawn(build_network("gru", config_of(), shape_in(low), seed=0))
    high_network = redrawn(build_network("gru", config_of(), shape_in(lifted), seed=0))
    expected = forecasts(network, low.train)
    np.testing.assert_allclose(forecasts(high_network, lifted.train) - 1e9, expected, rtol=0, atol=2e-5)
    assert np.ptp(expected) > 1


@each_cell
def test_forecasts_follow_a_change_of_units(cell: Cell, reset_after: bool) -> None:
    values = values_of()
    changed = 3.7 * values - 120
    before, after = split_of(values), split_of(changed)
    config = config_of(reset_after)
    network = redrawn(build_network(cell, config, shape_in(before), seed=0))
    changed_network = redrawn(build_network(cell, config, shape_in(after), seed=0))
    np.testing.assert_allclose(
        forecasts(changed_network, after.validation),
        3.7 * forecasts(network, before.validation) - 120,
        rtol=1e-5,
    )


def test_a_flat_window_is_forecast_near_its_level_and_never_as_nan() -> None:
    split = split_of(values_of())
    shape = shape_in(split)
    network = redrawn(build_network("lstm", config_of(), shape, seed=0))
    flat = np.flatnonzero(split.train.inputs[:, :, 0].std(axis=1) == 0)
    near = forecasts(network, split.train)[flat]
    assert len(flat) == 6
    assert 0 < np.abs(near - 51.5).max() < 10 * shape.spread_floor


def test_what_is_fitted_are_the_layers_of_what_is_served() -> None:
    split = split_of(values_of(covariates=1), calendar=2)
    network = build_network("gru", config_of(layers=2, dropout=0.1), shape_in(split), seed=0)
    names = ["gru_0", "gru_1", "output"]
    assert [*network.core.body.layers, network.core.dense] == [network.forecaster.get_layer(name) for name in names]
    assert network.normalization is network.forecaster.get_layer("covariates")
    assert [id(v) for v in network.core.weights] == [id(v) for v in network.forecaster.trainable_variables]
    states = {id(v) for v in network.forecaster.variables} - {id(v) for v in network.forecaster.weights}
    assert len(states) == 2, "each recurrent layer draws its own masks"
    assert {id(v) for v in network.core.variables} == {id(v) for v in network.core.weights} | states


@each_cell
def test_a_saved_network_loads_in_safe_mode_and_forecasts_the_same_bits(
    cell: Cell, reset_after: bool, tmp_path: Path
) -> None:
    values = values_of(covariates=2)
    values[:, :, 1] += 1e9
    split = split_of(values, calendar=2)
    config = config_of(reset_after, layers=2, dropout=0.2, recurrent_dropout=0.2)
    network = redrawn(build_network(cell, config, shape_in(split), seed=0))
    file = tmp_path / "network.keras"
    network.forecaster.save(file)
    loaded = keras.saving.load_model(file, safe_mode=True)
    assert forecast(loaded, split.test).tobytes() == forecasts(network, split.test).tobytes()


def test_a_network_is_loaded_as_it_was_saved_and_code_in_a_file_is_refused(tmp_path: Path) -> None:
    split = split_of(values_of())
    network = build_network("rnn", config_of(), shape_in(split), seed=0)
    network.forecaster.save(tmp_path / "network.keras")
    loaded = load_network(tmp_path / "network.keras")
    assert forecast(loaded, split.test).tobytes() == forecasts(network, split.test).tobytes()
    keras.Sequential([keras.Input((1,)), keras.layers.Lambda(lambda x: x)]).save(tmp_path / "code.keras")
    with pytest.raises(ValueError, match="safe_mode"):
        load_network(tmp_path / "code.keras")


@pytest.mark.parametrize(("cell", "layer"), [("gru", "GRU"), ("attention", "GRU"), ("transformer", "EinsumDense")])
def test_a_saved_network_names_nothing_but_what_keras_brings(cell: Cell, layer: str, tmp_path: Path) -> None:
    split = split_of(values_of(covariates=1), calendar=2)
    file = tmp_path / "network.keras"
    build_network(cell, config_of(layers=2), shape_in(split), seed=0).forecaster.save(file)
    objects: list[dict[str, Any]] = []

    def collect(node: dict[str, Any]) -> dict[str, Any]:
        objects.extend([node] if "class_name" in node else [])
        return node

    json.loads(zipfile.ZipFile(file).read("config.json"), object_hook=collect)
    classes = {(node.get("module"), node["class_name"]) for node in objects}
    assert {("keras.layers", layer), ("keras.layers", "Dense"), ("keras.layers", "Normalization")} <= classes
    assert [name for module, name in classes if module and module.split(".")[0] not in ("keras", "builtins")] == []
    assert [name for _, name in classes if "Lambda" in name] == []
    assert [node["registered_name"] for node in objects if ">" in (node.get("registered_name") or "")] == []


@each_cell
def test_weights_are_drawn_from_the_seed_alone(cell: Cell, reset_after: bool) -> None:
    shape = shape_in(split_of(values_of()))

    def weights(seed: int) -> list[bytes]:
        return [w.tobytes() for w in build_network(cell, config_of(reset_after), shape, seed).forecaster.get_weights()]

    first = weights(7)
    other = weights(8)
    assert weights(7) == first
    assert weights(8) == other
    assert (first != other) == (cell != "linear"), "a single linear map begins at zero"


def test_the_spread_floor_is_a_hundredth_of_the_smallest_spread_of_a_series_that_moves() -> None:
    moves_by_two, moves_by_eight = [1.0, 5.0, 1.0, 5.0], [0.0, 16.0, np.nan, np.nan]
    flat, rounded, absent = [3.0] * 4, [0.1] * 4, [np.nan] * 4
    assert spread_floor(np.array([moves_by_two, moves_by_eight])) == 0.02
    assert spread_floor(np.array([moves_by_eight, flat, absent])) == 0.08
    assert spread_floor(np.array([moves_by_eight, [0.1] * 3 + [np.nan], rounded])) == 0.08
    assert spread_floor(np.array([flat, rounded, absent])) == 1.0


def test_a_network_is_shaped_by_nothing_at_or_after_the_end_of_the_train_part() -> None:
    values = values_of(covariates=2)
    changed = values.copy()
    changed[:, BORDER:] = -1e3 * changed[:, BORDER:] + 7
    before, after = shape_in(split_of(values)), shape_in(split_of(changed))
    assert split_of(values).validation_begins == BORDER
    assert after.spread_floor == before.spread_floor == spread_floor(values[:, :BORDER, 0])
    assert after.covariates.tobytes() == before.covariates.tobytes()
    one = build_network("rnn", config_of(), before, seed=0).forecaster.get_weights()
    other = build_network("rnn", config_of(), after, seed=0).forecaster.get_weights()
    assert [w.tobytes() for w in one] == [w.tobytes() for w in other]
    changed[:, BORDER - 1] = 1e3
    within = shape_in(split_of(changed))
    assert within.spread_floor != before.spread_floor
    assert within.covariates.tobytes() != before.covariates.tobytes()


@pytest.mark.parametrize("cell", ALL_CELLS)
def test_weights_do_not_depend_on_random_numbers_that_others_draw_meanwhile(cell: Cell) -> None:
    config = NetworkConfig(units=3, dropout=0.1, recurrent_dropout=0.1)
    shape = NetworkShape(5, 1, 0, np.zeros((0, 0)), 1.0)
    stop = threading.Event()

    def draw() -> None:
        while not stop.is_set():
            random.random()

    calm = build_network(cell, config, shape, seed=7).forecaster.get_weights()
    disturber = threading.Thread(target=draw)
    disturber.start()
    try:
        disturbed = build_network(cell, config, shape, seed=7).forecaster.get_weights()
    finally:
        stop.set()
        disturber.join()

    assert all(np.array_equal(one, other) for one, other in zip(calm, disturbed, strict=True))
