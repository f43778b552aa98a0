#!/usr/bin/env bash
# polars 2.1.0, duckdb 2.0.1, pandas 3.1.1: dates whose year has two digits, as spreadsheets export them, are recognized as dates by all three, in three ways:
# 01/02/24 is the 1st of February of the year 24 in polars, the 24th of February 2001 in DuckDB, and the 2nd of January 2024 in
# pandas; and 24-01-05 the 24th of January of the year 5, the 5th of January 2024, and the 24th of January 2005. pyarrow leaves them
# texts, and pandas alone warns, that it falls back to parsing each by itself.
# Guess before it was run, of 01/02/2024: day first in polars and DuckDB, month first in pandas, a text in pyarrow, and so it is; none for two digits.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/dates.py" <<'PYTHON'
import sys
import warnings

import duckdb
import pandas as pd
import polars as pl
import pyarrow.csv

warnings.simplefilter("ignore")
for text in ("01/02/2024", "01/02/24", "24-01-05"):
    with open(sys.argv[1], "w") as file:
        file.write(f"ds,y\n{text},1\n{text},2\n")
    print(text, "polars", pl.read_csv(sys.argv[1], try_parse_dates=True)["ds"][0], end=" ")
    print("DuckDB", duckdb.sql(f"SELECT ds FROM '{sys.argv[1]}'").fetchall()[0][0], end=" ")
    print("pandas", pd.read_csv(sys.argv[1], parse_dates=["ds"])["ds"][0].date(), "pyarrow", pyarrow.csv.read_csv(sys.argv[1])["ds"][0])
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    polars==2.1.0 duckdb==2.0.1 pandas==3.1.1 numpy==2.4.6 pyarrow==25.0.1
PYTHONPATH="$folder/packages" python3 "$folder/dates.py" "$folder/dates.csv" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
01/02/2024 polars 2024-02-01 DuckDB 2024-02-01 pandas 2024-01-02 pyarrow 01/02/2024
01/02/24 polars 0024-02-01 DuckDB 2001-02-24 pandas 2024-01-02 pyarrow 01/02/24
24-01-05 polars 0005-01-24 DuckDB 2024-01-05 pandas 2005-01-24 pyarrow 24-01-05
SEEN
