#!/usr/bin/env bash
# utilsforecast 0.2.17: `fill_gaps` lays a grid of its own and joins the rows to it: what does not lie on that grid is dropped without a word. Days of a
# zone are laid from midnight UTC, so that of local midnights none is left: every y is NaN, at 01:00 and 02:00. Months that are stamped
# on the 15th are asked for as "MS" and all gone too; of times every 90 minutes filled as "h" every other one is, and looks like a gap.
# Guess: none was written down; one would expect local days, and an error that names the rows that are off the grid.
# Seen: 3 days, 3 months and 3 times of 90 minutes, of which 0, 0 and 2 values are left.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/gaps.py" <<'PYTHON'
import pandas as pd
from utilsforecast.preprocessing import fill_gaps

days = pd.to_datetime(["2024-03-29", "2024-03-31", "2024-04-01"]).tz_localize("Europe/Berlin")
months = pd.to_datetime(["2024-01-15", "2024-02-15", "2024-04-15"])
times = pd.to_datetime(["2024-01-01 00:00", "2024-01-01 01:30", "2024-01-01 03:00"])
for ds, step in ((days, "D"), (months, "MS"), (times, "h")):
    filled = fill_gaps(pd.DataFrame({"unique_id": "a", "ds": ds, "y": [1.0, 2.0, 3.0]}), step)
    print(step, int(filled["y"].count()), "of 3 left:", *filled["ds"].dt.strftime("%d %b %H:%M"))
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" utilsforecast==0.2.17 pandas==3.1.1 numpy==2.4.6
PYTHONPATH="$folder/packages" python3 -W ignore "$folder/gaps.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
D 0 of 3 left: 29 Mar 01:00 30 Mar 01:00 31 Mar 01:00 01 Apr 02:00
MS 0 of 3 left: 01 Feb 00:00 01 Mar 00:00 01 Apr 00:00 01 May 00:00
h 2 of 3 left: 01 Jan 00:00 01 Jan 01:00 01 Jan 02:00 01 Jan 03:00
SEEN
