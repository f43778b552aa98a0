#!/usr/bin/env bash
# pyiceberg 0.12.0 with pyarrow 25.0.1: `delete` of a filter keeps rows that a scan of the same filter finds: y != 1 finds NaN and does not delete it,
# `y not in (1, 2)` finds NaN and what is missing and deletes neither. `overwrite` with such a filter lays the new rows beside those. And `upsert` takes
# NaN for a change: the same table written again is one row updated, in a new snapshot, as often as it is written.
# Guess before it was run: what the scan finds is deleted, and NaN beside NaN is no change.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/deleted.py" <<'PYTHON'
import sys
from datetime import datetime

import pyarrow as pa
from pyiceberg.catalog.sql import SqlCatalog

catalog = SqlCatalog("local", uri=f"sqlite:///{sys.argv[1]}/catalog.db", warehouse=f"file://{sys.argv[1]}")
catalog.create_namespace("meters")
readings = pa.table({
    "unique_id": ["a", "a", "b", "c"],
    "ds": pa.array([datetime(2024, 1, day) for day in (1, 2, 1, 3)], pa.timestamp("us", "UTC")),
    "y": [1.0, float("nan"), None, 9.0],
})


def made(name):
    table = catalog.create_table(f"meters.{name}", schema=readings.schema)
    table.append(readings)
    return table


for number, where in enumerate(("y > 5", "y != 1", "y not in (1, 2)", "y is nan")):
    table = made(f"t{number}")
    found = table.scan(row_filter=where).to_arrow()["y"].to_pylist()
    table.delete(where)
    print(where, "finds", found, "keeps", table.scan().to_arrow()["y"].to_pylist())
table = made("overwritten")
table.overwrite(readings.slice(1, 1), overwrite_filter="y != 1")
print("overwritten", table.scan().to_arrow()["y"].to_pylist())
table = made("again")
for _ in range(2):
    written = table.upsert(readings, join_cols=["unique_id", "ds"])
    print("upsert", written.rows_updated, "updated", written.rows_inserted, "inserted,", len(table.snapshots()), "snapshots")
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" "pyiceberg[sql-sqlite]==0.12.0" pyarrow==25.0.1
PYTHONPATH="$folder/packages" python3 "$folder/deleted.py" "$folder" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
y > 5 finds [9.0] keeps [1.0, nan, None]
y != 1 finds [nan, 9.0] keeps [1.0, nan, None]
y not in (1, 2) finds [nan, None, 9.0] keeps [1.0, nan, None]
y is nan finds [nan] keeps [1.0, None, 9.0]
overwritten [nan, 1.0, nan, None]
upsert 1 updated 0 inserted, 3 snapshots
upsert 1 updated 0 inserted, 5 snapshots
SEEN
