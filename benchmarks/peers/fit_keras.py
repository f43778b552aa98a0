"""A plain `keras.Sequential` and `Model.fit`, all settings but the optimizer's step as keras has them."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
from asked import PATCHED, Stopwatch, Task, answer

LAYERS = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}


def fit(task: Task, stopwatch: Stopwatch) -> None:
    """Train for the task's epochs; with keras' global seed, which is not set, every epoch would have the same order."""
    arrays = np.load(task.arrays)
    if task.patch:
        _fit_patches(task, {name: arrays[name] for name in PATCHED}, stopwatch)
        return
    inputs, targets = arrays["inputs"], arrays["targets"]
    validation = (arrays["validation_inputs"], arrays["validation_targets"]) if task.validates else None
    stopwatch.begin()
    layer = LAYERS[task.cell](task.units)
    network = keras.Sequential([keras.Input(inputs.shape[1:]), layer, keras.layers.Dense(targets.shape[1])])
    network.compile(keras.optimizers.Adam(task.learning_rate), "mse")
    each_epoch = keras.callbacks.LambdaCallback(
        on_epoch_end=lambda _, logs: stopwatch.epoch_ends(logs.get("val_loss") if logs else None)
    )
    network.fit(
        inputs,
        targets,
        batch_size=task.batch,
        epochs=task.epochs,
        validation_data=validation,
        callbacks=[each_epoch],
        verbose=0,
    )


def _fit_patches(task: Task, arrays: dict[str, np.ndarray], stopwatch: Stopwatch) -> None:
    """The network that `init` proposes, of keras' own layers; a target that is not known has the weight 0."""
    inputs = {name: keras.Input(arrays[name].shape[1:], name=name) for name in ("z", "known", "static", "anchor")}
    patches = arrays["known"].shape[1]
    stopwatch.begin()
    cut = keras.ops.reshape(keras.ops.arcsinh(inputs["z"]), (-1, patches, task.patch))
    states = LAYERS[task.cell](task.units)(keras.ops.concatenate([cut, inputs["known"][:, :, None]], axis=-1))
    horizon = arrays["targets"].shape[1]
    seen = keras.ops.concatenate([states, inputs["static"]], axis=-1)
    base = keras.layers.Dense(horizon, use_bias=False)(inputs["z"])
    forecast = inputs["anchor"] + base + keras.layers.Dense(horizon)(seen)
    network = keras.Model(inputs, forecast[:, :, None])  # keras averages a loss over the last axis before it weighs
    network.compile(keras.optimizers.Adam(task.learning_rate, global_clipnorm=1.0), "mae")
    each_epoch = keras.callbacks.LambdaCallback(on_epoch_end=lambda *_: stopwatch.epoch_ends())
    network.fit(
        {name: arrays[name] for name in inputs},
        arrays["targets"][:, :, None],
        sample_weight=arrays["weights"],
        batch_size=task.batch,
        epochs=task.epochs,
        callbacks=[each_epoch],
        verbose=0,
    )


if __name__ == "__main__":
    answer(fit, "keras", "tensorflow")
