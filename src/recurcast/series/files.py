"""Files, read strictly: what can't be understood is refused with the row that shows it."""

import csv
import zipfile
import zlib
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd

from recurcast.config.reading import FileFormat
from recurcast.config.source import FileSource, ReadSource
from recurcast.errors import DataRejected, nearest
from recurcast.instants import LATEST
from recurcast.series.attributes import as_texts
from recurcast.series.delimited import read_delimited
from recurcast.series.file_bounds import refuse_large_parquet, refuse_long_cells
from recurcast.series.file_kinds import Kind, kind_of, refuse_unusable, told
from recurcast.series.grid import UTC_NS, duration
from recurcast.series.ids import coded, one_name
from recurcast.series.joined_times import instants_of
from recurcast.series.json_series import read_json
from recurcast.series.monash import read_monash
from recurcast.series.numbers import to_numbers
from recurcast.series.parquet_columns import read_parquet
from recurcast.series.timestamps import to_instants
from recurcast.series.workbooks import read_workbook

_UNREADABLE = (
    *(ValueError, OSError, EOFError, NotImplementedError, LookupError, TypeError, AttributeError),
    *(zlib.error, csv.Error, zipfile.BadZipFile, RecursionError),
)


def read_file(source: FileSource, root: Path, series_name: str) -> pd.DataFrame:
    """Return all rows of the file as `unique_id, ds, y, covariates ..., available_at`, in the file's order.

    `series_name` names the series of a file without a column for it. Raises DataRejected with the first offender.
    """
    columns = source.columns
    texts = (*source.numbers, *columns.categories)
    table = read_table(root / source.path, source.path, columns.unique_id, source.format, texts, by_codes=True)
    return rows_of(table, source, series_name)


def rows_of(table: pd.DataFrame, source: ReadSource, series_name: str) -> pd.DataFrame:
    """Return all rows of a table as `read_file` does. Raises DataRejected with the first offender."""
    columns, wanted = source.columns, expect_columns(table, source)
    for column in wanted:
        refuse_long_cells(table[column])
    if table.empty:
        received = f"'{source.told}' has a header and no rows"
        raise DataRejected(f"a {source.thing} has at least one row", received, f"Check the {source.thing}")
    ids = _names(table[columns.unique_id]) if columns.unique_id else one_name(series_name, table.index)
    rows = pd.DataFrame({"unique_id": ids})
    rows["ds"] = _instants(table, source, rows["unique_id"])
    for name, column in [("y", columns.y), *((c, c) for c in columns.covariates)]:
        rows[name] = to_numbers(table[column], column, source.numbers.get(column))
    for column in columns.static:
        how = source.numbers.get(column)
        cells = table[column] if how is None else to_numbers(table[column], column, how)
        rows[column] = as_texts(cells)
    if columns.available_at is None:
        rows["available_at"] = _known_at(rows["ds"], source.delay)
    else:
        known_at = to_instants(table[columns.available_at], rows["unique_id"], source.timezone, columns.available_at)
        rows["available_at"] = known_at
    rows["available_at"] = rows["available_at"].astype(UTC_NS)
    rows.attrs["has_revisions"] = columns.available_at is not None
    return rows


def _instants(table: pd.DataFrame, source: ReadSource, ids: "pd.Series[str]") -> "pd.Series[Any]":
    """The rows' times; of revisions that were filed together their own order tells repeated hours apart."""
    filed = source.columns.available_at
    try:
        return instants_of(table, source, ids)
    except DataRejected as rejected:
        if filed is None:
            raise
        try:
            return instants_of(table, source, ids.astype("str") + "\n" + table[filed].astype("str"))
        except DataRejected:
            raise rejected from None


def expect_columns(table: pd.DataFrame, source: ReadSource) -> tuple[str, ...]:
    """Return the columns that are read, each once. Raises DataRejected with the first that the table has not."""
    for column in source.columns.read:
        if column not in table.columns:
            found = [str(c) for c in table.columns]
            raise DataRejected(
                f"the {source.thing} has the column '{column}'",
                f"'{source.told}' has none of that name",
                nearest(column, found),
            )
    return source.columns.read


