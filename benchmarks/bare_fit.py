"""The three fits of the pipeline `sine` and nothing else: numpy, `keras.Model.fit`. Usage: bare_fit.py EPOCHS."""

import sys

import keras
import numpy as np

HISTORY, VALIDATION, LOOKBACK, UNITS, BATCH = 640, 160, 20, 50, 32

steps = np.arange(HISTORY + VALIDATION)
series = np.sin(0.1 * steps) + np.random.default_rng(0).normal(0, 0.1, len(steps))
inputs = np.lib.stride_tricks.sliding_window_view(series[:-1], LOOKBACK)[..., None].astype("float32")
targets = series[LOOKBACK:, None].astype("float32")
train, validation = slice(None, HISTORY - LOOKBACK), slice(HISTORY - LOOKBACK, None)

for layer in (keras.layers.SimpleRNN, keras.layers.LSTM, keras.layers.GRU):
    network = keras.Sequential([keras.Input((LOOKBACK, 1)), layer(UNITS), keras.layers.Dense(1)])
    network.compile("adam", "mse")
    history = network.fit(
        inputs[train],
        targets[train],
        batch_size=BATCH,
        epochs=int(sys.argv[1]),
        validation_data=(inputs[validation], targets[validation]),
        verbose=0,
    )
    print(
        layer.__name__, len(inputs[train]), len(inputs[validation]), len(history.epoch), history.history["val_loss"][-1]
    )
