#!/usr/bin/env bash
# polars 2.1.0, `read_database` from SQLite: the type of a column is that of its first 100 rows. SQLite keeps a whole number in a NUMERIC or DECIMAL column as an
# integer, so that where a series begins with whole numbers the fractions that follow are cut, without a word: 2.5 is 2. The same rows come
# right with `infer_schema_length=None`, in a column of REAL, and from pandas; where all of the first 100 are missing it raises.
# Guess: an error, or a column of Float64; it was written down when the same had been met in a column without a type.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/rows.py" <<'PYTHON'
import sqlite3

import pandas as pd
import polars as pl

connection = sqlite3.connect(":memory:")
connection.execute("CREATE TABLE readings (y NUMERIC, price DECIMAL(10, 2), power REAL)")
connection.executemany("INSERT INTO readings VALUES (?, ?, ?)", [(1, 1, 1)] * 100 + [(2.5, 2.75, 2.5)])
QUERY = "SELECT * FROM readings"
for name, how in (("by itself", {}), ("all rows", {"infer_schema_length": None})):
    found = pl.read_database(QUERY, connection, **how)
    print("polars", name, *found.dtypes, *found.row(-1), "sum", *found.sum().row(0))
print("pandas", *pd.read_sql(QUERY, connection).iloc[-1])
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" polars==2.1.0 pandas==3.1.1 numpy==2.4.6
PYTHONPATH="$folder/packages" python3 "$folder/rows.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
polars by itself Int64 Int64 Float64 2 2 2.5 sum 102 102 102.5
polars all rows Float64 Float64 Float64 2.5 2.75 2.5 sum 102.5 102.75 102.5
pandas 2.5 2.75 2.5
SEEN
