"""Which columns of a table hold the time, the value, the series' name and further inputs."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from recurcast.config import Columns
from recurcast.errors import ConfigurationError, DataRejected, nearest
from recurcast.scaffold.guess import Guess, Said
from recurcast.scaffold.moments import Moment, guess_moment, times_said
from recurcast.scaffold.series_names import CALENDAR, guess_series
from recurcast.series.bounds import LARGEST

_VALUES = ("y", "value", "target", "demand", "load", "consumption", "sales", "price", "close", "quantity", "count")
_MOST_COVARIATES = 4
_LOOKED_AT, _LOOKED_AT_OF_A_CELL = 500, 100  # rows, and characters of each: no date is longer
_NAME_IN_DIGITS = re.compile(r"^0[0-9]+$")


@dataclass(frozen=True)
class ColumnGuesses:
    """The columns, and what speaks for them."""

    columns: Columns
    guesses: tuple[Guess, ...]
    moment: Moment


def guess_columns(table: pd.DataFrame, shown: str, said: Said) -> ColumnGuesses:
    """Return which columns hold what; `shown` is what messages call the file.

    Raises DataRejected where the table shows no time, no value, or times that repeat without a column that tells the
    series apart; ConfigurationError where a column that was said is not there.
    """
    table = _with_texts(table)
    _refuse_unreadable(table, shown)
    for column in (*times_said(said, _names(table)), said.target, said.series):
        if column is not None and column not in table.columns:
            raise ConfigurationError(
                f"a column that is named is one of '{shown}'; received '{column}'. {nearest(column, _names(table))}"
            )
    moment = guess_moment(table, shown, said)
    series = guess_series(table, shown, moment, said)
    taken = {*moment.columns, series.value if series else ""}
    numeric = [c for c in _names(table) if c not in taken and _is_numeric(table[c])]
    y = _target(table, shown, numeric, said)
    covariates = _covariates(table, [c for c in numeric if c != y.value])
    guesses = (series, moment.guess, y, covariates)
    return ColumnGuesses(
        Columns(
            unique_id=series.value if series else None,
            ds=moment.ds,
            y=y.value,
            covariates=tuple(c for c in numeric if covariates and c in covariates.value.split(", ")),
        ),
        tuple(each for each in guesses if each is not None),
        moment,
    )


def _refuse_unreadable(table: pd.DataFrame, shown: str) -> None:
    if table.empty:
        raise DataRejected("a file has at least one row", f"'{shown}' has a header and no rows", "Check the file")


def _is_no_word(value: object) -> bool:
    return isinstance(value, bytes) or not pd.api.types.is_hashable(value)


def _with_texts(table: pd.DataFrame) -> pd.DataFrame:
    """Bytes, lists and mappings, as Parquet may hold them, spelled out: they are text to whoever looks for numbers."""
    table = table.copy(deep=False)
    for column in table:
        if table[column].dtype == object and table[column].map(_is_no_word).any():
            table[column] = table[column].map(repr)
    return table


def _target(table: pd.DataFrame, shown: str, numeric: Sequence[str], said: Said) -> Guess:
    field = "source.columns.y"
    if said.target is not None:
        if said.target not in numeric:
            raise DataRejected(
                "what is forecast is a column of numbers",
                f"'{said.target}' of '{shown}' holds '{table[said.target].dropna().astype('str').iloc[0]}'"
                if table[said.target].notna().any()
                else f"'{said.target}' of '{shown}' is empty",
                f"Columns of numbers: {_listed(numeric)}",
            )
        return Guess(field, said.target, "said on the command line")
    found = [c for c in numeric if not _counts(table[c]) and c.lower() not in CALENDAR and table[c].nunique() > 1]
    if not found:
        changing = next((c for c in numeric if table[c].nunique() > 1), None)
        or_named = f", or forecast it all the same: --target '{changing}'" if changing else ""
        raise DataRejected(
            "what is forecast is a column of numbers that change",
            f"'{shown}' has none{_taken_for(table, numeric)}; its columns are {_listed(_names(table))}",
            f"Check the file{or_named}",
        )
    chosen = _by_name(found, _VALUES)
    return Guess(field, chosen, _alone_or_first(found, chosen, "numbers", "--target"))


def _taken_for(table: pd.DataFrame, numeric: Sequence[str]) -> str:
    """What columns of numbers are taken for that nobody seems to want forecast."""
    told = []
    for column in numeric[:3]:
        if table[column].nunique() <= 1:
            told.append(f"'{column}' is {table[column].dropna().iloc[0]} in every row")
        elif _counts(table[column]):
            told.append(f"'{column}' is taken for a count of the rows, as each value is one more than that before")
        else:
            told.append(f"'{column}' is taken for a part of the date, by its name")
    return f": {', '.join(told)}" if told else ""


def _covariates(table: pd.DataFrame, others: Iterable[str]) -> Guess | None:
    """Columns without a gap: one in a covariate would cost the windows around it."""
    whole = [
        c
        for c in others
        if table[c].notna().all() and table[c].nunique() > 1 and not _counts(table[c]) and c.lower() not in CALENDAR
        and c not in ("unique_id", "ds", "y") and "," not in c and _believed(table[c])
    ]  # fmt: skip
    if not whole:
        return None
    chosen = whole[:_MOST_COVARIATES]
    left = f"; {len(whole) - len(chosen)} more are left out" if len(whole) > len(chosen) else ""
    why = f"further numbers without gaps, known up to as_of only{left}; take out what does not help"
    return Guess("source.columns.covariates", ", ".join(chosen), why)


def _is_numeric(values: "pd.Series[Any]") -> bool:
    if pd.api.types.is_bool_dtype(values) or pd.api.types.is_datetime64_any_dtype(values) or values.notna().sum() == 0:
        return False
    if _share(values, _NAME_IN_DIGITS) > 0 or (pd.api.types.is_integer_dtype(values) and (values.abs() > 2**53).any()):
        return False  # names in digits, and keys that are longer than any number that is measured
    numbers = pd.to_numeric(values, errors="coerce")
    return bool(numbers.notna().sum() >= 0.9 * values.notna().sum())


def _believed(values: "pd.Series[Any]") -> bool:
    return bool((pd.to_numeric(values, errors="coerce").abs() <= LARGEST).all())


def _counts(values: "pd.Series[Any]") -> bool:
    """Whether a column only counts the rows, as an index does that was written to the file."""
    numbers = pd.to_numeric(values, errors="coerce")
    return len(numbers) > 2 and bool((numbers.diff().iloc[1:] == 1).all())


def _share(values: "pd.Series[Any]", pattern: re.Pattern[str]) -> float:
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return 0.0
    text = values.dropna().astype("str").head(_LOOKED_AT).str.slice(0, _LOOKED_AT_OF_A_CELL).str.strip()
    return float(text.map(lambda each: bool(pattern.search(each))).mean()) if len(text) else 0.0


def _by_name(found: Sequence[str], preferred: Sequence[str]) -> str:
    by_rank = {c: preferred.index(c.lower()) for c in found if c.lower() in preferred}
    return min(by_rank, key=lambda c: by_rank[c]) if by_rank else found[0]


def _alone_or_first(found: Sequence[str], chosen: str, what: str, option: str) -> str:
    if len(found) == 1:
        return f"alone holds {what}"
    rest = _listed([c for c in found if c != chosen])
    return f"chosen by name or place; other {what}: {rest}; {option} COLUMN says otherwise"


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"'{name}'" for name in names[:6]) + (", ..." if len(names) > 6 else "") or "none"


def _names(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table.columns]
