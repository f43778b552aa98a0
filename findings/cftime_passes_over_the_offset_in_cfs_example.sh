#!/usr/bin/env bash
# cftime 1.6.6.1: of a unit with an offset from UTC, `seconds since 1992-10-8 15:15:42.5 -6:00` as the CF conventions give it for an example, the offset
# is passed over where its hours have one digit, without a word; -06:00 and +0530 count. netCDF4's `num2date` and xarray with `use_cftime=True`, or in a
# calendar without leap days, have it from there; xarray 2026.9.0 by default, which asks pandas, counts the offset in any of these spellings. One file
# is so read six hours apart by two readers, and by one reader where only its calendar differs.
# Guess before it was run: the offset counts, in UTC, for cftime as for xarray.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/offsets.py" <<'PYTHON'
import sys

import netCDF4
import xarray

CFTIME = xarray.coders.CFDatetimeCoder(use_cftime=True)


def written(number, units, calendar):
    path = f"{sys.argv[1]}/{number}-{calendar}.nc"
    with netCDF4.Dataset(path, "w") as file:
        file.createDimension("time", 1)
        time = file.createVariable("time", "f8", ("time",))
        time.units, time.calendar = units, calendar
        time[:] = [0]
    return path


def hour(stamp):
    return str(stamp).replace("T", " ")[5:16]


for number, units in enumerate((
    "seconds since 1992-10-8 15:15:42.5 -6:00",
    "seconds since 1992-10-8 15:15:42.5 -06:00",
    "seconds since 1992-10-8 15:15:42.5 -6",
    "seconds since 1992-10-8 15:15:42.5 +0530",
)):
    path = written(number, units, "standard")
    with netCDF4.Dataset(path) as file:
        time = file["time"]
        by_netcdf4 = netCDF4.num2date(time[0], time.units, time.calendar)
    by_xarray = xarray.open_dataset(path).time.values[0]
    by_xarray_and_cftime = xarray.open_dataset(path, decode_times=CFTIME).time.values[0]
    noleap = xarray.open_dataset(written(number, units, "noleap")).time.values[0]
    print(units.split()[-1], *map(hour, (by_netcdf4, by_xarray, by_xarray_and_cftime, noleap)), sep=" | ")
PYTHON
python3 -m pip install --quiet --disable-pip-version-check --target "$folder/packages" \
    cftime==1.6.6.1 netCDF4==1.7.5.1.post1 xarray==2026.9.0 pandas==3.1.1 numpy==2.4.6
PYTHONPATH="$folder/packages" python3 "$folder/offsets.py" "$folder" | tee "$folder/seen"
diff "$folder/seen" - <<'SEEN'
-6:00 | 10-08 15:15 | 10-08 21:15 | 10-08 15:15 | 10-08 15:15
-06:00 | 10-08 21:15 | 10-08 21:15 | 10-08 21:15 | 10-08 21:15
-6 | 10-08 15:15 | 10-08 21:15 | 10-08 15:15 | 10-08 15:15
+0530 | 10-08 09:45 | 10-08 09:45 | 10-08 09:45 | 10-08 09:45
SEEN
