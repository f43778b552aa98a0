#!/usr/bin/env bash
# pandas 3.1.1, tz_localize(ambiguous="infer"): of a table whose newest row stands first, as banks and meters export it, the two rows of the hour that
# comes twice in autumn are exchanged, without a word: the upper one, which is the later, becomes the earlier instant. Its
# neighbours are right, so that the instants go down, up and down again.
# Guess before it was run: an error, since times that go down give no order to infer from.
# Seen: 03:00, 02:00, then 00:00 before 01:00, then 23:00 UTC.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/newest_first.py" <<'PYTHON'
import pandas as pd

wall = pd.Series(pd.to_datetime([f"2023-10-29 {hour}:00" for hour in ("04", "03", "02", "02", "01")]))
instants = wall.dt.tz_localize("Europe/Berlin", ambiguous="infer").dt.tz_convert("UTC")
print(pd.__version__, *instants.dt.strftime("%H:%M"))
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" pandas==3.1.1 numpy==2.4.6
PYTHONPATH="$folder/packages" python3 -W ignore "$folder/newest_first.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
3.1.1 03:00 02:00 00:00 01:00 23:00
SEEN
