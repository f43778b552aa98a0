#!/usr/bin/env bash
# mlflow 3.17.2, `mlflow.data.from_pandas`: the digest by which runs are told to have used the same data covers numbers, and texts of columns without a
# gap, in the first 10,000 rows and the number of rows. All times may be of another year, all flags turned, a column of texts with one
# missing be another one, and the newest value of a long series be revised: the digest is the same.
# Guess before it was run: that it passes over times was known; of texts with a gap the ones that are there count.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/digests.py" <<'PYTHON'
import mlflow
import numpy as np
import pandas as pd


def same(columns, **other):
    first, second = (mlflow.data.from_pandas(pd.DataFrame(each)).digest for each in (columns, columns | other))
    return first == second


rows = {"ds": pd.date_range("2024", periods=3), "site": ["a", "b", None], "open": [True, False, True], "y": [1.0, 2.0, 3.0]}
print(mlflow.__version__)
print("other times", same(rows, ds=pd.date_range("1999", periods=3)))
print("other flags", same(rows, open=[False, True, True]))
print("other texts beside a gap", same(rows, site=["x", "y", None]), "and without", same(rows | {"site": ["a", "b", "c"]}, site=["x", "y", "c"]))
print("another last value of 3 rows", same(rows, y=[1.0, 2.0, 4.0]))
long = np.arange(20_000.0)
print("another last value of 20,000 rows", same({"y": long}, y=np.append(long[:-1], -1.0)))
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" mlflow==3.17.2 pandas==3.1.1 numpy==2.4.6
PYTHONPATH="$folder/packages" python3 -W ignore "$folder/digests.py" 2>/dev/null | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
3.17.2
other times True
other flags True
other texts beside a gap True and without False
another last value of 3 rows False
another last value of 20,000 rows True
SEEN
