"""Parts, windows and networks of a size that fits a series' length: by one rule for every panel."""

from dataclasses import dataclass

import pandas as pd
from pandas.tseries.frequencies import to_offset

from recurcast.config import Columns, NetworkConfig, Parts, TrainingConfig, WindowsConfig
from recurcast.errors import DataRejected
from recurcast.scaffold.guess import Guess
from recurcast.scaffold.plain_sizes import plain_training
from recurcast.series.grid import fixed_step

FEWEST_STEPS = 60
_LONGEST_PART = 400
_RESIDUALS = 20  # what a 95% interval needs, and one more
_MOST_SEASONS = {12: 3, 24: 14}  # in a lookback: years of months, weeks of hours; else sixteen
_UNITS, _SEEDS = 128, 3


@dataclass(frozen=True)
class Sizes:
    """How many steps each part has, what a window is, and the network for it."""

    parts: Parts
    windows: WindowsConfig
    network: NetworkConfig
    training: TrainingConfig
    guesses: tuple[Guess, ...]

    @property
    def serving(self) -> str:
        """Return which weights a version serves."""
        return "refit" if self.network.kind == "highway" else "judged"


@dataclass(frozen=True)
class Extent:
    """How much there is: steps from the first row to the last, series, further inputs, and how long most series are."""

    steps: int
    series: int
    columns: Columns
    usual: int | None = None
    """Median of the series' own steps; those of the whole where it is not said."""
    ends_apart: int = 0
    """Steps from the end of the series that ends first to that of the last."""


