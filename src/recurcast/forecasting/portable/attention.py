"""Cells that weigh the steps of a window, in numpy alone: what they make of them, and how they weigh them.

Arrays stand on their side, windows last; equations: docs/cells.md.
"""

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .bundle import Bundle
from .layers import Floats, recurrent_layer
from .patches import patch_of

_EPSILON = 1e-3
"""Of keras' LayerNormalization."""


@dataclass(frozen=True)
class Attended:
    """What a body makes of windows, and how much of each step it takes."""

    state: Floats
    """Shape `(width, n_windows)`."""
    weights: Floats
    """Of each token, the oldest first, shape `(tokens, n_windows)`; they sum to 1."""


def attention(bundle: Bundle, features: Floats) -> Attended:
    """Return the last state of a recurrent encoder joined to the states that it asks for, and their weights."""
    weights, states = bundle.weights, features
    for number in range(bundle.layers):
        states = recurrent_layer(bundle, number, "gru", returns_all=True)(states)
    last = states[-1]
    asked = weights["attention.query.kernel"].T @ last
    if "attention.keys.kernel" in weights:
        keys = weights["attention.keys.kernel"].T @ states + weights["attention.keys.bias"][:, None]
        scores = (weights["attention.score.kernel"].T @ np.tanh(keys + asked))[:, 0]
    else:
        scores = (states * asked).sum(axis=1) / np.float32(sqrt(len(last)))
    own = _softmax(scores, 0)
    return Attended(np.concatenate([last, (states * own[:, None]).sum(axis=0)]), own)


def transformer(bundle: Bundle, features: Floats) -> Attended:
    """Return the tokens of the last block side by side, and how the newest one weighs all: the mean over blocks and heads."""
    weights = bundle.weights
    patches = _patched(features)
    x = weights["embedding.kernel"].T @ patches + weights["embedding.bias"][:, :, None]
    tokens, units, n_windows = x.shape
    looked = np.zeros((tokens, n_windows), np.float32)
    for number in range(bundle.layers):
        own = {part: _part(weights, f"block_{number}.{part}") for part in _PARTS}
        mixed, looks = _heads(_normed(x, *own["norm"]), weights[f"block_{number}.attention.kernel"])
        x = x + _dense(mixed, *own["mixed"])
        hidden = np.maximum(_dense(_normed(x, *own["norm_2"]), *own["hidden"]), np.float32(0))
        x = x + _dense(hidden, *own["narrowed"])
        looked += looks / np.float32(bundle.layers)
    state = _normed(x, *_part(weights, "norm"))
    return Attended(state.reshape(tokens * units, n_windows), looked)


_PARTS = ("norm", "mixed", "norm_2", "hidden", "narrowed")


def _part(weights: dict[str, NDArray[Any]], label: str) -> tuple[NDArray[Any], NDArray[Any]]:
    names = ("gamma", "beta") if f"{label}.gamma" in weights else ("kernel", "bias")
    first, second = (weights[f"{label}.{name}"] for name in names)
    return first, second


def _patched(features: Floats) -> Floats:
    steps, width, n_windows = features.shape
    patch = patch_of(steps)
    missing = -steps % patch
    whole = np.concatenate([np.zeros((missing, width, n_windows), np.float32), features]) if missing else features
    return whole.reshape(-1, patch * width, n_windows)


def _heads(x: Floats, kernel: Floats) -> tuple[Floats, Floats]:
    """The heads' values side by side, `(tokens, units, n_windows)`, and the newest token's weights, their mean."""
    tokens, units, n_windows = x.shape
    _, _, heads, width = kernel.shape
    projected = (kernel.reshape(units, -1).T @ x).reshape(tokens, 3, heads, width, n_windows)
    joined = np.empty((tokens, heads, width, n_windows), np.float32)
    looks = np.zeros((tokens, n_windows), np.float32)
    for head in range(heads):
        query, key, value = (projected[:, part, head] for part in range(3))
        scores = np.einsum("ten,sen->tsn", query / np.float32(sqrt(width)), key)
        own = _softmax(scores, 1)
        joined[:, head] = np.einsum("tsn,sen->ten", own, value)
        looks += own[-1] / np.float32(heads)
    return joined.reshape(tokens, units, n_windows), looks


def _normed(x: Floats, gamma: Floats, beta: Floats) -> Floats:
    centred = x - x.mean(axis=1, keepdims=True)
    deviation = np.sqrt(np.square(centred).mean(axis=1, keepdims=True) + np.float32(_EPSILON))
    return np.asarray(centred / deviation * gamma[:, None] + beta[:, None])


def _dense(x: Floats, kernel: Floats, bias: Floats) -> Floats:
    return np.asarray(kernel.T @ x + bias[:, None])


def _softmax(scores: Floats, axis: int) -> Floats:
    exponentials = np.exp(scores - scores.max(axis=axis, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=axis, keepdims=True))
