"""Text whose columns are separated by a sign, read as `source.format` says."""

import warnings
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

import pandas as pd

from recurcast.config.reading import FileFormat
from recurcast.series.file_bounds import opened, refuse_large_csv


def read_delimited(
    path: Path, shown: str, how: FileFormat, texts: Collection[str], columns: Collection[str] | None = None
) -> pd.DataFrame:
    """Return the table that a text holds; the columns `texts` stay text, and `columns`, where said, are all that is read.

    Raises DataRejected where it is larger than any that is meant so, ValueError where it is none.
    """
    refuse_large_csv(path, shown)
    table = _read(path, how, texts, columns)
    if isinstance(table.index, pd.RangeIndex):
        return table
    # Rows are longer than the header: by a separator at their ends, or by a name before each, as R writes them.
    if table.iloc[:, -1].isna().all():
        return _read(path, how, texts, columns, index_col=False)
    return table.reset_index()


def first_rows(path: Path, how: FileFormat, count: int) -> pd.DataFrame:
    """Return so many rows of a text, every cell as it stands."""
    return _read(path, how, (), None, dtype="str", nrows=count, index_col=False)


def _read(
    path: Path, how: FileFormat, texts: Collection[str], columns: Collection[str] | None, **more: Any
) -> pd.DataFrame:
    settings = _settings(how, texts, columns) | more
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Length of header or names", pd.errors.ParserWarning)
        if path.suffix.lower() in (".gz", ".zst"):
            with opened(path) as unpacked:
                table = pd.read_csv(unpacked, **settings)
        else:
            table = pd.read_csv(path, **settings)
    return _named(table, how)


def chunks_of(
    file: IO[str], how: FileFormat, texts: Collection[str], columns: Collection[str], rows: int
) -> Iterator[pd.DataFrame]:
    """Yield the table that an open text holds, so many rows at once, of the columns those that it has."""
    wanted = {_key(name, how) for name in columns}
    settings = _settings(how, texts, None) | {
        "usecols": lambda name: name in wanted,
        "index_col": False,
        "encoding": None,
    }
    with pd.read_csv(file, chunksize=rows, **settings) as reader:
        for table in reader:
            yield _named(pd.DataFrame(table), how).reset_index(drop=True)


def _settings(how: FileFormat, texts: Collection[str], columns: Collection[str] | None) -> dict[str, Any]:
    """What pandas is told of a layout."""
    below = how.skip + (1 if how.header else 0)
    skipped: Any = [*range(how.skip), *range(below, below + how.units)] if how.units else how.skip
    return {
        "sep": r"\s+" if how.delimiter == " " else how.delimiter,
        "encoding": how.encoding,
        "skiprows": skipped,
        "dtype": {_key(name, how): "str" for name in texts} or None,
        # In one piece, because pieces may differ in what they take a column for.
        "low_memory": False,
        "header": 0 if how.header else None,
        "usecols": None if columns is None else [_key(name, how) for name in columns],
        "compression": None,
    }


def _named(table: pd.DataFrame, how: FileFormat) -> pd.DataFrame:
    if not how.header:
        table.columns = pd.Index([f"column_{int(number) + 1}" for number in table.columns])
    return table


def _key(name: str, how: FileFormat) -> str | int:
    """What pandas calls a column while it reads: its number, where no header names it."""
    number = name.removeprefix("column_")
    return name if how.header or not number.isdecimal() else int(number) - 1
