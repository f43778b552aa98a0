"""The three cells over all steps of their windows, written so that XLA compiles them well; keras' layers say what they are.

Windows come last, so that every gate is one block of rows, and each step of the forward pass is one product with

    states (lookback + 1, units + n_inputs + 1, n_windows):   h[t-1] | x[t] | 1

which adds the input projection and the bias on the way. The way back is written by hand: what XLA derives from the
loop keeps far more, in loops that its compiler can't vectorize. Barriers keep it from computing a value once for each
of its uses. Formulas: Hochreiter and Schmidhuber 1997, Gers et al. 2000 (lstm); Cho et al. 2014 (gru).
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from recurcast.environment import import_tensorflow

tf = import_tensorflow()

from tensorflow.compiler.tf2xla.ops import gen_xla_ops  # noqa: E402

from recurcast.config import Cell, NetworkConfig  # noqa: E402

_ACTIVATIONS: dict[str, Callable[[Any], Any]] = {
    "tanh": tf.tanh,
    "relu": tf.nn.relu,
    "sigmoid": tf.sigmoid,
    "linear": tf.identity,
}
_SLOPES: dict[str, Callable[[Any], Any]] = {
    "tanh": lambda value: 1 - value * value,
    "relu": lambda value: tf.cast(value > 0, tf.float32),
    "sigmoid": lambda value: value * (1 - value),
    "linear": tf.ones_like,
}
"""Derivatives of the activations, from their values."""


def _with_gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of tensors that returns its value and the function of its gradients."""
    with_gradient: Callable[..., Any] = tf.custom_gradient(function)
    return with_gradient


def covers(cell: Cell, network: NetworkConfig) -> bool:
    """Return whether the cells here compute what keras' layers of that configuration do."""
    return not network.dropout and not network.recurrent_dropout and (cell != "gru" or network.reset_after)


def recurrence(cell: Cell, network: NetworkConfig) -> Callable[..., Any]:
    """Return what may stand for the call of a built keras layer: its output for inputs `(n_windows, lookback, n_inputs)`."""
    run = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}[cell]

    def call(layer: Any, inputs: Any, *, training: bool) -> Any:
        del training  # without dropout both phases are the same
        x = tf.transpose(inputs, [1, 2, 0])
        steps, width, windows = x.shape
        form = _Form(steps, width, windows, network.units, network.activation, layer.return_sequences)
        outputs = run(form)(x, *[tf.convert_to_tensor(weights) for weights in layer.trainable_variables])
        return tf.transpose(outputs, [2, 0, 1]) if layer.return_sequences else tf.transpose(outputs)

    return call


@dataclass(frozen=True)
class _Form:
    """What a layer's program depends on; `rows` below are (rows, n_windows)."""

    steps: int
    inputs: int
    windows: int
    units: int
    activation: str
    returns_all: bool

    def activate(self, rows: Any) -> Any:
        return _ACTIVATIONS[self.activation](rows)

    def slope(self, rows: Any) -> Any:
        return _SLOPES[self.activation](rows)

    def zeros(self, *rows: int) -> Any:
        return tf.zeros([*rows, self.windows])

    def states(self, x: Any) -> Any:
        """Return the states with the inputs in place, those of the units still 0."""
        known = tf.concat([self.zeros(self.steps, self.units), x, self.zeros(self.steps, 1) + 1], 1)
        return tf.concat([known, self.zeros(1, self.units + self.inputs + 1)], 0)

    def outputs(self, states: Any) -> Any:
        return states[1:, : self.units] if self.returns_all else states[-1, : self.units]

    def forward(self, step: Callable[..., tuple[Any, ...]], *carried: Any) -> Any:
        return self._loop(step, carried)

    def backward(self, step: Callable[..., tuple[Any, ...]], upstream: Any, *carried: Any) -> Any:
        """Go back from the last step; `step(t, h_gradient, *carried)` gives those of the step before."""

        shape = [self.steps, self.units, self.windows]
        upstream = _shaped(upstream, shape if self.returns_all else shape[1:])

        def earlier(number: Any, h_gradient: Any, *rest: Any) -> tuple[Any, ...]:
            t = self.steps - 1 - number
            return step(t, h_gradient + upstream[t] if self.returns_all else h_gradient, *rest)

        last = self.zeros(self.units) if self.returns_all else upstream
        return self._loop(earlier, (last, *carried))[1:]

    def _loop(self, step: Callable[..., tuple[Any, ...]], carried: tuple[Any, ...]) -> Any:
        def body(t: Any, *values: Any) -> tuple[Any, ...]:
            return (t + 1, *step(t, *values))

        return tf.while_loop(lambda t, *_: t < self.steps, body, (0, *carried), maximum_iterations=self.steps)[1:]


