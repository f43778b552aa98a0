#!/usr/bin/env bash
# fastparquet 2026.9.0: a column of pandas' datetime64[s] is written as so many milliseconds, without a word: 2024-07-01 is 28 minutes after
# midnight of 1970-01-01 to whoever reads the file. pandas gives that unit to what comes from NumPy's days, or from dates of a database.
# Its own reader gives the wrong instants back where they have a zone, and refuses the file where they have none. [ms], [us] and [ns] are right.
# Guess before it was run: Parquet has no seconds, so that they come back as milliseconds, the same instants.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/written.py" <<'PYTHON'
import sys

import fastparquet
import numpy as np
import pandas as pd
import pyarrow.parquet as pq

days = pd.DatetimeIndex(np.array(["2024-07-01"], dtype="datetime64[D]"))
for ds in (days, days.as_unit("us"), days.tz_localize("UTC"), days.tz_localize("UTC").as_unit("us")):
    fastparquet.write(sys.argv[1], pd.DataFrame({"ds": ds}))
    try:
        own = fastparquet.ParquetFile(sys.argv[1]).to_pandas()["ds"][0]
    except ValueError as error:
        own = error
    print(ds.dtype, "| pyarrow:", pq.ParquetFile(sys.argv[1]).read()["ds"][0], "| fastparquet:", own)
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    fastparquet==2026.9.0 pandas==3.1.1 numpy==2.4.6 pyarrow==25.0.1
PYTHONPATH="$folder/packages" python3 -W ignore "$folder/written.py" "$folder/days.parquet" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
datetime64[s] | pyarrow: 1970-01-01 00:28:39.792000 | fastparquet: Cannot losslessly cast '1719792 ms' to s
datetime64[us] | pyarrow: 2024-07-01 00:00:00 | fastparquet: 2024-07-01 00:00:00
datetime64[s, UTC] | pyarrow: 1970-01-01 00:28:39.792000+00:00 | fastparquet: 1970-01-01 00:28:39+00:00
datetime64[us, UTC] | pyarrow: 2024-07-01 00:00:00+00:00 | fastparquet: 2024-07-01 00:00:00+00:00
SEEN
