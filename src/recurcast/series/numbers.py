"""From what a column calls a number to float64: plain digits, or as `source.numbers` says that they are written."""

import json
from typing import Any

import numpy as np
import pandas as pd

from recurcast.config.reading import NumberFormat
from recurcast.errors import DataRejected
from recurcast.series.number_formats import decide
from recurcast.series.number_reader import NumberReader

_LONGEST_SHOWN, _MOST_WHOLE = 60, 2**53


def to_numbers(values: "pd.Series[Any]", column: str, how: NumberFormat | None = None) -> "pd.Series[float]":
    """Return a column's numbers; NaN is a missing value. Raises DataRejected with the first cell that holds none."""
    if values.dtype == np.float64:
        return values
    if how is not None and not pd.api.types.is_numeric_dtype(values) and values.dtype.kind not in "mM":
        return _formatted(values, column, how)
    timed = values.dtype.kind in "mM"  # of dates and durations pandas would take the nanoseconds
    numbers = pd.Series(float("nan"), index=values.index) if timed else pd.to_numeric(values, errors="coerce")
    bad = numbers.isna() & values.notna()
    if bad.any():
        raise _rejected(values, bad, column, how)
    _refuse_rounded(numbers, column)
    return numbers.astype("float64")


def _refuse_rounded(numbers: "pd.Series[Any]", column: str) -> None:
    """Raise DataRejected where whole numbers are longer than float64 keeps, as keys and counters of bytes are."""
    if not pd.api.types.is_integer_dtype(numbers) or (numbers.abs() <= _MOST_WHOLE).all():
        return
    whole = numbers.dropna()
    lost = whole.astype("float64").map(int) != whole.map(int)
    if lost.any():
        raise DataRejected(
            f"the column '{column}' holds numbers that float64 keeps, whole ones up to {_MOST_WHOLE:,}",
            f"row {int(lost.to_numpy().argmax()) + 1} holds {whole[lost].iloc[0]}",
            "Take another column, or write them in a larger unit",
        )


def _formatted(values: "pd.Series[Any]", column: str, how: NumberFormat) -> "pd.Series[float]":
    reader = NumberReader(how)
    if values.dtype == object:
        values = values.map(lambda each: each if pd.api.types.is_hashable(each) else repr(each))
    codes, distinct = pd.factorize(values)
    read = [reader.number(each) if isinstance(each, str) else _typed(each) for each in distinct]
    numbers = np.array([np.nan if each is None else each for each in read] + [np.nan], dtype=np.float64)
    wrong = np.array([each is None for each in read] + [False])
    if wrong.any():
        raise _rejected(values, pd.Series(wrong[codes], index=values.index), column, how)
    return pd.Series(numbers[codes], index=values.index)


def _typed(value: object) -> float | None:
    """A cell of a workbook that is a number already; dates and truths are none."""
    if isinstance(value, int | float | np.number) and not isinstance(value, bool):
        return float(value)
    return None


def _rejected(values: "pd.Series[Any]", bad: "pd.Series[Any]", column: str, how: NumberFormat | None) -> DataRejected:
    return DataRejected(
        f"the column '{column}' holds numbers",
        f"row {int(bad.to_numpy().argmax()) + 1} holds '{_shortened(values[bad].iloc[0])}'",
        f"Correct or empty that cell; {_advice(values, column, how)}",
    )


def _advice(values: "pd.Series[Any]", column: str, how: NumberFormat | None) -> str:
    if how is None and (pd.api.types.is_string_dtype(values) or values.dtype == object):
        found = decide(list(values.map(str, na_action="ignore").dropna().unique()))
        if found is not None and found.how is not None:
            said = json.dumps(found.how.model_dump(exclude_defaults=True), ensure_ascii=False)  # which is YAML too
            return f"or say how they are written, source.numbers: {{{json.dumps(column, ensure_ascii=False)}: {said}}}"
    return "decimal points, no thousands separators, or as source.numbers says"


def _shortened(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."
