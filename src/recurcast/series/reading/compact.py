"""What a database's driver gives, row by row, as columns that take little room."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd


def as_columns(rows: Sequence[Sequence[Any]], names: Sequence[str]) -> pd.DataFrame:
    """Return rows as a table; what differs in kind within a column stays as it is, to be refused where it is read."""
    return pd.DataFrame({name: _column([row[place] for row in rows]) for place, name in enumerate(names)})


def _column(values: list[Any]) -> "pd.Series[Any]":
    kinds = {type(value) for value in values if value is not None}
    if not kinds:
        return pd.Series(np.full(len(values), np.nan))
    if any(issubclass(kind, datetime) for kind in kinds):
        return _times(values, kinds)
    if kinds == {date}:
        return pd.Series(np.array(values, dtype="datetime64[s]"))
    if kinds <= {Decimal, int, float}:
        if kinds == {int} and None not in values:
            return pd.Series(values)
        return pd.Series(np.array([np.nan if value is None else float(value) for value in values]))
    return pd.Series(values)


def _times(values: list[Any], kinds: set[type]) -> "pd.Series[Any]":
    zoned = {value.tzinfo is not None for value in values if isinstance(value, datetime)}
    if len(zoned) > 1 or not all(issubclass(kind, datetime) for kind in kinds):
        return pd.Series(values, dtype=object)
    if True in zoned:
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object), utc=True))
    return pd.Series(np.array(values, dtype="datetime64[us]"))
