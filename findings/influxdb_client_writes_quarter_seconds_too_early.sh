#!/usr/bin/env bash
# influxdb-client 1.50.0 and influxdb3-python 0.21.0: times that are written with precision "ms" or "us" are divided as floating-point numbers and cut: of
# rows a quarter of a second apart some lie a millisecond early, or a microsecond, by frames and point by point. Such a row is off the grid that it came
# from, and does not replace the row that was written with nanoseconds. Whole seconds are right, and so are tenths, and precision "ns".
# Guess: none was written down for it; of the frame's times it was that they are right in every unit of pandas, and so they are in nanoseconds.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/lines.py" <<'PYTHON'
import pandas as pd
from influxdb_client import Point
from influxdb_client.client.write.dataframe_serializer import data_frame_to_list_of_points
from influxdb_client.client.write_api import PointSettings
from influxdb_client_3.write_client.client.write.dataframe_serializer import data_frame_to_list_of_points as points_of_3
from influxdb_client_3.write_client.client.write_api import PointSettings as SettingsOf3

times = pd.date_range("2024-07-01 12:00:00", periods=6, freq="250ms", unit="ns")
frame = pd.DataFrame({"y": range(6)}, index=times)


def stamps(lines):
    return [int(line.rsplit(" ", 1)[1]) for line in lines]


for precision, unit in (("ns", 1), ("us", 1_000), ("ms", 1_000_000)):
    exact = [time.value // unit for time in times]
    for name, made, settings in (("2", data_frame_to_list_of_points, PointSettings()), ("3", points_of_3, SettingsOf3())):
        found = stamps(made(frame, settings, data_frame_measurement_name="power", precision=precision))
        print("client", name, precision, *(one - other for one, other in zip(found, exact, strict=True)))
    one_by_one = stamps(Point("power").field("y", 1).time(time.to_pydatetime(), precision).to_line_protocol() for time in times)
    print("points  ", precision, *(one - other for one, other in zip(one_by_one, exact, strict=True)))
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    influxdb-client==1.50.0 influxdb3-python==0.21.0 pandas==3.1.1 numpy==2.4.6
PYTHONPATH="$folder/packages" python3 "$folder/lines.py" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
client 2 ns 0 0 0 0 0 0
client 3 ns 0 0 0 0 0 0
points   ns 0 0 0 0 0 0
client 2 us 0 -1 0 0 0 -1
client 3 us 0 -1 0 0 0 -1
points   us 0 -1 0 0 0 -1
client 2 ms 0 -1 0 0 0 -1
client 3 ms 0 -1 0 0 0 -1
points   ms 0 -1 0 0 0 -1
SEEN
