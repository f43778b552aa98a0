"""Which column names the series: one that runs beside the times, not one that happens to differ where a time stands twice."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd

from recurcast.errors import DataRejected
from recurcast.scaffold.guess import Guess, Said
from recurcast.scaffold.labels import is_a_name
from recurcast.scaffold.moments import Moment
from recurcast.series.iso_times import told_apart

SERIES = ("unique_id", "id", "series", "name", "ticker", "symbol", "item", "store", "sensor", "station")
CALENDAR = {"year", "quarter", "month", "week", "day", "weekday", "dayofweek", "hour", "minute", "second", "index"}
_FIELD = "source.columns.unique_id"
_FEW_REPEAT, _MANY_REPEAT = 0.05, 0.3
_COVERS, _DOUBLED = 0.5, 0.01
_OF_A_DAY, _LIKE_HOURS = (23, 24, 25, 46, 48, 50, 92, 96, 100), 0.8


def guess_series(table: pd.DataFrame, shown: str, moment: Moment, said: Said) -> Guess | None:
    """Return which column names the series; none where the file holds one.

    Raises DataRejected where many times repeat and no column tells why.
    """
    if said.series is not None:
        return Guess(_FIELD, said.series, f"said on the command line: {table[said.series].nunique()} series")
    others = [str(c) for c in table.columns if str(c) not in (*moment.columns, said.target)]
    times = _numbered(table, moment.columns)
    repeated = pd.Series(times, index=table.index).duplicated()
    if not repeated.any():
        alone = [c for c in others if c.lower() in SERIES and table[c].nunique() == 1]
        return Guess(_FIELD, alone[0], f"names one series, '{table[alone[0]].iloc[0]}'") if alone else None
    share = float(repeated.mean())
    telling = [c for c in others if _tells_apart(table[c], times) and _runs_beside(table[c], times, share)]
    if telling:
        chosen = _by_name(telling)
        why = f"tells {table[chosen].nunique()} series apart, whose times repeat"
        rest = [c for c in telling if c != chosen]
        if moment.days and _numbered_as_hours(table[chosen]):
            join = f"--time {moment.columns[0]}+{chosen}"
            why += f"; but its values are numbered as a day's hours or periods are, and {join} joins them with the date"
            return Guess(_FIELD, chosen, why, _LIKE_HOURS, join)
        return Guess(_FIELD, chosen, why, 0.4 if rest else 0.0, "--id COLUMN" if rest else "")
    if share < _FEW_REPEAT or int(table.duplicated().sum()) == int(repeated.sum()):
        return None  # rows that say nothing new are named later
    pair = next((both for both in combinations(others, 2) if _tell_apart_together(table, both, times)), None)
    if pair is not None:
        raise DataRejected(
            "one column names the series",
            f"in '{shown}' {_listed(pair)} do so together",
            "Join them into one column: of each row both words, with a hyphen between them",
        )
    stamp = " ".join(str(table[c][repeated].iloc[0]) for c in moment.columns)
    raise DataRejected(
        "each series has each time once",
        f"{_column(moment)} of '{shown}' holds '{stamp}' more than once ({int(repeated.sum())} rows repeat a time), and no "
        "column tells series apart: by text, or by few numbers each of which is there most of the time",
        "Name the column of the series: --id COLUMN; or join the one that tells the time of day: --time DATE+HOUR; or remove "
        "the repetitions",
    )


def _numbered(table: pd.DataFrame, columns: Sequence[str]) -> "np.ndarray[Any, Any]":
    """The times of rows as numbers, in the order in which they come."""
    codes = pd.factorize(told_apart(table[columns[0]]))[0]
    for column in columns[1:]:
        more = pd.factorize(table[column])[0]
        codes = pd.factorize(codes * (int(more.max(initial=0)) + 2) + more)[0]
    return codes


def _tells_apart(values: "pd.Series[Any]", times: "np.ndarray[Any, Any]") -> bool:
    """Whether nearly no time repeats within one of its values."""
    if pd.api.types.is_float_dtype(values) or pd.api.types.is_bool_dtype(values) or values.isna().any():
        return False
    if pd.api.types.is_datetime64_any_dtype(values) or not 1 < values.nunique() <= len(values) / 3:
        return False
    within = pd.DataFrame({"name": pd.factorize(values)[0], "time": times}).duplicated()
    # of one doubled row each name is as good as none: it has to tell most repetitions, not most rows
    repeated = int(pd.Series(times).duplicated().sum())
    return float(within.sum()) <= _DOUBLED * repeated


def _runs_beside(values: "pd.Series[Any]", times: "np.ndarray[Any, Any]", share: float) -> bool:
    """Whether each value is there most of the time, from when it is first seen until it is last seen."""
    numeric = pd.api.types.is_numeric_dtype(values)
    if numeric and str(values.name).lower() in CALENDAR:
        return False
    spans = (
        pd.DataFrame({"name": pd.factorize(values)[0], "time": times})
        .groupby("name")["time"]
        .agg(["size", "min", "max"])
    )
    covered = float(spans["size"].sum() / (spans["max"] - spans["min"] + 1).sum())
    if covered >= _COVERS and (share >= _MANY_REPEAT or bool((spans["size"] >= share * len(values) / 2).all())):
        return True
    return share >= _MANY_REPEAT and (not numeric or is_a_name(str(values.name)))


def _tell_apart_together(table: pd.DataFrame, columns: Sequence[str], times: "np.ndarray[Any, Any]") -> bool:
    if any(pd.api.types.is_float_dtype(table[c]) or table[c].nunique() > len(table) / 3 for c in columns):
        return False
    return not table[list(columns)].assign(_time=times).duplicated().any()


def _numbered_as_hours(values: "pd.Series[Any]") -> bool:
    """Whether values hold the numbers from 0 or 1 on, as many as a day has hours, half hours or quarters of hours."""
    if is_a_name(str(values.name)) or values.nunique() not in _OF_A_DAY:
        return False
    numbers = pd.to_numeric(values.drop_duplicates().astype("str").str.extract(r"(\d+)", expand=False)).sort_values()
    return bool(numbers.iloc[0] in (0, 1) and (numbers.diff().iloc[1:] == 1).all())


def _by_name(found: Sequence[str]) -> str:
    by_rank = {c: SERIES.index(c.lower()) for c in found if c.lower() in SERIES}
    return min(by_rank, key=lambda c: by_rank[c]) if by_rank else found[0]


def _column(moment: Moment) -> str:
    return f"column '{moment.ds}'" if isinstance(moment.ds, str) else f"columns {_listed(moment.columns)}"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names[:6]) + (", ..." if len(names) > 6 else "") or "none"
