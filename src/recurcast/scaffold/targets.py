"""Which column of numbers is forecast: the one that is called so, and where several could be, that is said."""

import re
from collections.abc import Sequence
from typing import Any

import pandas as pd

from recurcast.errors import DataRejected
from recurcast.scaffold.guess import Guess, Said
from recurcast.scaffold.series_names import CALENDAR
from recurcast.scaffold.target_names import ANY, EXACT, FIRST, standing_of

_FIELD, _INSTEAD = "source.columns.y", "--target COLUMN"
_WIDE = 5
"""So many columns of equal standing are series side by side rather than one and what explains it."""
_BY_NAME, _BY_PLACE, _ONE_OF_FEW, _ONE_OF_MANY = 0.1, 0.2, 0.25, 0.6
_MONTHS = (
    "jan,feb,mar,apr,may,jun,jul,aug,sep,oct,nov,dec",
    "jan,feb,mär,apr,mai,jun,jul,aug,sep,okt,nov,dez",
    "1,2,3,4,5,6,7,8,9,10,11,12",
)
_OF_A_DAY = re.compile(
    r"(?:hours?|hr|he|h|stunde|heure|hora|uur|sp|period|interval|q|v)?[ _-]?(\d{1,3})(?:[:.](\d\d))?h?"
)
_DAYS = (24, 25, 48, 50, 96, 100)


def guess_target(table: pd.DataFrame, shown: str, numeric: Sequence[str], said: Said) -> Guess:
    """Return which of the columns of numbers is forecast. Raises DataRejected where none is, or a day lies side by side."""
    if said.target is not None:
        return _as_said(table, shown, numeric, said.target)
    found = [c for c in numeric if not counts(table[c]) and not _is_calendar(table[c], c) and table[c].nunique() > 1]
    if not found:
        changing = next((c for c in numeric if table[c].nunique() > 1), None)
        or_named = f", or forecast it all the same: --target '{changing}'" if changing else ""
        raise DataRejected(
            "what is forecast is a column of numbers that change",
            f"'{shown}' has none{_taken_for(table, numeric)}; its columns are {listed([str(c) for c in table.columns])}",
            f"Check the file{or_named}",
        )
    _refuse_side_by_side(numeric, shown)
    standing = {name: standing_of(name) for name in found}
    best = [name for name in found if standing[name] == min(standing.values())]
    chosen = min(best, key=lambda name: EXACT.index(name.strip().lower())) if standing[best[0]] == FIRST else best[0]
    return _chosen(found, best, chosen, standing[chosen])


def _chosen(found: Sequence[str], best: Sequence[str], chosen: str, standing: int) -> Guess:
    if len(found) == 1:
        return Guess(_FIELD, chosen, "alone holds numbers")
    rest = [name for name in found if name != chosen]
    equal = [name for name in best if name != chosen] if standing != FIRST else []
    if len(equal) + 1 >= _WIDE:
        why = (
            f"the first of {len(equal) + 1} columns of numbers of equal standing, beside {listed(equal)}: it alone is forecast; "
            f"where each is a series, put them one below the other, with a column that names them; {_INSTEAD} takes another"
        )
        return Guess(_FIELD, chosen, why, _ONE_OF_MANY, _INSTEAD)
    why = f"chosen by name or place; other numbers: {listed(rest)}; {_INSTEAD} says otherwise"
    doubt = _ONE_OF_FEW if equal else _BY_PLACE if standing >= ANY else _BY_NAME
    return Guess(_FIELD, chosen, why, doubt, _INSTEAD)


def _as_said(table: pd.DataFrame, shown: str, numeric: Sequence[str], target: str) -> Guess:
    if target in numeric:
        return Guess(_FIELD, target, "said on the command line")
    cells = table[target].dropna()
    raise DataRejected(
        "what is forecast is a column of numbers",
        f"'{target}' of '{shown}' holds '{cells.astype('str').iloc[0]}'"
        if len(cells)
        else f"'{target}' of '{shown}' is empty",
        f"Columns of numbers: {listed(numeric)}",
    )


def _refuse_side_by_side(numeric: Sequence[str], shown: str) -> None:
    """Raise DataRejected where a day's hours or a year's months stand in columns: one of them alone is hardly meant."""
    names = [name.strip().lower() for name in numeric]
    parts = "months of a year" if _are_months(names) else "hours or periods of a day" if _are_of_a_day(names) else None
    if parts is not None:
        raise DataRejected(
            "each value has a row of its own, with its time",
            f"'{shown}' has the {parts} side by side, in the columns '{numeric[0]}' to '{numeric[-1]}'",
            f"Put them one below the other, as pandas' melt does, or forecast one of them alone: --target '{numeric[0]}'",
        )


def _are_months(names: Sequence[str]) -> bool:
    months = [name[:3] if not name.isdecimal() else str(int(name)) for name in names[:12]]
    return len(names) in (12, 13) and ",".join(months) in _MONTHS


def _are_of_a_day(names: Sequence[str]) -> bool:
    found = [match for name in names if (match := _OF_A_DAY.fullmatch(name)) is not None]
    if len(found) not in _DAYS or len(found) < len(names) - 1:
        return False
    numbers = [(int(each[1]), int(each[2] or 0)) for each in found]
    clock = {minute for _, minute in numbers} != {0}
    whole = [number for number, _ in numbers]
    run = whole == list(range(whole[0], whole[0] + len(whole)))
    return sorted(set(numbers)) == numbers and whole[0] in (0, 1) and (run or clock)


def _taken_for(table: pd.DataFrame, numeric: Sequence[str]) -> str:
    """What columns of numbers are taken for that nobody seems to want forecast."""
    told = []
    for column in numeric[:3]:
        if table[column].nunique() <= 1:
            told.append(f"'{column}' is {table[column].dropna().iloc[0]} in every row")
        elif counts(table[column]):
            told.append(f"'{column}' is taken for a count of the rows, as each value is one more than that before")
        else:
            told.append(f"'{column}' is taken for a part of the date, by its name")
    return f": {', '.join(told)}" if told else ""


def _is_calendar(values: "pd.Series[Any]", name: str) -> bool:
    """Whether a column holds parts of dates, by its name; an index with fractions is one of prices."""
    numbers = pd.to_numeric(values, errors="coerce").dropna()
    return name.lower() in CALENDAR and bool((numbers % 1 == 0).all())


def counts(values: "pd.Series[Any]") -> bool:
    """Return whether a column only counts the rows, as an index does that was written to the file."""
    numbers = pd.to_numeric(values, errors="coerce")
    return len(numbers) > 2 and bool((numbers.diff().iloc[1:] == 1).all())


def listed(names: Sequence[str]) -> str:
    """Return names in quotes, of many the first."""
    return ", ".join(f"'{name}'" for name in names[:6]) + (", ..." if len(names) > 6 else "") or "none"
