"""The door to keras' optimizers: fit one cell, batch by batch, as one graph per epoch.

The batches are gathered from the series by the windows' positions, so that memory stays that of the series and not
`lookback` times as much. A last partial batch is padded with windows of weight 0: no second program, none dropped.
"""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recurcast.environment import import_tensorflow

tf = import_tensorflow()

import keras  # noqa: E402

from recurcast.config import Cell, PipelineConfig  # noqa: E402
from recurcast.networks import Network, build_network, shape_of  # noqa: E402
from recurcast.windows import Split, Windows  # noqa: E402

_VALIDATION_BATCH = 1024


@dataclass(frozen=True)
class Epoch:
    """Mean losses over the windows of a part, in the window's scale."""

    number: int
    train: float
    validation: float


@dataclass(frozen=True)
class FittedCell:
    """A trained network and how it got there; `kept` is the epoch whose weights it carries, 0 for the initial ones."""

    cell: Cell
    network: Network
    epochs: tuple[Epoch, ...]
    kept: int

    @property
    def validation_loss(self) -> float:
        """Return the validation loss of the weights that were kept; not a number where none was finite."""
        return self.epochs[self.kept - 1].validation if self.kept else float("nan")

    @property
    def diverged(self) -> bool:
        """Return whether training ended because a loss was not finite."""
        return not np.isfinite([self.epochs[-1].train, self.epochs[-1].validation]).all()

    @property
    def weights_digest(self) -> str:
        """Return 16 hexadecimal digits that change with any bit of the weights."""
        digest = blake2b(digest_size=8)
        for weights in self.network.forecaster.get_weights():
            digest.update(np.ascontiguousarray(weights).tobytes())
        return digest.hexdigest()


def fit_cell(
    cell: Cell, pipeline: PipelineConfig, split: Split, on_epoch: Callable[[Epoch], None] = lambda _: None
) -> FittedCell:
    """Return one cell fitted on the train windows, stopped and kept by the validation windows.

    Training ends early where a loss is not finite; the weights are then those kept before.
    """
    settings = pipeline.training
    network = build_network(cell, pipeline.network, shape_of(split.train, split.validation_begins), settings.seed)
    programs = _programs(network, settings.loss, settings.learning_rate, split)
    shuffling = np.random.default_rng([settings.seed, 1])
    epochs: list[Epoch] = []
    kept, kept_weights = 0, network.scaled.get_weights()
    for number in range(1, settings.epochs + 1):
        order = shuffling.permutation(split.train.starts)
        train = programs.train_epoch(*_batches(order, settings.batch_size)) / len(order)
        validation = programs.validate(*_batches(split.validation.starts, _VALIDATION_BATCH)) / len(split.validation)
        epochs.append(Epoch(number, float(train), float(validation)))
        on_epoch(epochs[-1])
        if not np.isfinite([epochs[-1].train, epochs[-1].validation]).all():
            break
        if settings.weights == "last" or kept == 0 or epochs[-1].validation < epochs[kept - 1].validation:
            kept, kept_weights = number, network.scaled.get_weights()
        best = min(epochs, key=lambda epoch: epoch.validation).number
        if settings.patience is not None and number - best >= settings.patience:
            break
    network.scaled.set_weights(kept_weights)
    return FittedCell(cell, network, tuple(epochs), kept)


@dataclass(frozen=True)
class _Programs:
    """Two compiled graphs: `(starts, weights)`, both `(n_batches, batch)`, to the sum of the windows' losses."""

    train_epoch: Callable[[Any, Any], Any]
    validate: Callable[[Any, Any], Any]


def _programs(network: Network, loss: str, learning_rate: float, split: Split) -> _Programs:
    optimizer = keras.optimizers.Adam(learning_rate)
    variables = network.scaled.trainable_variables
    optimizer.build(variables)
    gather = _gatherer(split.train)
    signature = [tf.TensorSpec((None, None), tf.int64), tf.TensorSpec((None, None), tf.float32)]

    def window_losses(starts: Any, *, training: bool) -> Any:
        arguments, targets = gather(starts)
        output, level, spread = network.scaled(arguments, training=training)
        residual = tf.cast((targets - level) / spread, tf.float32) - output
        return tf.reduce_mean(_LOSSES[loss](residual), axis=1)

    def train_epoch(starts: Any, weights: Any) -> Any:
        def step(batch: Any, total: Any) -> Any:
            with tf.GradientTape() as tape:
                weighted = tf.reduce_sum(weights[batch] * window_losses(starts[batch], training=True))
                mean_loss = weighted / tf.reduce_sum(weights[batch])
            optimizer.apply(tape.gradient(mean_loss, variables), variables)
            return batch + 1, total + weighted

        return _over_batches(starts, step)

    def validate(starts: Any, weights: Any) -> Any:
        def step(batch: Any, total: Any) -> Any:
            return batch + 1, total + tf.reduce_sum(weights[batch] * window_losses(starts[batch], training=False))

        return _over_batches(starts, step)

    return _Programs(
        tf.function(train_epoch, input_signature=signature, autograph=False),
        tf.function(validate, input_signature=signature, autograph=False),
    )


def _over_batches(starts: Any, step: Callable[[Any, Any], Any]) -> Any:
    """The sum that `step` adds up over the batches, as a loop inside the graph."""
    n_batches = tf.shape(starts)[0]
    return tf.while_loop(lambda batch, _: batch < n_batches, step, (tf.constant(0), tf.constant(0.0)))[1]


_LOSSES: dict[str, Callable[[Any], Any]] = {
    "mse": lambda residual: tf.square(residual),
    "mae": lambda residual: tf.abs(residual),
    # Huber 1964 with its threshold at 1, which is one spread of the window.
    "huber": lambda residual: tf.where(tf.abs(residual) <= 1.0, 0.5 * tf.square(residual), tf.abs(residual) - 0.5),
}


def _gatherer(windows: Windows) -> Callable[[Any], tuple[Any, Any]]:
    """From positions `(batch,)` in the flattened panel to the network's arguments and targets `(batch, horizon)`."""
    panel, lookback, horizon = windows.panel, windows.lookback, windows.horizon
    values = tf.constant(panel.values.reshape(-1, panel.values.shape[2]))
    calendar = tf.constant(panel.calendar)
    inputs, targets = tf.range(lookback, dtype=tf.int64), tf.range(lookback, lookback + horizon, dtype=tf.int64)
    both = tf.range(lookback + horizon, dtype=tf.int64)

    def gather(starts: Any) -> tuple[Any, Any]:
        window = tf.gather(values, starts[:, None] + inputs)
        y = tf.gather(values[:, 0], starts[:, None] + targets)
        if not panel.calendar.shape[1]:
            return window, y
        steps = (starts % len(panel.steps))[:, None] + both
        return {"window": window, "calendar": tf.gather(calendar, steps)}, y

    return gather


def _batches(starts: NDArray[np.int64], size: int) -> tuple[Any, Any]:
    """Positions and weights, both `(n_batches, size)`; what pads the last batch repeats a window with weight 0."""
    size = min(size, len(starts))
    n_batches = -(-len(starts) // size)
    padded = np.resize(starts, n_batches * size)
    weights = (np.arange(n_batches * size) < len(starts)).astype(np.float32)
    return tf.constant(padded.reshape(n_batches, size)), tf.constant(weights.reshape(n_batches, size))
