#!/usr/bin/env bash
# duckdb 2.0.1: `fill(y) OVER (ORDER BY ds)` interpolates by the times between two values, and goes on along the last two, without an end, where nothing
# comes after them, and likewise before the first two. A meter that is silent for a day after two falling values is filled below zero.
# pandas' `interpolate` holds the last value there, and polars' leaves the gap open; before the first value both leave it open.
# Guess before it was run: the ends stay null.
# Seen: after 5 and 4 come 3, 2, ..., -1 in DuckDB, 4 in pandas and null in polars.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/filled.py" <<'PYTHON'
import duckdb
import pandas as pd
import polars as pl

gaps = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=9, freq="h"), "y": [None, 5.0, None, 4.5, 4.0, None, None, None, None]})
gaps["ds"] = gaps["ds"].where(gaps.index < 7, gaps["ds"] + pd.Timedelta("6h"))
print("DuckDB", *(y for (y,) in duckdb.sql("SELECT fill(y) OVER (ORDER BY ds) FROM gaps ORDER BY ds").fetchall()))
print("pandas", *gaps.set_index("ds")["y"].interpolate("time"))
print("polars", *pl.from_pandas(gaps).select(pl.col("y").interpolate_by("ds"))["y"])
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    duckdb==2.0.1 polars==2.1.0 pandas==3.1.1 numpy==2.4.6 pyarrow==25.0.1
PYTHONPATH="$folder/packages" python3 "$folder/filled.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
DuckDB 5.25 5.0 4.75 4.5 4.0 3.5 3.0 -0.5 -1.0
pandas nan 5.0 4.75 4.5 4.0 4.0 4.0 4.0 4.0
polars None 5.0 4.75 4.5 4.0 None None None None
SEEN
