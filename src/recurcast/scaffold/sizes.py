"""Parts, windows and networks of a size that fits a series' length, and that two cores train in about a minute."""

from dataclasses import dataclass

import pandas as pd
from pandas.tseries.frequencies import to_offset

from recurcast.config import Columns, NetworkConfig, Parts, TrainingConfig, WindowsConfig
from recurcast.errors import DataRejected
from recurcast.scaffold.guess import Guess
from recurcast.series.grid import fixed_step

FEWEST_STEPS = 60
_WINDOW_STEPS = 240_000  # train windows x lookback: about a minute for three cells of 32 units and 20 epochs
_ORIGINS = 24  # that the test part keeps where windows are strided; the gate wants 10
_LONGEST_PART = 400
_RESIDUALS = 20  # what a 95% interval needs, and one more


@dataclass(frozen=True)
class Sizes:
    """How many steps each part has, what a window is, and the network for it."""

    parts: Parts
    windows: WindowsConfig
    network: NetworkConfig
    training: TrainingConfig
    guesses: tuple[Guess, ...]


@dataclass(frozen=True)
class Extent:
    """How much there is: steps from the first row to the last, series, and further inputs."""

    steps: int
    series: int
    columns: Columns


def guess_sizes(extent: Extent, frequency: str, season: int, said_horizon: int | None) -> Sizes:
    """Return the sizes; raise DataRejected where the steps are too few for a test that proves anything."""
    steps = extent.steps
    horizon = said_horizon or min(natural_horizon(frequency), max(1, steps // 30))
    test = _between(round(0.15 * steps), 12 + horizon, max(_LONGEST_PART, 10 * horizon))
    stopping = _between(round(0.1 * steps), 5 + horizon, max(_LONGEST_PART, 10 * horizon))
    wanted = horizon - 1 + -(-_RESIDUALS // extent.series) + 2
    calibration = _between(round(0.1 * steps), wanted, max(_LONGEST_PART, 10 * horizon)) if wanted <= steps // 6 else 0
    available = steps - test - stopping - calibration
    lookback = max(2, min(natural_lookback(frequency, season, horizon), available // 3))
    if steps < FEWEST_STEPS or available < lookback + horizon + 10:
        needed = max(FEWEST_STEPS, steps + lookback + horizon + 10 - available)
        raise DataRejected(
            f"a horizon of {horizon} needs about {needed} steps: some to train on, some to choose by, and some to judge by",
            f"the file holds {steps} steps of '{frequency}'",
            "Bring more rows, or a shorter horizon: --horizon 1",
        )
    most = max(_WINDOW_STEPS // lookback, 1_000)
    per_series = max(most // extent.series, 8)
    stride = 1
    if extent.series > 1 and available - lookback - horizon > per_series:
        stride = _between(-(-(available - lookback - horizon) // per_series), 1, max(1, (test - horizon) // _ORIGINS))
    history = min(available, lookback + horizon + per_series * stride)
    history = min(available, max(history, season))
    n_windows = extent.series * max(1, (history - lookback - horizon) // stride)
    parts = Parts(history=history, validation=stopping + calibration, calibration=calibration, test=test)
    windows = WindowsConfig(lookback=lookback, horizon=horizon, stride=stride)
    batch = next(size for size, most in ((32, 1_000), (64, 4_000), (128, 12_000), (256, 1 << 40)) if n_windows <= most)
    epochs = _between(round(20 * most / max(n_windows, 1)), 15, 40)
    network = NetworkConfig(units=16 if n_windows < 1_000 else 32, calendar=_calendar(frequency, season))
    training = TrainingConfig(epochs=epochs, batch_size=batch, learning_rate=3e-3, patience=6)
    return Sizes(parts, windows, network, training, _said(extent, parts, windows, n_windows, said_horizon))


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


def _said(
    extent: Extent, parts: Parts, windows: WindowsConfig, n_windows: int, horizon: int | None
) -> tuple[Guess, ...]:
    steps = "steps" if extent.series == 1 else f"steps in {extent.series} series"
    held = parts.history + parts.validation + parts.test
    used = "all of them" if held >= extent.steps else f"the newest {held:,}, which keeps a run at about a minute"
    interval = f"{parts.calibration} of validation set the intervals" if parts.calibration else "too few for intervals"
    apart = f", {windows.stride} steps apart" if windows.stride > 1 else ""
    why = "said on the command line" if horizon else "how far ahead people plan at this frequency"
    return (
        Guess(
            "parts",
            f"history {parts.history}, validation {parts.validation}, test {parts.test}",
            f"{extent.steps:,} {steps}: {used}; {interval}",
        ),
        Guess(
            "windows",
            f"lookback {windows.lookback}, horizon {windows.horizon}",
            f"horizon: {why}; about {n_windows:,} windows to train on{apart}",
        ),
    )


def _between(wanted: int, least: int, most: int) -> int:
    return max(least, min(wanted, most))
