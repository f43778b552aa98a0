#!/usr/bin/env bash
# pyarrow 25.0.1: whoever goes through a Parquet file batch by batch holds, at the first batch already, the bytes of every row group of it: by
# `ParquetFile.iter_batches`, and by a scanner that is asked for one batch ahead (`batch_readahead=1`, `fragment_readahead=1`). Both begin with
# `pre_buffer=True`, which no readahead bounds: a file of 5 GB takes more than 5 GB. With `pre_buffer=False` (of the file; of a scanner in
# `ParquetFragmentScanOptions`) a few row groups are held.
# Guess before it was run: a row group or two of each, as the readahead says.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/held.py" <<'PYTHON'
import sys

import numpy as np
import pyarrow as pa
import pyarrow.dataset as pads
import pyarrow.parquet as pq
from pyarrow.fs import LocalFileSystem

GROUPS, ROWS = 80, 100_000
path = f"{sys.argv[1]}/loads.parquet"
draw = np.random.default_rng(0)
with pq.ParquetWriter(path, pa.schema([("y", pa.float64())]), use_dictionary=False, compression="none") as file:
    for _ in range(GROUPS):
        file.write_table(pa.table({"y": draw.normal(size=ROWS)}), ROWS)


def scanned(**options):
    fragment = pads.ParquetFileFormat().make_fragment(path, filesystem=LocalFileSystem())
    how = {"fragment_scan_options": pads.ParquetFragmentScanOptions(**options)} if options else {}
    return fragment.scanner(batch_size=ROWS, batch_readahead=1, fragment_readahead=1, **how).to_batches()


def row_groups_held(batches):
    before, most = pa.total_allocated_bytes(), 0
    for _ in batches:
        most = max(most, pa.total_allocated_bytes() - before)
    return most / (8 * ROWS)


with pq.ParquetFile(path) as whole, pq.ParquetFile(path, pre_buffer=False) as bare:
    held = {
        "scanner": row_groups_held(scanned()),
        "scanner, pre_buffer=False": row_groups_held(scanned(pre_buffer=False)),
        "iter_batches": row_groups_held(whole.iter_batches(ROWS)),
        "iter_batches, pre_buffer=False": row_groups_held(bare.iter_batches(ROWS)),
    }
for how, groups in held.items():
    print(f"{how}: {'all of' if groups >= GROUPS - 2 else 'at most a third of' if groups < GROUPS / 3 else groups} {GROUPS} row groups")
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" pyarrow==25.0.1 numpy==2.4.6
PYTHONPATH="$folder/packages" python3 "$folder/held.py" "$folder" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
scanner: all of 80 row groups
scanner, pre_buffer=False: at most a third of 80 row groups
iter_batches: all of 80 row groups
iter_batches, pre_buffer=False: at most a third of 80 row groups
SEEN
