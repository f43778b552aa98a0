#!/usr/bin/env bash
# xarray 2026.9.0, `to_zarr(append_dim="time")`: where the times that are appended don't fit the store's unit, they are counted in a finer one, and the store's
# attribute stays: the 48th hour is read back as the 48th day. So it goes where a store was begun with days and hours follow, or with full
# hours and a half hour follows; a store begun with one midnight counts days. A warning says that hours were used "instead", as if it held.
# Values are cast likewise: fractions to the integers of the first part, and what is too large for its packing overflows, without a word.
# Guess before it was run: an error.
# Seen: 01:00 of 2024-01-01 is 2024-01-02; 2.5 and 3.7 are 2 and 4; 7000.5 packed by 0.1 in 16 bits is 446.9 here.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/appended.py" <<'PYTHON'
import sys
import warnings

import numpy as np
import pandas as pd
import xarray as xr

PACKED = {"y": {"dtype": "int16", "scale_factor": 0.1, "_FillValue": -9999}}


def appended(name, *parts, **how):
    store = f"{sys.argv[1]}/{name}"
    for number, (times, values) in enumerate(parts):
        part = xr.Dataset({"y": ("time", np.array(values))}, {"time": pd.to_datetime(times)})
        part.to_zarr(store, consolidated=False, **({"append_dim": "time"} if number else how))
    found = xr.open_zarr(store, consolidated=False)
    print(name, *found.time.to_index().strftime("%m-%dT%H:%M"), *found.y.values.round(1)[: 1 if name == "packed" else None])
    return found.y.values


with warnings.catch_warnings(record=True) as heard:
    warnings.simplefilter("always")
    appended("hours", (["2024-01-01"], [1.0]), (["2024-01-01 01:00", "2024-01-01 02:00"], [2.0, 3.0]))
    appended("halves", (["2024-01-01 00:00", "2024-01-01 01:00"], [1.0, 2.0]), (["2024-01-01 01:30"], [3.0]))
print(*sorted({str(each.message).split(". ")[1] for each in heard if "faithfully" in str(each.message)}), sep="\n")
warnings.simplefilter("ignore")
appended("integers", (["2024-01-01"], [1]), (["2024-01-02", "2024-01-03"], [2.5, 3.7]))
warnings.simplefilter("error")
packed = appended("packed", (["2024-01-01"], [1.5]), (["2024-01-02"], [7000.5]), encoding=PACKED)
print("7000.5 is kept" if packed[1] == 7000.5 else "7000.5 is another number")
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    xarray==2026.9.0 zarr==3.1.6 pandas==3.1.1 numpy==2.4.6
PYTHONPATH="$folder/packages" python3 "$folder/appended.py" "$folder" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
hours 01-01T00:00 01-02T00:00 01-03T00:00 1.0 2.0 3.0
halves 01-01T00:00 01-01T01:00 01-04T18:00 1.0 2.0 3.0
Serializing with units 'hours since 2024-01-01' instead
Serializing with units 'minutes since 2024-01-01' instead
integers 01-01T00:00 01-02T00:00 01-03T00:00 1 2 4
packed 01-01T00:00 01-02T00:00 1.5
7000.5 is another number
SEEN
