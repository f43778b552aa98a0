"""What a network is told of all series of its train part together: said for each file of a lake, and put together. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from math import inf, isfinite

import numpy as np
from numpy.typing import NDArray

from recurcast.series.attributes import Attributes
from recurcast.series.frame import Panel
from recurcast.series.moments import Moments, joined, moments_ahead, moments_of

Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Extent:
    """The least value of y before some step, and the least above zero; infinite where there is none."""

    least: float
    positive: float


@dataclass(frozen=True)
class Said:
    """What series say of themselves, and the first step at which each of them has a value."""

    attributes: Attributes
    begins: Mapping[str, int]

    def before(self, end: int) -> list[str]:
        """Return the series with a value before the step `end`, sorted."""
        return sorted(own for own, begins in self.begins.items() if begins < end)


@dataclass(frozen=True)
class Overall:
    """What is true of all files, where a split looks into the panel of one."""

    n_train: int
    """How many train windows there are."""
    n_calibration: int
    calibrated: NDArray[np.int64]
    """How many targets of calibration windows are known at each step, shape `(horizon,)`."""
    spread_floor: float
    covariates: Doubles
    """Two rows that have the mean and the spread of those of the train part, shape `(2, n_covariates)`."""
    known: NDArray[np.bool_]
    """At which steps any series has a value, shape `(n_steps,)`."""
    extents: Mapping[int, Extent]
    """Of what is known before the steps at which parts begin, and of all."""
    said: Said | None = None
    ahead: Doubles = field(default_factory=lambda: np.zeros((2, 0)))
    """The same two rows of what is known ahead, shape `(2, n_known_ahead)`."""

    @property
    def beside(self) -> Doubles:
        """Return both, in the order in which they stand beside y."""
        return np.concatenate([self.ahead, self.covariates], axis=1)


@dataclass(frozen=True)
class OfFile:
    """The same of the windows of one file."""

    n_train: int
    n_calibration: int
    calibrated: NDArray[np.int64]
    smallest: float
    moments: Moments
    known: NDArray[np.bool_]
    extents: Mapping[int, Extent]
    said: Said | None = None
    ahead: tuple[Moments, ...] = ()
    """Of each column that is known ahead."""


def of_file(panel: Panel, ends: Sequence[int], n_train: int, calibration: Doubles) -> OfFile:
    """Return what a file's panel tells, of so many train windows and the targets of its calibration windows.

    Parts begin at the steps `ends`, the first of which ends the train part.
    """
    train = panel.values[:, : ends[0]]
    rows = train[:, :, 1:].reshape(train.shape[0] * train.shape[1], panel.values.shape[2] - 1)
    return OfFile(
        n_train,
        len(calibration),
        (~np.isnan(calibration)).sum(axis=0),
        smallest_spread(train[:, :, 0]),
        moments_of(rows[~np.isnan(rows).any(axis=1)]),
        np.asarray(~np.isnan(panel.y).all(axis=0)),
        {end: extent_of(panel.y[:, :end]) for end in (*ends, len(panel.steps))},
        said_in(panel),
        moments_ahead(panel, ends[0]),
    )


def put_together(files: Sequence[OfFile]) -> Overall:
    """Return what all files tell, in their order; there is at least one."""
    moments = reduce(joined, [each.moments for each in files])
    ahead = [_both_ways(reduce(joined, own)) for own in zip(*(each.ahead for each in files), strict=True)]
    return Overall(
        sum(each.n_train for each in files),
        sum(each.n_calibration for each in files),
        np.sum([each.calibrated for each in files], axis=0),
        _floor(min(each.smallest for each in files)),
        _both_ways(moments),
        np.any([each.known for each in files], axis=0),
        {end: _widest([each.extents[end] for each in files]) for end in files[0].extents},
        _all_said([each.said for each in files if each.said is not None]),
        np.concatenate([np.zeros((2, 0)), *ahead], axis=1),
    )


def extent_of(known: Doubles) -> Extent:
    """Return the extent of values, NaN where none is known."""
    positive = known[known > 0]
    least = float(np.fmin.reduce(known, axis=None)) if known.size else inf
    return Extent(inf if np.isnan(least) else least, float(positive.min()) if len(positive) else inf)


def said_in(panel: Panel) -> Said | None:
    """Return what the series of a panel say of themselves; none where nothing is said."""
    if panel.attributes is None:
        return None
    known = ~np.isnan(panel.y)
    begins = np.where(known.any(axis=1), known.argmax(axis=1), len(panel.steps)).tolist()
    return Said(panel.attributes, dict(zip(panel.ids, begins, strict=True)))


def _both_ways(moments: Moments) -> Doubles:
    still = moments.most == moments.least
    mean = np.where(still, moments.least, moments.mean)  # what never moves keeps its value to the bit
    spread = np.where(still, 0.0, np.sqrt(moments.squared / max(moments.rows, 1)))
    return np.stack([mean - spread, mean + spread])


def _widest(extents: Sequence[Extent]) -> Extent:
    return Extent(min(each.least for each in extents), min(each.positive for each in extents))


def _all_said(files: Sequence[Said]) -> Said | None:
    if not files:
        return None
    said, begins = dict(files[0].attributes.of), dict(files[0].begins)
    for each in files[1:]:
        said |= each.attributes.of
        begins |= each.begins
    return Said(Attributes(files[0].attributes.names, said), begins)


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
