"""A transformer's encoder over patches of the window, normed before each part (Vaswani et al. 2017; Nie et al. 2023).

    features (lookback, n) -> patches (tokens, p n) -> embedding + position -> blocks -> norm -> side by side (tokens d,)
    block    x + attention(norm(x)),  x + dense(relu(dense(norm(x))))

The position is the bias of the embedding, one row for each token; the three kernels of attention are one product. They
have no biases: a key's changes no weight, since it adds the same to all scores of a token, and a value's is that of `mixed`.
"""

from collections.abc import Callable
from math import sqrt
from typing import Any

from recurcast.environment import import_tensorflow
from recurcast.forecasting.portable.patches import patch_of, tokens_of
from recurcast.training.bodies import Body, Drawn
from recurcast.training.bodies.attention import softmax

import_tensorflow()

import keras  # noqa: E402
from keras import ops  # noqa: E402

_WIDER = 2
"""Times the width of the model that the hidden layer of a block has, as PatchTST has it."""
_POSITION = 0.02
"""Standard deviation of the positions before the first step."""
_PER_BLOCK = ("norm", "attention", "mixed", "norm_2", "hidden", "narrowed")


def body(drawn: Drawn) -> Body:
    """Return the embedding, the blocks and the last norm; the state is that of all tokens, oldest first."""
    network, tokens, patch = drawn.network, tokens_of(drawn.steps), patch_of(drawn.steps)
    embedding = keras.layers.EinsumDense(
        *("btf,fd->btd", (tokens, network.units)),
        bias_axes="td",
        kernel_initializer=keras.initializers.GlorotUniform(next(drawn.seeds)),
        bias_initializer=keras.initializers.RandomNormal(0.0, _POSITION, next(drawn.seeds)),
        name=drawn.named("embedding"),
    )
    blocks = [_block(drawn, number) for number in range(network.layers)]
    last = keras.layers.LayerNormalization(name=drawn.named("norm"))
    dropout = [_dropout(drawn, number) for number in range(2 * network.layers)] if network.dropout else []

    def call(features: Any, recurrence: Callable[..., Any], **phase: bool) -> Any:
        dropped = [lambda state, own=own: own(state, **phase) for own in dropout] or [lambda state: state] * 2 * len(
            blocks
        )
        x = embedding(_patched(features, tokens, patch))
        for number, block in enumerate(blocks):
            norm, attention, mixed, norm_2, hidden, narrowed = block
            x = x + dropped[2 * number](mixed(_attended(attention(recurrence(norm, x)), tokens, network.units)))
            x = x + dropped[2 * number + 1](narrowed(hidden(recurrence(norm_2, x))))
        return ops.reshape(recurrence(last, x), (-1, tokens * network.units))

    flat = [layer for block in blocks for layer in block]
    labels = [f"block_{number}.{part}" for number in range(len(blocks)) for part in _PER_BLOCK]
    masks = tuple(f"dropout_{number}" for number in range(len(dropout)))
    return Body((embedding, *flat, last, *dropout), ("embedding", *labels, "norm", *masks), call)


def _block(drawn: Drawn, number: int) -> tuple[Any, ...]:
    network, layers = drawn.network, keras.layers
    units, heads = network.units, network.heads_of_units
    bound = sqrt(6 / (2 * units))  # Glorot and Bengio's, of each of the three kernels

    def dense(width: int, name: str, activation: str | None = None) -> Any:
        initializer = keras.initializers.GlorotUniform(next(drawn.seeds))
        return layers.Dense(width, activation, kernel_initializer=initializer, name=drawn.named(f"{number}_{name}"))

    attention = layers.EinsumDense(
        *("btd,dche->btche", (None, 3, heads, units // heads)),
        kernel_initializer=keras.initializers.RandomUniform(-bound, bound, next(drawn.seeds)),
        name=drawn.named(f"{number}_attention"),
    )
    norms = [layers.LayerNormalization(name=drawn.named(f"{number}_norm{end}")) for end in ("", "_2")]
    mixed, hidden, narrowed = dense(units, "mixed"), dense(_WIDER * units, "hidden", "relu"), dense(units, "narrowed")
    return norms[0], attention, mixed, norms[1], hidden, narrowed


def _dropout(drawn: Drawn, number: int) -> Any:
    return keras.layers.Dropout(drawn.network.dropout, seed=next(drawn.seeds), name=drawn.named(f"dropout_{number}"))


def _patched(features: Any, tokens: int, patch: int) -> Any:
    """Features step by step as tokens; where the steps are no whole patches, zeros stand before the oldest."""
    _, steps, width = features.shape
    if patch == 1:
        return features
    missing = tokens * patch - steps
    whole = ops.pad(features, [[0, 0], [missing, 0], [0, 0]]) if missing else features
    return ops.reshape(whole, (-1, tokens, patch * width))


def _attended(projected: Any, tokens: int, units: int) -> Any:
    """Scaled dot-product attention of each head, the heads side by side, from `(n_windows, tokens, 3, heads, width)`."""
    width = projected.shape[-1]
    query, key, value = (projected[:, :, part] for part in range(3))
    scores = ops.einsum("bthe,bshe->bhts", query * (1 / sqrt(width)), key)
    joined = ops.einsum("bhts,bshe->bthe", softmax(scores), value)
    return ops.reshape(joined, (-1, tokens, units))
