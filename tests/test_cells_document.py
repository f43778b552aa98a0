"""docs/cells.md is run and held against keras, so that it cannot rot."""

from typing import Any

import numpy as np
import pytest

from recurcast.training.networks import keras
from support.cells import DOCUMENT, Array, run_layer, steps

UNITS, FEATURES, STEPS = 3, 2, 5


def drawn(seed: int, *shape: int) -> Array:
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


def layer_of(cell: str, activation: str = "tanh", **settings: Any) -> tuple[Any, list[Array]]:
    """A keras layer with every weight, biases too, drawn anew; and these weights."""
    kind = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}[cell]
    layer = kind(UNITS, activation=activation, return_sequences=True, **settings)
    layer.build((None, STEPS, FEATURES))
    layer.set_weights([drawn(seed, *weights.shape) for seed, weights in enumerate(layer.get_weights())])
    return layer, layer.get_weights()


@pytest.mark.parametrize("activation", ["tanh", "relu"])
@pytest.mark.parametrize(
    ("cell", "settings"),
    [("rnn", {}), ("lstm", {}), ("gru", {"reset_after": False}), ("gru", {"reset_after": True})],
)
def test_each_numpy_step_computes_what_the_keras_layer_computes(
    cell: str, settings: dict[str, bool], activation: str
) -> None:
    layer, weights = layer_of(cell, activation, **settings)
    features = drawn(9, 4, STEPS, FEATURES)
    outputs = run_layer(cell, features, weights, activation, **settings)
    np.testing.assert_allclose(outputs, layer(features).numpy(), rtol=1e-5, atol=1e-5)


def test_the_table_of_weights_has_the_shapes_that_keras_gives() -> None:
    sizes = {"n": FEATURES, "u": UNITS, "3u": 3 * UNITS, "4u": 4 * UNITS, "2": 2}
    rows = [line.split("|")[1:-1] for line in DOCUMENT.read_text(encoding="utf-8").splitlines() if "$(n, " in line]
    layers = [layer_of("rnn"), layer_of("lstm"), layer_of("gru", reset_after=False), layer_of("gru", reset_after=True)]
    assert ["SimpleRNN" in rows[0][0], "LSTM" in rows[1][0], "false" in rows[2][0], "true" in rows[3][0]] == [True] * 4
    for row, (_, weights) in zip(rows, layers, strict=True):
        stated = [tuple(sizes[word] for word in cell.strip(" $()").split(", ")) for cell in row[2:]]
        assert stated == [matrix.shape for matrix in weights]


def test_only_the_forget_gate_starts_with_a_bias_and_it_is_the_second_of_four() -> None:
    layer = keras.layers.LSTM(UNITS)
    layer.build((None, STEPS, FEATURES))
    assert layer.get_weights()[2].reshape(4, UNITS).tolist() == [[0.0] * 3, [1.0] * 3, [0.0] * 3, [0.0] * 3]


def test_the_configuration_and_keras_both_reset_after_the_product_unless_told_otherwise() -> None:
    from recurcast.config import NetworkConfig

    assert keras.layers.GRU(1).get_config()["reset_after"] is NetworkConfig().reset_after is True


def test_the_textbook_gru_is_keras_with_the_sign_of_the_update_gate_turned() -> None:
    layer, weights = layer_of("gru", reset_after=False)
    textbook = [steps.turn_update_gate(matrix) for matrix in weights]
    features = drawn(9, 4, STEPS, FEATURES)
    h, unturned = np.zeros((4, UNITS)), np.zeros((4, UNITS))
    for step in range(STEPS):
        h = steps.textbook_gru_step(features[:, step], h, *textbook)
        unturned = steps.textbook_gru_step(features[:, step], unturned, *weights)
    keras_output = layer(features).numpy()[:, -1]
    np.testing.assert_allclose(h, keras_output, rtol=1e-5, atol=1e-5)
    assert np.abs(unturned - keras_output).max() > 0.1
    for there, keras_matrix in zip(textbook, weights, strict=True):
        np.testing.assert_array_equal(steps.turn_update_gate(there), keras_matrix)


def test_the_logistic_function_of_the_document_neither_overflows_nor_drifts() -> None:
    np.testing.assert_allclose(
        steps.sigmoid(np.array([-1e4, -2.0, 0.0, 2.0, 1e4])), [0, 0.11920292202, 0.5, 0.88079707798, 1]
    )
