"""What is said of a table in which no times were found."""

import re
from collections.abc import Sequence

import pandas as pd

from recurcast.config.times import EPOCHS
from recurcast.errors import ConfigurationError, DataRejected
from recurcast.scaffold.guess import Said
from recurcast.scaffold.time_columns import TIMES


def without_times(table: pd.DataFrame, shown: str, names: Sequence[str], said: Said) -> Exception:
    """Return the refusal of a table without times: what stands where they were looked for, and the flag or field that helps."""
    listed = ", ".join(f"'{name}'" for name in names[:6]) + (", ..." if len(names) > 6 else "")
    if said.day_first is not None:
        flag, code = ("--day-first", "%d/%m/%Y") if said.day_first else ("--month-first", "%m/%d/%Y")
        return ConfigurationError(
            f"{flag} is for dates such as {code}; no column of '{shown}' reads so, among {listed}."
        )
    numbers = [n for n in names if n.lower() in (*TIMES, "year") and pd.api.types.is_numeric_dtype(table[n])]
    received = f"'{numbers[0]}' of '{shown}' holds numbers" if numbers else f"'{shown}' has none"
    if said.time is not None:
        cells = table[said.time].dropna().astype("str")
        received = f"'{said.time}' of '{shown}' holds {_odd(cells)}"
    return DataRejected(
        "a series has a column of dates or times",
        f"{received}; its columns are {listed}",
        "Write the times as ISO 8601, such as 2024-03-01T06:00:00Z, name the column: --time COLUMN, or say how it is written: "
        f"source.time_format, such as '%d/%m/%Y %H:%M' or {next(iter(EPOCHS))}",
    )


def _odd(cells: "pd.Series[str]") -> str:
    """The first cell of a shape of its own, else the first one."""
    if cells.empty:
        return "nothing"
    shapes = cells.map(lambda each: re.sub(r"\d", "0", each)[:100])
    usual = shapes.mode()
    odd = cells[shapes != usual.iloc[0]]
    return f"'{cells.iloc[0]}'" + (f" and, in row {odd.index[0] + 1}, '{odd.iloc[0]}'" if len(odd) else "")
