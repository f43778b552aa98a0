"""What a highway network makes of a window before and after its weights, in numpy alone; equations: docs/forecasting.md.

window  (reach,) y in series units, NaN where a step is missing or lies before the series
    -> log -> absent steps from the same phase of another season -> level, spread of the window
    -> z (lookback,), known (lookback,)  -> weights -> output (horizon,)
forecast = back(level + spread * (anchor + output))
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
LEAST = 1e-12
"""Smallest relative spread: what is divided by it is a constant series."""


@dataclass(frozen=True)
class Highway:
    """What was chosen for a panel, as an artifact states it."""

    season: int
    horizon: int
    lookback: int
    """Steps that the weights see, the last ones of the window."""
    reach: int
    """Steps of the window: level and spread come from them, never from whatever more a caller has."""
    patch: int
    """Steps that enter the recurrence at once; divides the lookback."""
    log: bool = False
    """Whether the network sees log(y + offset)."""
    offset: float = 0.0
    smallest: float = 0.0
    """Smallest y + offset whose logarithm is taken: a later y below stands for it."""
    anchor: str = "seasonal"
    """`seasonal`: the value one season before each target; `last`: the newest value."""
    noise: float = 1.0
    """The panel's relative spread, that of a window of which too little is known."""
    noise_mean: float = 0.0
    noise_spread: float = 1.0
    """Mean and standard deviation of the logarithm of the windows' relative spreads."""
    year: int = 0
    """Steps in a year, where the steps around the same day a year before are further inputs; else 0."""
    at_least_zero: bool = False
    share: float = 1.0
    """Share of the recurrent correction in the forecast."""
    recalled: int = 0
    """Newest steps of the window that enter the recurrence, whole patches; 0: the lookback."""
    drivers: int = 0
    """Columns beside y that are known up to the last target: the calendar's, and what is known ahead."""
    driver_mean: tuple[float, ...] = ()
    driver_spread: tuple[float, ...] = ()
    """Mean and standard deviation of the drivers, and after them of the covariates, which are known up to the origin."""
    attribute_mean: tuple[float, ...] = ()
    attribute_spread: tuple[float, ...] = ()
    """Mean and standard deviation of what series say of themselves once, of those that are numbers."""
    attribute_codes: tuple[tuple[float, ...], ...] = ()
    """Of those that are names, the codes of the names that the train part had; of numbers none."""
    attribute_shares: tuple[tuple[float, ...], ...] = ()
    """The share of series with each of them, which stands for a name that is not known."""

    @property
    def said(self) -> int:
        """Return how many values stand for what a series says of itself: one of a number, one for each name."""
        return sum(len(codes) or 1 for codes in self.attribute_codes)

    @property
    def beside(self) -> int:
        """Return how many columns beside y the recurrence sees: drivers and covariates."""
        return len(self.driver_mean)

    @property
    def yearly(self) -> int:
        """Return how many values of a year before the highway sees."""
        return self.horizon + 14 if self.year else 0

    @property
    def recurrent(self) -> slice:
        """Return which of the highway's inputs the recurrence sees."""
        return slice(self.lookback - (self.recalled or self.lookback), self.lookback)

    @property
    def patches(self) -> int:
        """Return the steps of the recurrence."""
        return (self.recalled or self.lookback) // self.patch

    @property
    def inputs(self) -> int:
        """Return how many values the highway sees."""
        return self.lookback + self.yearly


@dataclass(frozen=True)
class Prepared:
    """Windows as the weights see them."""

    z: Doubles
    """Shape `(n_windows, inputs)`: the last `lookback` steps less their level, in spreads; then those of a year before."""
    known: Doubles
    """Share of each patch's steps that are there, shape `(n_windows, patches)`."""
    scaled: Doubles
    """The whole window less its level, in spreads, shape `(n_windows, reach)`."""
    anchor: Doubles
    """What the output is added to, shape `(n_windows, horizon)`."""
    static: Doubles
    """Standardised logarithm of the relative spread, shape `(n_windows, 1)`."""
    level: Doubles
    """Shape `(n_windows, 1)`, of y or of its logarithm."""
    spread: Doubles
    """Shape `(n_windows, 1)`."""
    relative: Doubles
    """The spread as a share of y, shape `(n_windows, 1)`."""
    beside: "Beside | None" = None
    """What stands beside y; none where nothing does."""
    said: NDArray[Any] | None = None
    """What the series says of itself, shape `(n_windows, said)`; none where nothing is."""


@dataclass(frozen=True)
class Beside:
    """Drivers and covariates as the weights see them: standardised, 0 where nothing is known."""

    ahead: NDArray[Any]
    """Of each target, and less those of the step that it is compared with, shape `(n_windows, horizon, 2 * drivers)`."""
    past: NDArray[Any]
    """Means over each patch, shape `(n_windows, patches, beside)`."""

    @classmethod
    def of(cls, facts: Highway, targets: Any, anchors: Any, recalled: Any) -> "Beside":
        """Return it from what is standardised of targets, of the steps they are compared with, and of recalled steps."""
        patches = recalled.reshape(len(recalled), facts.patches, facts.patch, facts.beside).mean(axis=2)
        return cls(np.concatenate([targets, targets - anchors], axis=2), patches)


