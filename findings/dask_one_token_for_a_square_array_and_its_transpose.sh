#!/usr/bin/env bash
# dask and distributed 2026.8.0: a square array and its transpose have one token, so that `client.submit` of the second returns what was computed of the
# first, and `scatter` gives the first back. So have columns of texts whose cells read alike once they are joined by hyphens, 'a-b', 'c' and 'a', 'b-c', of
# dtype object, and of pandas' `str` where pyarrow is not there. What is hashed are the bytes in the order of memory, and dtype and shape.
# Guess before it was run: other values, another token.
# Seen: the first row of [[1, 3], [2, 4]] is [1, 2]. Frames have tokens of their own. Who submits with a key of their own is not touched.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/tokens.py" <<'PYTHON'
import numpy as np
import pandas as pd
from dask.tokenize import tokenize
from distributed import Client


def one_token(first, second):
    return tokenize(first) == tokenize(second)


def first_row(table):
    return np.asarray(table)[0].tolist()


square = np.array([[1, 2], [3, 4]])
joined, parted = np.array(["a-b", "c"], dtype=object), np.array(["a", "b-c"], dtype=object)
print("arrays", one_token(square, square.T), "frames", one_token(pd.DataFrame(square), pd.DataFrame(square.T)))
print("texts", one_token(joined, parted), "columns", *(one_token(*(pd.Series(each, dtype=kind) for each in (joined, parted))) for kind in (object, "str")))
with Client(processes=False, n_workers=1, dashboard_address=None) as client:
    for pair in ((square, square.T), (joined.reshape(1, 2), parted.reshape(1, 2))):
        handles = [client.submit(first_row, each) for each in pair]
        print([handle.result() for handle in handles], "of", [first_row(each) for each in pair])
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    dask==2026.8.0 distributed==2026.8.0 numpy==2.4.6 pandas==3.1.1
PYTHONPATH="$folder/packages" python3 "$folder/tokens.py" 2>/dev/null | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
arrays True frames False
texts True columns True True
[[1, 2], [1, 2]] of [[1, 2], [1, 3]]
[['a-b', 'c'], ['a-b', 'c']] of [['a-b', 'c'], ['a', 'b-c']]
SEEN
