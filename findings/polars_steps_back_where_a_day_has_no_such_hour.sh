#!/usr/bin/env bash
# polars 2.1.0: a day from 02:30 on, on the day on which clocks go from 02:00 to 03:00, is 01:30 in Berlin, an hour early by any clock: `offset_by("1d")`,
# `datetime_range` and `upsample` give it without a word, where `replace_time_zone` refuses the same 02:30. DuckDB says 03:30,
# and pandas' days raise; of the hour that comes twice polars and DuckDB take the earlier one. Two tools' daily grids differ on that day.
# Guess before it was run: an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/days.py" <<'PYTHON'
from datetime import datetime

import duckdb
import pandas as pd
import polars as pl

BERLIN = "Europe/Berlin"


def told(times):
    return [f"{time:%d %H:%M%z}" for time in times]


before = pl.Series("ds", [datetime(2024, 3, 30, 2, 30), datetime(2024, 10, 26, 2, 30)]).dt.replace_time_zone(BERLIN)
print("offset_by", *told(before.dt.offset_by("1d")))
print("datetime_range", *told(pl.datetime_range(datetime(2024, 3, 30, 2, 30), datetime(2024, 4, 1, 2, 30), "1d", time_zone=BERLIN, eager=True)))
ends = pl.DataFrame({"ds": pl.Series([datetime(2024, 3, 30, 2, 30), datetime(2024, 4, 1, 2, 30)]).dt.replace_time_zone(BERLIN)})
print("upsample", *told(ends.upsample("ds", every="1d")["ds"]))
try:
    pl.Series([datetime(2024, 3, 31, 2, 30)]).dt.replace_time_zone(BERLIN)
except pl.exceptions.ComputeError as error:
    print("replace_time_zone", str(error).split(". ")[0])
connection = duckdb.connect()
connection.execute(f"SET TimeZone = '{BERLIN}'")
added = connection.sql("SELECT TIMESTAMPTZ '2024-03-30 02:30' + INTERVAL 1 DAY, TIMESTAMPTZ '2024-10-26 02:30' + INTERVAL 1 DAY").fetchall()[0]
print("DuckDB", *told(added))
try:
    pd.date_range("2024-03-30 02:30", periods=3, freq="D", tz=BERLIN)
except ValueError as error:
    print("pandas", str(error).split(". ")[0])
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    polars==2.1.0 duckdb==2.0.1 pandas==3.1.1 numpy==2.4.6 tzdata==2026.6
PYTHONPATH="$folder/packages" python3 "$folder/days.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
offset_by 31 01:30+0100 27 02:30+0200
datetime_range 30 02:30+0100 31 01:30+0100 01 02:30+0200
upsample 30 02:30+0100 31 01:30+0100 01 02:30+0200
replace_time_zone datetime '2024-03-31 02:30:00' is non-existent in time zone 'Europe/Berlin'
DuckDB 31 03:30+0200 27 02:30+0200
pandas 2024-03-31 02:30:00 is a nonexistent time due to daylight savings time
SEEN
