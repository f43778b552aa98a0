#!/usr/bin/env bash
# duckdb 2.0.1: `date_trunc('hour', ...)` of instants puts both of the hours that come twice in autumn into one, the later: by quarter-hours it has
# eight rows and twice the energy, and the earlier has none, which a grid of hours then fills as a gap. `time_bucket` of an hour keeps them apart, as
# does `date_trunc` to minutes, and polars; pyarrow's `floor_temporal` refuses such an instant as ambiguous, which no instant is. In UTC nothing of it
# shows; the connection's zone is the machine's unless it is set.
# Guess before it was run: the two hours are kept apart by all of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/hours.py" <<'PYTHON'
from datetime import UTC, datetime, timedelta

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

ZONES = {"Europe/Berlin": datetime(2024, 10, 26, 23, tzinfo=UTC), "America/New_York": datetime(2024, 11, 3, 4, tzinfo=UTC)}
connection = duckdb.connect()
for zone, start in ZONES.items():
    stamps = [start + timedelta(minutes=15 * step) for step in range(16)]
    meter = pa.table({"ds": pa.array(stamps, pa.timestamp("us", zone)), "kwh": [1] * 16})
    connection.execute(f"SET TimeZone = '{zone}'")
    for by in ("date_trunc('hour', ds)", "time_bucket(INTERVAL '1 hour', ds)"):
        rows = connection.sql(f"SELECT ({by} AT TIME ZONE 'UTC') AS h, sum(kwh) FROM meter GROUP BY h ORDER BY h").fetchall()
        print(zone, by, *(f"{hour:%H}: {int(kwh)}" for hour, kwh in rows), sep=" | ")
    hours = pl.from_arrow(meter).group_by(pl.col("ds").dt.truncate("1h").dt.convert_time_zone("UTC")).agg(pl.col("kwh").sum())
    print(zone, "polars", *(f"{hour:%H}: {kwh}" for hour, kwh in hours.sort("ds").rows()), sep=" | ")
    try:
        pc.floor_temporal(meter["ds"], unit="hour")
    except pa.ArrowInvalid as error:
        print(zone, "pyarrow", str(error).split(":")[0], sep=" | ")
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" duckdb==2.0.1 polars==2.1.0 pyarrow==25.0.1 pytz==2026.6 tzdata==2026.6
PYTHONPATH="$folder/packages" python3 "$folder/hours.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
Europe/Berlin | date_trunc('hour', ds) | 23: 4 | 01: 8 | 02: 4
Europe/Berlin | time_bucket(INTERVAL '1 hour', ds) | 23: 4 | 00: 4 | 01: 4 | 02: 4
Europe/Berlin | polars | 23: 4 | 00: 4 | 01: 4 | 02: 4
Europe/Berlin | pyarrow | Local time is ambiguous
America/New_York | date_trunc('hour', ds) | 04: 4 | 06: 8 | 07: 4
America/New_York | time_bucket(INTERVAL '1 hour', ds) | 04: 4 | 05: 4 | 06: 4 | 07: 4
America/New_York | polars | 04: 4 | 05: 4 | 06: 4 | 07: 4
America/New_York | pyarrow | Local time is ambiguous
SEEN