def read_table(
    path: Path,
    shown: str,
    text_column: str | None,
    how: FileFormat | None = None,
    texts: Collection[str] = (),
    *,
    by_codes: bool = False,
) -> pd.DataFrame:
    """Return the file as it stands; `shown` is what messages call it, `text_column` and `texts` are columns that stay text.

    With `by_codes` the former may come as categories of texts.
    Raises DataRejected where there is no such file, or none that can be read.
    """
    refuse_unusable(path, shown)
    kind = kind_of(path, shown)
    # The names of series are text: '007' is not 7.
    kept = {*texts, text_column} if text_column else set(texts)
    with telling_unreadable(kind, shown):
        table = _read(kind, path, shown, how or FileFormat(), kept, text_column if by_codes else None)
    return _without_empty_end(spelled_out(table) if kind in ("json", "parquet") else table)


def _read(
    kind: Kind, path: Path, shown: str, how: FileFormat, texts: Collection[str], names: str | None
) -> pd.DataFrame:
    match kind:
        case "text":
            return read_delimited(path, shown, how, texts)
        case "json":
            return read_json(path, shown, how)
        case "monash":
            return read_monash(path, shown)
        case "workbook":
            return read_workbook(path, shown, how, texts)
        case "parquet":
            refuse_large_parquet(path, shown)
            return with_index_as_columns(read_parquet(path, names))


def with_index_as_columns(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table whose index, where it has names or holds more than row numbers, stands in columns."""
    levels = [table.index.get_level_values(level) for level in range(table.index.nlevels)]
    for place, level in enumerate(levels):
        name = level.name if level.name is not None else "index" if len(levels) == 1 else f"level_{place}"
        numbers = level.name is None and (
            isinstance(level, pd.RangeIndex) or pd.api.types.is_integer_dtype(level.dtype)
        )
        if not numbers and name not in table.columns:
            table.insert(min(place, table.shape[1]), name, level)
    return table.reset_index(drop=True)


def spelled_out(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with lists and mappings as texts, which are neither numbers, times nor names and are refused as such."""
    for column in table.columns:
        cells = table[column]
        if cells.dtype == object and not all(pd.api.types.is_hashable(cell) for cell in cells):
            table[column] = cells.map(lambda cell: cell if pd.api.types.is_hashable(cell) else repr(cell))
    return table


def _without_empty_end(table: pd.DataFrame) -> pd.DataFrame:
    """Without the rows of empty cells that spreadsheets leave at the end."""
    if table.empty or not table.iloc[-1].isna().all():
        return table
    held = table.notna().any(axis=1).to_numpy()
    return table.iloc[: len(held) - int(held[::-1].argmax())] if held.any() else table.iloc[:0]


@contextmanager
def telling_unreadable(kind: Kind, shown: str) -> Iterator[None]:
    """Say in a sentence of ours what libraries raise inside of a file that is not what its name says."""
    try:
        yield
    except _UNREADABLE as error:
        raise _unreadable(kind, shown, error) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] not in ("python_calamine", "_python_calamine", "xml"):
            raise
        raise _unreadable(kind, shown, error) from error


def _unreadable(kind: Kind, shown: str, error: Exception) -> DataRejected:
    reason = next(iter(str(error).splitlines()), type(error).__name__)
    return DataRejected(f"the file is readable {told(kind)}", f"'{shown}': {reason}", "Write the file again")


def _known_at(ds: "pd.Series[Any]", delay: str) -> "pd.Series[Any]":
    waiting = duration(delay)
    if not waiting:
        return ds
    if ds.max().as_unit("us") + waiting > LATEST:
        raise DataRejected(
            "a row is known, its timestamp and source.delay later, before 2262-04-10, where pandas' nanoseconds end",
            f"the newest row is of {ds.max().isoformat()}, the delay {delay}",
            "Shorten source.delay",
        )
    return ds + waiting


def _names(values: "pd.Series[Any]") -> "pd.Series[Any]":
    names = coded(values)
    blank = [name for name in names.cat.categories if not name.strip()]
    unnamed = values.isna() | names.isin(blank) if blank else values.isna()
    if unnamed.any():
        raise DataRejected(
            f"column '{values.name}': every row names its series",
            f"row {int(unnamed.to_numpy().argmax()) + 1} holds none",
            "Fill it; words that mean a missing value, such as NA and null, name no series",
        )
    return names
