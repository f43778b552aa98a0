"""Cells as keras computes them (`docs/cells.md`), in numpy alone, one product per step for all windows.

Arrays stand on their side here, `(features, n_windows)`: the gates of a step are then blocks of whole rows. Below the
state stand a row of ones and the features of the step,

    rows    h (units) | 1 | x (n_features)

so that biases and inputs come with the state's own product. What goes through a sigmoid has its weights halved, because
sigmoid(a) = (1 + tanh(a / 2)) / 2.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bundle import Bundle

Floats = NDArray[np.float32]
Layer = Callable[[Floats], Floats]
_Step = Callable[[Floats, Floats], None]
"""Puts the next state in the place of the last one; the second array is the LSTM's c."""
_Activation = Callable[[Floats], Any]
"""In place."""


def recurrent_layer(bundle: Bundle, number: int, kind: str, *, returns_all: bool) -> Layer:
    """Return one recurrent layer: features of all steps, shape `(lookback, n_features, n_windows)`, to states.

    These are the states of all steps, or of the last one alone.
    """
    kernel, recurrent, bias = (bundle.weights[f"layer_{number}.{name}"] for name in ("kernel", "recurrent", "bias"))
    step = STEPS[kind](bundle)(kernel, recurrent, bias, _ACTIVATIONS[bundle.activation])
    units = len(recurrent)

    def run(features: Floats) -> Floats:
        lookback, n_features, n_windows = features.shape
        stacked = np.zeros((units + 1 + n_features, n_windows), np.float32)
        stacked[units] = 1
        cell_state = np.zeros((units, n_windows), np.float32)
        states = np.empty((lookback if returns_all else 1, units, n_windows), np.float32)
        for t in range(lookback):
            stacked[units + 1 :] = features[t]
            step(stacked, cell_state)
            if returns_all:
                states[t] = stacked[:units]
        if not returns_all:
            states[0] = stacked[:units]
        return states

    return run


def _sigmoid_of_half(half: Floats) -> None:
    np.tanh(half, out=half)
    half *= np.float32(0.5)
    half += np.float32(0.5)


def _sigmoid(a: Floats) -> None:
    a *= np.float32(0.5)
    _sigmoid_of_half(a)


_ACTIVATIONS: dict[str, _Activation] = {
    "tanh": lambda a: np.tanh(a, out=a),
    "relu": lambda a: np.maximum(a, np.float32(0), out=a),
    "sigmoid": _sigmoid,
    "linear": lambda a: a,
}


def _packed(kernel: Floats, recurrent: Floats, bias: Floats, gates: slice, factor: float = 1.0) -> Floats:
    """The weights of some gates, shape `(n, units + 1 + n_features)`; see the module's drawing."""
    rows = [recurrent[:, gates], bias[None, gates], kernel[:, gates]]
    return np.ascontiguousarray(np.float32(factor) * np.concatenate(rows).T)


def _rnn(kernel: Floats, recurrent: Floats, bias: Floats, activate: _Activation) -> _Step:
    packed, units = _packed(kernel, recurrent, bias, slice(None)), len(recurrent)

    def step(stacked: Floats, _: Floats) -> None:
        state = packed @ stacked
        activate(state)
        stacked[:units] = state

    return step


def _lstm(kernel: Floats, recurrent: Floats, bias: Floats, activate: _Activation) -> _Step:
    units = len(recurrent)
    gates = [slice(first * units, (first + 1) * units) for first in (0, 1, 3, 2)]
    packed = np.concatenate(
        [
            _packed(kernel, recurrent, bias, gate, factor)
            for gate, factor in zip(gates, (0.5, 0.5, 0.5, 1.0), strict=True)
        ]
    )

    def step(stacked: Floats, c: Floats) -> None:
        product = packed @ stacked
        _sigmoid_of_half(product[: 3 * units])
        i, f, o, candidate = product.reshape(4, units, -1)
        activate(candidate)
        candidate *= i
        c *= f
        c += candidate
        state = c.copy()
        activate(state)
        np.multiply(o, state, out=stacked[:units])

    return step


def _gru_after(kernel: Floats, recurrent: Floats, bias: Floats, activate: _Activation) -> _Step:
    units = len(recurrent)
    both, candidates = slice(0, 2 * units), slice(2 * units, None)
    gates = _packed(kernel, recurrent, bias[0] + bias[1], both, 0.5)
    from_state = np.ascontiguousarray(np.concatenate([recurrent[:, candidates], bias[1][None, candidates]]).T)
    from_input = np.ascontiguousarray(np.concatenate([bias[0][None, candidates], kernel[:, candidates]]).T)

    def step(stacked: Floats, _: Floats) -> None:
        product = gates @ stacked
        _sigmoid_of_half(product)
        z, r = product[:units], product[units:]
        candidate = from_state @ stacked[: units + 1]
        candidate *= r
        candidate += from_input @ stacked[units:]
        activate(candidate)
        _mix(stacked[:units], z, candidate)

    return step


def _gru_before(kernel: Floats, recurrent: Floats, bias: Floats, activate: _Activation) -> _Step:
    units = len(recurrent)
    gates = _packed(kernel, recurrent, bias, slice(0, 2 * units), 0.5)
    candidates = _packed(kernel, recurrent, bias, slice(2 * units, None))

    def step(stacked: Floats, _: Floats) -> None:
        product = gates @ stacked
        _sigmoid_of_half(product)
        z, r = product[:units], product[units:]
        reset = stacked.copy()
        reset[:units] *= r
        candidate = candidates @ reset
        activate(candidate)
        _mix(stacked[:units], z, candidate)

    return step


def _mix(state: Floats, z: Floats, candidate: Floats) -> None:
    """h = z h + (1 - z) candidate, in place."""
    state -= candidate
    state *= z
    state += candidate


STEPS: dict[str, Callable[[Bundle], Callable[[Floats, Floats, Floats, _Activation], _Step]]] = {
    "rnn": lambda bundle: _rnn,
    "lstm": lambda bundle: _lstm,
    "gru": lambda bundle: _gru_after if bundle.reset_after else _gru_before,
}
"""By cell, from a layer's weights and its activation to its step."""
