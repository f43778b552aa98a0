"""The LSTM of `cells` for batches so narrow that XLA's loops over rows of windows are not vectorized.

A row of 32 windows is unrolled before LLVM's vectorizer sees it, and what is looked up at a step's number is looked up
for each value. So all rows of a step lie in one, and a step reads and adds what the one before has laid down for it:
the products of its gates, what it needs of the way forward, and what it adds to the weights' gradients.

The bits are those of `cells` on processors without AVX-512; with it some gradients differ in the last one.
"""

from collections.abc import Callable
from typing import Any

from recurcast.environment import import_tensorflow
from recurcast.training.compiled.form import Form, shaped, sigmoid_of_half

tf = import_tensorflow()

from tensorflow.compiler.tf2xla.ops import gen_xla_ops  # noqa: E402

NARROW = (16, 32, 48)
"""Windows of such a batch: wider rows are vectorized as they are, and rows that fill no lanes are rounded in another way."""
_KEPT = 6
"""Input, forget and output gate, candidate, memory before, memory shown."""


def lstm_in_rows(form: Form, weights: Any, x: Any) -> tuple[Any, Callable[[Any], tuple[Any, Any]]]:
    """Return the outputs, and from their gradient to those of `x` and the weights.

    Weights are `(units + inputs + 1, 4 * units)` in the order input, forget, output, candidate; all but the last halved.
    """
    units, inputs, steps, size = form.units, form.inputs, form.steps, form.units * form.windows
    columns, back, into = tf.transpose(weights), weights[:units], weights[units : units + inputs]

    def rows(values: Any) -> Any:
        return tf.reshape(values, [-1, form.windows])

    def product(state: Any) -> Any:
        return tf.reshape(columns @ rows(state), [-1])

    def step(t: Any, memory: Any, sums: Any, states: Any, kept: Any) -> tuple[Any, ...]:
        gates, candidate = sigmoid_of_half(sums[: 3 * size]), form.activate(sums[3 * size :])
        enters, forgets, leaves = tf.split(gates, 3)
        kept = _put(_put(_put(kept, t, 0, gates), t, 3 * size, candidate), t, 4 * size, memory)
        memory = forgets * memory + enters * candidate
        shown = form.activate(memory)
        states = _put(states, t + 1, 0, leaves * shown)
        return memory, product(states[t + 1]), states, _put(kept, t, 5 * size, shown)

    states = tf.reshape(form.states(x), [steps + 1, -1])
    carried = tf.zeros([size]), product(states[0]), states, tf.zeros([steps, _KEPT * size])
    _, _, states, kept = form.forward(step, *carried)

    def gradients(upstream: Any) -> tuple[Any, Any]:
        upstream = tf.reshape(upstream, [steps, size] if form.returns_all else [1, size])

        def earlier(number: Any, h: Any, kept_now: Any, memory: Any, sums: Any, *of: Any) -> tuple[Any, ...]:
            t, (of_weights, added, of_x) = steps - 1 - number, of
            enters, forgets, leaves, candidate, before, shown = tf.split(kept_now, _KEPT)
            memory = memory + h * leaves * form.slope(shown)
            sums = _put_block(sums, 0, 2 * memory * candidate * enters * (1 - enters))
            sums = _put_block(sums, size, 2 * memory * before * forgets * (1 - forgets))
            sums = _put_block(sums, 2 * size, 2 * h * shown * leaves * (1 - leaves))
            sums = _put_block(sums, 3 * size, memory * enters * form.slope(candidate))
            gates, last = rows(sums), tf.maximum(t - 1, 0)
            of_x = _put(of_x, t, 0, tf.reshape(into @ gates, [-1]))
            of_weights, added = of_weights + added, tf.matmul(rows(states[t]), gates, transpose_b=True)
            h = tf.reshape(back @ gates, [size])
            h = h + upstream[last] if form.returns_all else h
            return h, kept[last], memory * forgets, sums, of_weights, tf.reshape(added, [-1]), of_x

        nothing = tf.zeros([weights.shape[0] * weights.shape[1]])
        carried = tf.zeros([size]), tf.zeros([4 * size]), nothing, nothing, tf.zeros([steps, inputs * form.windows])
        *_, of_weights, added, of_x = form.forward(earlier, tf.zeros([size]) + upstream[-1], kept[-1], *carried)
        return tf.reshape(of_x, [steps, inputs, form.windows]), tf.reshape(of_weights + added, weights.shape)

    return (
        tf.reshape(states[1:, :size], [steps, units, -1]) if form.returns_all else rows(states[-1, :size])
    ), gradients


def _put(steps: Any, t: Any, first: int, values: Any) -> Any:
    return shaped(gen_xla_ops.xla_dynamic_update_slice(steps, values[None], tf.stack([t, first])), steps.shape)


def _put_block(values: Any, first: int, block: Any) -> Any:
    return shaped(gen_xla_ops.xla_dynamic_update_slice(values, block, tf.constant([first])), values.shape)