def guess_sizes(
    extent: Extent,
    frequency: str,
    season: int,
    said_horizon: int | None,
    *,
    static: bool = False,
    calibrated: bool = True,
) -> Sizes:
    """Return the sizes; raise DataRejected where the steps are too few for a test that proves anything.

    Covariates are seen by plain networks alone.
    """
    steps = extent.steps
    horizon = said_horizon or min(natural_horizon(frequency), max(1, steps // 30))
    test = _between(round(0.15 * steps), 12 + horizon, max(_LONGEST_PART, 10 * horizon))
    stopping = _between(round(0.1 * steps), 5 + horizon, max(_LONGEST_PART, 10 * horizon))
    wanted = horizon - 1 + -(-_RESIDUALS // extent.series) + 2
    calibrated = calibrated and wanted <= steps // 6
    calibration = _between(round(0.1 * steps), wanted, max(_LONGEST_PART, 10 * horizon)) if calibrated else 0
    available = steps - test - stopping - calibration
    if extent.columns.covariates:
        return _plain(extent, frequency, season, horizon, said_horizon, (available, stopping, calibration, test))
    needed = season + 1 + horizon
    if steps < FEWEST_STEPS or available < needed:
        raise _too_few(horizon, max(FEWEST_STEPS, steps + needed - available), steps, frequency)
    # Ends that are nearer than this are gaps: all series are forecast for the same steps.
    align = "last_row" if static and extent.ends_apart > max(season, horizon) else "as_of"
    parts = Parts(history=available, validation=stopping + calibration, calibration=calibration, test=test, align=align)
    windows = WindowsConfig(lookback=lookback_of(season, extent.usual or steps), horizon=horizon)
    network = NetworkConfig(kind="highway", units=_UNITS)
    training = TrainingConfig(seeds=_SEEDS, combine="median")
    return Sizes(parts, windows, network, training, _said(extent, parts, windows, said_horizon))


def lookback_of(season: int, length: int) -> int:
    """Return the steps that the weights see: whole seasons, a third of a usual series at most."""
    return season * _between(length // (3 * season), 2, _MOST_SEASONS.get(season, 16))


def _plain(
    extent: Extent,
    frequency: str,
    season: int,
    horizon: int,
    said_horizon: int | None,
    lengths: tuple[int, int, int, int],
) -> Sizes:
    available, stopping, calibration, test = lengths
    lookback = max(2, min(natural_lookback(frequency, season, horizon), available // 3))
    if extent.steps < FEWEST_STEPS or available < lookback + horizon + 10:
        needed = max(FEWEST_STEPS, extent.steps + lookback + horizon + 10 - available)
        raise _too_few(horizon, needed, extent.steps, frequency)
    plain = plain_training(extent.series, available, season, lookback, horizon, test)
    parts = Parts(history=plain.history, validation=stopping + calibration, calibration=calibration, test=test)
    windows = WindowsConfig(lookback=lookback, horizon=horizon, stride=plain.stride)
    network = NetworkConfig(units=plain.units, calendar=_calendar(frequency, season))
    return Sizes(parts, windows, network, plain.training, _said(extent, parts, windows, said_horizon))


def natural_horizon(frequency: str) -> int:
    """Return how far ahead people plan at this frequency: four hours of minutes, a day of hours, a week of days."""
    offset = to_offset(frequency)
    if isinstance(offset, pd.offsets.Day):
        return max(1, 7 // offset.n)
    if (step := fixed_step(frequency)) is not None:
        seconds = step.total_seconds()
        ahead = 86_400 if seconds >= 3_600 else 4 * 3_600 if seconds >= 600 else 3_600
        return _between(round(ahead / seconds), 1, 60)
    return {"B": 5, "W": 4, "ME": 3, "MS": 3}.get(offset.rule_code.partition("-")[0], 1)


def natural_lookback(frequency: str, season: int, horizon: int) -> int:
    """Return how many steps a network sees: a day of hours, two weeks of days; a short season wholly."""
    offset = to_offset(frequency)
    if offset.rule_code == "B":
        return 5  # a longer one meets a holiday, and with it a gap, half of the time
    if isinstance(offset, pd.offsets.Day):
        usual = 14
    elif (step := fixed_step(frequency)) is not None:
        usual = _between(round(86_400 / step.total_seconds()), 12, 48)
    else:
        usual = {"W": 13, "ME": 12, "MS": 12}.get(offset.rule_code.partition("-")[0], 8)
    return max(usual, season if season <= 64 else 0, min(2 * horizon, 60))


def _calendar(frequency: str, season: int) -> tuple[str, ...]:
    offset = to_offset(frequency)
    if isinstance(offset, pd.offsets.Day) or offset.rule_code == "B":
        return ("weekday", "day_of_year") if season > 200 else ("weekday",)
    if fixed_step(frequency) is not None:
        return ("hour", "weekday")
    return ("month",) if season > 1 else ()


def _too_few(horizon: int, needed: int, steps: int, frequency: str) -> DataRejected:
    return DataRejected(
        f"a horizon of {horizon} needs about {needed} steps: some to train on, some to choose by, and some to judge by",
        f"the file holds {steps} steps of '{frequency}'",
        "Bring more rows, or a shorter horizon: --horizon 1",
    )


def _said(extent: Extent, parts: Parts, windows: WindowsConfig, horizon: int | None) -> tuple[Guess, ...]:
    steps = "steps" if extent.series == 1 else f"steps in {extent.series} series"
    newest = f"the newest {parts.steps:,}, which keeps a run at about a minute"
    used = "all of them" if parts.steps >= extent.steps else newest
    interval = f"{parts.calibration} of validation set the intervals" if parts.calibration else "too few for intervals"
    own = "; counted back from each series' own last row, as they end at different times"
    why = "said on the command line" if horizon else "how far ahead people plan at this frequency"
    return (
        Guess(
            "parts",
            f"history {parts.history}, validation {parts.validation}, test {parts.test}",
            f"{extent.steps:,} {steps}: {used}; {interval}{own if parts.align == 'last_row' else ''}",
        ),
        Guess("windows", f"lookback {windows.lookback}, horizon {windows.horizon}", f"horizon: {why}"),
    )


def _between(wanted: int, least: int, most: int) -> int:
    return max(least, min(wanted, most))
