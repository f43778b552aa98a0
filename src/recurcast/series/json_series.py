"""JSON: GluonTS's lines, each a series with its start and its values, or rows as records."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from recurcast.config.reading import FileFormat
from recurcast.environment import memory
from recurcast.errors import DataRejected
from recurcast.series.file_bounds import LONGEST_CELL, MOST_COLUMNS, opened, refuse_large_csv
from recurcast.series.whole_series import LONGEST_LINE, Whole, as_table

_FEWEST_CELLS, _BYTES_OF_A_CELL = 10_000_000, 400
_NAMES = ("item_id", "unique_id", "id", "name")


def read_json(path: Path, shown: str, how: FileFormat) -> pd.DataFrame:
    """Return the series of a file, `unique_id, ds, y`, where each entry is one; else a row of columns per entry."""
    refuse_large_csv(path, shown, LONGEST_LINE)
    entries = _entries(path, shown)
    first = next(entries, None)
    if first is None:
        raise DataRejected("a file has at least one row", f"'{shown}' has none", "Check the file")
    everything = _again(first, entries)
    if "target" in first and "start" in first:
        return as_table((_whole(each, number, how, shown) for number, each in enumerate(everything)), shown)
    return _records(everything, shown)


def _again(first: Mapping[str, Any], rest: Iterator[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    yield first
    yield from rest


def _entries(path: Path, shown: str) -> Iterator[Mapping[str, Any]]:
    with opened(path) as file:
        begins = file.read(1_000).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"[")
    with opened(path) as file:
        lines = [file.read()] if begins else file
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                held = json.loads(line.decode("utf-8-sig"))
            except (ValueError, RecursionError) as error:
                raise DataRejected(
                    "each line is a JSON object, or the file one list of them",
                    f"line {number} of '{shown}': {str(error)[:100]}",
                    "Write the file again, or name it by what it is",
                ) from error
            for each in held if isinstance(held, list) else [held]:
                if not isinstance(each, dict):
                    raise DataRejected(
                        'each entry is an object such as {"start": ..., "target": [...]} or a row of columns',
                        f"line {number} of '{shown}' holds {str(each)[:40]}",
                        "Write objects",
                    )
                yield each


def _whole(entry: Mapping[str, Any], number: int, how: FileFormat, shown: str) -> Whole:
    name = str(next((entry[key] for key in _NAMES if key in entry), number))
    where = f"series '{name[:40]}' of '{shown}'"
    step = str(entry.get("freq") or how.step or "")
    if not step:
        raise DataRejected(
            "a series says how often its values come",
            f"{where} has a start, values, and no freq",
            "Say it: `source.format: {step: h}`, or --step h of `recurcast init`",
        )
    try:
        start = pd.Timestamp(entry["start"])
        values = np.array([_value(each) for each in entry["target"]], dtype=np.float64)
    except (KeyError, ValueError, TypeError) as error:
        raise DataRejected(
            "a series has a start that is a date, and a target that is a list of numbers, null where one is missing",
            f"{where}: {type(error).__name__}, {str(error)[:100]}",
            "Correct it",
        ) from error
    if len(name) > LONGEST_CELL:
        raise DataRejected(f"a name has at most {LONGEST_CELL:,} characters", f"{where} has a longer one", "Shorten it")
    return Whole(name, start, step, values)


def _value(value: object) -> float:
    if isinstance(value, bool) or not (value is None or isinstance(value, int | float | str)):
        raise TypeError(f"{str(value)[:40]} is no number")
    return float("nan") if value is None else float(value)


def _records(entries: Iterator[Mapping[str, Any]], shown: str) -> pd.DataFrame:
    columns: dict[str, list[Any]] = {}
    most = max(_FEWEST_CELLS, memory() // _BYTES_OF_A_CELL)
    for count, entry in enumerate(entries):
        for name in entry:
            if name not in columns:
                columns[name] = [None] * count
        if len(columns) > MOST_COLUMNS or len(columns) * count > most:
            raise DataRejected(
                f"a file has at most {MOST_COLUMNS:,} columns, and at most {most:,} cells (rows x columns)",
                f"'{shown}' has more",
                "Write a row per series and time, with the columns that are used",
            )
        for name, values in columns.items():
            values.append(entry.get(name))
    return pd.DataFrame({name: pd.Series(columns[name]) for name in columns})
