#!/usr/bin/env bash
# keras 3.15.1: where the first value that `EarlyStopping` or `ModelCheckpoint(save_best_only=True)` looks at is NaN, it is the best for ever: no number
# compares as better, patience runs out while the loss falls, and the weights that are restored and the file that is kept are those of
# the epoch with NaN. A NaN that comes later is passed over as it should be.
# Guess before it was run: any number is better than NaN.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/stopped.py" <<'PYTHON'
import sys

import keras
import numpy as np


class Told(keras.callbacks.Callback):
    """Gives values of a score that is not defined in some epoch, as correlation is not while all forecasts are equal."""

    def __init__(self, values):
        super().__init__()
        self.values = values

    def on_epoch_end(self, epoch, logs=None):
        logs["val_score"] = self.values[epoch]
        self.model.layers[0].bias.assign([float(epoch)])


def fitted(values, file):
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    chosen = {"monitor": "val_score", "mode": "min"}
    stopping = keras.callbacks.EarlyStopping(**chosen, patience=3, restore_best_weights=True)
    keeping = keras.callbacks.ModelCheckpoint(file, **chosen, save_best_only=True)
    x = np.zeros((4, 1))
    epochs = model.fit(x, x, epochs=len(values), verbose=0, callbacks=[Told(values), stopping, keeping]).epoch
    kept = keras.saving.load_model(file).layers[0].bias
    return f"epochs {len(epochs)}, restored {float(model.layers[0].bias[0]):.0f}, kept {float(kept[0]):.0f}"


falling = [0.9, 0.8, 0.7, 0.6, 0.5, 0.4]
for values in (falling, [float("nan"), *falling[1:]], [falling[0], float("nan"), *falling[2:]]):
    print(values, fitted(values, f"{sys.argv[1]}/best.keras"))
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" keras==3.15.1 numpy==2.4.6 jax==0.8.1
KERAS_BACKEND=jax PYTHONPATH="$folder/packages" python3 "$folder/stopped.py" "$folder" 2>/dev/null | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
[0.9, 0.8, 0.7, 0.6, 0.5, 0.4] epochs 6, restored 5, kept 5
[nan, 0.8, 0.7, 0.6, 0.5, 0.4] epochs 4, restored 0, kept 0
[0.9, nan, 0.7, 0.6, 0.5, 0.4] epochs 6, restored 5, kept 5
SEEN
