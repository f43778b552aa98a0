"""The windows that a highway network is fitted on: at every origin, absent inputs and targets masked.

y      . . 5 6 7 _ 9 8 | end         season 2, horizon 3, reach 4
           [. . 5 6] ...             no origin before season + 1 known steps
           [5 6 7 _] 9 8 *           `*` lies beyond the end: masked, the window is kept
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
_AT_ONCE = 4096


@dataclass(frozen=True)
class Examples:
    """Windows of a panel by series and origin, the step of the first target."""

    y: Doubles
    """The panel with `reach` absent steps before it and `horizon` behind it, absent from the end of what is known on."""
    reach: int
    horizon: int
    series: NDArray[np.int64]
    origin: NDArray[np.int64]
    offset: int = 0
    """From an origin to that of the panel whose drivers stand beside the windows."""

    def __len__(self) -> int:
        return len(self.origin)

    @property
    def windows(self) -> Doubles:
        """Return a copy of the inputs, shape `(n_windows, reach)`."""
        return sliding_window_view(self.y, self.reach, axis=1)[self.series, self.origin]

    @property
    def targets(self) -> Doubles:
        """Return a copy of the targets, shape `(n_windows, horizon)`."""
        return sliding_window_view(self.y, self.horizon, axis=1)[self.series, self.origin + self.reach]

    def in_parts(self) -> Iterator[tuple[slice, "Examples"]]:
        """Yield some thousands after the other, and which they are: windows overlap, and copies of all would not fit."""
        for first in range(0, len(self), _AT_ONCE):
            some = slice(first, first + _AT_ONCE)
            yield some, self.chosen(some)

    def usable(self, season: int) -> NDArray[np.bool_]:
        """Return which have more known steps than a season, and a known target."""
        enough = (~np.isnan(self.windows)).sum(axis=1) > season
        return np.asarray(enough & (~np.isnan(self.targets)).any(axis=1))

    def chosen(self, which: NDArray[np.int64] | slice) -> "Examples":
        """Return some of them."""
        return replace(self, series=self.series[which], origin=self.origin[which])

    def drawn(self, most: int, seed: int, file: int | None = None) -> "Examples":
        """Return at most so many, in their order, drawn from a seed; by the number of a lake's file each otherwise."""
        if len(self) <= most:
            return self
        random = np.random.default_rng([seed, 2] if file is None else [seed, 2, file])
        return self.chosen(np.sort(random.choice(len(self), most, replace=False)))


def examples(y: Doubles, end: int, season: int, reach: int, horizon: int) -> Examples:
    """Return the windows of a panel `(n_series, n_steps)` of which nothing is known from the step `end` on."""
    known = ~np.isnan(y[:, :end])
    counts = np.zeros((len(y), end + horizon + 1), dtype=np.int64)
    np.cumsum(known, axis=1, out=counts[:, 1 : end + 1])
    counts[:, end + 1 :] = counts[:, end : end + 1]
    origins = np.arange(1, end)
    before = counts[:, origins] - counts[:, np.maximum(origins - reach, 0)]
    ahead = counts[:, origins + horizon] - counts[:, origins]
    series, place = np.nonzero((before > season) & (ahead > 0))
    return Examples(padded(y[:, :end], reach, horizon), reach, horizon, series, origins[place])


def within(y: Doubles, begin: int, length: int, reach: int, horizon: int) -> Examples:
    """Return the windows of all series whose targets lie within so many steps from `begin` on; one each within a horizon."""
    end = begin + length
    everything = padded(y[:, :end], reach, max(0, end - y.shape[1]))
    origins = np.arange(begin, end - horizon + 1)
    series = np.repeat(np.arange(len(y)), len(origins))
    return Examples(everything, reach, horizon, series, np.tile(origins, len(y)))


def padded(y: Doubles, before: int, after: int) -> Doubles:
    """Return a panel with absent steps around it."""
    return np.pad(y, ((0, 0), (before, after)), constant_values=np.nan)
