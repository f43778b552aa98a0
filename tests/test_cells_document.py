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


def test_the_scores_of_attention_and_what_they_give_are_those_of_keras_own_layers() -> None:
    states, query, keys, bias, score = (
        drawn(n, *shape) for n, shape in enumerate([(4, 6, 3), (3, 3), (3, 3), (3,), (3, 1)])
    )
    asked = (states[:, -1] @ query)[:, None]
    additive, dot = keras.layers.AdditiveAttention(), keras.layers.Attention()
    additive.build([asked.shape, states.shape, states.shape])
    additive.scale.assign(score[:, 0])
    context = additive([asked, states, states @ keys + bias])[:, 0].numpy()
    expected = np.concatenate([states[:, -1], context], axis=1)
    found = steps.attention_state(states, steps.additive_scores(states, query, keys, bias, score))
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-6)
    context = dot([asked / np.sqrt(np.float32(3)), states])[:, 0].numpy()
    found = steps.attention_state(states, steps.dot_scores(states, query))
    np.testing.assert_allclose(found, np.concatenate([states[:, -1], context], axis=1), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("heads", [1, 2])
def test_a_block_of_the_transformer_is_made_of_what_keras_own_layers_compute(heads: int) -> None:
    units, width = 4, 4 // heads
    x, kernel = drawn(0, 3, 5, units), drawn(1, units, 3, heads, width)
    mixed, hidden, narrowed = (
        (drawn(3, units, units), drawn(4, units)),
        (drawn(5, units, 2 * units), drawn(6, 2 * units)),
        (drawn(7, 2 * units, units), drawn(8, units)),
    )
    norms = [(drawn(9 + n, units), drawn(11 + n, units)) for n in range(2)]
    first, second = keras.layers.LayerNormalization(), keras.layers.LayerNormalization()
    attention = keras.layers.MultiHeadAttention(heads, width)
    zeros = np.zeros((heads, width))
    for layer, weights in zip((first, second), norms, strict=True):
        layer.build(x.shape)
        layer.set_weights(weights)
    attention.build(x.shape, x.shape)
    for part, name in enumerate(("query", "key", "value")):
        getattr(attention, f"_{name}_dense").set_weights([kernel[:, part], zeros])
    attention._output_dense.set_weights([mixed[0].reshape(heads, width, units), mixed[1]])
    normed = first(x)
    middle = x + attention(normed, normed)
    expected = middle + keras.ops.relu(second(middle) @ hidden[0] + hidden[1]) @ narrowed[0] + narrowed[1]
    found = steps.transformer_block(x, norms, kernel, mixed, hidden, narrowed)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_patches_hold_whole_steps_the_newest_last_and_zeros_before_the_oldest() -> None:
    features = np.arange(1, 11).reshape(1, 5, 2)
    assert steps.tokens_of(features, 2).tolist() == [[[0, 0, 1, 2], [3, 4, 5, 6], [7, 8, 9, 10]]]
    assert steps.tokens_of(features, 1).tolist() == features.tolist()
