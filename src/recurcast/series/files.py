"""CSV and Parquet files, read strictly: what can't be understood is refused with the row that shows it."""

import zlib
from pathlib import Path
from typing import Any

import pandas as pd

from recurcast.config.source import FileSource, ReadSource
from recurcast.errors import DataRejected, nearest
from recurcast.instants import LATEST
from recurcast.series.file_bounds import refuse_large_csv, refuse_large_parquet, refuse_long_cells
from recurcast.series.grid import UTC_NS, duration
from recurcast.series.joined_times import instants_of
from recurcast.series.timestamps import to_instants

_LONGEST_SHOWN = 60


def read_file(source: FileSource, root: Path, series_name: str) -> pd.DataFrame:
    """Return all rows of the file as `unique_id, ds, y, covariates ..., available_at`, in the file's order.

    `series_name` names the series of a file without a column for it. Raises DataRejected with the first offender.
    """
    table = read_table(root / source.path, source.path, text_column=source.columns.unique_id)
    return rows_of(table, source, series_name)


def rows_of(table: pd.DataFrame, source: ReadSource, series_name: str) -> pd.DataFrame:
    """Return all rows of a table as `read_file` does. Raises DataRejected with the first offender."""
    columns = source.columns
    wanted = [c for c in (columns.unique_id, *columns.times, columns.y, columns.available_at) if c is not None]
    for column in [*wanted, *columns.covariates]:
        if column not in table.columns:
            found = [str(c) for c in table.columns]
            raise DataRejected(
                f"the file has the column '{column}'", f"'{source.path}' has none of that name", nearest(column, found)
            )
    for column in dict.fromkeys((*wanted, *columns.covariates)):
        refuse_long_cells(table[column])
    if table.empty:
        raise DataRejected("a file has at least one row", f"'{source.path}' has a header and no rows", "Check the file")
    ids = _names(table[columns.unique_id]) if columns.unique_id else pd.Series(series_name, index=table.index)
    rows = pd.DataFrame({"unique_id": ids.astype("str")})
    rows["ds"] = instants_of(table, source, rows["unique_id"])
    for name, column in [("y", columns.y), *((c, c) for c in columns.covariates)]:
        rows[name] = _numbers(table[column], column)
    if columns.available_at is None:
        rows["available_at"] = _known_at(rows["ds"], source.delay)
    else:
        known_at = to_instants(table[columns.available_at], rows["unique_id"], source.timezone, columns.available_at)
        rows["available_at"] = known_at
    rows["available_at"] = rows["available_at"].astype(UTC_NS)
    rows.attrs["has_revisions"] = columns.available_at is not None
    return rows


def read_table(path: Path, shown: str, text_column: str | None) -> pd.DataFrame:
    """Return the file as it stands; `shown` is what messages call it, and the values of `text_column` stay text.

    Raises DataRejected where there is no such file, or none that can be read.
    """
    _refuse_unusable(path, shown)
    suffix = "".join(path.suffixes[-2:]) if path.suffix == ".gz" else path.suffix
    if suffix not in (".csv", ".csv.gz", ".parquet"):
        raise DataRejected("a file is .csv, .csv.gz or .parquet", f"'{shown}' ends in '{suffix}'", "Convert it")
    try:
        if suffix == ".parquet":
            refuse_large_parquet(path, shown)
            return pd.read_parquet(path)
        refuse_large_csv(path, shown)
        # The names of series are text: '007' is not 7. In one piece, because pieces may differ in what they take y for.
        return pd.read_csv(path, dtype={text_column: "str"} if text_column else None, low_memory=False)
    except (
        ValueError,
        OSError,
        EOFError,
        NotImplementedError,
        LookupError,
        TypeError,
        AttributeError,
        zlib.error,
    ) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        kind = "Parquet" if suffix == ".parquet" else "CSV"
        raise DataRejected(f"the file is readable {kind}", f"'{shown}': {reason}", "Write the file again") from error


def _refuse_unusable(path: Path, shown: str) -> None:
    try:
        if path.is_dir():
            raise DataRejected("a source is one file", f"'{shown}' is a folder", "Name a .csv or .parquet file in it")
        if not path.exists():
            raise DataRejected("a source is a file that exists", f"'{shown}' was not found", "Check `source.path`")
        if path.stat().st_size == 0:
            raise DataRejected("a file has a header and rows", f"'{shown}' is empty", "Check what writes it")
    except OSError as error:  # a folder on the way that may not be looked into, a name that is too long
        raise DataRejected(
            "a source is a file that can be read", f"'{shown}': {error.strerror}", "Check its path and permissions"
        ) from error


def _known_at(ds: "pd.Series[Any]", delay: str) -> "pd.Series[Any]":
    waiting = duration(delay)
    if ds.max().as_unit("us") + waiting > LATEST:
        raise DataRejected(
            "a row is known, its timestamp and source.delay later, before 2262-04-10, where pandas' nanoseconds end",
            f"the newest row is of {ds.max().isoformat()}, the delay {delay}",
            "Shorten source.delay",
        )
    return ds + waiting


def _names(values: "pd.Series[Any]") -> "pd.Series[str]":
    names = values.astype("str")
    blank = [name for name in names.unique() if isinstance(name, str) and not name.strip()]
    unnamed = values.isna() | names.isin(blank) if blank else values.isna()
    if unnamed.any():
        raise DataRejected(
            f"column '{values.name}': every row names its series",
            f"row {int(unnamed.to_numpy().argmax()) + 1} holds none",
            "Fill it; words that mean a missing value, such as NA and null, name no series",
        )
    return names


def _shortened(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."


def _numbers(values: "pd.Series[Any]", column: str) -> "pd.Series[float]":
    timed = values.dtype.kind in "mM"  # of dates and durations pandas would take the nanoseconds
    numbers = pd.Series(float("nan"), index=values.index) if timed else pd.to_numeric(values, errors="coerce")
    bad = numbers.isna() & values.notna()
    if bad.any():
        raise DataRejected(
            f"the column '{column}' holds numbers",
            f"row {int(bad.to_numpy().argmax()) + 1} holds '{_shortened(values[bad].iloc[0])}'",
            "Correct or empty that cell; decimal points, no thousands separators",
        )
    return numbers.astype("float64")
