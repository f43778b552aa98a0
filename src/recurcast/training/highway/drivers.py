"""What stands beside the windows of a fit: calendar, what is known ahead, covariates; gathered as batches ask for it."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from recurcast.forecasting.portable.beside import said_of, standardised
from recurcast.forecasting.portable.highway import Beside, Highway, anchored
from recurcast.series.frame import Panel

Floats = NDArray[np.float32]
_MOST_STEPS = 100_000
"""Rows that mean and spread of the drivers come from."""
_UNHEEDED = float(np.finfo(np.float64).max)
"""Spread of a column that never changed where it was learnt from: nothing is known of what a change in it means."""
_MOST_VALUES, _AT_ONCE = 2**25, 4096
"""Standardised values that are laid out once, and windows that are gathered at a time."""


@dataclass(frozen=True, eq=False)
class Drivers:
    """Drivers and covariates of windows by series and origin, a step of the panel."""

    facts: Highway
    panel: Panel
    series: NDArray[np.int64]
    origin: NDArray[np.int64]

    def at(self, rows: NDArray[np.int64]) -> tuple[Floats, ...]:
        """Return what `Beside` has of the windows `rows`, of any shape, and what their series say, as the weights take it."""
        said = () if self._said is None else (self._said[self.series[rows]],)
        if not self.facts.beside:
            return said
        if self._whole is not None:
            ahead, past = self._whole
            return (ahead[rows], past[rows], *said)
        return (*self._gathered(rows), *said)

    @cached_property
    def _said(self) -> Floats | None:
        """What each series of the panel says of itself, shape `(n_series, said)`; none where nothing is."""
        if self.panel.attributes is None or not self.facts.said:
            return None
        return said_of(self.facts, self.panel.attributes.seen(self.panel.ids)).astype(np.float32)

    @cached_property
    def _whole(self) -> tuple[Floats, Floats] | None:
        """That of all windows, gathered once; none where it would take too much memory."""
        facts = self.facts
        size = 2 * facts.horizon * facts.drivers + facts.patches * facts.beside
        if len(self.origin) * size > _MOST_VALUES:
            return None
        some = np.array_split(np.arange(len(self.origin)), -(-len(self.origin) // _AT_ONCE) or 1)
        parts = [self._gathered(rows) for rows in some]
        ahead, past = (np.concatenate([part[side] for part in parts]) for side in (0, 1))
        return ahead, past

    def _gathered(self, rows: NDArray[np.int64]) -> tuple[Floats, Floats]:
        series, origin = self.series[rows].ravel(), self.origin[rows].ravel()
        facts, n = self.facts, self.facts.drivers
        recalled = origin[:, None] + np.arange(-facts.patches * facts.patch, 0)
        targets = origin[:, None] + np.arange(facts.horizon)
        anchors = origin[:, None] - facts.reach + anchored(facts)
        each = Beside.of(
            facts,
            self._standardised(series, targets, origin)[:, :, :n],
            self._standardised(series, anchors, origin)[:, :, :n],
            self._standardised(series, recalled, origin),
        )
        return each.ahead.reshape(*rows.shape, *each.ahead.shape[1:]), each.past.reshape(
            *rows.shape, *each.past.shape[1:]
        )

    def _standardised(self, series: NDArray[np.int64], steps: NDArray[np.int64], origin: NDArray[np.int64]) -> Floats:
        """All that stands beside y at steps `(n, n_steps)`."""
        if self._steady is None:
            return standardised(self.facts, beside_y(self.panel, series, steps, origin)).astype(np.float32)
        found = self._steady[series[:, None], np.clip(steps, 0, len(self.panel.steps) - 1)]
        return np.asarray(found)

    @cached_property
    def _steady(self) -> Floats | None:
        """The same for all steps, laid out once; none where it depends on the origin, or would take too much memory."""
        panel = self.panel
        n_series, n_steps = panel.y.shape
        if n_series * n_steps * self.facts.beside > _MOST_VALUES or (
            panel.ahead is not None and not panel.ahead.steady
        ):
            return None
        series = np.arange(n_series)
        steps = np.broadcast_to(np.arange(n_steps), (n_series, n_steps))
        found = beside_y(panel, series, steps, np.zeros(n_series, np.int64))
        return standardised(self.facts, found).astype(np.float32)


@dataclass(frozen=True, eq=False)
class Gathered:
    """The same of windows whose panels are not there any more, in the order of `Drivers.at`."""

    arrays: tuple[Floats, ...]

    def at(self, rows: NDArray[np.int64]) -> tuple[Floats, ...]:
        """Return what stands beside the windows `rows`, of any shape."""
        return tuple(each[rows] for each in self.arrays)


def beside_y(
    panel: Panel, series: NDArray[np.int64], steps: NDArray[np.int64], origin: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Return drivers and covariates of steps `(n, n_steps)`, shape `(n, n_steps, n_drivers + n_covariates)`."""
    covariates = panel.values[series[:, None], np.clip(steps, 0, len(panel.steps) - 1), 1:]
    return np.concatenate([panel.dated(series, steps, origin), covariates], axis=2)


def with_drivers(facts: Highway, panel: Panel, end: int, of_all: NDArray[np.float64] | None = None) -> Highway:
    """Return the facts with the statistics of what stands beside y before the step `end`.

    Where the panel has some series of a lake, `of_all` has two rows with the mean and spread of what is known ahead of all
    series, and of their covariates: a column that moves in none of the panel's counts by them.
    """
    n_beside = panel.n_dated + len(panel.covariates)
    if not n_beside:
        return facts
    most = max(_MOST_STEPS // len(panel.ids), 1)
    begin = max(end - most, 0)
    known = np.flatnonzero(~np.isnan(panel.y[:, begin:end]).all(axis=0)) + begin
    series = np.arange(len(panel.ids)).repeat(len(known))
    steps = np.tile(known, len(panel.ids))
    values = beside_y(panel, series, steps[:, None], steps)[:, 0]
    there = ~np.isnan(values)
    counts = np.maximum(there.sum(axis=0), 1)
    mean = np.where(there, values, 0).sum(axis=0) / counts
    spread = np.sqrt(np.where(there, np.square(values - mean), 0).sum(axis=0) / counts)
    varies = np.where(there, values, np.inf).min(axis=0) < np.where(there, values, -np.inf).max(axis=0)
    moves = varies & (spread > 0)
    if of_all is not None:
        told = slice(panel.calendar.shape[1], None)
        own = np.where(moves[told], [mean[told], spread[told]], [of_all.mean(axis=0), of_all.std(axis=0)])
        mean[told], spread[told] = own
        moves[told] |= of_all[0] < of_all[1]
    spread = np.where(moves, spread, _UNHEEDED)
    return replace(facts, drivers=panel.n_dated, driver_mean=tuple(mean.tolist()), driver_spread=tuple(spread.tolist()))
