"""A file opened as `init` is about to write that it be read: its layout, then its numbers."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from recurcast.config.reading import FileFormat, NumberFormat
from recurcast.scaffold.file_format import see_format
from recurcast.scaffold.guess import Guess, Said
from recurcast.scaffold.numbers import Numbers, guess_numbers, refuse_nearly
from recurcast.series.delimited import first_rows, read_delimited
from recurcast.series.file_kinds import kind_of
from recurcast.series.files import read_table, telling_unreadable

_SAMPLED = 1_000


@dataclass(frozen=True)
class Opened:
    """A file's table, whose columns of numbers are numbers, and how it was read."""

    path: Path
    how: FileFormat | None
    seen: tuple[Guess, ...]
    numbers: Numbers

    @property
    def table(self) -> pd.DataFrame:
        """Return the table."""
        return self.numbers.table

    def formats_of(self, columns: tuple[str, ...]) -> dict[str, NumberFormat]:
        """Return how those of the columns write numbers that do it otherwise than plainly."""
        return {column: self.numbers.formats[column] for column in columns if column in self.numbers.formats}

    def guesses_of(self, columns: tuple[str, ...]) -> tuple[Guess, ...]:
        """Return what is to be said of how the file is read, where these columns are used."""
        used = [self.numbers.guesses[column] for column in columns if column in self.numbers.guesses]
        return (*self.seen, *used, *self.numbers.nearly.values())

    def with_names(self, column: str | None) -> pd.DataFrame:
        """Return the table with the names of series as the file has them: '007' is not 7."""
        if column is None or kind_of(self.path, self.path.name) != "text" or not _is_number(self.table[column]):
            return self.table
        return self.table.assign(**{column: _as_text(self.path, self.how, column)})


def open_file(path: Path, said: Said) -> Opened:
    """Return a file's table and how it was read. Raises DataRejected where it can't be."""
    seen = see_format(path, path.name, said)
    how, kind = seen.how or FileFormat(), kind_of(path, path.name)
    sample = None
    if kind == "text":
        with telling_unreadable(kind, path.name):
            sample = first_rows(path, how, _SAMPLED)
    texts = () if sample is None or said.decimal is None else tuple(map(str, sample.columns))
    table = read_table(path, path.name, said.series, seen.how, texts)
    numbers = guess_numbers(table, sample, lambda column: _as_text(path, seen.how, column), said, how.delimiter)
    refuse_nearly(numbers, said.target)
    return Opened(path, seen.how, seen.guesses, numbers)


def _as_text(path: Path, how: FileFormat | None, column: str) -> "pd.Series[Any]":
    return read_delimited(path, path.name, how or FileFormat(), [column], [column])[column]


def _is_number(values: "pd.Series[Any]") -> bool:
    return pd.api.types.is_numeric_dtype(values)
