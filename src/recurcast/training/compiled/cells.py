"""Cells over all steps of their windows, written so that XLA compiles them well; keras' layers say what they are.

Windows come last, so that every gate is one block of rows, and each step of the forward pass is one product with

    states (lookback + 1, units + n_inputs + 1, n_windows):   h[t-1] | x[t] | 1

which adds the input projection and the bias on the way. The way back is written by hand: what XLA derives from the
loop keeps far more, in loops that its compiler can't vectorize. Barriers keep it from computing a value once for each
of its uses. A cell that is not here is left to keras' own layer, as a plain graph.
Formulas: Hochreiter and Schmidhuber 1997, Gers et al. 2000 (lstm); Cho et al. 2014 (gru).
"""

from collections.abc import Callable
from typing import Any

from recurcast.config import CELLS, Cell, NetworkConfig
from recurcast.environment import import_tensorflow
from recurcast.forecasting.portable.patches import tokens_of
from recurcast.training.bodies import called
from recurcast.training.compiled.form import (
    Form,
    apart,
    put,
    put_rows,
    shaped,
    sigmoid_of_half,
    split,
    with_gradient,
)
from recurcast.training.compiled.narrow import NARROW, lstm_in_rows
from recurcast.training.compiled.norms import normed
from recurcast.training.compiled.unrolled import UNROLLED, Layer

tf = import_tensorflow()

import keras  # noqa: E402


def compiles(cell: Cell) -> bool:
    """Return whether XLA compiles a cell well: without a loop from step to step it does, else by a program from here."""
    return CELLS[cell].build is None or _step_of(cell) in COMPILED


def steps_of(cell: Cell, lookback: int) -> int:
    """Return how many steps in time a layer's work is worth, as `choice` counts it: without a loop, one for each product."""
    return lookback if CELLS[cell].build is not None else CELLS[cell].products


