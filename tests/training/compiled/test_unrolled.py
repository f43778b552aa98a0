from typing import Any

import numpy as np
import pytest

from recurcast.config import Cell, NetworkConfig
from recurcast.training.bodies import called
from recurcast.training.compiled.cells import unrolled_of
from recurcast.training.compiled.unrolled import UNROLLED
from recurcast.training.networks import tf
from support.cells import Array
from training.compiled.test_cells import LOOKBACK, ONE_OF_EACH, UNITS, WINDOWS, layer_of, outputs_and_gradients


def assert_as_keras(cell: Cell, layer: Any, network: NetworkConfig, inputs: Array) -> None:
    call = unrolled_of(cell, network)
    assert call is not called, "keras' own layer would be compared with itself"
    laid_out = tf.function(
        lambda: outputs_and_gradients(lambda x: call(layer, x, training=True), layer, inputs), autograph=False
    )()
    expected = outputs_and_gradients(lambda x: layer(x, training=True), layer, inputs)
    assert len(laid_out) == 5
    for value, wanted in zip(laid_out, expected, strict=True):
        assert value.shape == wanted.shape
        np.testing.assert_allclose(value.numpy(), wanted.numpy(), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(("cell", "activation", "returns_all", "n_inputs"), ONE_OF_EACH)
def test_outputs_and_gradients_are_those_of_keras_own_layer(
    cell: Cell, activation: str, returns_all: bool, n_inputs: int
) -> None:
    layer = layer_of(cell, n_inputs, activation=activation, return_sequences=returns_all)
    network = NetworkConfig.model_validate({"units": UNITS, "activation": activation})
    inputs = np.random.default_rng(2).normal(0, 1, (WINDOWS, LOOKBACK, n_inputs))
    assert_as_keras(cell, layer, network, inputs)


@pytest.mark.parametrize("cell", UNROLLED)
@pytest.mark.parametrize(("windows", "steps"), [(1, LOOKBACK), (WINDOWS, 1)])
def test_a_single_window_and_a_single_step_are_computed_too(cell: Cell, windows: int, steps: int) -> None:
    layer = layer_of(cell, 1, units=1)
    inputs = np.random.default_rng(2).normal(0, 1, (windows, steps, 1))
    assert_as_keras(cell, layer, NetworkConfig.model_validate({"units": 1}), inputs)


def test_layers_that_draw_masks_are_keras_own() -> None:
    assert unrolled_of("lstm", NetworkConfig.model_validate({"dropout": 0.1})) is called
    assert unrolled_of("gru", NetworkConfig.model_validate({"reset_after": False})) is called
    assert unrolled_of("linear", NetworkConfig()) is called
