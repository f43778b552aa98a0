#!/usr/bin/env bash
# pyarrow 25.0.1: the mean of a column of decimals has the decimals of the column: of prices 1.0 and 1.5 it is 1.3. pandas 3.1.1 has it from there for columns of
# Arrow's decimals, as DuckDB and SQL sources give them: `mean` and the mean by group are rounded, `median` and a rolling mean are not, nor is
# the mean of Python's own decimals. polars 2.1.0 has the exact mean, but its product of two columns keeps one digit, too: 1.5 * 1.5 is 2.2.
# Guess before it was run: 1.25 everywhere, or an error.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/means.py" <<'PYTHON'
from decimal import Decimal

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

prices = pa.array([Decimal("1.0"), Decimal("1.5")])
column = pd.Series(prices.to_pylist(), dtype=pd.ArrowDtype(prices.type))
print(prices.type, "pyarrow", pc.mean(prices))
print("by group", pa.table({"g": [1, 1], "y": prices}).group_by("g").aggregate([("y", "mean")])["y_mean"][0])
print("pandas", column.mean(), "by group", column.groupby([0, 0]).mean()[0], "resampled", end=" ")
print(column.set_axis(pd.date_range("2024-01-01", periods=2, freq="h")).resample("D").mean().iloc[0])
print("median", column.median(), "rolling", column.rolling(2).mean()[1], "Python's decimals", pd.Series(prices.to_pylist()).mean())
print("polars", pl.Series(prices).mean(), "product", (pl.Series(prices) * pl.Series(prices))[1], "third", (pl.Series(prices) / 3)[0])
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    pyarrow==25.0.1 pandas==3.1.1 numpy==2.4.6 polars==2.1.0
PYTHONPATH="$folder/packages" python3 "$folder/means.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
decimal128(2, 1) pyarrow 1.3
by group 1.3
pandas 1.3 by group 1.3 resampled 1.3
median 1.25 rolling 1.25 Python's decimals 1.25
polars 1.25 product 2.2 third 0.3
SEEN
