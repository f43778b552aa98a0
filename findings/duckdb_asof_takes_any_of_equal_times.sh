#!/usr/bin/env bash
# duckdb 2.0.1: where several rows on the right of an ASOF JOIN have the same time, as revisions of a value do, which one is joined depends on how many rows there
# are: the first one of a hundred rows, the last one of five thousand; of three hundred thousand the last for most and the middle one for some, from run to
# run. pandas' `merge_asof` and polars' `join_asof` take the last one in every size. What was tried out on a small table is not what a large one does.
# Guess: none was written down; one would expect the last one, as the other two have it, or one and the same at least.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/revised.py" <<'PYTHON'
import duckdb
import numpy as np
import pandas as pd
import polars as pl

for steps in (33, 1666):
    asked = pd.DataFrame({"t": np.arange(steps)})
    known = pd.DataFrame({"t": np.repeat(np.arange(steps), 3), "revision": np.tile([1, 2, 3], steps)})
    joined = {
        "DuckDB": duckdb.sql("SELECT revision FROM asked ASOF JOIN known ON asked.t >= known.t").df()["revision"],
        "pandas": pd.merge_asof(asked, known, on="t")["revision"],
        "polars": pl.from_pandas(asked).join_asof(pl.from_pandas(known), on="t")["revision"].to_pandas(),
    }
    for name, revisions in joined.items():
        print(name, "of", len(known), "rows", revisions.value_counts().sort_index().to_dict())
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    duckdb==2.0.1 polars==2.1.0 pandas==3.1.1 numpy==2.4.6 pyarrow==25.0.1
PYTHONPATH="$folder/packages" python3 "$folder/revised.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
DuckDB of 99 rows {1: 33}
pandas of 99 rows {3: 33}
polars of 99 rows {3: 33}
DuckDB of 4998 rows {3: 1666}
pandas of 4998 rows {3: 1666}
polars of 4998 rows {3: 1666}
SEEN