def at_once(cell: Cell, lookback: int) -> int:
    """Return how many times a step's product a layer computes at once: without a loop, a quarter of the tokens it sees."""
    return 1 if CELLS[cell].build is not None else max(tokens_of(lookback) // 4, 1)


def covers(cell: Cell, network: NetworkConfig) -> bool:
    """Return whether what is compiled well computes what keras' layers of that configuration do."""
    undrawn = not network.dropout and not network.recurrent_dropout
    return compiles(cell) and undrawn and (_step_of(cell) != "gru" or network.reset_after)


def recurrence_of(cell: Cell, network: NetworkConfig) -> Callable[..., Any]:
    """Return what stands for a built layer's call in a compiled program: one from here where it covers it."""
    if CELLS[cell].build is None:
        return _norms_compiled
    return _recurrence(cell, network) if covers(cell, network) else called


def unrolled_of(cell: Cell, network: NetworkConfig) -> Callable[..., Any]:
    """Return what stands for a built layer's call in a graph: one whose steps are laid out, where there is one."""
    if CELLS[cell].build is None or not covers(cell, network):
        return called

    def call(layer: Any, inputs: Any, *, training: bool) -> Any:
        del training  # without dropout both phases are the same
        form = Layer(network.units, network.activation, layer.return_sequences)
        weights = [tf.convert_to_tensor(each) for each in layer.trainable_variables]
        outputs = UNROLLED[_step_of(cell)](form)(tf.transpose(inputs, [1, 2, 0]), *weights)
        return tf.transpose(outputs, [2, 0, 1]) if layer.return_sequences else tf.transpose(outputs)

    return call


def _norms_compiled(layer: Any, state: Any, **phase: bool) -> Any:
    return normed(layer, state) if isinstance(layer, keras.layers.LayerNormalization) else called(layer, state, **phase)


def _step_of(cell: Cell) -> Cell:
    return CELLS[cell].step or cell


def _recurrence(cell: Cell, network: NetworkConfig) -> Callable[..., Any]:
    """From a built layer and inputs `(n_windows, lookback, n_inputs)` to its output."""

    def call(layer: Any, inputs: Any, *, training: bool) -> Any:
        del training  # without dropout both phases are the same
        x = tf.transpose(inputs, [1, 2, 0])
        steps, width, windows = x.shape
        form = Form(steps, width, windows, network.units, network.activation, layer.return_sequences)
        outputs = COMPILED[_step_of(cell)](form)(
            x, *[tf.convert_to_tensor(weights) for weights in layer.trainable_variables]
        )
        return tf.transpose(outputs, [2, 0, 1]) if layer.return_sequences else tf.transpose(outputs)

    return call


def _rnn(form: Form) -> Callable[..., Any]:
    units, inputs = form.units, form.inputs

    @with_gradient
    def run(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        weights = tf.concat([recurrent, kernel, bias[None]], 0)
        columns, back = tf.transpose(weights), weights[: units + inputs]

        def step(t: Any, states: Any) -> tuple[Any, ...]:
            return (put(states, t + 1, form.activate(columns @ states[t])),)

        (states,) = form.forward(step, form.states(x))

        def gradients(upstream: Any) -> Any:
            def step(t: Any, h: Any, weights: Any, x: Any) -> tuple[Any, ...]:
                sums = h * form.slope(shaped(states[t + 1, :units], [units, form.windows]))
                before = back @ sums
                weights = weights + tf.matmul(states[t], sums, transpose_b=True)
                return before[:units], weights, put(x, t, before[units:])

            of_weights, of_x = form.backward(step, upstream, tf.zeros_like(weights), tf.zeros_like(x))
            return of_x, *split(of_weights, units)

        return form.outputs(states), gradients

    return run


def _lstm(form: Form) -> Callable[..., Any]:
    """The gates are kept in the order input, forget, output, candidate; keras has the last two the other way round."""
    units, inputs = form.units, form.inputs

    def swapped(columns: Any) -> Any:
        first, second, third, last = tf.split(columns, 4, -1)
        return tf.concat([first / 2, second / 2, last / 2, third], -1)

    def swapped_back(columns: Any) -> Any:
        first, second, third, last = tf.split(columns, 4, -1)
        return tf.concat([first / 2, second / 2, last, third / 2], -1)

    @with_gradient
    def run(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        weights = swapped(tf.concat([recurrent, kernel, bias[None]], 0))
        if form.windows in NARROW:
            narrow_outputs, narrow_gradients = lstm_in_rows(form, weights, x)

            def of_all(upstream: Any) -> Any:
                of_x, of_weights = narrow_gradients(upstream)
                return of_x, *split(swapped_back(of_weights), units)

            return narrow_outputs, of_all
        columns, back = tf.transpose(weights), weights[: units + inputs]

        def step(t: Any, memory: Any, *kept: Any) -> tuple[Any, ...]:
            states, gates, candidates, memories = kept
            sums = columns @ states[t]
            gate, candidate = sigmoid_of_half(sums[: 3 * units]), form.activate(sums[3 * units :])
            memory = gate[units : 2 * units] * memory + gate[:units] * candidate
            states = put(states, t + 1, gate[2 * units :] * form.activate(memory))
            return memory, states, put(gates, t, gate), put(candidates, t, candidate), put(memories, t + 1, memory)

        steps = form.steps
        kept = form.states(x), form.zeros(steps, 3 * units), form.zeros(steps, units), form.zeros(steps + 1, units)
        _, states, gates, candidates, memories = form.forward(step, form.zeros(units), *kept)

        def gradients(upstream: Any) -> Any:
            def step(t: Any, h: Any, memory: Any, sums: Any, weights: Any, x: Any) -> tuple[Any, ...]:
                gate, candidate, before, shown = apart(
                    gates[t], candidates[t], memories[t], form.activate(memories[t + 1])
                )
                enters, forgets, leaves = gate[:units], gate[units : 2 * units], gate[2 * units :]
                (memory,) = apart(memory + h * leaves * form.slope(shown))
                sums = put_rows(sums, 0, 2 * memory * candidate * enters * (1 - enters))
                sums = put_rows(sums, units, 2 * memory * before * forgets * (1 - forgets))
                sums = put_rows(sums, 2 * units, 2 * h * shown * leaves * (1 - leaves))
                sums = put_rows(sums, 3 * units, memory * enters * form.slope(candidate))
                earlier = back @ sums
                weights = weights + tf.matmul(states[t], sums, transpose_b=True)
                return earlier[:units], memory * forgets, sums, weights, put(x, t, earlier[units:])

            carried = form.zeros(units), form.zeros(4 * units), tf.zeros_like(weights), tf.zeros_like(x)
            _, _, of_weights, of_x = form.backward(step, upstream, *carried)
            return of_x, *split(swapped_back(of_weights), units)

        return form.outputs(states), gradients

    return run


def _gru(form: Form) -> Callable[..., Any]:
    """The reset gate is applied after the recurrent product, so the candidate's inputs are a product of their own."""
    units, inputs = form.units, form.inputs
    halves = tf.constant([0.5] * (2 * units) + [1.0] * units)

    @with_gradient
    def run(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        gated, own = kernel[:, : 2 * units], kernel[:, 2 * units :]
        biases = tf.concat([bias[0, : 2 * units] + bias[1, : 2 * units], bias[1, 2 * units :]], 0)
        kernels = tf.concat([gated, tf.zeros_like(own)], 1)
        weights = tf.concat([recurrent, kernels, biases[None]], 0) * halves
        entering = tf.concat([own, bias[:1, 2 * units :]], 0)
        columns, entries, back = tf.transpose(weights), tf.transpose(entering), weights[: units + inputs]

        def step(t: Any, states: Any, gates: Any, products: Any, candidates: Any) -> tuple[Any, ...]:
            state = states[t]
            sums = columns @ state
            gate, product = sigmoid_of_half(sums[: 2 * units]), sums[2 * units :]
            candidate = form.activate(entries @ state[units:] + gate[units:] * product)
            states = put(states, t + 1, candidate + gate[:units] * (state[:units] - candidate))
            return states, put(gates, t, gate), put(products, t, product), put(candidates, t, candidate)

        kept = form.zeros(form.steps, 2 * units), form.zeros(form.steps, units), form.zeros(form.steps, units)
        states, gates, products, candidates = form.forward(step, form.states(x), *kept)

        def gradients(upstream: Any) -> Any:
            def step(t: Any, h: Any, sums: Any, weights: Any, entering: Any, x: Any) -> tuple[Any, ...]:
                gate, candidate, product, state = apart(gates[t], candidates[t], products[t], states[t])
                stays, resets = gate[:units], gate[units:]
                (change,) = apart(h * (1 - stays) * form.slope(candidate))
                sums = put_rows(sums, 0, 2 * h * (state[:units] - candidate) * stays * (1 - stays))
                sums = put_rows(sums, units, 2 * change * product * resets * (1 - resets))
                sums = put_rows(sums, 2 * units, change * resets)
                earlier = back @ sums
                weights = weights + tf.matmul(state, sums, transpose_b=True)
                entering = entering + tf.matmul(state[units:], change, transpose_b=True)
                x = put(x, t, earlier[units:] + own @ change)
                return earlier[:units] + h * stays, sums, weights, entering, x

            carried = form.zeros(3 * units), tf.zeros_like(weights), tf.zeros_like(entering), tf.zeros_like(x)
            _, of_weights, of_entering, of_x = form.backward(step, upstream, *carried)
            of_kernel, of_recurrent, of_bias = split(of_weights * halves, units)
            of_kernel = tf.concat([of_kernel[:, : 2 * units], of_entering[:inputs]], 1)
            of_first_bias = tf.concat([of_bias[: 2 * units], of_entering[inputs]], 0)
            return of_x, of_kernel, of_recurrent, tf.stack([of_first_bias, of_bias])

        return form.outputs(states), gradients

    return run


COMPILED: dict[Cell, Callable[[Form], Callable[..., Any]]] = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}
"""The programs of the cells, from a layer's form to its outputs for inputs and weights in keras' order."""
