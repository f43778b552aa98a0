#!/usr/bin/env bash
# pandas 3.1.1: `clip` of a column of Arrow's doubles makes a number of NaN: by `clip(lower=0)`, as forecasts are kept from going below zero, it is 0,
# and by `clip(upper=3)` it is 3, without a word. So it comes from a Parquet file in which polars wrote NaN, read with dtype_backend="pyarrow". Of
# float64 it stays NaN, of Float64 it is missing, and what is missing in Arrow's sense stays so everywhere.
# Guess before it was run: NaN stays NaN.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/clipped.py" <<'PYTHON'
import sys

import pandas as pd
import polars as pl

path = f"{sys.argv[1]}/forecasts.parquet"
pl.DataFrame({"y": [-1.0, float("nan"), None, 5.0]}).write_parquet(path)
for backend in ("pyarrow", "numpy_nullable", None):
    y = pd.read_parquet(path, **({"dtype_backend": backend} if backend else {})).y
    for bounds in ({"lower": 0}, {"upper": 3}):
        print(y.dtype, bounds, y.clip(**bounds).tolist(), sep=" | ")
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" pandas==3.1.1 polars==2.1.0 pyarrow==25.0.1
PYTHONPATH="$folder/packages" python3 "$folder/clipped.py" "$folder" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
double[pyarrow] | {'lower': 0} | [0.0, 0.0, <NA>, 5.0]
double[pyarrow] | {'upper': 3} | [-1.0, 3.0, <NA>, 3.0]
Float64 | {'lower': 0} | [0.0, <NA>, <NA>, 5.0]
Float64 | {'upper': 3} | [-1.0, <NA>, <NA>, 3.0]
float64 | {'lower': 0} | [0.0, nan, nan, 5.0]
float64 | {'upper': 3} | [-1.0, nan, nan, 3.0]
SEEN
