"""Recurrent layers, stacked: the state is the last one of the last layer."""

from collections.abc import Callable
from typing import Any

from recurcast.config import CELLS
from recurcast.environment import import_tensorflow
from recurcast.training.bodies import Body, Drawn

import_tensorflow()

import keras  # noqa: E402


def body(drawn: Drawn) -> Body:
    """Return the layers of a cell of `config.CELLS`."""
    count = drawn.network.layers
    layers = tuple(recurrent_layer(drawn, number, returns_all=number < count - 1) for number in range(count))

    def call(features: Any, recurrence: Callable[..., Any], **phase: bool) -> Any:
        for layer in layers:
            features = recurrence(layer, features, **phase)
        return features

    return Body(layers, tuple(f"layer_{number}" for number in range(count)), call)


def recurrent_layer(drawn: Drawn, number: int, *, returns_all: bool) -> Any:
    """Return one recurrent layer, whose draws take three seeds."""
    network, build = drawn.network, CELLS[drawn.cell].build
    assert build is not None, "a cell with a recurrent body says how its layers are built"
    shared = {
        "units": network.units,
        "activation": network.activation,
        "dropout": network.dropout,
        "recurrent_dropout": network.recurrent_dropout,
        "return_sequences": returns_all,
        "kernel_initializer": keras.initializers.GlorotUniform(next(drawn.seeds)),
        "recurrent_initializer": keras.initializers.Orthogonal(seed=next(drawn.seeds)),
        "seed": next(drawn.seeds),
        "name": drawn.named(str(number)),
    }
    return build(keras.layers, network, shared)
