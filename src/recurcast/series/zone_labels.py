"""A column beside local times that says by which offset they are meant: EST or EDT, +01:00, a flag of summer or of repetition."""

import re
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recurcast.series.clock import FIRST, SECOND, UNKNOWN
from recurcast.series.refusal import rejected

ABBREVIATIONS = {
    "UTC": 0, "Z": 0, "GMT": 0, "BST": 60, "WET": 0, "WEST": 60, "CET": 60, "CEST": 120, "MEZ": 60, "MESZ": 120,
    "MET": 60, "MEST": 120, "EET": 120, "EEST": 180, "MSK": 180,
    "EST": -300, "EDT": -240, "CST": -360, "CDT": -300, "MST": -420, "MDT": -360, "PST": -480, "PDT": -420,
    "AKST": -540, "AKDT": -480, "HST": -600, "NST": -210, "NDT": -150, "AST": -240, "ADT": -180,
    "AEST": 600, "AEDT": 660, "ACST": 570, "ACDT": 630, "AWST": 480, "NZST": 720, "NZDT": 780, "JST": 540, "KST": 540,
}  # fmt: skip
"""Minutes east of Greenwich."""
YES = {"1", "Y", "YES", "T", "TRUE", "X", "*", "B", "R"}
NO = {"0", "N", "NO", "F", "FALSE", "", "A", "NAN", "NONE", "<NA>"}
_DIGITS = re.compile(r"(-?)(\d{1,2})(00|30|45)")
"""Of +0100 a reader of CSV makes the number 100."""
_OFFSET = re.compile(r"(?:UTC|GMT)?\s?([+-])(\d{1,2}):?(\d{2})?$")


def words(labels: "pd.Series[Any]") -> "pd.Series[Any]":
    """Return labels in capitals, without blanks around them; 1.0 is 1."""
    text = labels.astype("str").str.strip().str.upper().str.replace(r"^(-?\d+)\.0$", r"\1", regex=True)
    return text.where(labels.notna(), "")


def offset_of(label: str) -> int | None:
    """Return the minutes east of Greenwich that a label in capitals states, none where it states none."""
    found = _OFFSET.match(label) or _DIGITS.fullmatch(label)
    if found is None:
        return ABBREVIATIONS.get(label)
    minutes = 60 * int(found[2]) + int(found[3] or 0)
    return -minutes if found[1] == "-" else minutes


def by_zone(
    wall: "pd.Series[Any]", labels: "pd.Series[Any]", timezone: str, unique_ids: "pd.Series[Any]"
) -> NDArray[np.int8]:
    """Return which one of a repeated hour each row is of, shape `(n_rows,)`; on other rows the label must agree.

    Raises DataRejected for a label that is not one of `timezone` at its time, or that means nothing there.
    """
    said, column = words(labels), str(labels.name)
    earlier, later = offsets(wall, timezone, first=True), offsets(wall, timezone, first=False)
    once = earlier == later
    which = np.full(len(wall), UNKNOWN, dtype=np.int8)
    for label in said.unique():
        own = (said == label).to_numpy()
        offset = offset_of(label)
        stated = _learned(label, own & once, earlier, wall, timezone) if offset is None else np.full(len(wall), offset)
        if stated is None:
            rule = f"each word stands in summer or in winter alone, on the clock of {timezone}"
            raise rejected(column, rule, labels, pd.Series(own), unique_ids)
        wrong = own & (stated != earlier) & (stated != later)
        if wrong.any():
            rule = f"zones are those of source.timezone, here {timezone}, at each row's time"
            raise rejected(column, rule, labels, pd.Series(wrong), unique_ids)
        which[own & (stated == earlier)] = FIRST
        which[own & (stated == later) & ~once] = SECOND
    return which


def by_repetition(
    wall: "pd.Series[Any]", flags: "pd.Series[Any]", timezone: str, unique_ids: "pd.Series[Any]"
) -> NDArray[np.int8]:
    """Return which one of a repeated hour each row is of, by a flag that is set on the second ones alone."""
    said, column = words(flags), str(flags.name)
    set_, clear = said.isin(YES).to_numpy(), said.isin(NO).to_numpy()
    if not (set_ | clear).all():
        raise rejected(column, "a flag is yes or no, 1 or 0", flags, pd.Series(~(set_ | clear)), unique_ids)
    twice = offsets(wall, timezone, first=True) != offsets(wall, timezone, first=False)
    if (set_ & ~twice).any():
        rule = f"the flag stands on hours that {timezone} repeats"
        raise rejected(column, rule, flags, pd.Series(set_ & ~twice), unique_ids)
    return np.where(set_, SECOND, FIRST).astype(np.int8)


def offsets(wall: "pd.Series[Any]", timezone: str, *, first: bool) -> NDArray[np.float64]:
    """Return minutes east of Greenwich, shape `(n_rows,)`; of a repeated hour those of its first or second pass."""
    instants = (
        wall.dt.tz_localize(timezone, ambiguous=first, nonexistent="NaT").dt.tz_convert("UTC").dt.tz_localize(None)
    )
    return np.asarray((wall - instants) / pd.Timedelta(minutes=1), dtype=np.float64)


def is_summer(offset: NDArray[np.float64], wall: "pd.Series[Any]", timezone: str) -> NDArray[np.bool_]:
    """Return whether clocks are put forward: the offset is above the smaller one of January and July of its year."""
    years = wall.dt.year.to_numpy()
    standard = np.zeros(len(wall))
    for year in np.unique(years[years > 0]):
        solstices = pd.Series(pd.to_datetime([f"{int(year):04d}-01-02", f"{int(year):04d}-07-02"]))
        standard[years == year] = offsets(solstices, timezone, first=True).min()
    return np.asarray(offset > standard)


def _learned(
    label: str, shown: NDArray[np.bool_], offset: NDArray[np.float64], wall: "pd.Series[Any]", timezone: str
) -> NDArray[np.float64] | None:
    """The offset of each row that a flag means: of summer or of winter, as where no hour is repeated."""
    summer = is_summer(offset, wall, timezone)
    states = np.unique(summer[shown])
    if len(states) > 1 or (len(states) == 0 and label not in YES | NO):
        return None
    means_summer = bool(states[0]) if len(states) else label in YES
    return np.where(
        means_summer, np.maximum(offset, offsets(wall, timezone, first=False)), offsets(wall, timezone, first=False)
    )
