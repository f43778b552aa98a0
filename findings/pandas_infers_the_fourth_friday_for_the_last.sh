#!/usr/bin/env bash
# pandas 3.1.1, infer_freq: the last Friday of each month, as payrolls and expiries have it, is inferred as WOM-4FRI, the fourth one, though a third
# of the dates lie on a fifth; and one day a year, the last Saturday of January as in 52-53-week fiscal years, as the monthly WOM-4SAT.
# The range made by the frequency that was inferred does not hold the dates that it was inferred from.
# Guess before it was run: none for both, since no WOM offset fits all dates.
# Seen: WOM-4FRI for 132 dates, of which its own range holds 86; WOM-4SAT for 11 dates, of which its own range of 121 holds 7.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/last.py" <<'PYTHON'
import pandas as pd

days = pd.date_range("2015-01-01", "2025-12-31", freq="D")


def last(weekday, months):
    chosen = pd.Series([day for day in days if day.day_of_week == weekday and day.month in months])
    return pd.DatetimeIndex(chosen.groupby([chosen.dt.year, chosen.dt.month]).max())


print(pd.__version__)
for dates in (last(4, range(1, 13)), last(5, [1])):
    found = pd.infer_freq(dates)
    own = pd.date_range(dates[0].replace(day=1), dates[-1], freq=found)
    print(getattr(found, "freqstr", found), len(dates), len(own), len(dates.intersection(own)))
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" pandas==3.1.1 numpy==2.4.6
PYTHONPATH="$folder/packages" python3 -W ignore "$folder/last.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
3.1.1
WOM-4FRI 132 132 86
WOM-4SAT 11 121 7
SEEN
