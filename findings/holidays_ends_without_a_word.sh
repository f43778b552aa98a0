#!/usr/bin/env bash
# holidays 0.109: past the last year that a country is known for, and before its first, every day is a working day: no error, no warning, an empty
# calendar. Sri Lanka ends with 2026, all of Germany begins with 1991: a feature made of it is all zeros from there on.
# `start_year` and `end_year` of the class tell; nothing asks them for the caller.
# Guess before it was run: a warning for a year outside.
# Seen: LK has 25 holidays in 2026 and none in 2027, DE none in 1990, neither with a warning.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/years.py" <<'PYTHON'
import holidays

print(holidays.__version__)
for country, years in (("LK", (2026, 2027)), ("DE", (1990, 1991))):
    kind = getattr(holidays, country)
    print(country, kind.start_year, kind.end_year, [len(kind(years=year)) for year in years])
print("2027-02-04" in holidays.LK(), "1990-12-25" in holidays.DE())
short = sorted(code for code in holidays.list_supported_countries(include_aliases=False) if getattr(holidays, code).end_year < 2099)
print("end before 2099:", short)
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" holidays==0.109
PYTHONPATH="$folder/packages" python3 -W error "$folder/years.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
0.109
LK 2003 2026 [25, 0]
DE 1991 2100 [0, 10]
False False
end before 2099: ['LK']
SEEN
