"""What the compiled cells share: a layer's form, its loops over the steps, and what keeps XLA from computing twice."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from recurcast.environment import import_tensorflow

tf = import_tensorflow()

from tensorflow.compiler.tf2xla.ops import gen_xla_ops  # noqa: E402

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


def with_gradient(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function of tensors that returns its value and the function of its gradients."""
    with_gradient: Callable[..., Any] = tf.custom_gradient(function)
    return with_gradient


@dataclass(frozen=True)
class Form:
    """What a layer's program depends on; `rows` below are (rows, n_windows)."""

    steps: int
    inputs: int
    windows: int
    units: int
    activation: str
    returns_all: bool

    def activate(self, rows: Any) -> Any:
        """Return the activation of rows."""
        return _ACTIVATIONS[self.activation](rows)

    def slope(self, rows: Any) -> Any:
        """Return the activation's derivative, from its values."""
        return _SLOPES[self.activation](rows)

    def zeros(self, *rows: int) -> Any:
        """Return zeros `(*rows, n_windows)`."""
        return tf.zeros([*rows, self.windows])

    def states(self, x: Any) -> Any:
        """Return the states with the inputs in place, those of the units still 0."""
        known = tf.concat([self.zeros(self.steps, self.units), x, self.zeros(self.steps, 1) + 1], 1)
        return tf.concat([known, self.zeros(1, self.units + self.inputs + 1)], 0)

    def outputs(self, states: Any) -> Any:
        """Return what the layer returns of its states: those of all steps, or the last."""
        return states[1:, : self.units] if self.returns_all else states[-1, : self.units]

    def forward(self, step: Callable[..., tuple[Any, ...]], *carried: Any) -> Any:
        """Return what `step(t, *carried)` leaves after the last step."""
        return self._loop(step, carried)

    def backward(self, step: Callable[..., tuple[Any, ...]], upstream: Any, *carried: Any) -> Any:
        """Go back from the last step; `step(t, h_gradient, *carried)` gives those of the step before."""

        shape = [self.steps, self.units, self.windows]
        upstream = shaped(upstream, shape if self.returns_all else shape[1:])

        def earlier(number: Any, h_gradient: Any, *rest: Any) -> tuple[Any, ...]:
            t = self.steps - 1 - number
            return step(t, h_gradient + upstream[t] if self.returns_all else h_gradient, *rest)

        last = self.zeros(self.units) if self.returns_all else upstream
        return self._loop(earlier, (last, *carried))[1:]

    def _loop(self, step: Callable[..., tuple[Any, ...]], carried: tuple[Any, ...]) -> Any:
        def body(t: Any, *values: Any) -> tuple[Any, ...]:
            return (t + 1, *step(t, *values))

        return tf.while_loop(lambda t, *_: t < self.steps, body, (0, *carried), maximum_iterations=self.steps)[1:]


def sigmoid_of_half(rows: Any) -> Any:
    """The sigmoid of twice the rows, by the tangent, which XLA computes in half the time; its slope is 2 s (1 - s)."""
    return tf.tanh(rows) * 0.5 + 0.5


def split(weights: Any, units: int) -> tuple[Any, Any, Any]:
    """Kernel, recurrent kernel and bias of the weights that were put below each other."""
    return weights[units:-1], weights[:units], weights[-1]


def put(steps: Any, t: Any, rows: Any) -> Any:
    """The steps with `rows` written over the first rows of step t, in place."""
    return shaped(gen_xla_ops.xla_dynamic_update_slice(steps, rows[None], tf.stack([t, 0, 0])), steps.shape)


def put_rows(rows: Any, first: int, block: Any) -> Any:
    """Return the rows with a block written over those from `first` on, in place."""
    return shaped(gen_xla_ops.xla_dynamic_update_slice(rows, block, tf.constant([first, 0])), rows.shape)


def apart(*values: Any) -> Any:
    """The values, computed once and laid down before anything uses them."""
    apart = gen_xla_ops.xla_optimization_barrier(list(values))
    return [shaped(value, before.shape) for value, before in zip(apart, values, strict=True)]


def shaped(value: Any, shape: Any) -> Any:
    """The value, its shape known: TensorFlow would else take it that a single unit or window may be repeated."""
    value.set_shape(shape)
    return value
