"""Cells over all steps of their windows as a graph without a loop: few operations, each of which costs as much as it computes.

A step of keras' layers is a turn of a loop of TensorFlow's, some fifty operations of a few microseconds, and as many again
on the way back. Here the steps are laid out one after another, with

    state (units + n_inputs + 1, n_windows):   h[t-1] | x[t] | 1

so that a step is one product; the weights' gradients are one product after the last step, and slopes are taken from values
by the operation that does it at once. Windows come last, so that gates are taken apart without a copy. What a step does is
what `cells` compiles. Formulas: see there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from recurcast.config import Cell
from recurcast.environment import import_tensorflow
from recurcast.training.compiled.form import split, with_gradient

tf = import_tensorflow()

MOST_STEPS = 64
"""Steps that are laid out; more would take longer to trace than a graph's few epochs take."""

Steps = list[Any]
"""Rows `(width, n_windows)` for each step."""


@dataclass(frozen=True)
class Layer:
    """What a layer's graph depends on; rows are `(width, n_windows)`."""

    units: int
    activation: str
    returns_all: bool

    def activate(self, rows: Any) -> Any:
        """Return the activation of rows."""
        return _ACTIVATIONS[self.activation][0](rows)

    def back(self, values: Any, gradient: Any) -> Any:
        """Return the gradient of what was activated, from the values that came of it."""
        return _ACTIVATIONS[self.activation][1](values, gradient)

    def nothing(self, x: Any) -> Any:
        """Return the units' rows before the first step."""
        return tf.zeros([self.units, tf.shape(x)[2]])

    def outputs(self, shown: Steps) -> Any:
        """Return what the layer returns of its units' rows: those of all steps, or the last."""
        return tf.stack(shown) if self.returns_all else shown[-1]

    def coming(self, upstream: Any, steps: int) -> Steps:
        """Return the gradient of each step's output; none but the last step's where the others are not returned."""
        return list(tf.unstack(upstream, steps)) if self.returns_all else [0.0] * (steps - 1) + [upstream]


class _Rows:
    """Puts rows together and takes them apart; each call of `tf.split` would make the same constants anew."""

    def __init__(self) -> None:
        self._axis = tf.constant(0)

    def below(self, *parts: Any) -> Any:
        """Return the parts below each other."""
        return tf.raw_ops.ConcatV2(values=parts, axis=self._axis)

    def equal(self, rows: Any, parts: int) -> Any:
        """Return so many parts, of the same height."""
        return tf.raw_ops.Split(axis=self._axis, value=rows, num_split=parts)

    def of_heights(self, rows: Any, heights: Any) -> Any:
        """Return two parts of these heights."""
        return tf.raw_ops.SplitV(value=rows, size_splits=heights, axis=self._axis, num_split=2)


def _sigmoid_back(values: Any, gradient: Any) -> Any:
    return tf.raw_ops.SigmoidGrad(y=values, dy=gradient)


_ACTIVATIONS: dict[str, tuple[Callable[[Any], Any], Callable[[Any, Any], Any]]] = {
    "tanh": (tf.tanh, lambda values, gradient: tf.raw_ops.TanhGrad(y=values, dy=gradient)),
    "relu": (tf.nn.relu, lambda values, gradient: tf.raw_ops.ReluGrad(gradients=gradient, features=values)),
    "sigmoid": (tf.sigmoid, _sigmoid_back),
    "linear": (tf.identity, lambda _, gradient: gradient),
}


