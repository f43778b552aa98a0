"""Mean, spread and extremes of what stands beside y, found of parts and put together. Pure."""

from dataclasses import dataclass
from math import inf

import numpy as np
from numpy.typing import NDArray

from recurcast.series.frame import Panel

Doubles = NDArray[np.float64]
_MOST_VALUES = 2**14
"""Of a column that is known ahead, of one panel."""


@dataclass(frozen=True)
class Moments:
    """Of columns, each shape `(n_columns,)`: mean, sum of squared distances from it, and extremes, of so many rows."""

    rows: int
    mean: Doubles
    squared: Doubles
    least: Doubles
    most: Doubles


def moments_of(rows: Doubles) -> Moments:
    """Return those of rows `(n_rows, n_columns)`."""
    if not len(rows):
        none = np.zeros(rows.shape[1])
        return Moments(0, none, none, np.full_like(none, inf), np.full_like(none, -inf))
    mean = rows.mean(axis=0)
    return Moments(len(rows), mean, ((rows - mean) ** 2).sum(axis=0), rows.min(axis=0), rows.max(axis=0))


def joined(one: Moments, other: Moments) -> Moments:
    """Return those of both, by Chan, Golub & LeVeque (1979)."""
    rows = one.rows + other.rows
    if not (one.rows and other.rows):
        return one if one.rows else other
    apart = other.mean - one.mean
    return Moments(
        rows,
        one.mean + apart * (other.rows / rows),
        one.squared + other.squared + apart**2 * (one.rows * other.rows / rows),
        np.minimum(one.least, other.least),
        np.maximum(one.most, other.most),
    )


def moments_ahead(panel: Panel, end: int) -> tuple[Moments, ...]:
    """Return those of each column that is known ahead, of what windows see of their first targets before the step `end`.

    Of the series that have values, at evenly spaced steps where these are very many.
    """
    if panel.ahead is None:
        return ()
    named, first, found = panel.ahead.of_series(panel.ids), panel.calendar.shape[1], list[Moments]()
    for column in range(named.shape[1]):
        series = np.flatnonzero(named[:, column])
        count = min(end, _MOST_VALUES // max(len(series), 1) + 1)
        steps = np.unique(np.linspace(0, end - 1, count).astype(np.int64))
        rows, at = np.repeat(series, len(steps)), np.tile(steps, len(series))
        values = panel.dated(rows, at[:, None], at)[:, 0, first + column]
        found.append(moments_of(values[~np.isnan(values), None]))
    return tuple(found)
