#!/usr/bin/env bash
# mlflow 3.17.2: a table that is logged to a file named .json and loaded by `load_table` has its texts of digits as numbers, so that
# the series '007' and '7' are one; its times are texts, cut to milliseconds; and a column whose name ends in `_at` or `_time` is taken for times where
# its numbers are large enough: 123456789 kWh are a day of 1973. Logged as Parquet, by nothing but the name of the file, all of it is kept.
# Guess before it was run: times as texts or in milliseconds, everything else as it was.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/loaded.py" <<'PYTHON'
import mlflow
import pandas as pd

times = pd.to_datetime(["2024-07-01 12:00:00.123456"] * 2)
table = pd.DataFrame({"unique_id": ["007", "7"], "ds": times, "delivered_at": [123_456_789.0, 123_456_790.0]})
mlflow.set_tracking_uri("sqlite:///logged.db")
mlflow.set_experiment("energy")
for file in ("table.json", "table.parquet"):
    with mlflow.start_run() as run:
        mlflow.log_table(table, file)
    found = mlflow.load_table(file, run_ids=[run.info.run_id])
    print(file)
    for name in found:
        print(f"  {name}", *found[name])
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" mlflow==3.17.2 pandas==3.1.1
export MLFLOW_DISABLE_TELEMETRY=true
cd "$folder"
PYTHONPATH="$folder/packages" python3 loaded.py 2>/dev/null | tee seen
diff seen - <<'SEEN'
table.json
  unique_id 7 7
  ds 2024-07-01T12:00:00.123 2024-07-01T12:00:00.123
  delivered_at 1973-11-29 21:33:09 1973-11-29 21:33:10
table.parquet
  unique_id 007 7
  ds 2024-07-01 12:00:00.123456 2024-07-01 12:00:00.123456
  delivered_at 123456789.0 123456790.0
SEEN
