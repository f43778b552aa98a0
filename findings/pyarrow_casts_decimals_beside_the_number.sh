#!/usr/bin/env bash
# pyarrow 25.0.1: `cast` of decimals to float64 multiplies by a power of ten that is no exact number, so that 220.1 becomes 220.10000000000002, in a third of all
# values with one decimal, a seventh with two. Python, pandas, polars and DuckDB have the nearest number of the same column. What is read once
# from decimals and once from text is not equal, and a digest of it another one.
# Guess: none was written down; it was met when the same rows in CSV and in decimals had two digests, where a cast was thought to give the nearest number.
# Seen: 364 and 151 of 1,000 are off by the last bit; by way of text, `cast(string).cast(float64)`, none.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/cast.py" <<'PYTHON'
from decimal import Decimal

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa

for scale in (1, 2):
    exact = [Decimal(number * 7919 % 10 ** (scale + 3)).scaleb(-scale) for number in range(1000)]
    table = pa.table({"y": pa.array(exact, pa.decimal128(9, scale))})
    found = {
        "pyarrow": table["y"].cast(pa.float64()).to_pylist(),
        "by text": table["y"].cast(pa.string()).cast(pa.float64()).to_pylist(),
        "pandas": table.to_pandas(types_mapper=pd.ArrowDtype)["y"].astype("float64").tolist(),
        "polars": pl.from_arrow(table)["y"].cast(pl.Float64).to_list(),
        "DuckDB": [y for (y,) in duckdb.from_arrow(table).project("y::DOUBLE").fetchall()],
    }
    print(scale, {name: sum(float(one) != other for one, other in zip(exact, values, strict=True)) for name, values in found.items()})
print(Decimal("220.1"), pa.array([Decimal("220.1")]).cast(pa.float64())[0])
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    pyarrow==25.0.1 pandas==3.1.1 numpy==2.4.6 polars==2.1.0 duckdb==2.0.1
PYTHONPATH="$folder/packages" python3 "$folder/cast.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
1 {'pyarrow': 364, 'by text': 0, 'pandas': 0, 'polars': 0, 'DuckDB': 0}
2 {'pyarrow': 151, 'by text': 0, 'pandas': 0, 'polars': 0, 'DuckDB': 0}
220.1 220.10000000000002
SEEN
