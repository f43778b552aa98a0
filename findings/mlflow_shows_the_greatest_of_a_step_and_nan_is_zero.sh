#!/usr/bin/env bash
# mlflow 3.17.2: a metric that is logged again at the step and timestamp it had shows the greater of both values for good, whichever came last, and NaN
# stands among them as zero: it hides a negative value and is hidden by a positive one. So it does where the timestamp is not the clock's
# but that of the data, and a score that was corrected downwards stays as it was. The history holds all of them, by size.
# Guess: none was written down for NaN; that the greater value is kept was known from the code, where one expects the value that came last.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/logged.py" <<'PYTHON'
import mlflow

client = mlflow.MlflowClient("sqlite:///logged.db")
run = client.create_run("0").info.run_id
NAN = float("nan")
for number, values in enumerate(((5.0, 3.0), (3.0, 5.0), (NAN, 1.0), (1.0, NAN), (NAN, -1.0), (-1.0, NAN))):
    for value in values:
        client.log_metric(run, f"score-{number}", value, timestamp=1_717_200_000_000, step=1)
    print(*values, "is shown as", client.get_run(run).data.metrics[f"score-{number}"])
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" mlflow==3.17.2
cd "$folder"
PYTHONPATH="$folder/packages" python3 logged.py 2>/dev/null | tee seen
diff seen - <<'SEEN'
5.0 3.0 is shown as 5.0
3.0 5.0 is shown as 5.0
nan 1.0 is shown as 1.0
1.0 nan is shown as 1.0
nan -1.0 is shown as nan
-1.0 nan is shown as nan
SEEN
