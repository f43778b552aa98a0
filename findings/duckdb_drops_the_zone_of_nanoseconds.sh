#!/usr/bin/env bash
# duckdb 2.0.1: instants in nanoseconds, as pandas before 3 writes them, have a type of their own since 2.0, TIMESTAMPTZ_NS, and `df()` gives them
# without a zone, in UTC, where those in microseconds carry the connection's. Of two files with one column in either unit the one that is read first
# decides. Compared with a time without a zone they are read on UTC's clock and not on the connection's: the same WHERE, another answer.
# Guess before it was run: TIMESTAMP WITH TIME ZONE for both, cut to microseconds.
# Seen: datetime64[ns] without a zone, and 22:30 UTC is not after 23:00 in Berlin, which is 21:00 UTC. In text, hour() and day() they agree.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/units.py" <<'PYTHON'
import sys

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

connection = duckdb.connect()
connection.execute("SET TimeZone = 'Europe/Berlin'")
instant = pd.to_datetime(["2024-07-01 22:30"], utc=True)
files = [f"{sys.argv[1]}/{unit}.parquet" for unit in ("us", "ns")]
for file, unit in zip(files, ("us", "ns"), strict=True):
    pq.write_table(pa.table({"ds": pa.array(instant, pa.timestamp(unit, "UTC"))}), file)
    told = "typeof(ds), ds::VARCHAR, ds > TIMESTAMP '2024-07-01 23:00'"
    print(unit, *connection.sql(f"SELECT {told} FROM '{file}'").fetchall()[0], connection.sql(f"FROM '{file}'").df()["ds"].dtype)
for order in (files, files[::-1]):
    print(*connection.sql(f"FROM read_parquet({order})").df()["ds"].astype(str))
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    duckdb==2.0.1 pyarrow==25.0.1 pandas==3.1.1 numpy==2.4.6
PYTHONPATH="$folder/packages" python3 "$folder/units.py" "$folder" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
us TIMESTAMP WITH TIME ZONE 2024-07-02 00:30:00+02 True datetime64[us, Europe/Berlin]
ns TIMESTAMPTZ_NS 2024-07-02 00:30:00+02 False datetime64[ns]
2024-07-02 00:30:00+02:00 2024-07-02 00:30:00+02:00
2024-07-01 22:30:00 2024-07-01 22:30:00
SEEN
