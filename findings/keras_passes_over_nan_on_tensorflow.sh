#!/usr/bin/env bash
# keras 3.15.1 on tensorflow 2.21.0: `ops.argmin` and `ops.argmax` pass over NaN, and `ops.sort` gives the numbers around it out of order: 1, 3, NaN, 2.
# On jax 0.8.1, as in NumPy, whose interface this is, the place of the first NaN is given, and NaN is sorted to the end. Who chooses by argmin
# among losses one of which is no number passes over it on one backend, and chooses it on the other.
# Guess before it was run: as NumPy has it, on every backend.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/places.py" <<'PYTHON'
import keras
import numpy as np
from keras import ops

for losses in ([3.0, np.nan, 1.0, 2.0], [np.nan, 2.0, 3.0, 1.0]):
    told = [ops.convert_to_numpy(way(np.float32(losses))).tolist() for way in (ops.argmin, ops.argmax, ops.sort)]
    print(keras.backend.backend(), losses, "argmin", told[0], "argmax", told[1], "sort", told[2])
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" tensorflow-cpu==2.21.0 keras==3.15.1 jax==0.8.1 numpy==2.4.6
for backend in jax tensorflow; do
    KERAS_BACKEND=$backend PYTHONPATH="$folder/packages" TF_CPP_MIN_LOG_LEVEL=3 python3 "$folder/places.py" 2>/dev/null
done | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
jax [3.0, nan, 1.0, 2.0] argmin 1 argmax 1 sort [1.0, 2.0, 3.0, nan]
jax [nan, 2.0, 3.0, 1.0] argmin 0 argmax 0 sort [1.0, 2.0, 3.0, nan]
tensorflow [3.0, nan, 1.0, 2.0] argmin 2 argmax 0 sort [1.0, 3.0, nan, 2.0]
tensorflow [nan, 2.0, 3.0, 1.0] argmin 3 argmax 2 sort [nan, 1.0, 2.0, 3.0]
SEEN
