"""What is said of a series once, whatever the time: its region, its floor area. It travels inside artifacts.

rows     unique_id | ... | region | floor_area        each row, or one of a series', says it
seen     per attribute its number and its code: a network takes the one or the other, as its train part had it
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import blake2b
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

FORMS = 2
"""Columns that stand for an attribute: its number, and its code."""
_A_CODE = re.compile(r"[+-]?0\d|\d+[eE]\d+$")
"""A post code such as 0123, a part such as 1E5: no program writes a number so, and what is written apart is apart."""


class TwoSaid(ValueError):
    """A series says two things of itself."""

    def __init__(self, series: str, column: str, first: str, other: str) -> None:
        self.rule = f"'{column}' is said of a series once, the same in each of its rows that has it"
        self.received = f"series '{series}' has '{first}' and '{other}'"
        self.remedy = f"Correct it, or make '{column}' a covariate, which may change"
        self.series = series
        super().__init__(self.rule, self.received, self.remedy)

    def __str__(self) -> str:
        return f"{self.rule}; {self.received}. {self.remedy}."


@dataclass(frozen=True)
class Attributes:
    """What each series says of itself: texts in which a number is always written in one way, none where nothing is said."""

    names: tuple[str, ...]
    of: Mapping[str, tuple[str | None, ...]]
    """By series, in the order of the names."""

    def only(self, names: Sequence[str]) -> "Attributes":
        """Return some of them, in the order given."""
        places = [self.names.index(name) for name in names]
        return Attributes(tuple(names), {own: tuple(said[place] for place in places) for own, said in self.of.items()})

    def texts(self, series: Sequence[str], name: str) -> list[str | None]:
        """Return what the series say of one attribute."""
        place, nothing = self.names.index(name), (None,) * len(self.names)
        return [self.of.get(own, nothing)[place] for own in series]

    def seen(self, series: Sequence[str]) -> NDArray[np.float64]:
        """Return numbers and codes, NaN where nothing is said, shape `(n_series, 2 * n_attributes)`."""
        found = np.full((len(series), FORMS * len(self.names)), np.nan)
        for place, name in enumerate(self.names):
            for row, text in enumerate(self.texts(series, name)):
                if text is not None:
                    found[row, FORMS * place : FORMS * place + FORMS] = number_of(text), code_of(text)
        return found


def attributes_in(rows: pd.DataFrame, names: Sequence[str]) -> Attributes:
    """Return what the series of rows `unique_id | names ...` say. Raises TwoSaid where one says two things."""
    said: dict[str, list[str | None]] = {str(own): [None] * len(names) for own in rows["unique_id"].unique()}
    for place, name in enumerate(names):
        each = rows.loc[rows[name].notna(), ["unique_id", name]].drop_duplicates()
        again = each["unique_id"].duplicated()
        if again.any():
            own = each.loc[again, "unique_id"].iloc[0]
            first, other = each.loc[each["unique_id"] == own, name].iloc[:2]
            raise TwoSaid(str(own), name, str(first), str(other))
        for own, text in zip(each["unique_id"], each[name], strict=True):
            said[str(own)][place] = str(text)
    return Attributes(tuple(names), {own: tuple(each) for own, each in said.items()})


def as_texts(cells: "pd.Series[Any]") -> "pd.Series[str]":
    """Return cells as texts, a number written in one way whatever it was read from, but one that is a text such as 007."""
    codes, kinds = pd.factorize(cells)
    texts = pd.array([_text(kind) for kind in kinds], dtype="str")
    taken = pd.Series(texts.take(codes, allow_fill=True), index=cells.index, name=cells.name)
    return taken.mask(taken == "")


def _text(cell: Any) -> str:
    if isinstance(cell, str):
        stripped = cell.strip()
        return stripped if _A_CODE.match(stripped) else written(number_of(stripped), stripped)
    if isinstance(cell, bool | np.bool_):
        return str(cell)
    try:
        return written(float(cell), str(cell))
    except (TypeError, ValueError):
        return str(cell).strip()


def written(number: float, text: str) -> str:
    """Return a number as all kinds of files have it, `text` where it is none."""
    if not np.isfinite(number):
        return text
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)


def number_of(text: str) -> float:
    """Return the finite number that a text is; NaN where it is none."""
    try:
        number = float(text) if "_" not in text else float("nan")
    except ValueError:
        return float("nan")
    return number if np.isfinite(number) else float("nan")


@cache
def code_of(text: str) -> float:
    """Return what stands for a text among numbers, the same in any process: 48 bits of its hash."""
    return float(int.from_bytes(blake2b(text.encode(), digest_size=6).digest()))
