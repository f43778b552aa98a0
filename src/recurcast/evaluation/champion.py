"""The champion as a competitor: on the run's own windows where it fits them, else on those that both can serve.

A pipeline's lookback, horizon and covariates may have changed since the champion was trained. It is then scored at the
test origins where its own window is complete too, on the steps that both forecast:

    challenger   [i   i   i]  t   t   t   t       lookback 3, horizon 4
    champion     [i   i   i   i]  ...  t   t      lookback 4, horizon 2   -> both on the first 2 steps
"""

from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recurcast.config import PipelineConfig, WindowsConfig
from recurcast.evaluation.competitors import CHAMPION, Forecaster, stored_network
from recurcast.evaluation.conformal import Intervals, spreads_of
from recurcast.forecasting.portable.bundle import Bundle, read
from recurcast.series.calendar import calendar_features
from recurcast.series.days import DaysUnknown
from recurcast.series.frame import Panel, attributes_for
from recurcast.series.windows import Split, Windows, windows_at

JUDGED = "judged"
"""Folder of a version's judged weights, where others serve."""


@dataclass(frozen=True)
class Champion:
    """The version that stood at some instant."""

    version: int
    as_of: datetime
    cell: str
    since: datetime
    """The as_of of the verdict, or of the decision by hand, that made it champion."""
    fit_until: datetime | None
    """Where the data end that it was fitted and chosen on; none of a version that does not say."""
    folder: Path
    """Local copy of its files."""

    @property
    def keras_file(self) -> Path:
        """Return the file of the network that verdicts are on."""
        judged = self.folder / JUDGED / "model.keras"
        return judged if judged.is_file() else self.folder / "data" / "model.keras"

    @property
    def served_file(self) -> Path:
        """Return the file of the network that forecasts: the refit where one serves, else the judged one."""
        return self.folder / "data" / "model.keras"

    @property
    def bundle_folder(self) -> Path:
        """Return the folder of that network's bundle."""
        judged = self.folder / JUDGED / "bundle"
        return judged if judged.is_dir() else self.folder / "bundle"


@dataclass(frozen=True)
class OnOwnWindows:
    """A forecaster of other windows, at the origins it is asked for."""

    name: str
    forecaster: Forecaster
    panel: Panel
    lookback: int
    horizon: int

    def own(self, windows: Windows) -> Windows:
        """Return the forecaster's own windows at the same origins."""
        return Windows(windows.part, self.panel, self.lookback, self.horizon, windows.series, windows.origin)

    def predict(self, windows: Windows) -> NDArray[np.float64]:
        """Return the forecasts of the steps that the windows have, shape `(n_windows, windows.horizon)`."""
        return self.forecaster.predict(self.own(windows))[:, : windows.horizon]


@dataclass(frozen=True)
class Opponent:
    """The champion, and the test windows that it and this run's competitors can all serve."""

    forecaster: OnOwnWindows
    windows: Windows
    fits: bool
    """Whether these are all test windows, with their whole horizon."""
    bundle: Bundle
    other: str = ""
    """What it takes that this run's competitors do not, where it does not fit."""

    @property
    def remark(self) -> str:
        """Return that the verdict is on fewer windows or steps; an empty text where it is not."""
        return self.told_on(len(self.windows))

    def told_on(self, n_windows: int) -> str:
        """Return the same where so many windows can be served by all."""
        steps = "1 step" if self.windows.horizon == 1 else f"{self.windows.horizon} steps"
        return (
            self.other
            and f"{self.other}: the verdict is on the {n_windows:,} test windows and {steps} that all can serve"
        )

    def served(self, windows: Windows) -> Windows:
        """Return those of a run's windows that both can serve."""
        return windows if self.fits else _served_by_both(self.forecaster, windows, self.bundle.fewest)

    def coverage(self, forecasts: NDArray[np.float64]) -> dict[str, float]:
        """Return the share of targets in the champion's own intervals, by level."""
        if self.bundle.widths is None:
            return {}
        intervals = Intervals(self.bundle.levels, self.bundle.widths)
        own, bundle = self.forecaster.own(self.windows), self.bundle
        spreads = spreads_of(own, bundle.scale, bundle.spread_floor, bundle.highway)
        return intervals.coverage(forecasts, self.windows.targets, spreads)


