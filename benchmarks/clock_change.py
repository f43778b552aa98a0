"""What a seasonal naive of a week, or of a day, loses by counting steps instead of the wall clock after clocks change.

python benchmarks/clock_change.py [--datasets FOLDER]

On half-hourly load of Victoria, 2012 to 2014: the mean absolute error over the week after each of the six changes, forecast by
the value 336 steps before and by that of the same wall-clock time seven days before; and the same of the day after, by 48 steps.
"""

import argparse
from pathlib import Path

import numpy as np
import pandas as pd

from measuring import ROOT

ZONE, STEPS_A_DAY = "Australia/Melbourne", 48


def changes(steps: pd.DatetimeIndex) -> list[pd.Timestamp]:
    """Return the steps from which another offset counts."""
    wall = steps.tz_convert(ZONE).tz_localize(None) - steps.tz_localize(None)
    return list(steps[1:][wall[1:] != wall[:-1]])


def days_before(steps: pd.DatetimeIndex, days: int) -> pd.DatetimeIndex:
    """Return the instants at which the wall clock showed the same so many days before."""
    wall = steps.tz_convert(ZONE).tz_localize(None) - pd.Timedelta(days=days)
    return wall.tz_localize(ZONE, ambiguous=True, nonexistent="shift_forward").tz_convert("UTC")


def main() -> None:
    """Print both errors after each change, and their means."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--datasets", type=Path, default=ROOT.parent / "shared" / "datasets", help="folder of panels")
    folder = parser.parse_known_args()[0].datasets / "vic_electricity_halfhourly"
    table = pd.concat([pd.read_csv(folder / part) for part in ("train.csv", "test.csv")])
    load = pd.Series(table["y"].to_numpy(), index=pd.DatetimeIndex(table["ds"], tz="UTC"))
    for days in (7, 1):
        print(f"{days} days after, by {STEPS_A_DAY * days} steps and by the wall clock")
        errors = []
        for change in changes(pd.DatetimeIndex(load.index)):
            after = pd.DatetimeIndex(
                load.index[(load.index >= change) & (load.index < change + pd.Timedelta(days=days))]
            )
            by_steps, by_clock = after - pd.Timedelta(days=days), days_before(after, days)
            errors.append(
                [
                    float(np.abs(load[after].to_numpy() - load[before].to_numpy()).mean())
                    for before in (by_steps, by_clock)
                ]
            )
            print(f"  {change.date()}  {errors[-1][0]:6.1f}  {errors[-1][1]:6.1f}")
        mean = np.mean(errors, axis=0)
        print(f"  mean        {mean[0]:6.1f}  {mean[1]:6.1f}  {mean[0] / mean[1] - 1:+.1%}")


if __name__ == "__main__":
    main()
