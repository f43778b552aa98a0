#!/usr/bin/env bash
# narwhals 2.29.0 on pandas 3.1.1: `dt.truncate` of times with a zone to months, quarters and years cuts them on UTC's clock and gives the result the
# zone's midnight: the first hours of a month in Berlin count to the month before, and the last ones in New York to the next, so that a time is cut to a
# later one. Days are cut by the zone's clock, and so are months on polars, on pyarrow and on pandas' Arrow columns. The same line, other sums by month.
# Guess before it was run: the same on all of them.
# Seen: the hours of 30 March to 2 April by month, of which two in Berlin and four in New York stand in the wrong one.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/months.py" <<'PYTHON'
import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa

for zone in ("Europe/Berlin", "America/New_York"):
    hours = pd.Series(pd.date_range("2024-03-30", "2024-04-02", freq="h", tz=zone, inclusive="left", unit="us"))
    engines = {
        "pandas": hours,
        "pandas, Arrow": hours.astype(f"timestamp[us, tz={zone}][pyarrow]"),
        "polars": pl.Series(hours),
        "pyarrow": pa.chunked_array([pa.array(hours)]),
    }
    for name, series in engines.items():
        for unit in ("1mo", "1q"):
            cut = nw.from_native(series, series_only=True).dt.truncate(unit).to_arrow().to_pandas()
            counts = cut.value_counts().sort_index()
            print(zone, name, unit, *(f"{start:%Y-%m-%d}: {count}" for start, count in counts.items()), sep=" | ")
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" narwhals==2.29.0 pandas==3.1.1 polars==2.1.0 pyarrow==25.0.1 tzdata==2026.6
PYTHONPATH="$folder/packages" python3 "$folder/months.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
Europe/Berlin | pandas | 1mo | 2024-03-01: 49 | 2024-04-01: 22
Europe/Berlin | pandas | 1q | 2024-01-01: 49 | 2024-04-01: 22
Europe/Berlin | pandas, Arrow | 1mo | 2024-03-01: 47 | 2024-04-01: 24
Europe/Berlin | pandas, Arrow | 1q | 2024-01-01: 47 | 2024-04-01: 24
Europe/Berlin | polars | 1mo | 2024-03-01: 47 | 2024-04-01: 24
Europe/Berlin | polars | 1q | 2024-01-01: 47 | 2024-04-01: 24
Europe/Berlin | pyarrow | 1mo | 2024-03-01: 47 | 2024-04-01: 24
Europe/Berlin | pyarrow | 1q | 2024-01-01: 47 | 2024-04-01: 24
America/New_York | pandas | 1mo | 2024-03-01: 44 | 2024-04-01: 28
America/New_York | pandas | 1q | 2024-01-01: 44 | 2024-04-01: 28
America/New_York | pandas, Arrow | 1mo | 2024-03-01: 48 | 2024-04-01: 24
America/New_York | pandas, Arrow | 1q | 2024-01-01: 48 | 2024-04-01: 24
America/New_York | polars | 1mo | 2024-03-01: 48 | 2024-04-01: 24
America/New_York | polars | 1q | 2024-01-01: 48 | 2024-04-01: 24
America/New_York | pyarrow | 1mo | 2024-03-01: 48 | 2024-04-01: 24
America/New_York | pyarrow | 1q | 2024-01-01: 48 | 2024-04-01: 24
SEEN
