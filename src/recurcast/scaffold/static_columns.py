"""Columns that say one thing of each series, such as its region or floor area."""

import re
from collections.abc import Iterable
from typing import Any

import pandas as pd

from recurcast.config.ahead import RESERVED
from recurcast.scaffold.guess import Guess

_FEWEST_SERIES = 4
"""Of fewer, what a series is tells no more than its own values do."""
_MOST = 4
_KEY = re.compile(r"(^|[\W_])(id|ids|nr|no|num|number|key|index|code|name)$", re.IGNORECASE)
"""Of columns that tell series apart, and say nothing of them."""


def guess_static(table: pd.DataFrame, series: str | None, others: Iterable[str]) -> Guess | None:
    """Return which of the other columns say one thing of each series, and not the same of all; none where none does."""
    if series is None or table[series].nunique() < _FEWEST_SERIES:
        return None
    named = table[series]
    found = [name for name in others if _says(table[name], named) and not _KEY.search(name) and "," not in name]
    chosen = [name for name in found if name not in RESERVED][:_MOST]
    if not chosen:
        return None
    return Guess(
        "source.columns.static",
        ", ".join(chosen),
        "one value in all rows of a series: what it is; post codes and their like are names, say so in categories",
    )


def _says(values: "pd.Series[Any]", named: "pd.Series[Any]") -> bool:
    kinds = values.nunique()
    if kinds < 2 or pd.api.types.is_datetime64_any_dtype(values):
        return False
    pairs = pd.DataFrame({"series": named, "value": values}).dropna().drop_duplicates()
    if pairs["series"].duplicated().any():
        return False
    is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    return is_number or kinds <= len(pairs) / 2  # a name of one series alone is its name
