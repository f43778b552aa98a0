#!/usr/bin/env bash
# dask 2026.8.0: from 16 partitions on, `groupby("id").y.last()` of a frame that lies in order gives a value of the middle, and `first()` likewise, the same wrong
# one each time: from twice `split_every` on, which is 8, what the partitions found is brought together by a shuffle on disk, the default without a
# cluster, which keeps no order. Up to 15 partitions it is right. `sort=True`, `shuffle_method="tasks"` and a cluster give the last.
# Guess before it was run: the last one.
# Seen: of 0 to 63, 62 and 63 in 15 partitions, 30 and 31 in 16, where the first are said to be 32 and 33.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/last.py" <<'PYTHON'
import warnings

import dask.dataframe as dd
import pandas as pd

warnings.simplefilter("ignore")
frame = pd.DataFrame({"id": ["a", "b"] * 32, "y": range(64)})
for partitions in (8, 15, 16):
    there = dd.from_pandas(frame, npartitions=partitions)
    for _ in range(2):
        found = there.groupby("id").y.agg(["first", "last"]).compute().sort_index()
        print(there.npartitions, "first", *found["first"], "last", *found["last"])
print("sorted", *there.groupby("id", sort=True).y.last().compute())
print("by tasks", *there.groupby("id").y.last(shuffle_method="tasks").compute().sort_index())
print("pandas", *frame.groupby("id").y.last())
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    "dask[dataframe]==2026.8.0" pandas==3.1.1 numpy==2.4.6 pyarrow==25.0.1
PYTHONPATH="$folder/packages" python3 "$folder/last.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
8 first 0 1 last 62 63
8 first 0 1 last 62 63
15 first 0 1 last 62 63
15 first 0 1 last 62 63
16 first 32 33 last 30 31
16 first 32 33 last 30 31
sorted 62 63
by tasks 62 63
pandas 62 63
SEEN
