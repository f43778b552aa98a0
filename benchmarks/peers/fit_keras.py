"""A plain `keras.Sequential` and `Model.fit`, all settings but the optimizer's step as keras has them."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_BACKEND"] = "tensorflow"

import keras
import numpy as np
from asked import Stopwatch, Task, answer

LAYERS = {"rnn": keras.layers.SimpleRNN, "lstm": keras.layers.LSTM, "gru": keras.layers.GRU}


def fit(task: Task, stopwatch: Stopwatch) -> None:
    """Train for the task's epochs; with keras' global seed, which is not set, every epoch would have the same order."""
    arrays = np.load(task.arrays)
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


if __name__ == "__main__":
    answer(fit, "keras", "tensorflow")
