#!/usr/bin/env bash
# pyarrow 25.0.1: of a folder whose files differ in their columns, `dataset` takes the schema of the first file alone. A column that a later file lacks is
# null in all of its rows, without a word, and one that only later files have is not there. Which it is depends on the names of the files.
# Guess before it was run: an error that names the file, as for a column of another type.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" pyarrow==25.0.1
cat >"$folder/read.py" <<'PYTHON'
import sys

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

for first, second in (({"a": [1], "y": [1.5]}, {"a": [2]}), ({"a": [1]}, {"a": [2], "y": [1.5]})):
    for number, columns in enumerate((first, second)):
        pq.write_table(pa.table(columns), f"{sys.argv[1]}/part-{number}.parquet")
    print(ds.dataset(sys.argv[1]).to_table().to_pydict())
PYTHON
mkdir "$folder/lake"
PYTHONPATH="$folder/packages" python3 "$folder/read.py" "$folder/lake" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
{'a': [1, 2], 'y': [1.5, None]}
{'a': [1, 2]}
SEEN
