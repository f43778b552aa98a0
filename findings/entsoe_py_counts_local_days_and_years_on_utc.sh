#!/usr/bin/env bash
# entsoe-py 0.8.1: documents of ENTSO-E give local days, weeks and years between bounds in UTC, 23:00 or 22:00 in central Europe, and the parser counts
# their points from there on UTC's clock. Of curve type A03 the last day of the week in which clocks go forward is lost, though its point is there, and
# of weeks across that night the last one, which by A01 stands an hour late. A year is a day late, and a second one in the same period eleven months
# after it; of monthly points the first is lost and the second stands in its place, since pandas moves the start to the next first of a month. No error,
# no warning.
# Guess before it was run: local midnights, and local first days of months and years, all of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/parsed.py" <<'PYTHON'
from entsoe.parsers import parse_generation, parse_loads


def document(start, end, resolution, points, curve, kinds=("",)):
    listed = "".join(f"<Point><position>{at}</position><quantity>{at}</quantity></Point>" for at in range(1, points + 1))
    series = "".join(f"""<TimeSeries><mRID>{number}</mRID><businessType>A60</businessType><objectAggregation>A01</objectAggregation>
<quantity_Measure_Unit.name>MAW</quantity_Measure_Unit.name><curveType>{curve}</curveType>{kind}
<Period><timeInterval><start>{start}</start><end>{end}</end></timeInterval><resolution>{resolution}</resolution>{listed}</Period>
</TimeSeries>""" for number, kind in enumerate(kinds, start=1))
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<GL_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-6:generationloaddocument:3:0"><mRID>1</mRID><revisionNumber>1</revisionNumber>
{series}</GL_MarketDocument>"""


def local(found):
    found = found.dropna().tz_convert("Europe/Berlin")
    return [f"{int(value)} at {stamp:%Y-%m-%d %H:%M}" for stamp, value in found.items()]


SPRING = ("2024-03-24T23:00Z", "2024-03-31T22:00Z", "P1D", 7)
for curve in ("A03", "A01"):
    print("days", curve, *local(parse_loads(document(*SPRING, curve), "A31")["Min Forecasted Load"])[-2:], sep=" | ")
WEEKS = ("2024-03-17T23:00Z", "2024-04-07T22:00Z", "P7D", 3)
for curve in ("A03", "A01"):
    print("weeks", curve, *local(parse_loads(document(*WEEKS, curve), "A32")["Min Forecasted Load"])[-2:], sep=" | ")
SOLAR_AND_WIND = [f"<MktPSRType><psrType>{kind}</psrType></MktPSRType>" for kind in ("B16", "B19")]
for what, period in {
    "one year": ("2023-12-31T23:00Z", "2024-12-31T23:00Z", "P1Y", 1),
    "two years": ("2022-12-31T23:00Z", "2024-12-31T23:00Z", "P1Y", 2),
    "months": ("2023-12-31T23:00Z", "2024-03-31T22:00Z", "P1M", 3),
}.items():
    print(what, *local(parse_generation(document(*period, "A01", SOLAR_AND_WIND))["Solar"]), sep=" | ")
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" entsoe-py==0.8.1 pandas==3.1.1
PYTHONPATH="$folder/packages" python3 "$folder/parsed.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
days | A03 | 5 at 2024-03-29 00:00 | 6 at 2024-03-30 00:00
days | A01 | 6 at 2024-03-30 00:00 | 7 at 2024-03-31 00:00
weeks | A03 | 1 at 2024-03-18 00:00 | 2 at 2024-03-25 00:00
weeks | A01 | 2 at 2024-03-25 00:00 | 3 at 2024-04-01 01:00
one year | 1 at 2024-01-02 00:00
two years | 1 at 2023-01-02 00:00 | 2 at 2023-12-02 00:00
months | 2 at 2024-01-02 00:00 | 3 at 2024-02-02 00:00
SEEN
