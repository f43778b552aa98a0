"""Monash's .tsf: a head that says what each line's fields are and how often values come, then a series per line."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from recurcast.errors import DataRejected
from recurcast.series.file_bounds import LONGEST_CELL, opened, refuse_large_csv
from recurcast.series.stepping import step_of
from recurcast.series.whole_series import LONGEST_LINE, Whole, as_table


@dataclass
class _Head:
    attributes: list[tuple[str, str]] = field(default_factory=list)
    step: str = ""


def read_monash(path: Path, shown: str) -> pd.DataFrame:
    """Return all series of a .tsf as `unique_id, ds, y` and their other attributes.

    Raises DataRejected where it does not say when its series begin and how often their values come.
    """
    refuse_large_csv(path, shown, LONGEST_LINE)
    return as_table(_series(path, shown), shown)


def _series(path: Path, shown: str) -> Iterator[Whole]:
    head, within = _Head(), False
    with opened(path) as file:
        for number, raw in enumerate(file, start=1):
            line = _decoded(raw).strip()
            if not line or line.startswith("#"):
                continue
            if within:
                yield _one(line, number, head, shown)
            elif line.lower().startswith("@data"):
                _expect_times(head, shown)
                within = True
            elif line.startswith("@"):
                _take(line, head)
            else:
                raise _rejected(
                    "values stand below @data", f"line {number} of '{shown}' is '{line[:60]}'", "Check the file"
                )
    if not within:
        raise _rejected("values stand below @data", f"'{shown}' has no such line", "Check the file")


def _decoded(raw: bytes) -> str:
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1252", errors="replace")


def _take(line: str, head: _Head) -> None:
    words = line.split()
    if words[0].lower() == "@attribute" and len(words) >= 3:
        head.attributes.append((" ".join(words[1:-1]), words[-1].lower()))
    elif words[0].lower() == "@frequency" and len(words) == 2:
        head.step = step_of(words[1])


def _expect_times(head: _Head, shown: str) -> None:
    if not any(kind == "date" for _, kind in head.attributes):
        raise _rejected(
            "a series says when it begins: a line such as `@attribute start_timestamp date`, and a date in each row",
            f"the series of '{shown}' are numbered and have no dates",
            "Add them, or write a CSV with a date in each row",
        )
    if not head.step:
        raise _rejected(
            "a file says how often its values come: a line such as `@frequency daily`", f"'{shown}' has none", "Add it"
        )


def _one(line: str, number: int, head: _Head, shown: str) -> Whole:
    fields = line.split(":", len(head.attributes))
    where = f"line {number} of '{shown}'"
    if len(fields) != len(head.attributes) + 1:
        raise _rejected(
            f"a series has {len(head.attributes)} attributes and then its values, with colons between them",
            f"{where} has {len(fields) - 1}",
            "Correct it",
        )
    if any(len(each) > LONGEST_CELL for each in fields[:-1]):
        raise _rejected(
            f"an attribute has at most {LONGEST_CELL:,} characters", f"{where} has a longer one", "Shorten it"
        )
    said = dict(zip((name for name, _ in head.attributes), fields, strict=False))
    date = next(name for name, kind in head.attributes if kind == "date")
    try:
        start = _start(said.pop(date))
        values = np.array([_value(text) for text in fields[-1].split(",")], dtype=np.float64)
    except ValueError as error:
        raise _rejected(
            "a series is a date such as 2012-01-03 00-00-00 and numbers, or ? where one is missing",
            f"{where}: {error}",
            "Correct it",
        ) from error
    texts = [name for name, kind in head.attributes if kind != "date"]
    named = next((name for name in texts if name.lower() in ("series_name", "name", "id")), None)
    name = said.pop(named) if named else "/".join(said[text] for text in texts) or f"T{number}"
    return Whole(name, start, head.step, values, said)


def _start(text: str) -> pd.Timestamp:
    day, _, time = text.strip().partition(" ")
    return pd.Timestamp(f"{day} {time.replace('-', ':')}".strip())


def _value(text: str) -> float:
    text = text.strip()
    return float("nan") if text == "?" else float(text)


def _rejected(rule: str, received: str, remedy: str) -> DataRejected:
    return DataRejected(rule, received, remedy)
