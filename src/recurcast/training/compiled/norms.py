"""Layer normalization, written so that XLA compiles it well: barriers keep it from computing a value once for each use.

Ba, Kiros & Hinton (2016), with its way back by hand. keras' own layer says what it computes.
"""

from typing import Any

from recurcast.environment import import_tensorflow
from recurcast.training.compiled.form import apart, with_gradient

tf = import_tensorflow()


def normed(layer: Any, x: Any) -> Any:
    """Return what a built `keras.layers.LayerNormalization` over the last axis makes of inputs."""
    return _normed(layer.epsilon)(x, *(tf.convert_to_tensor(each) for each in (layer.gamma, layer.beta)))


def _normed(epsilon: float) -> Any:
    @with_gradient
    def run(x: Any, gamma: Any, beta: Any) -> Any:
        centred = x - _mean(x)
        centred, scale = apart(centred, tf.math.rsqrt(_mean(centred * centred) + epsilon))
        (whitened,) = apart(centred * scale)
        (output,) = apart(whitened * gamma + beta)

        def gradients(upstream: Any) -> Any:
            (upstream,) = apart(upstream)
            own = upstream * gamma
            level, slope = apart(_mean(own), _mean(own * whitened))
            (of_x,) = apart(scale * (own - level - whitened * slope))
            rows = [tf.reshape(each, [-1, upstream.shape[-1]]) for each in (upstream * whitened, upstream)]
            return of_x, *(tf.reduce_sum(each, axis=0) for each in rows)

        return output, gradients

    return run


def _mean(values: Any) -> Any:
    return tf.reduce_mean(values, axis=-1, keepdims=True)
