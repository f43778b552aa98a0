#!/usr/bin/env bash
# keras 3.15.1 with scikit-learn 1.9.1 and matplotlib 3.11.2: `import keras` imports scikit-learn and matplotlib.pyplot wherever they are installed,
# for its wrappers and its galleries of pictures. Who has them for other reasons waits for both in every process that fits a network.
# Guess: none was written down; it was met in a profile of imports, where keras was thought to import its backend alone.
# Seen: both are among the modules after the import, and it works as well where neither can be imported.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/imports.py" <<'PYTHON'
import sys

if sys.argv[1:]:
    sys.modules.update(dict.fromkeys(sys.argv[1:]))  # what is None there can't be imported
import keras

print([name for name in ("sklearn", "matplotlib.pyplot") if sys.modules.get(name)], keras.layers.LSTM(2).units)
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    keras==3.15.1 numpy==2.4.6 scikit-learn==1.9.1 matplotlib==3.11.2 jax==0.8.1
export KERAS_BACKEND=jax PYTHONPATH="$folder/packages"
{
    python3 "$folder/imports.py"
    python3 "$folder/imports.py" sklearn matplotlib.pyplot
} 2>/dev/null | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
['sklearn', 'matplotlib.pyplot'] 2
[] 2
SEEN
