"""Rows that repeat a time of their series: named, with how they differ and what to do."""

from typing import Any

import pandas as pd

from recurcast.errors import DataRejected

_MOST_SHOWN = 5


def refuse_doubled(table: pd.DataFrame, rows: pd.DataFrame, shown: str, timezone: str) -> None:
    """Raise DataRejected where a time stands twice in a series; `rows` are those of the table, read."""
    alone = bool((rows["unique_id"] == rows["unique_id"].iloc[0]).all())
    again = (rows["ds"].duplicated() if alone else rows.duplicated(["unique_id", "ds"])).to_numpy()
    if not again.any():
        return
    later = int(again.argmax())
    same = (rows["unique_id"] == rows["unique_id"].iloc[later]) & (rows["ds"] == rows["ds"].iloc[later])
    earlier = int(same.to_numpy().argmax())
    differing = [c for c in table.columns if not _equal(table[c].iloc[earlier], table[c].iloc[later])]
    whole = table.duplicated(keep="first").to_numpy() & again
    wall = rows["ds"].iloc[later].tz_convert(timezone)
    series = f" of series '{rows['unique_id'].iloc[later]}'" if rows["unique_id"].nunique() > 1 else ""
    how = f"which differ in {_differences(table, differing, earlier, later)}" if differing else "which are identical"
    stamp = wall.tz_localize(None).isoformat(" ", "minutes")
    found = f"{stamp}{series} stands twice in '{shown}': rows {earlier + 1} and {later + 1}, {how}"
    if again.sum() > 1:
        numbers = ", ".join(str(row + 1) for row in again.nonzero()[0][:_MOST_SHOWN])
        found += f"; {int(again.sum())} rows repeat a time ({numbers}{', ...' if again.sum() > _MOST_SHOWN else ''}), "
        found += f"{int(whole.sum())} of them all of an earlier row"
    raise DataRejected(
        "each series has each time once",
        found,
        _advice(rows[again]["ds"], timezone, differing=bool((again & ~whole).any())),
        series=str(rows["unique_id"].iloc[later]),
        timestamps=(wall.isoformat(),),
    )


def _advice(again: "pd.Series[pd.Timestamp]", timezone: str, *, differing: bool) -> str:
    place = _set_back_in(again) if timezone == "UTC" else None
    if place is not None:
        return f"That is when clocks are set back: say whose wrote the times, --timezone {place}"
    if not differing:
        return "Remove the later ones: they say nothing new"
    return (
        "Decide which one is right and remove the other; where they are of several series, name the column that says which: "
        "--id COLUMN"
    )


def _set_back_in(again: "pd.Series[pd.Timestamp]") -> str | None:
    """A place whose clocks are set back at all of these times, none where there is no such place."""
    wall = pd.DatetimeIndex(again.dt.tz_localize(None))
    if not (wall.hour <= 3).all() or not (wall.day_of_week == 6).all():
        return None
    nights = {
        "Europe/Amsterdam": (10, range(25, 32)), "America/New_York": (11, range(1, 8)), "Australia/Sydney": (4, range(1, 8)),
    }  # fmt: skip
    return next(
        (p for p, (month, days) in nights.items() if all(t.month == month and t.day in days for t in wall)), None
    )


def _differences(table: pd.DataFrame, columns: list[str], earlier: int, later: int) -> str:
    told = [f"'{c}' ({table[c].iloc[earlier]} and {table[c].iloc[later]})" for c in columns[:3]]
    return ", ".join(told) + (", ..." if len(columns) > 3 else "")


def _equal(one: Any, other: Any) -> bool:
    return str(one) == str(other)
