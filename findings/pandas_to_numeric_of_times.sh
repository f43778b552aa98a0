#!/usr/bin/env bash
# pandas 3.1.1: `to_numeric` takes times and durations for numbers, in the unit of their dtype: the same two hours are 7200 or 7200000000. What is missing
# among them becomes the smallest 64-bit integer, not NaN, also with errors="coerce". A column of durations that was meant to be refused as
# no number is a series with a value of -9.2e18.
# Guess before it was run: a TypeError with errors="raise", NaN with errors="coerce".
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" pandas==3.1.1 numpy==2.4.6
cat >"$folder/converted.py" <<'PYTHON'
import pandas as pd

durations = pd.Series(pd.to_timedelta(["2h", None]))
for errors in ("raise", "coerce"):
    print(errors, pd.to_numeric(durations, errors=errors).tolist())
print(durations.dtype, pd.to_numeric(durations.dropna()).tolist())
print("timedelta64[s]", pd.to_numeric(durations.dropna().astype("timedelta64[s]")).tolist())
print("datetime64[s]", pd.to_numeric(pd.Series(pd.to_datetime(["2024-01-01"])).astype("datetime64[s]")).tolist())
PYTHON
PYTHONPATH="$folder/packages" python3 "$folder/converted.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
raise [7200000000, -9223372036854775808]
coerce [7200000000, -9223372036854775808]
timedelta64[us] [7200000000]
timedelta64[s] [7200]
datetime64[s] [1704067200]
SEEN
