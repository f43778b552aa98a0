"""Split by time and cut windows: views and positions, never copies of the series.

Parts, counted back from as_of; here history 6, validation 5 of which calibration 2, test 3, lookback 2, horizon 1:

    step      0   1   2   3   4   5 | 6   7   8 | 9  10 |11  12  13 | as_of
                                    | --- validation -- |
              ------- train ------- |           | calib.| -- test --
    train    [i   i]  t
                 [i   i]  t                                     ... up to the target at 5
    validation               [i   i]  t                         inputs may reach back over a border,
    calibration                          [i   i]  t             targets never
    test                                         [i   i]  t

A window belongs to the part that holds its targets. It never crosses a gap or a series' end, unless absent steps enter
masked (`fewest`): then it needs so many known steps before its origin, and one known target. What stops the training and
chooses among the cells are the windows of the validation part before its calibration steps.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from recurcast.config import Parts, WindowsConfig
from recurcast.series.frame import Panel
from recurcast.series.overall import Overall, spread_floor
from recurcast.series.refusal import no_window
from recurcast.series.stretches import stretches

PartName = Literal["train", "validation", "calibration", "test", "track"]
"""The last names no part of a split: windows that a champion forecast after its tick (see `track_record`)."""
_POINTS_AT_ONCE = 2**20


@dataclass(frozen=True)
class Windows:
    """The windows of one part: window k sees the `lookback` steps before `origin[k]` of series `series[k]`."""

    part: PartName
    panel: Panel
    lookback: int
    horizon: int
    series: NDArray[Any]
    origin: NDArray[Any]
    """Step of each window's first target, shape `(n_windows,)`; both of 32 bits where that counts all points of the panel."""

    def __len__(self) -> int:
        return len(self.origin)

    @property
    def starts(self) -> NDArray[Any]:
        """Return each window's first input as a row of the flattened panel, shape `(n_windows,)`."""
        return self.series * len(self.panel.steps) + self.origin - self.lookback

    @property
    def inputs(self) -> NDArray[np.float64]:
        """Return what the networks see, a copy of shape `(n_windows, lookback, 1 + n_covariates)`."""
        views = sliding_window_view(self.panel.values, self.lookback, axis=1)
        return views[self.series, self.origin - self.lookback].swapaxes(1, 2)

    @property
    def targets(self) -> NDArray[np.float64]:
        """Return what they forecast, a copy of shape `(n_windows, horizon)`."""
        return sliding_window_view(self.panel.y, self.horizon, axis=1)[self.series, self.origin]

    @property
    def calendar(self) -> NDArray[np.float64]:
        """Return the calendar of input and target steps, what was known ahead at the windows' origins, and attributes.

        Shape `(n_windows, lookback + horizon, n_drivers)`; NaN where nothing is known.
        """
        if self.panel.ahead is not None or self.panel.attributes is not None:
            steps = self.origin[:, None] + np.arange(-self.lookback, self.horizon)
            return self.panel.drivers(self.series, steps, self.origin)
        views = sliding_window_view(self.panel.calendar, self.lookback + self.horizon, axis=0)
        return views[self.origin - self.lookback].swapaxes(1, 2)

    def slice(self, first: int, last: int) -> "Windows":
        """Return the windows from `first` to before `last`."""
        chosen = slice(first, last)
        return Windows(self.part, self.panel, self.lookback, self.horizon, self.series[chosen], self.origin[chosen])


@dataclass(frozen=True, eq=False)
class Split:
    """The windows of the parts; each split is itself alone, so that what was found for one can be kept beside it."""

    train: Windows
    validation: Windows
    calibration: Windows
    """Of the end of the validation part; none where the pipeline keeps no such steps."""
    test: Windows
    validation_begins: int
    """First step after the train part."""
    calibration_begins: int
    """First step that nothing was chosen on; that of the test part where no steps calibrate."""
    test_begins: int
    overall: Overall | None = None
    """What is true of all files of a lake, where this split is of one of them."""

    @property
    def n_train(self) -> int:
        """Return how many train windows there are, in all files."""
        return self.overall.n_train if self.overall else len(self.train)

    @property
    def spread_floor(self) -> float:
        """Return the smallest spread that a window is divided by, from the train part of all series."""
        return self.overall.spread_floor if self.overall else spread_floor(self.panel.y[:, : self.validation_begins])

    @property
    def known(self) -> NDArray[np.bool_]:
        """Return at which steps any series has a value, shape `(n_steps,)`."""
        return self.overall.known if self.overall else np.asarray(~np.isnan(self.panel.y).all(axis=0))

    def pieces(self) -> "Iterator[Split]":
        """Yield splits that are this one together: itself, where it is not read in pieces."""
        yield self

    def to_refit(self, windows: WindowsConfig) -> "Split":
        """Return the split of a fit on all that is known, as if the train part ended where the test part does."""
        train = _part("train", self.panel, 0, len(self.panel.steps), windows, None)
        return replace(self, train=train, validation=self.test)

    @property
    def panel(self) -> Panel:
        """Return the panel that all windows look into."""
        return self.train.panel

    @property
    def fit_until(self) -> datetime:
        """Return the instant of the first test step: what is fitted and chosen on this split has seen no target of it."""
        return self.panel.steps[self.test_begins].to_pydatetime(warn=False)