def opponent_of(champion: Champion, pipeline: PipelineConfig, split: Split) -> Opponent | str:
    """Return the champion as a competitor on this split, or why it can't be scored."""
    try:
        bundle = read(champion.bundle_folder)
    except ValueError as error:
        return f"champion version {champion.version} was not scored, the baseline stands in: {error}"
    network = stored_network(CHAMPION, champion.keras_file)
    panel = _panel_of(bundle, pipeline, split.panel)
    if isinstance(panel, str):
        return f"champion version {champion.version} {panel}: it was not scored, the baseline stands in"
    forecaster = OnOwnWindows(CHAMPION, network, panel, bundle.lookback, bundle.horizon)
    same = (bundle.lookback, bundle.horizon) == (split.test.lookback, split.test.horizon)
    if panel is split.panel and same and _asks_no_more(bundle.fewest, pipeline.fewest):
        return Opponent(forecaster, split.test, True, bundle)
    windows = _served_by_both(forecaster, split.test, bundle.fewest)
    if len(windows) == 0:
        return f"champion version {champion.version} has no complete window in the test part: the baseline stands in"
    other = (
        "other columns beside y" if same else f"other windows (lookback {bundle.lookback}, horizon {bundle.horizon})"
    )
    return Opponent(forecaster, windows, False, bundle, f"champion version {champion.version} takes {other}")


def fits(network: Any, split: Split) -> bool:
    """Return whether a network takes this split's windows and forecasts its horizon."""
    windows, panel = split.test, split.panel
    expected = [(windows.lookback, panel.values.shape[2])]
    if panel.n_drivers:
        expected.append((windows.lookback + windows.horizon, panel.n_drivers))
    shapes = {tuple(tensor.shape[1:]) for tensor in network.inputs}
    return shapes == set(expected) and tuple(network.output.shape[1:]) == (windows.horizon,)


def narrowed(forecaster: Forecaster, split: Split) -> OnOwnWindows:
    """Return a competitor of this run as one that can be asked for fewer steps than it forecasts."""
    return OnOwnWindows(forecaster.name, forecaster, split.panel, split.test.lookback, split.test.horizon)


def _panel_of(bundle: Bundle, pipeline: PipelineConfig, panel: Panel) -> Panel | str:
    """The panel as the champion's windows look into it, or why there is none."""
    known = () if panel.ahead is None else panel.ahead.names
    said = () if panel.attributes is None else panel.attributes.names
    for taken, there, told in (
        (bundle.covariates, panel.covariates, "the covariate '{}'"),
        (bundle.ahead, known, "'{}' as known ahead"),
        (bundle.attributes, said, "'{}' of each series (source.columns.static)"),
    ):
        lacking = next((name for name in taken if name not in there), None)
        if lacking is not None:
            return f"takes {told.format(lacking)}, which the source no longer has"
    frequency = panel.grid.frequency if panel.grid is not None else pipeline.frequency
    if frequency is not None and bundle.frequency != frequency:
        return f"forecasts steps of '{bundle.frequency}'"
    seen = (panel.covariates, pipeline.network.calendar, known, said)
    if (bundle.covariates, bundle.calendar, bundle.ahead, bundle.attributes) == seen:
        return panel
    columns = [0, *(1 + panel.covariates.index(name) for name in bundle.covariates)]
    own = {each.name: each for each in (*bundle.days, *panel.days)}
    try:
        calendar = calendar_features(
            panel.steps, bundle.calendar, bundle.timezone, tuple(own.values()), bundle.frequency
        )
    except DaysUnknown as unknown:
        return f"takes a calendar that does not reach so far: {unknown.received}"
    ahead = None if panel.ahead is None or not bundle.ahead else panel.ahead.only(bundle.ahead)
    panel = replace(panel, ahead=ahead, attributes=attributes_for(bundle.attributes, panel))
    return replace(panel, values=panel.values[:, :, columns], calendar=calendar, covariates=bundle.covariates)


def _asks_no_more(champion: int | None, challenger: int | None) -> bool:
    """Whether a champion takes every window of this run: it needs no more known steps, where none is every one."""
    return champion is None if challenger is None else champion is not None and champion <= challenger


def _served_by_both(forecaster: OnOwnWindows, test: Windows, fewest: int | None) -> Windows:
    """Windows at whose origin the champion's inputs are complete too, with the steps that both forecast.

    Of a champion whose windows may miss steps, those with the `fewest` known ones that it needs. What is forecast is then
    what the windows of both know: a target that is masked counts for neither.
    """
    horizon = min(test.horizon, forecaster.horizon)
    # A calendar is known as far as the panel goes, so the champion's whole horizon must lie within it.
    last = len(test.panel.steps) - forecaster.horizon
    origins = np.unique(test.origin)
    origins = origins[(origins >= forecaster.lookback) & (origins <= last)]
    config = WindowsConfig(lookback=forecaster.lookback, horizon=horizon)
    served = windows_at(test.part, forecaster.panel, origins, config, fewest)
    chosen = np.isin(_places(test), _places(served))
    return Windows(test.part, test.panel, test.lookback, horizon, test.series[chosen], test.origin[chosen])


def _places(windows: Windows) -> NDArray[np.int64]:
    """One number for each window's series and origin."""
    return np.asarray(windows.series * len(windows.panel.steps) + windows.origin)
