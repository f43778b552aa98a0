from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from recurcast.config import CELLS, Cell, NetworkConfig
from recurcast.config.cells import CellFacts
from recurcast.training.bodies import called
from recurcast.training.compiled import cells
from recurcast.training.compiled.cells import COMPILED, at_once, covers, recurrence_of, steps_of, unrolled_of
from recurcast.training.networks import keras, tf
from support.cells import Array

UNITS, LOOKBACK, WINDOWS = 3, 4, 5
LAYERS = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}

ONE_OF_EACH: list[tuple[Cell, str, bool, int]] = [
    ("rnn", "tanh", False, 1),
    ("rnn", "relu", True, 3),
    ("rnn", "sigmoid", False, 3),
    ("rnn", "linear", True, 1),
    ("lstm", "tanh", True, 3),
    ("lstm", "relu", False, 1),
    ("lstm", "sigmoid", True, 1),
    ("lstm", "linear", False, 3),
    ("gru", "tanh", False, 3),
    ("gru", "relu", True, 1),
    ("gru", "sigmoid", False, 1),
    ("gru", "linear", True, 3),
]
"""Every activation of every cell; layers that return all steps and the last one, with one input and three."""


def layer_of(cell: Cell, n_inputs: int, units: int = UNITS, **settings: Any) -> Any:
    """A built keras layer, all its weights drawn anew: a bias of zeros would hide where it enters."""
    layer = LAYERS[cell](units, **settings)
    layer.build((None, LOOKBACK, n_inputs))
    rng = np.random.default_rng(1)
    layer.set_weights([rng.normal(0, 0.6, weights.shape) for weights in layer.get_weights()])
    return layer


def outputs_and_gradients(call: Any, layer: Any, inputs: Array) -> list[Array]:
    """The layer's output, then what a weighted sum of it gives to inputs, kernel, recurrent kernel and bias."""
    x = tf.constant(inputs, tf.float32)
    with tf.GradientTape() as tape:
        tape.watch(x)
        output = call(x)
        total = tf.reduce_sum(output * tf.cos(tf.reshape(tf.range(tf.size(output), dtype=tf.float32), output.shape)))
    return [output, *tape.gradient(total, [x, *layer.trainable_variables])]


def assert_as_keras(call: Any, layer: Any, inputs: Array, *, compiled: bool) -> None:
    """Outputs and gradients of what stands for a layer's call are those of the layer."""
    by_hand = tf.function(
        lambda: outputs_and_gradients(lambda x: call(layer, x, training=True), layer, inputs),
        jit_compile=compiled or None,
        autograph=False,
    )()
    expected = outputs_and_gradients(lambda x: layer(x, training=True), layer, inputs)
    assert len(by_hand) == 5
    for value, wanted in zip(by_hand, expected, strict=True):
        assert value.shape == wanted.shape
        moved = float(tf.reduce_max(tf.abs(wanted))) > 1e-3
        assert moved or inputs.shape[1] == 1, "nothing is compared with nothing"
        np.testing.assert_allclose(value.numpy(), wanted.numpy(), rtol=2e-5, atol=2e-6)


@pytest.mark.parametrize(("cell", "activation", "returns_all", "n_inputs"), ONE_OF_EACH)
@pytest.mark.parametrize("stands_for", [recurrence_of, unrolled_of])
def test_outputs_and_gradients_are_those_of_keras_own_layer(
    stands_for: Any, cell: Cell, activation: str, returns_all: bool, n_inputs: int
) -> None:
    layer = layer_of(cell, n_inputs, activation=activation, return_sequences=returns_all)
    call = stands_for(cell, NetworkConfig.model_validate({"units": UNITS, "activation": activation}))
    inputs = np.random.default_rng(2).normal(0, 1, (WINDOWS, LOOKBACK, n_inputs))
    assert call is not called, "keras' own layer would be compared with itself"
    assert_as_keras(call, layer, inputs, compiled=stands_for is recurrence_of)


@pytest.mark.parametrize("cell", COMPILED)
def test_a_single_unit_over_a_single_window_is_computed_too(cell: Cell) -> None:
    layer = layer_of(cell, 1, units=1)
    inputs = np.random.default_rng(2).normal(0, 1, (1, LOOKBACK, 1))
    assert_as_keras(recurrence_of(cell, NetworkConfig(units=1)), layer, inputs, compiled=True)


@pytest.mark.parametrize("cell", COMPILED)
def test_what_keras_layers_do_differently_is_left_to_them(cell: Cell) -> None:
    assert covers(cell, NetworkConfig())
    assert not covers(cell, NetworkConfig(dropout=0.1))
    assert not covers(cell, NetworkConfig(recurrent_dropout=0.1))
    assert covers(cell, NetworkConfig(reset_after=False)) == (cell != "gru")


def test_a_recurrent_cell_without_a_program_is_left_to_keras_or_takes_the_one_that_its_row_names(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = {"other": CellFacts("other", keras.layers.GRU, 3, "#CC79A7", "v"), **CELLS}
    monkeypatch.setattr(cells, "CELLS", rows)
    assert not covers("other", NetworkConfig())
    assert recurrence_of("other", NetworkConfig()) is called
    rows["other"] = replace(rows["other"], step="gru")
    assert covers("other", NetworkConfig())
    assert not covers("other", NetworkConfig(reset_after=False))


def test_what_has_no_loop_is_compiled_as_keras_has_it_and_worth_a_step_for_each_product() -> None:
    assert covers("linear", NetworkConfig())
    dense = keras.layers.Dense(2)
    inputs = np.ones((3, 2), np.float32)
    np.testing.assert_array_equal(recurrence_of("linear", NetworkConfig())(dense, inputs), dense(inputs))
    assert [steps_of(cell, 168) for cell in ("gru", "linear")] == [168, 0]
    assert [at_once(cell, 96) for cell in ("gru", "attention", "transformer")] == [1, 1, 8]


def test_the_lstm_of_a_narrow_batch_computes_what_any_other_does_but_for_the_last_bit(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Two layers, so that one returns all steps and gives the gradients of its inputs.

    Of processors without AVX-512 the last bit is the same too.
    """
    network, inputs = (
        NetworkConfig.model_validate({"units": UNITS}),
        tf.random.stateless_normal([16, LOOKBACK, 2], [1, 2]),
    )
    layers = [layer_of("lstm", 2, return_sequences=True), layer_of("lstm", UNITS)]

    def found() -> list[Array]:
        @tf.function(jit_compile=True, autograph=False)
        def of() -> list[Array]:
            weights = [each for layer in layers for each in layer.trainable_variables]
            with tf.GradientTape() as tape:
                tape.watch(inputs)
                x = inputs
                for layer in layers:
                    x = recurrence_of("lstm", network)(layer, x, training=True)
                total = tf.reduce_sum(tf.square(x))
            return [x, *tape.gradient(total, [inputs, *weights])]

        return [each.numpy() for each in of()]

    narrow = found()
    monkeypatch.setattr(cells, "NARROW", ())
    for own, wide in zip(narrow, found(), strict=True):
        np.testing.assert_allclose(own, wide, rtol=2e-6, atol=1e-7)
