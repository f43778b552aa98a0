"""Which columns of a table write numbers otherwise than plainly, and how: decided over all of their rows."""

import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from recurcast.config.reading import NumberFormat
from recurcast.errors import DataRejected
from recurcast.scaffold.dates import are_dates
from recurcast.scaffold.guess import Guess, Said
from recurcast.series.number_formats import Beside, Nearly, Written, look
from recurcast.series.numbers import to_numbers

_LOOKED_AT, _FEW = 300, 30
_THOUSANDS_BY_POINTS = re.compile(r"[0-9]{1,3}|[1-9][0-9]{0,2}(?:\.[0-9]{3})+")
_NAME = re.compile(r"[0-9]*")
_LEAST_NAME = 3
_OF_CLOCKS = ("h", "hr", "hrs", "uhr", "am", "pm", "a.m", "p.m")
"""What stands behind hours of a day, which are no numbers to be forecast."""


@dataclass(frozen=True)
class Numbers:
    """A table whose columns of numbers are numbers, how they were written, and what is to be said of each."""

    table: pd.DataFrame
    formats: dict[str, NumberFormat]
    guesses: dict[str, Guess]
    nearly: dict[str, Guess]
    strangers: dict[str, str]
    """Of each column that nearly holds numbers a cell that is none."""


def guess_numbers(
    table: pd.DataFrame,
    sample: pd.DataFrame | None,
    as_text: Callable[[str], "pd.Series[Any]"],
    said: Said,
    delimiter: str = ",",
) -> Numbers:
    """Return the table with its numbers read.

    `sample` is the first rows as the file has them, none where cells have types; `as_text` gives a whole column so.
    """
    table = table.copy(deep=False)
    for column in _names_in_digits(table, sample):
        table[column] = as_text(column)
    texts = {c: table[c] for c in _textual(table) if c not in (said.time, said.series) and not are_dates(table[c])}
    texts |= {c: as_text(c) for c in _perhaps_thousands(table, sample)}
    found = _looked_at(texts, Beside(delimiter, None, said.decimal))
    formats, guesses, nearly, strangers = {}, {}, {}, {}
    for column, written in found.items():
        if isinstance(written, Nearly):
            nearly[column] = _nearly(column, written, texts[column])
            strangers[column] = written.other
            continue
        if written.how is not None and written.how.unit.lower().strip(".") in _OF_CLOCKS:
            continue
        if written.how is not None:
            table[column] = to_numbers(texts[column], column, written.how)
        elif not pd.api.types.is_numeric_dtype(table[column]):
            table[column] = pd.to_numeric(texts[column])  # whole ones stay whole, as names of shops and hours are
        if written.how is not None:
            formats[column] = written.how
        if written.how is not None or written.doubt >= 0.3:
            guesses[column] = _guess(column, written)
    return Numbers(table, formats, guesses, nearly, strangers)


def refuse_nearly(numbers: Numbers, target: str | None) -> None:
    """Raise DataRejected with the first cell that is no number, where all that could be forecast has such cells."""
    table = numbers.table
    others = [c for c in table if pd.api.types.is_numeric_dtype(table[c]) and table[c].nunique() > 1]
    only = target if target is not None else None if others else next(iter(numbers.nearly), None)
    if only in numbers.nearly:
        other = (table[only] == numbers.strangers[only]).to_numpy()
        if other.any():
            raise DataRejected(
                f"the column '{only}' holds numbers",
                f"row {int(other.argmax()) + 1} holds '{numbers.strangers[only][:60]}'",
                "Correct or empty that cell, or remove its row where it is none of the table",
            )
        to_numbers(table[only], only)


def _looked_at(texts: dict[str, "pd.Series[Any]"], beside: Beside) -> dict[str, Written | Nearly]:
    distinct = {}
    for column, values in texts.items():
        first = values.head(_LOOKED_AT).dropna()
        if look(_words(first if len(first) > _FEW else values.dropna().head(_LOOKED_AT)), beside) is not None:
            distinct[column] = _words(values.dropna())
    found = {column: look(words, beside) for column, words in distinct.items()}
    sure = {each.decimal for each in found.values() if isinstance(each, Written) and each.decimal and not each.doubt}
    if len(sure) == 1:
        settled = replace(beside, decimal=next(iter(sure)))
        found |= {
            column: look(distinct[column], settled)
            for column, each in found.items()
            if isinstance(each, Written) and each.doubt
        }
    return {column: each for column, each in found.items() if each is not None}


def _words(values: "pd.Series[Any]") -> list[str]:
    return [each for each in values.unique() if isinstance(each, str)]


def _textual(table: pd.DataFrame) -> list[str]:
    def holds_texts(values: "pd.Series[Any]") -> bool:
        return values.dtype == object and any(isinstance(each, str) for each in values)

    return [str(c) for c in table if pd.api.types.is_string_dtype(table[c]) or holds_texts(table[c])]


def _names_in_digits(table: pd.DataFrame, sample: pd.DataFrame | None) -> list[str]:
    """Columns of digits with leading zeros, all as long as each other: names of shops and stations, no clock's hours."""
    found = []
    for column in [] if sample is None else sample:
        cells = sample[column].dropna() if sample is not None else pd.Series(dtype="str")
        if len(cells) == 0 or column not in table or not pd.api.types.is_integer_dtype(table[column]):
            continue
        same = cells.str.len().nunique() == 1 and len(cells.iloc[0]) >= _LEAST_NAME
        if same and cells.str.startswith("0").any() and cells.str.fullmatch(_NAME).all() and not _hours(cells):
            found.append(str(column))
    return found


def _hours(cells: "pd.Series[Any]") -> bool:
    numbers = pd.to_numeric(cells)
    return bool(((numbers <= 2400) & (numbers % 100 < 60)).all()) and len(cells.iloc[0]) == 4


def _perhaps_thousands(table: pd.DataFrame, sample: pd.DataFrame | None) -> list[str]:
    """Columns that pandas took for fractions, and whose points may stand between thousands: the sample is all like 1.234."""
    if sample is None:
        return []
    found = []
    for column in sample:
        cells = sample[column].dropna().str.strip()
        if column in table and pd.api.types.is_float_dtype(table[column]) and len(cells):
            whole = cells.str.fullmatch(_THOUSANDS_BY_POINTS).all()
            found += [str(column)] if whole and cells.str.contains(".", regex=False).any() else []
    return found


def _guess(column: str, written: Written) -> Guess:
    how = written.how or NumberFormat()
    said = ", ".join(f"{name} {value!r}" for name, value in how.model_dump(exclude_defaults=True).items())
    instead = f"--decimal {written.other_decimal}" if written.doubt else ""
    why = f"{written.why}; {instead} says otherwise" if instead else written.why
    return Guess(f"source.numbers.{column}", said or "decimal '.'", why, written.doubt, instead)


def _nearly(column: str, found: Nearly, values: "pd.Series[Any]") -> Guess:
    rows = values.map(lambda each: isinstance(each, str) and each == found.other).to_numpy()
    where = f"row {int(rows.argmax()) + 1} holds '{found.other[:40]}'" if rows.any() else f"it has '{found.other[:60]}'"
    why = f"nearly a column of numbers, but {where}; correct that and it is read, or take it: --target"
    return Guess(f"source.numbers.{column}", "not read", why, 0.4, f"--target {shlex.quote(column)}")
