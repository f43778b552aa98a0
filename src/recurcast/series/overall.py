"""What a network is told of all series of its train part together: said for each file of a lake, and put together. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Overall:
    """What is true of all files, where a split looks into the panel of one."""

    n_train: int
    """How many train windows there are."""
    n_calibration: int
    spread_floor: float
    covariates: Doubles
    """Two rows that have the mean and the spread of those of the train part, shape `(2, n_covariates)`."""
    known: NDArray[np.bool_]
    """At which steps any series has a value, shape `(n_steps,)`."""


@dataclass(frozen=True)
class OfFile:
    """The same of the windows of one file."""

    n_train: int
    n_calibration: int
    smallest: float
    moments: "Moments"
    known: NDArray[np.bool_]


@dataclass(frozen=True)
class Moments:
    """Of columns, each shape `(n_columns,)`: mean, sum of squared distances from it, and extremes, of so many rows."""

    rows: int
    mean: Doubles
    squared: Doubles
    least: Doubles
    most: Doubles


def of_file(values: Doubles, validation_begins: int, n_train: int, n_calibration: int) -> OfFile:
    """Return what a file's panel tells, of so many windows; `values` are `(n_series, n_steps, 1 + n_covariates)`."""
    train = values[:, :validation_begins]
    rows = train[:, :, 1:].reshape(train.shape[0] * train.shape[1], values.shape[2] - 1)
    return OfFile(
        n_train,
        n_calibration,
        smallest_spread(train[:, :, 0]),
        _moments_of(rows[~np.isnan(rows).any(axis=1)]),
        np.asarray(~np.isnan(values[:, :, 0]).all(axis=0)),
    )


def put_together(files: Sequence[OfFile]) -> Overall:
    """Return what all files tell, in their order; there is at least one."""
    moments = files[0].moments
    for each in files[1:]:
        moments = _joined(moments, each.moments)
    still = moments.most == moments.least
    mean = np.where(still, moments.least, moments.mean)  # what never moves keeps its value to the bit
    spread = np.where(still, 0.0, np.sqrt(moments.squared / max(moments.rows, 1)))
    return Overall(
        sum(each.n_train for each in files),
        sum(each.n_calibration for each in files),
        _floor(min(each.smallest for each in files)),
        np.stack([mean - spread, mean + spread]),
        np.any([each.known for each in files], axis=0),
    )


def spread_floor(train_y: Doubles) -> float:
    """Return a hundredth of the smallest spread that a series of the train part has, over all its steps.

    A flat window (a night without sun) would else be blown up until its few targets rule the loss. A constant series is
    told by its extremes, since its standard deviation may be a rounding error; one without a value there counts for nothing.
    """
    return _floor(smallest_spread(train_y))


def smallest_spread(train_y: Doubles) -> float:
    """Return the smallest standard deviation of a series that moves; infinite where none does."""
    moves = np.fmax.reduce(train_y, axis=1) > np.fmin.reduce(train_y, axis=1)
    spreads = np.nanstd(train_y[moves], axis=1)
    positive = spreads[spreads > 0]
    return float(positive.min()) if len(positive) else inf


def _floor(smallest: float) -> float:
    return smallest / 100 if isfinite(smallest) else 1.0


def _moments_of(rows: Doubles) -> Moments:
    if not len(rows):
        none = np.zeros(rows.shape[1])
        return Moments(0, none, none, np.full_like(none, inf), np.full_like(none, -inf))
    mean = rows.mean(axis=0)
    return Moments(len(rows), mean, ((rows - mean) ** 2).sum(axis=0), rows.min(axis=0), rows.max(axis=0))


def _joined(one: Moments, other: Moments) -> Moments:
    """Of both, by Chan, Golub & LeVeque (1979)."""
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
