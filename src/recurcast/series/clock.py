"""From times on a wall clock to instants: of a repeated hour the order of the rows, or a column, tells which is meant."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.errors import DataRejected

UNKNOWN, FIRST, SECOND = -1, 0, 1
"""Which one of a repeated hour a row is of."""


def localized(
    wall: "pd.Series[Any]",
    unique_ids: "pd.Series[Any]",
    timezone: str,
    column: str,
    told: NDArray[np.int8] | None = None,
) -> "pd.Series[Any]":
    """Return the instants of wall-clock times; `told` says of each row which one of a repeated hour is meant.

    What `told` leaves open the order of the rows settles, oldest or newest first. Raises DataRejected for times that
    daylight saving skips, and for repeated ones in no such order.
    """
    if timezone == "UTC":
        return wall.dt.tz_localize("UTC")
    skipped = wall.dt.tz_localize(timezone, ambiguous=True, nonexistent="NaT").isna().to_numpy()
    if skipped.any():
        raise _rejected(wall, unique_ids, skipped, column, f"wall-clock times exist in {timezone}")
    twice = wall.dt.tz_localize(timezone, ambiguous="NaT", nonexistent="raise").isna().to_numpy()
    which = np.full(len(wall), UNKNOWN, dtype=np.int8) if told is None else told
    if (twice & (which == UNKNOWN)).any():
        which = _by_order(wall, unique_ids, twice, which)
        open_ones = twice & (which == UNKNOWN)
        if open_ones.any():
            rule = f"times that daylight saving repeats in {timezone} stand in an order that tells them apart"
            raise _rejected(wall, unique_ids, open_ones, column, rule)
    return wall.dt.tz_localize(timezone, ambiguous=which != SECOND, nonexistent="raise")


def _by_order(
    wall: "pd.Series[Any]", unique_ids: "pd.Series[Any]", twice: NDArray[np.bool_], told: NDArray[np.int8]
) -> NDArray[np.int8]:
    """Settle each night of each series by the rows around it; a night that no order settles stays open."""
    codes, _ = pd.factorize(unique_ids)
    order = np.argsort(codes, kind="stable")
    series, times = codes[order], wall.astype("datetime64[ns]").to_numpy()[order]
    nights = times.astype("datetime64[D]")
    rows = np.flatnonzero(twice[order])
    begins = (np.diff(rows) > 1) | (np.diff(series[rows]) != 0) | (np.diff(nights[rows]) != np.timedelta64(0))
    which, seen = told.copy(), set()
    for stretch in np.split(rows, np.flatnonzero(begins) + 1):
        first, last = int(stretch[0]), int(stretch[-1])
        night = (int(series[first]), nights[first])
        own = times[first : last + 1]
        before = times[first - 1] if first and series[first - 1] == series[first] else None
        after = times[last + 1] if last + 1 < len(times) and series[last + 1] == series[last] else None
        settled = None if night in seen else _settled(own, before, after)
        seen.add(night)
        at = order[first : last + 1]
        which[at] = UNKNOWN if settled is None else np.where(told[at] == UNKNOWN, settled, told[at])
    return which


def _settled(own: NDArray[Any], before: Any, after: Any) -> NDArray[np.int8] | None:
    """Which of the two each row of one night is; none where the rows around don't show one direction, or there is no return."""
    rises = (before is None or before < own.min()) and (after is None or after > own.max())
    falls = (before is None or before > own.max()) and (after is None or after < own.min())
    if not (rises or falls):
        return None
    ascending = own if rises else own[::-1]
    returns = np.flatnonzero(ascending[1:] <= ascending[:-1])
    if len(returns) != 1:
        return None
    which = np.full(len(own), FIRST, dtype=np.int8)
    which[returns[0] + 1 :] = SECOND
    return which if rises else which[::-1]


def _rejected(
    wall: "pd.Series[Any]", unique_ids: "pd.Series[Any]", bad: NDArray[np.bool_], column: str, rule: str
) -> DataRejected:
    unique_id = str(unique_ids.iloc[int(bad.argmax())])
    own = bad & (unique_ids.astype("str") == unique_id).to_numpy()
    stamps = tuple(wall[own].astype("str").head(5))
    return DataRejected(
        f"column '{column}': {rule}",
        f"row {int(bad.argmax()) + 1} (series '{unique_id}') and others: {', '.join(stamps)}"
        if own.sum() > 1
        else f"row {int(bad.argmax()) + 1} (series '{unique_id}') holds {stamps[0]}",
        "Write timestamps in UTC or with offsets, sort the rows by time, name the column that tells them apart in "
        "`columns.ds: {local: ..., zone: ...}`, or correct `source.timezone`",
        series=unique_id,
        timestamps=stamps,
    )
