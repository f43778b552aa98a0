"""A series drawn in a few lines of text: braille signs, each of two by four dots."""

import numpy as np
import pandas as pd

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
"""The bit of each dot of a sign, by its line and column."""
_BLANK = 0x2800
_SIGN_WIDTH, _SIGN_HEIGHT = 2, 4


def drawn(rows: pd.DataFrame, width: int, height: int) -> list[str]:
    """Return lines that show one series' values, the columns `ds` and `y`, over its time; where none are known is blank.

    A column of dots holds all values from the lowest to the highest of its time, so that no peak is lost.
    """
    known = rows.dropna(subset="y")
    if known.empty:
        return [" " * width] * height
    across, up = _SIGN_WIDTH * width, _SIGN_HEIGHT * height
    level = _scaled(known["y"].to_numpy(dtype=np.float64), up - 1)
    column = _scaled(known["ds"].astype("int64").to_numpy().astype(np.float64), across - 1)
    spans = pd.Series(level).groupby(column).agg(["min", "max", "first", "last"])
    dots = np.zeros((up, across), dtype=bool)
    usual = float(np.median(np.diff(spans.index))) if len(spans) > 1 else 1.0
    before: tuple[int, int] | None = None
    for at, low, high, first, last in spans.itertuples():
        dots[low : high + 1, at] = True
        if before is not None and at - before[0] <= max(2.0, 1.5 * usual):
            _join(dots, before, (at, first))
        before = (at, last)
    return _signs(dots[::-1])


def _scaled(
    values: "np.ndarray[tuple[int], np.dtype[np.float64]]", most: int
) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """The values as whole numbers from 0 to `most`, all in the middle where they are one."""
    low, high = values.min(), values.max()
    if low == high:
        return np.full(len(values), most // 2)
    return np.rint((values - low) / (high - low) * most).astype(np.int64)


def _join(
    dots: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]", start: tuple[int, int], end: tuple[int, int]
) -> None:
    """Draw the line between two dots."""
    count = max(abs(end[0] - start[0]), abs(end[1] - start[1])) + 1
    across, up = (np.rint(np.linspace(start[axis], end[axis], count)).astype(np.int64) for axis in (0, 1))
    dots[up, across] = True


def _signs(dots: "np.ndarray[tuple[int, int], np.dtype[np.bool_]]") -> list[str]:
    up, across = dots.shape
    bits = np.zeros((up // _SIGN_HEIGHT, across // _SIGN_WIDTH), dtype=np.int64)
    for line, columns in enumerate(_DOTS):
        for column, bit in enumerate(columns):
            bits += bit * dots[line::_SIGN_HEIGHT, column::_SIGN_WIDTH]
    return ["".join(chr(_BLANK + sign) for sign in line) for line in bits]
