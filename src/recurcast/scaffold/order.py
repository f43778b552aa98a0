"""In which order the rows stand, and whether a spreadsheet put their times off the grid by a little."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from recurcast.config.times import JoinedTime
from recurcast.errors import DataRejected
from recurcast.scaffold.guess import Guess
from recurcast.scaffold.moments import Moment
from recurcast.series.joined_times import ZONE_BEHIND, wall_clock
from recurcast.series.timestamps import read_times

_LOOKED_AT = 5_000
_SNAPS = {"1s": pd.Timedelta("50ms"), "1min": pd.Timedelta("2s")}
"""What times are rounded to, and how far off they may be for it."""


def with_order(guesses: Sequence[Guess], rows: pd.DataFrame) -> tuple[Guess, ...]:
    """Return the guesses, that of the time with the order of the rows where they are not the oldest first."""
    steps = np.diff(rows["ds"].astype("int64").to_numpy())
    series, _ = pd.factorize(rows["unique_id"])
    within = steps[series[1:] == series[:-1]]
    if len(within) == 0 or (within >= 0).mean() > 0.5:
        return tuple(guesses)
    told = "the newest row stands first, so the order is turned round"
    return tuple(
        replace(each, why=f"{told}; {each.why}") if each.field == "source.columns.ds" else each for each in guesses
    )


def guess_snap(table: pd.DataFrame, moment: Moment) -> Guess | None:
    """Return what times are to be rounded to; none where they lie on whole minutes, or far beside any."""
    if isinstance(moment.ds, JoinedTime) and (
        moment.ds.period is not None or (moment.ds.time is None and moment.ds.local is None)
    ):
        return None
    some = table.iloc[:: max(1, len(table) // _LOOKED_AT)]
    times = _times(some, moment)
    if times is None:
        return None
    for snap, most in _SNAPS.items():
        rounded = times.dt.round(snap)
        off = (times - rounded).abs()
        if not off.any() or off.max() > most:
            continue
        if rounded.nunique() == times.nunique() and (rounded == rounded.dt.round("1min")).all():
            widest = off.max().total_seconds() * 1_000
            share = float((off > pd.Timedelta(0)).mean())
            why = f"{share:.0%} of the times are off whole minutes by up to {widest:g} ms, as a spreadsheet makes them"
            return Guess("source.snap", snap, why, 0.1)
    return None


def _times(table: pd.DataFrame, moment: Moment) -> "pd.Series[Any] | None":
    ids = pd.Series("", index=table.index)
    try:
        if isinstance(moment.ds, JoinedTime):
            times = wall_clock(table, moment.ds, moment.time_format, ids)
        elif (moment.time_format or "").endswith(ZONE_BEHIND):
            return None
        else:
            times = read_times(table[moment.ds], ids, "UTC", moment.ds, moment.time_format)
    except DataRejected:  # it is told where all rows are read
        return None
    bare = times.dt.tz_convert("UTC").dt.tz_localize(None) if times.dt.tz is not None else times
    return bare.astype("datetime64[ns]")
