"""What a network computes, in numpy alone: the steps of docs/cells.md, and the network that stands around them."""

import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]

DOCUMENT = Path(__file__).parents[2] / "docs" / "cells.md"
ACTIVATIONS = {"tanh": np.tanh, "relu": lambda a: np.maximum(a, 0.0)}


def run_document() -> SimpleNamespace:
    """What the document's Python defines, its blocks run in order."""
    names: dict[str, Any] = {}
    for block in re.findall(r"^```python\n(.*?)^```", DOCUMENT.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL):
        exec(block, names)
    return SimpleNamespace(**names)


steps = run_document()


def run_layer(cell: str, features: Array, weights: list[Array], activation: str, reset_after: bool = True) -> Array:
    """The outputs of one recurrent layer at every step, shape `(n_windows, lookback, units)`."""
    weights = [matrix.astype(np.float64) for matrix in weights]
    act = ACTIVATIONS[activation]
    h = c = np.zeros((len(features), weights[1].shape[0]))
    outputs = []
    for x in features.swapaxes(0, 1):
        if cell == "rnn":
            h = steps.rnn_step(x, h, *weights, act)
        elif cell == "lstm":
            h, c = steps.lstm_step(x, h, c, *weights, act)
        elif reset_after:
            h = steps.gru_step_reset_after(x, h, *weights, act)
        else:
            h = steps.gru_step_reset_before(x, h, *weights, act)
        outputs.append(h)
    return np.stack(outputs, axis=1)


def level_and_spread(windows: Array, scale: str, floor: float) -> tuple[Array, Array]:
    """Mean and standard deviation of each window's y, the latter at least `floor`; both `(n_windows, 1)`."""
    y = windows[:, :, 0]
    if scale == "none":
        return np.zeros((len(y), 1)), np.ones((len(y), 1))
    return y.mean(axis=1, keepdims=True), np.maximum(y.std(axis=1, keepdims=True), floor)


def state_of(cell: str, config: Any, features: Array, weights: dict[str, Array]) -> Array:
    """What the output is made of, shape `(n_windows, width)`, from a network's weights by name."""
    if cell == "linear":
        return features.reshape(len(features), -1)
    if cell == "transformer":
        return _transformer_state(config, features, weights)
    recurrent = "gru" if cell == "attention" else cell
    for layer in range(config.layers):
        own = [weights[f"layer_{layer}.{part}"] for part in ("kernel", "recurrent", "bias")]
        features = run_layer(recurrent, features, own, config.activation, config.reset_after)
    if cell == "attention":
        return steps.attention_state(features, attention_scores(config, features, weights))
    return features[:, -1]


def attention_scores(config: Any, states: Array, weights: dict[str, Array]) -> Array:
    """The scores of an encoder's states, shape `(n_windows, lookback)`."""
    names = ("query.kernel", "keys.kernel", "keys.bias", "score.kernel")
    if config.attention == "dot":
        return steps.dot_scores(states, weights["attention.query.kernel"])
    return steps.additive_scores(states, *(weights[f"attention.{name}"] for name in names))


def _transformer_state(config: Any, features: Array, weights: dict[str, Array]) -> Array:
    patch = -(-features.shape[1] // 32)
    x = steps.tokens_of(features, patch) @ weights["embedding.kernel"] + weights["embedding.bias"]

    def pair(label: str, *names: str) -> tuple[Array, ...]:
        return tuple(weights[f"{label}.{name}"] for name in names)

    for number in range(config.layers):
        attention = weights[f"block_{number}.attention.kernel"]
        norms = [pair(f"block_{number}.{name}", "gamma", "beta") for name in ("norm", "norm_2")]
        names = ("mixed", "hidden", "narrowed")
        x = steps.transformer_block(
            x, norms, attention, *(pair(f"block_{number}.{name}", "kernel", "bias") for name in names)
        )
    return steps.norm(x, *pair("norm", "gamma", "beta")).reshape(len(x), -1)


def forecast_of(
    cell: str, config: Any, shape: Any, weights: dict[str, Array], windows: Array, calendar: Array
) -> Array:
    """The forecasts of a network with these weights in series units, shape `(n_windows, horizon)`."""
    level, spread = level_and_spread(windows, config.scale, shape.spread_floor)
    y = (windows[:, :, :1] - level[:, :, None]) / spread[:, :, None]
    covariates = windows[:, :, 1:]
    if covariates.shape[2]:
        covariates = (covariates - shape.covariates.mean(axis=0)) / shape.covariates.std(axis=0)
    weights = {name: values.astype(np.float64) for name, values in weights.items()}
    state = state_of(cell, config, np.concatenate([y, covariates, calendar[:, : shape.lookback]], axis=2), weights)
    ahead = calendar[:, shape.lookback :].reshape(len(windows), -1)
    return level + spread * steps.linear_output(state, ahead, weights["output.kernel"], weights["output.bias"])
