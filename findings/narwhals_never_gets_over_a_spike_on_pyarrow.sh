#!/usr/bin/env bash
# narwhals 2.29.0 on pyarrow 25.0.1: rolling sums and means are differences of cumulative sums, so that one NaN makes all later rows NaN, and one 1e20,
# as grids of climate models write it for a missing value, all later rows 0, long after it has left the window. The variance of a meter that stands at a
# billion comes out below zero, and its deviation as NaN, with no spike at all. On polars 2.1.0 and pandas 3.1.1 the rows behind the window are right
# again.
# Guess before it was run: the same on all of them.
# Seen: windows of two rows; of -256 as the variance of two readings that are 0.1 apart, which is 0.005.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/rolling.py" <<'PYTHON'
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa

READINGS = {
    "spike": ("rolling_mean", [1.0, 2.0, 1e20, 3.0, 4.0, 5.0]),
    "nan": ("rolling_mean", [1.0, 2.0, float("nan"), 3.0, 4.0, 5.0]),
    "variance": ("rolling_var", [1e9 + 0.1, 1e9 + 0.2, 1e9 + 0.3, 1e9 + 0.4]),
    "deviation": ("rolling_std", [1e9 + 0.1, 1e9 + 0.2, 1e9 + 0.3, 1e9 + 0.4]),
}
for what, (statistic, readings) in READINGS.items():
    engines = {"pyarrow": pa.chunked_array([pa.array(readings)]), "polars": pl.Series(readings), "pandas": pd.Series(readings)}
    for name, series in engines.items():
        rolled = getattr(nw.from_native(series, series_only=True), statistic)(2)
        print(what, name, *(f"{value:.3g}" for value in rolled.to_list()[1:]), sep=" | ")
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" narwhals==2.29.0 pandas==3.1.1 polars==2.1.0 pyarrow==25.0.1
PYTHONPATH="$folder/packages" python3 "$folder/rolling.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
spike | pyarrow | 1.5 | 5e+19 | 5e+19 | 0 | 0
spike | polars | 1.5 | 5e+19 | 5e+19 | 3.5 | 4.5
spike | pandas | 1.5 | 5e+19 | 5e+19 | 3.5 | 4.5
nan | pyarrow | 1.5 | nan | nan | nan | nan
nan | polars | 1.5 | nan | nan | 3.5 | 4.5
nan | pandas | 1.5 | nan | nan | 3.5 | 4.5
variance | pyarrow | -256 | -1.02e+03 | -512
variance | polars | 0.005 | 0.005 | 0.005
variance | pandas | 0.005 | 0.005 | 0.005
deviation | pyarrow | nan | nan | nan
deviation | polars | 0.0707 | 0.0707 | 0.0707
deviation | pandas | 0.0707 | 0.0707 | 0.0707
SEEN