def transformed(facts: Highway, y: Doubles) -> Doubles:
    """Return y, or its logarithm, NaN where it is."""
    return np.log(np.maximum(y + facts.offset, facts.smallest)) if facts.log else y


def restored(facts: Highway, values: Doubles) -> Doubles:
    """Return what `transformed` was applied to; not below zero where the panel never was."""
    y = np.exp(values) - facts.offset if facts.log else values
    return np.maximum(y, 0.0) if facts.at_least_zero else y


def prepare(
    facts: Highway, window: Doubles, beside: Beside | None = None, said: NDArray[Any] | None = None
) -> Prepared:
    """Return windows `(n_windows, reach)` as the weights see them, with what stands beside them."""
    x = transformed(facts, window)
    known = ~np.isnan(x)
    filled = _filled(x, known, facts.season)
    level = filled[:, -facts.season :].mean(axis=1, keepdims=True)
    spread, relative = _spread(facts, x, window)
    scaled = (filled - level) / spread
    patches = known[:, -facts.lookback :][:, facts.recurrent].reshape(len(x), facts.patches, facts.patch)
    static = (np.log(relative) - facts.noise_mean) / facts.noise_spread
    return Prepared(
        np.concatenate([scaled[:, -facts.lookback :], *_year_before(facts, filled, spread)], axis=1),
        patches.mean(axis=2),
        scaled,
        scaled[:, anchored(facts)],
        static,
        level,
        spread,
        relative,
        beside,
        said,
    )


def relative_spread(facts: Highway, window: Doubles) -> Doubles:
    """Return the spread of windows `(n_windows, reach)` as a share of y, shape `(n_windows, 1)`."""
    return _spread(facts, transformed(facts, window), window)[1]


def spread_in_units(facts: Highway, each: Prepared) -> Doubles:
    """Return what the widths of intervals are multiplied with, in series units, shape `(n_windows,)`."""
    return (each.spread * np.exp(each.level) if facts.log else each.spread)[:, 0]


def anchored(facts: Highway) -> NDArray[np.int64]:
    """Return the step of the window that each target is compared with, shape `(horizon,)`."""
    ahead = np.arange(facts.horizon)
    if facts.anchor == "last":
        return np.full(facts.horizon, facts.reach - 1)
    return facts.reach - facts.season + ahead % facts.season


def _filled(x: Doubles, known: NDArray[np.bool_], season: int) -> Doubles:
    """Absent steps from the season before them, however many back; else from the one after; else the mean of what is known."""
    gappy = ~known.all(axis=1)
    if not gappy.any():
        return x
    there, own = known[gappy], x[gappy]
    filled = np.where(there, own, 0.0)
    mean = filled.sum(axis=1, keepdims=True) / np.maximum(there.sum(axis=1, keepdims=True), 1)
    for step in (1, -1):
        distance = season
        while distance < x.shape[1] and not there.all():
            found, value = _shifted(there, step * distance), _shifted(filled, step * distance)
            filled, there = np.where(there, filled, value), there | found
            distance *= 2
    whole = x.copy()
    whole[gappy] = np.where(there, filled, mean)
    return whole


def _shifted(values: NDArray[Any], steps: int) -> NDArray[Any]:
    """The values so many steps earlier, zero where there are none; later ones where `steps` is negative."""
    moved = np.zeros_like(values)
    if steps > 0:
        moved[:, steps:] = values[:, :-steps]
    else:
        moved[:, :steps] = values[:, -steps:]
    return moved


def _spread(facts: Highway, x: Doubles, window: Doubles) -> tuple[Doubles, Doubles]:
    """Mean change from season to season, drawn to the panel's where few pairs are known; and the same as a share of y."""
    change = np.abs(x[:, facts.season :] - x[:, : -facts.season])
    pairs = (~np.isnan(change)).sum(axis=1, keepdims=True)
    size = np.ones((len(x), 1))
    if not facts.log:
        counted = (~np.isnan(window)).sum(axis=1, keepdims=True)
        size = np.nansum(np.abs(window), axis=1, keepdims=True) / np.maximum(counted, 1)
        size = np.where(size > 0, size, 1.0)
    usual = facts.noise * size
    spread = (np.nansum(change, axis=1, keepdims=True) + facts.season * usual) / (pairs + facts.season)
    spread = np.maximum(spread, LEAST * size)
    return spread, spread / size


def _year_before(facts: Highway, filled: Doubles, spread: Doubles) -> list[Doubles]:
    if not facts.year:
        return []
    first = facts.reach - facts.year - 7
    values = filled[:, first : first + facts.yearly]
    return [(values - values[:, :7].mean(axis=1, keepdims=True)) / spread]