def _rnn(form: _Form) -> Callable[..., Any]:
    units, inputs = form.units, form.inputs

    @_with_gradient
    def run(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        weights = tf.concat([recurrent, kernel, bias[None]], 0)
        columns, back = tf.transpose(weights), weights[: units + inputs]

        def step(t: Any, states: Any) -> tuple[Any, ...]:
            return (_put(states, t + 1, form.activate(columns @ states[t])),)

        (states,) = form.forward(step, form.states(x))

        def gradients(upstream: Any) -> Any:
            def step(t: Any, h: Any, weights: Any, x: Any) -> tuple[Any, ...]:
                sums = h * form.slope(_shaped(states[t + 1, :units], [units, form.windows]))
                before = back @ sums
                weights = weights + tf.matmul(states[t], sums, transpose_b=True)
                return before[:units], weights, _put(x, t, before[units:])

            of_weights, of_x = form.backward(step, upstream, tf.zeros_like(weights), tf.zeros_like(x))
            return of_x, *_split(of_weights, units)

        return form.outputs(states), gradients

    return run


def _lstm(form: _Form) -> Callable[..., Any]:
    """The gates are kept in the order input, forget, output, candidate; keras has the last two the other way round."""
    units, inputs = form.units, form.inputs

    def swapped(columns: Any) -> Any:
        first, second, third, last = tf.split(columns, 4, -1)
        return tf.concat([first / 2, second / 2, last / 2, third], -1)

    def swapped_back(columns: Any) -> Any:
        first, second, third, last = tf.split(columns, 4, -1)
        return tf.concat([first / 2, second / 2, last, third / 2], -1)

    @_with_gradient
    def run(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        weights = swapped(tf.concat([recurrent, kernel, bias[None]], 0))
        columns, back = tf.transpose(weights), weights[: units + inputs]

        def step(t: Any, memory: Any, *kept: Any) -> tuple[Any, ...]:
            states, gates, candidates, memories = kept
            sums = columns @ states[t]
            gate, candidate = _sigmoid_of_half(sums[: 3 * units]), form.activate(sums[3 * units :])
            memory = gate[units : 2 * units] * memory + gate[:units] * candidate
            states = _put(states, t + 1, gate[2 * units :] * form.activate(memory))
            return memory, states, _put(gates, t, gate), _put(candidates, t, candidate), _put(memories, t + 1, memory)

        steps = form.steps
        kept = form.states(x), form.zeros(steps, 3 * units), form.zeros(steps, units), form.zeros(steps + 1, units)
        _, states, gates, candidates, memories = form.forward(step, form.zeros(units), *kept)

        def gradients(upstream: Any) -> Any:
            def step(t: Any, h: Any, memory: Any, sums: Any, weights: Any, x: Any) -> tuple[Any, ...]:
                gate, candidate, before, shown = _apart(
                    gates[t], candidates[t], memories[t], form.activate(memories[t + 1])
                )
                enters, forgets, leaves = gate[:units], gate[units : 2 * units], gate[2 * units :]
                (memory,) = _apart(memory + h * leaves * form.slope(shown))
                sums = _put_rows(sums, 0, 2 * memory * candidate * enters * (1 - enters))
                sums = _put_rows(sums, units, 2 * memory * before * forgets * (1 - forgets))
                sums = _put_rows(sums, 2 * units, 2 * h * shown * leaves * (1 - leaves))
                sums = _put_rows(sums, 3 * units, memory * enters * form.slope(candidate))
                earlier = back @ sums
                weights = weights + tf.matmul(states[t], sums, transpose_b=True)
                return earlier[:units], memory * forgets, sums, weights, _put(x, t, earlier[units:])

            carried = form.zeros(units), form.zeros(4 * units), tf.zeros_like(weights), tf.zeros_like(x)
            _, _, of_weights, of_x = form.backward(step, upstream, *carried)
            return of_x, *_split(swapped_back(of_weights), units)

        return form.outputs(states), gradients

    return run


def _gru(form: _Form) -> Callable[..., Any]:
    """The reset gate is applied after the recurrent product, so the candidate's inputs are a product of their own."""
    units, inputs = form.units, form.inputs
    halves = tf.constant([0.5] * (2 * units) + [1.0] * units)

    @_with_gradient
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
            gate, product = _sigmoid_of_half(sums[: 2 * units]), sums[2 * units :]
            candidate = form.activate(entries @ state[units:] + gate[units:] * product)
            states = _put(states, t + 1, candidate + gate[:units] * (state[:units] - candidate))
            return states, _put(gates, t, gate), _put(products, t, product), _put(candidates, t, candidate)

        kept = form.zeros(form.steps, 2 * units), form.zeros(form.steps, units), form.zeros(form.steps, units)
        states, gates, products, candidates = form.forward(step, form.states(x), *kept)

        def gradients(upstream: Any) -> Any:
            def step(t: Any, h: Any, sums: Any, weights: Any, entering: Any, x: Any) -> tuple[Any, ...]:
                gate, candidate, product, state = _apart(gates[t], candidates[t], products[t], states[t])
                stays, resets = gate[:units], gate[units:]
                (change,) = _apart(h * (1 - stays) * form.slope(candidate))
                sums = _put_rows(sums, 0, 2 * h * (state[:units] - candidate) * stays * (1 - stays))
                sums = _put_rows(sums, units, 2 * change * product * resets * (1 - resets))
                sums = _put_rows(sums, 2 * units, change * resets)
                earlier = back @ sums
                weights = weights + tf.matmul(state, sums, transpose_b=True)
                entering = entering + tf.matmul(state[units:], change, transpose_b=True)
                x = _put(x, t, earlier[units:] + own @ change)
                return earlier[:units] + h * stays, sums, weights, entering, x

            carried = form.zeros(3 * units), tf.zeros_like(weights), tf.zeros_like(entering), tf.zeros_like(x)
            _, of_weights, of_entering, of_x = form.backward(step, upstream, *carried)
            of_kernel, of_recurrent, of_bias = _split(of_weights * halves, units)
            of_kernel = tf.concat([of_kernel[:, : 2 * units], of_entering[:inputs]], 1)
            of_first_bias = tf.concat([of_bias[: 2 * units], of_entering[inputs]], 0)
            return of_x, of_kernel, of_recurrent, tf.stack([of_first_bias, of_bias])

        return form.outputs(states), gradients

    return run


def _sigmoid_of_half(rows: Any) -> Any:
    """The sigmoid of twice the rows, by the tangent, which XLA computes in half the time; its slope is 2 s (1 - s)."""
    return tf.tanh(rows) * 0.5 + 0.5


def _split(weights: Any, units: int) -> tuple[Any, Any, Any]:
    """Kernel, recurrent kernel and bias of the weights that were put below each other."""
    return weights[units:-1], weights[:units], weights[-1]


def _put(steps: Any, t: Any, rows: Any) -> Any:
    """The steps with `rows` written over the first rows of step t, in place."""
    return _shaped(gen_xla_ops.xla_dynamic_update_slice(steps, rows[None], tf.stack([t, 0, 0])), steps.shape)


def _put_rows(rows: Any, first: int, block: Any) -> Any:
    return _shaped(gen_xla_ops.xla_dynamic_update_slice(rows, block, tf.constant([first, 0])), rows.shape)


def _apart(*values: Any) -> Any:
    """The values, computed once and laid down before anything uses them."""
    apart = gen_xla_ops.xla_optimization_barrier(list(values))
    return [_shaped(value, before.shape) for value, before in zip(apart, values, strict=True)]


def _shaped(value: Any, shape: Any) -> Any:
    """The value, its shape known: TensorFlow would else take it that a single unit or window may be repeated."""
    value.set_shape(shape)
    return value
