"""Long columns, a stretch at a time: what is computed on the way takes the room of a stretch, not of the column."""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

ROWS_OF_A_STRETCH = 2**19


def stretches(n_rows: int, overlap: int = 0, length: int = 0) -> Iterator[slice]:
    """Yield the stretches of so many rows in turn; each begins `overlap` rows before the end of the one before it."""
    length = length or ROWS_OF_A_STRETCH
    for begin in range(0, n_rows, length):
        yield slice(max(begin - overlap, 0), begin + length)


def of_whole_groups(codes: NDArray[Any]) -> Iterator[slice]:
    """Yield stretches of rows whose codes ascend, none of which parts rows of the same code: longer where one has more."""
    begin = 0
    while begin < len(codes):
        end = min(begin + ROWS_OF_A_STRETCH, len(codes))
        end = max(int(codes.searchsorted(codes[end - 1], side="left")), begin) if end < len(codes) else end
        if end == begin:
            end = int(codes.searchsorted(codes[begin], side="right"))
        yield slice(begin, end)
        begin = end


def in_stretches(of: Callable[[NDArray[Any]], NDArray[Any]], column: NDArray[Any], kind: Any) -> NDArray[Any]:
    """Return what a function gives value by value for a column, shape `(n_rows,)`, of the kind told."""
    found = np.empty(len(column), dtype=kind)
    for own in stretches(len(column)):
        found[own] = of(column[own])
    return found


def places_of(ds: NDArray[Any], steps: pd.DatetimeIndex) -> NDArray[np.int32]:
    """Return the place of each instant among ascending steps, in ns, shape `(n_rows,)`; -1 of what is none of them."""
    instants = steps.as_unit("ns").asi8
    if not len(instants):
        return np.full(len(ds), -1, np.int32)
    width = max(int(instants[-1] - instants[0]) // max(len(instants) - 1, 1), 1)
    found = np.empty(len(ds), np.int32)
    for own in stretches(len(ds)):
        asked = ds[own]
        at = np.clip((asked - instants[0]) // width, 0, len(instants) - 1)  # right where steps are even
        wrong = np.flatnonzero(instants[at] != asked)
        if len(wrong):
            at[wrong] = np.minimum(instants.searchsorted(asked[wrong]), len(instants) - 1)
            at[wrong[instants[at[wrong]] != asked[wrong]]] = -1
        found[own] = at
    return found