def _rnn(layer: Layer) -> Callable[..., Any]:
    @with_gradient
    def run(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        rows, weights = _Rows(), _below(recurrent, kernel, bias)
        h, states, shown = layer.nothing(x), [], []
        for entering in _entering(x):
            states.append(rows.below(h, entering))
            h = layer.activate(tf.matmul(weights, states[-1], transpose_a=True))
            shown.append(h)

        def gradients(upstream: Any) -> Any:
            later, of_sums = 0.0, []
            for h, coming in _backwards(shown, layer.coming(upstream, len(shown))):
                of_sums.append(layer.back(h, _sum(coming, later)))
                later = recurrent @ of_sums[-1]
            of_sums.reverse()
            return _of_inputs(kernel, of_sums), *split(_of_weights(states, of_sums), layer.units)

        return layer.outputs(shown), gradients

    return run


def _lstm(layer: Layer) -> Callable[..., Any]:
    """The gates are kept in the order input, forget, output, candidate; keras has the last two the other way round."""
    units = layer.units

    def swapped(columns: Any) -> Any:
        first, second, third, last = tf.split(columns, 4, -1)
        return tf.concat([first, second, last, third], -1)

    @with_gradient
    def run(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        rows, heights = _Rows(), tf.constant([3 * units, units])
        weights = swapped(_below(recurrent, kernel, bias))
        h = memory = layer.nothing(x)
        states, shown, kept = [], [], []
        for entering in _entering(x):
            states.append(rows.below(h, entering))
            sums = tf.matmul(weights, states[-1], transpose_a=True)
            of_gates, of_candidate = rows.of_heights(sums, heights)
            gates, candidate, before = tf.sigmoid(of_gates), layer.activate(of_candidate), memory
            enters, forgets, leaves = rows.equal(gates, 3)
            memory = forgets * before + enters * candidate
            told = layer.activate(memory)
            h = leaves * told
            shown.append(h)
            kept.append((gates, enters, forgets, leaves, candidate, before, told))

        def gradients(upstream: Any) -> Any:
            later, of_memory, of_sums = 0.0, 0.0, []
            back = weights[:units]
            for values, coming in _backwards(kept, layer.coming(upstream, len(kept))):
                gates, enters, forgets, leaves, candidate, before, told = values
                of_h = _sum(coming, later)
                of_memory = _sum(layer.back(told, of_h * leaves), of_memory)
                of_gates = rows.below(of_memory * candidate, of_memory * before, of_h * told)
                of_candidate = layer.back(candidate, of_memory * enters)
                of_sums.append(rows.below(_sigmoid_back(gates, of_gates), of_candidate))
                later, of_memory = back @ of_sums[-1], of_memory * forgets
            of_sums.reverse()
            of_weights = split(swapped(_of_weights(states, of_sums)), units)
            return _of_inputs(swapped(kernel), of_sums), *of_weights

        return layer.outputs(shown), gradients

    return run


def _gru(layer: Layer) -> Callable[..., Any]:
    """The reset gate is applied after the recurrent product, so the candidate's inputs are a product of their own."""
    units = layer.units

    @with_gradient
    def run(x: Any, kernel: Any, recurrent: Any, bias: Any) -> Any:
        rows, heights = _Rows(), tf.constant([2 * units, units])
        gated, own = tf.split(kernel, [2 * units, units], 1)
        biases = tf.concat([bias[0, : 2 * units] + bias[1, : 2 * units], bias[1, 2 * units :]], 0)
        weights = _below(recurrent, tf.concat([gated, tf.zeros_like(own)], 1), biases)
        h, inputs = layer.nothing(x), _entering(x)
        products = tf.matmul(_below(own, bias[0, 2 * units :])[None], tf.stack(inputs), transpose_a=True)
        states, shown, kept = [], [], []
        for entering, to_candidate in zip(inputs, tf.unstack(products, len(inputs)), strict=True):
            states.append(rows.below(h, entering))
            sums = tf.matmul(weights, states[-1], transpose_a=True)
            of_gates, product = rows.of_heights(sums, heights)
            gates = tf.sigmoid(of_gates)
            stays, resets = rows.equal(gates, 2)
            candidate = layer.activate(to_candidate + resets * product)
            apart = h - candidate
            h = candidate + stays * apart
            shown.append(h)
            kept.append((gates, stays, resets, product, candidate, apart))

        def gradients(upstream: Any) -> Any:
            later, of_sums, of_candidates = 0.0, [], []
            for values, coming in _backwards(kept, layer.coming(upstream, len(kept))):
                gates, stays, resets, product, candidate, apart = values
                of_h = _sum(coming, later)
                stayed = of_h * stays
                of_candidates.append(layer.back(candidate, of_h - stayed))
                change = of_candidates[-1]
                of_gates = _sigmoid_back(gates, rows.below(of_h * apart, change * product))
                of_sums.append(rows.below(of_gates, change * resets))
                later = stayed + recurrent @ of_sums[-1]
            of_sums.reverse()
            of_candidates.reverse()
            of_kernel, of_recurrent, of_bias = split(_of_weights(states, of_sums), units)
            of_own = _of_weights(inputs, of_candidates)
            of_x = _of_inputs(tf.concat([gated, tf.zeros_like(own)], 1), of_sums) + _of_inputs(own, of_candidates)
            of_first = tf.concat([of_bias[: 2 * units], of_own[-1]], 0)
            of_kernel = tf.concat([of_kernel[:, : 2 * units], of_own[:-1]], 1)
            return of_x, of_kernel, of_recurrent, tf.stack([of_first, of_bias])

        return layer.outputs(shown), gradients

    return run


def _below(*weights: Any) -> Any:
    """Kernels and, last, a bias below each other."""
    *kernels, bias = weights
    return tf.concat([*kernels, bias[None]], 0)


def _entering(x: Any) -> Steps:
    """The inputs `(steps, n_inputs, n_windows)` of each step and a 1."""
    ones = tf.ones_like(x[:, :1])
    return list(tf.unstack(tf.concat([x, ones], 1), x.shape[0]))


def _backwards(kept: list[Any], coming: Steps) -> Any:
    return zip(reversed(kept), reversed(coming), strict=True)


def _sum(first: Any, second: Any) -> Any:
    """Their sum; a number is a gradient that there is none of."""
    known = [each for each in (first, second) if not isinstance(each, float)]
    return known[0] if len(known) == 1 else known[0] + known[1]


def _of_weights(states: Steps, of_sums: Steps) -> Any:
    return tf.matmul(tf.concat(states, 1), tf.concat(of_sums, 1), transpose_b=True)


def _of_inputs(kernel: Any, of_sums: Steps) -> Any:
    return tf.matmul(kernel[None], tf.stack(of_sums))


UNROLLED: dict[Cell, Callable[[Layer], Callable[..., Any]]] = {"rnn": _rnn, "lstm": _lstm, "gru": _gru}
"""From a layer's form to its outputs for inputs `(steps, n_inputs, n_windows)` and weights in keras' order."""
