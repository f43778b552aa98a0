#!/usr/bin/env bash
# duckdb 2.0.1, pyarrow 25.0.1: of several Parquet files the first decides DuckDB's types, and what the later ones hold is cast to them as SQL casts, without
# a word: where the first day happened to be whole numbers, all later ones are rounded; prices with two digits get the one of the first file; and of
# times after dates only the date is left. `union_by_name=true` widens. pyarrow, and pandas by it, refuse the numbers, but cut the times off too.
# Guess before it was run: an error, or the wider type; for times behind dates an error.
# Seen: 2.5, 3.7 as 2, 4; 2.25 as 2.3; 13:00 as midnight. With the names of the files exchanged nothing is lost.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/types.py" <<'PYTHON'
import sys
from datetime import date, datetime
from decimal import Decimal

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

PAIRS = {
    "numbers": ([1, 2], [2.5, 3.7]),
    "prices": ([Decimal("1.5")], [Decimal("2.25")]),
    "times": ([date(2024, 1, 1)], [datetime(2024, 1, 2, 13)]),
}


def told(ask):
    try:
        return [str(value) for value in ask()]
    except pa.ArrowInvalid as error:
        return str(error)


for name, (first, second) in PAIRS.items():
    for number, values in enumerate((first, second)):
        pq.write_table(pa.table({"y": values}), f"{sys.argv[1]}/part-{number}.parquet")
    files = [f"{sys.argv[1]}/part-{number}.parquet" for number in (0, 1)]
    print(name, "DuckDB", told(lambda: [y for (y,) in duckdb.sql(f"FROM read_parquet({files})").fetchall()]))
    print(name, "exchanged", told(lambda: [y for (y,) in duckdb.sql(f"FROM read_parquet({files[::-1]})").fetchall()]))
    print(name, "by name", told(lambda: [y for (y,) in duckdb.sql(f"FROM read_parquet({files}, union_by_name=true)").fetchall()]))
    print(name, "pandas", told(lambda: pd.read_parquet(sys.argv[1])["y"]))
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    duckdb==2.0.1 pyarrow==25.0.1 pandas==3.1.1 numpy==2.4.6
mkdir "$folder/lake"
PYTHONPATH="$folder/packages" python3 "$folder/types.py" "$folder/lake" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
numbers DuckDB ['1', '2', '2', '4']
numbers exchanged ['2.5', '3.7', '1.0', '2.0']
numbers by name ['1.0', '2.0', '2.5', '3.7']
numbers pandas Float value 2.500000 was truncated converting to int64
prices DuckDB ['1.5', '2.3']
prices exchanged ['2.25', '1.50']
prices by name ['1.50', '2.25']
prices pandas Rescaling Decimal value would cause data loss
times DuckDB ['2024-01-01', '2024-01-02']
times exchanged ['2024-01-02 13:00:00', '2024-01-01 00:00:00']
times by name ['2024-01-01 00:00:00', '2024-01-02 13:00:00']
times pandas ['2024-01-01', '2024-01-02']
SEEN
