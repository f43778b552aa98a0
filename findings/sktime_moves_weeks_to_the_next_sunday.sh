#!/usr/bin/env bash
# sktime 1.2.0, `load_tsf_to_dataframe`: by default the series of a .tsf file are laid on pandas' own grid of the file's frequency, whose first stamp
# after start_timestamp becomes the first value's: weeks that begin on a Monday stand on the Sunday six days later, months from the 15th on the 1st of
# the next month, years from April on the January after. A holiday, the weather, or another file that is joined to them is then of another week. Days
# and hours keep their stamps. With return_type="default_tsf" the start is as the file has it.
# Guess before it was run: the start stays, and steps of seven days, a month, a year go on from it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/starts.py" <<'PYTHON'
import sys
from pathlib import Path

from sktime.datasets import load_tsf_to_dataframe

STARTS = {"hourly": "2015-01-05 06-30-00", "weekly": "2015-01-05 00-00-00", "monthly": "2015-01-15 00-00-00", "yearly": "2015-04-01 00-00-00"}
for frequency, start in STARTS.items():
    path = Path(sys.argv[1], f"{frequency}.tsf")
    path.write_text(
        "@relation made_up\n@attribute series_name string\n@attribute start_timestamp date\n"
        f"@frequency {frequency}\n@horizon 1\n@missing false\n@equallength true\n@data\nT1:{start}:1,2,3\n"
    )
    laid, _ = load_tsf_to_dataframe(str(path))
    kept, _ = load_tsf_to_dataframe(str(path), return_type="default_tsf")
    stamps = laid.index.get_level_values(-1)
    print(frequency, f"{kept.start_timestamp[0]:%a %Y-%m-%d %H:%M}", *(f"{stamp:%a %Y-%m-%d %H:%M}" for stamp in stamps[:2]), sep=" | ")
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" sktime==1.2.0 pandas==3.0.6 numpy==2.4.6
PYTHONPATH="$folder/packages" python3 "$folder/starts.py" "$folder" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
hourly | Mon 2015-01-05 06:30 | Mon 2015-01-05 06:30 | Mon 2015-01-05 07:30
weekly | Mon 2015-01-05 00:00 | Sun 2015-01-11 00:00 | Sun 2015-01-18 00:00
monthly | Thu 2015-01-15 00:00 | Sun 2015-02-01 00:00 | Sun 2015-03-01 00:00
yearly | Wed 2015-04-01 00:00 | Fri 2016-01-01 00:00 | Sun 2017-01-01 00:00
SEEN