def cut(
    panel: Panel, parts: Parts, windows: WindowsConfig, fewest: int | None = None, *, may_lack: bool = False
) -> Split:
    """Return the windows of the parts; absent steps are masked in windows with `fewest` known ones.

    Raises DataRejected where a part has no window, unless it `may_lack` some.
    """
    end = len(panel.steps)
    test_begins = end - parts.test
    calibration_begins = test_begins - parts.calibration
    validation_begins = test_begins - parts.validation
    own = _part if may_lack else _cut_part
    return Split(
        own("train", panel, 0, validation_begins, windows, fewest),
        own("validation", panel, validation_begins, calibration_begins, windows, fewest),
        own("calibration", panel, calibration_begins, test_begins, windows, fewest)
        if parts.calibration
        else windows_at("calibration", panel, np.zeros(0, dtype=np.int64), windows, fewest),
        own("test", panel, test_begins, end, windows, fewest),
        validation_begins,
        calibration_begins,
        test_begins,
    )


def windows_at(
    part: PartName, panel: Panel, origins: NDArray[Any], windows: WindowsConfig, fewest: int | None = None
) -> Windows:
    """Return the windows of all series at the origins, those without a gap: none at all where none is.

    With `fewest`, those with so many known steps before the origin and one known target.
    """
    kind = np.int32 if panel.y.size < 2**31 else np.int64
    asked = _without_gaps(panel, windows) if fewest is None else _known(panel, windows, fewest)
    # Room that is not written to is not taken: windows that are not there cost nothing.
    series, origin = (np.empty(len(panel.ids) * len(origins), kind) for _ in range(2))
    count = 0
    for rows in stretches(len(panel.ids), length=max(_POINTS_AT_ONCE // max(len(origins), 1), 1)):
        for some in stretches(len(origins), length=_POINTS_AT_ONCE):
            row, chosen = np.nonzero(asked(rows, origins[some]))
            own = slice(count, count := count + len(row))
            series[own], origin[own] = row + rows.start, origins[some][chosen]
    return Windows(part, panel, windows.lookback, windows.horizon, series[:count], origin[:count])


def _cut_part(
    part: PartName, panel: Panel, begin: int, end: int, windows: WindowsConfig, fewest: int | None
) -> Windows:
    found = _part(part, panel, begin, end, windows, fewest)
    if len(found) == 0:
        raise no_window(part, len(panel.ids), (panel.steps[begin], panel.steps[end - 1]), windows, fewest)
    return found


def _part(part: PartName, panel: Panel, begin: int, end: int, windows: WindowsConfig, fewest: int | None) -> Windows:
    """Origins are counted back from the part's end, so that a stride never leaves out the newest window."""
    first = max(begin, windows.lookback)
    origins = np.arange(end - windows.horizon, first - 1, -windows.stride, dtype=np.int32)[::-1]
    return windows_at(part, panel, origins, windows, fewest)


_Asked = Callable[[slice, NDArray[Any]], NDArray[np.bool_]]
"""Of some series and origins: which have a window there, shape `(n_series, n_origins)`."""


def _without_gaps(panel: Panel, windows: WindowsConfig) -> _Asked:
    """Whether inputs (y and covariates) and targets (y) are all there."""

    def usable(rows: slice, origins: NDArray[Any]) -> NDArray[np.bool_]:
        first, seen = _seen(panel, rows, origins, windows)
        inputs_absent = _counted_before(np.isnan(seen).any(axis=2))
        targets_absent = _counted_before(np.isnan(seen[:, :, 0]))
        at = origins - first
        inputs = inputs_absent[:, at] - inputs_absent[:, at - windows.lookback]
        targets = targets_absent[:, at + windows.horizon] - targets_absent[:, at]
        return np.asarray((inputs == 0) & (targets == 0))

    return usable


def _known(panel: Panel, windows: WindowsConfig, fewest: int) -> _Asked:
    """Whether enough values of y lie before each origin, and one behind it."""

    def usable(rows: slice, origins: NDArray[Any]) -> NDArray[np.bool_]:
        first, seen = _seen(panel, rows, origins, windows)
        known, at = _counted_before(~np.isnan(seen[:, :, 0])), origins - first
        inputs = known[:, at] - known[:, at - windows.lookback]
        return np.asarray((inputs >= fewest) & (known[:, at + windows.horizon] > known[:, at]))

    return usable


def _seen(panel: Panel, rows: slice, origins: NDArray[Any], windows: WindowsConfig) -> tuple[int, NDArray[np.float64]]:
    """The first step that a window at the origins looks at, and the values of all that they do."""
    first = int(origins.min()) - windows.lookback
    return first, panel.values[rows, first : int(origins.max()) + windows.horizon]


def _counted_before(flags: Any) -> NDArray[np.int32]:
    counts = np.zeros((flags.shape[0], flags.shape[1] + 1), dtype=np.int32)
    np.cumsum(flags, axis=1, out=counts[:, 1:])
    return counts
