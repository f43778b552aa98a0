"""Files of days: a column `date`, or `start` and `end`, both included; a `value` of 0 says that days are known to be none."""

from pathlib import Path

import pandas as pd

from recurcast.errors import DataRejected
from recurcast.series.days import DayCalendar

_MOST_DAYS = 200_000


def file_days(name: str, path: str, root: Path) -> DayCalendar:
    """Return the days of a file, complete to the end of the year of its last row; before its first row there were none.

    Raises DataRejected where it is no such file.
    """
    table = _table(path, root)
    columns = ["date", "date"] if "date" in table.columns else ["start", "end"]
    if not set(columns) <= set(table.columns) or table.empty:
        raise DataRejected(
            "a file of days is a CSV with a column `date`, or `start` and `end`, and a row at least",
            f"'{path}' has {', '.join(map(str, table.columns)) or 'none'}, and {len(table)} rows",
            "Name its columns so, or correct network.calendar",
        )
    begins, ends = (_days(table[column], path) for column in columns)
    backwards = (begins > ends).to_numpy()
    if backwards.any():
        row = int(backwards.argmax())
        raise _refused(path, row, f"ends on {ends[row].date()}, before it starts on {begins[row].date()}")
    if ((ends - begins).dt.days + 1).sum() > _MOST_DAYS:
        raise DataRejected(
            f"a file of days has at most {_MOST_DAYS:,}", f"'{path}' has more", "Correct the row that spans centuries"
        )
    in_it = _values(table, path)
    days = {
        str(day.date())
        for begin, end, value in zip(begins, ends, in_it, strict=True)
        if value
        for day in pd.date_range(begin, end)
    }
    return DayCalendar(name, "0001-01-01", f"{ends.max().year:04d}-12-31", tuple(sorted(days)))


def _table(path: str, root: Path) -> pd.DataFrame:
    try:
        return pd.read_csv(root / path, dtype="str", skipinitialspace=True, encoding="utf-8-sig")
    except (OSError, ValueError) as error:  # pandas' own errors of parsing are ValueErrors
        told = next(iter(str(error).splitlines()), type(error).__name__)
        raise DataRejected(
            "a file of days that network.calendar names can be read", f"'{path}': {told}", "Check the path and the file"
        ) from error


def _days(column: "pd.Series[str]", path: str) -> "pd.Series[pd.Timestamp]":
    days = pd.to_datetime(column.str.strip(), format="%Y-%m-%d", errors="coerce")
    wrong = days.isna().to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise _refused(path, row, f"has {column.name} '{str(column.iloc[row])[:40]}'")
    return days


def _values(table: pd.DataFrame, path: str) -> list[bool]:
    if "value" not in table.columns:
        return [True] * len(table)
    stated = table["value"].str.strip()
    wrong = (~stated.isin(["0", "1"])).to_numpy()
    if wrong.any():
        row = int(wrong.argmax())
        raise _refused(path, row, f"has value '{str(stated.iloc[row])[:40]}', which is neither 0 nor 1")
    return list(stated == "1")


def _refused(path: str, row: int, what: str) -> DataRejected:
    return DataRejected(
        "a row of a file of days has ISO dates such as 2026-12-24",
        f"row {row + 1} of '{path}' {what}",
        "Correct the row",
    )
