"""Which columns of a table hold the time, the value, the series' name and further inputs."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from recurcast.config import Columns
from recurcast.errors import ConfigurationError, DataRejected, nearest
from recurcast.scaffold.guess import Guess, Said
from recurcast.scaffold.moments import Moment, guess_moment, times_said
from recurcast.scaffold.series_names import CALENDAR, guess_series
from recurcast.scaffold.static_columns import guess_static
from recurcast.scaffold.targets import counts, guess_target
from recurcast.series.bounds import LARGEST

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
    y = guess_target(table, shown, numeric, said)
    unique_id = series.value if series else None
    static = guess_static(table, unique_id, [c for c in _names(table) if c not in {*taken, y.value}])
    of_series = set(static.value.split(", ")) if static else set()
    covariates = _covariates(table, [c for c in numeric if c != y.value and c not in of_series])
    if static and covariates:
        why = f"{static.value} say what each series is, for network.kind: highway, which init does not take beside covariates"
        static, of_series = Guess(static.field, "none", why), set()
    guesses = (series, moment.guess, y, covariates, static)
    return ColumnGuesses(
        Columns(
            unique_id=unique_id,
            ds=moment.ds,
            y=y.value,
            covariates=tuple(c for c in numeric if covariates and c in covariates.value.split(", ")),
            static=tuple(c for c in _names(table) if c in of_series),
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


def _covariates(table: pd.DataFrame, others: Iterable[str]) -> Guess | None:
    """Columns without a gap: one in a covariate would cost the windows around it."""
    whole = [
        c
        for c in others
        if table[c].notna().all() and table[c].nunique() > 1 and not counts(table[c]) and c.lower() not in CALENDAR
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


def _share(values: "pd.Series[Any]", pattern: re.Pattern[str]) -> float:
    if pd.api.types.is_numeric_dtype(values) or pd.api.types.is_datetime64_any_dtype(values):
        return 0.0
    text = values.dropna().astype("str").head(_LOOKED_AT).str.slice(0, _LOOKED_AT_OF_A_CELL).str.strip()
    return float(text.map(lambda each: bool(pattern.search(each))).mean()) if len(text) else 0.0


def _names(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table.columns]
