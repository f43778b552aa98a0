"""Which of several columns of dates tells the times of the values: by its name, and by what it tells."""

from collections.abc import Mapping

import pandas as pd

from recurcast.scaffold.dates import Dates
from recurcast.scaffold.labels import tokens

TIMES = ("ds", "timestamp", "datetime", "date", "time", "day", "week", "month")
_WRITTEN = {
    *("publish", "published", "publication", "created", "updated", "modified", "issued", "inserted", "received"),
    *("ingested", "loaded", "exported", "retrieved"),
}
"""What a time is called at which a row was written, which is not the one that its value is of."""
_ENDS = {"end", "ends", "stop", "until", "bis", "ende", "fin", "eind", "koniec"}
_LOOKED_AT = 1_000


def column_of_times(table: pd.DataFrame, found: Mapping[str, Dates]) -> str | None:
    """Return the one that is called so; of others the first that is no plain number, and of these the one with most times."""
    names = list(found)
    by_rank = {name: TIMES.index(name.lower()) for name in names if name.lower() in TIMES}
    if by_rank:
        return min(by_rank, key=lambda name: by_rank[name])
    written = [name for name in names if not pd.api.types.is_numeric_dtype(table[name])] or names
    finer = [name for name in written if not found[name].date_alone] or written
    return min(finer, key=lambda name: _against(table, name), default=None)


def _against(table: pd.DataFrame, name: str) -> tuple[bool, bool, bool, bool]:
    """What speaks against a column: one time throughout, times of writing, ends, a clock that may change."""
    words = tokens(name)
    alone = table[name].head(_LOOKED_AT).nunique() <= 1
    return alone, bool(words & _WRITTEN), bool(words & _ENDS), not words & {"utc", "gmt"}
