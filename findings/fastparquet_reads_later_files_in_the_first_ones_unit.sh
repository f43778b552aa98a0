#!/usr/bin/env bash
# fastparquet 2026.9.0: several files are read by the first one's schema, and the bytes of the later ones taken for what stands there: a decimal with one
# digit more is ten times as large, microseconds behind milliseconds lie in the year 55972, an integer behind narrower ones is cut to its low bits.
# Files that pyarrow writes day by day differ so by themselves: a decimal's digits are those that the day's values need. No error, no warning.
# Guess before it was run: an error where the types differ.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/units.py" <<'PYTHON'
import sys
from datetime import datetime
from decimal import Decimal

import fastparquet
import pyarrow as pa
import pyarrow.parquet as pq

PAIRS = {
    "prices": (pa.array([Decimal("1.5")]), pa.array([Decimal("2.25")])),
    "times": (pa.array([datetime(2024, 1, 1)], pa.timestamp("ms")), pa.array([datetime(2024, 1, 2)], pa.timestamp("us"))),
    "counts": (pa.array([1], pa.int32()), pa.array([2**40 + 7], pa.int64())),
    "numbers": (pa.array([1]), pa.array([2.75])),
}
files = [f"{sys.argv[1]}/{number}.parquet" for number in (0, 1)]
for name, columns in PAIRS.items():
    for file, column in zip(files, columns, strict=True):
        pq.write_table(pa.table({"y": column}), file)
    print(name, columns[1].type, *fastparquet.ParquetFile(files).to_pandas()["y"])
    print(name, "the second alone", *fastparquet.ParquetFile(files[1]).to_pandas()["y"])
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    fastparquet==2026.9.0 pyarrow==25.0.1 pandas==3.1.1 numpy==2.4.6
PYTHONPATH="$folder/packages" python3 "$folder/units.py" "$folder" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
prices decimal128(3, 2) 1.5 22.5
prices the second alone 2.25
times timestamp[us] 2024-01-01 00:00:00 55972-06-24 00:00:00
times the second alone 2024-01-02 00:00:00
counts int64 1 7
counts the second alone 1099511627783
numbers double 1 2
numbers the second alone 2.75
SEEN
