"""A recurrent encoder and attention over its states: what the last state asks for is joined to it.

    features -> GRU layers -> states s_1 ... s_L
    score of each state beside the last one -> softmax -> weights, whose mean of the states is the context
    state = last state | context

additive: Bahdanau, Cho & Bengio (2015); dot: Luong, Pham & Manning (2015), `general`, scaled as in Vaswani et al. (2017).
"""

from collections.abc import Callable
from math import sqrt
from typing import Any

from recurcast.environment import import_tensorflow
from recurcast.training.bodies import Body, Drawn
from recurcast.training.bodies.recurrent import recurrent_layer

import_tensorflow()

import keras  # noqa: E402
from keras import ops  # noqa: E402


def body(drawn: Drawn) -> Body:
    """Return the encoder's layers and those that score its states."""
    network = drawn.network
    encoder = [recurrent_layer(drawn, number, returns_all=True) for number in range(network.layers)]
    query, *others = scorers = _scorers(drawn)

    def call(features: Any, recurrence: Callable[..., Any], **phase: bool) -> Any:
        states = features
        for layer in encoder:
            states = recurrence(layer, states, **phase)
        last = states[:, -1]
        if others:
            keys, score = others
            scores = score(ops.tanh(keys(states) + query(last)[:, None]))[:, :, 0]
        else:
            scores = ops.sum(states * query(last)[:, None], axis=2) * (1 / sqrt(network.units))
        context = ops.sum(states * softmax(scores)[:, :, None], axis=1)
        return ops.concatenate([last, context], axis=1)

    names = ("query", "keys", "score")[: len(scorers)]
    labels = [*(f"layer_{number}" for number in range(network.layers)), *(f"attention.{name}" for name in names)]
    return Body((*encoder, *scorers), tuple(labels), call)


def softmax(scores: Any) -> Any:
    """Return the shares of the last axis, as `ops.softmax`, which warns of an axis of one: a window may hold one step."""
    exponentials = ops.exp(scores - ops.stop_gradient(ops.max(scores, axis=-1, keepdims=True)))
    return exponentials / ops.sum(exponentials, axis=-1, keepdims=True)


def _scorers(drawn: Drawn) -> list[Any]:
    def dense(name: str, width: int, *, biased: bool = False) -> Any:
        initializer = keras.initializers.GlorotUniform(next(drawn.seeds))
        return keras.layers.Dense(
            width, use_bias=biased, kernel_initializer=initializer, name=drawn.named(f"attention_{name}")
        )

    query = dense("query", drawn.network.units)
    if drawn.network.attention == "dot":
        return [query]
    return [query, dense("keys", drawn.network.units, biased=True), dense("score", 1)]
