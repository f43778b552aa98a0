"""What forecasts are scored by, a row for each loss and metric: scores, gate, leaderboards, notes and charts read them.

Whoever adds a row has added a metric (docs/extending.md). MASE as of Hyndman & Koehler (2006), sMAPE as of the M4 competition.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

NO_NUMBER = "–"
"""What stands for a score that there is none of, wherever scores are shown."""


def _share(y: NDArray[np.float64], forecast: NDArray[np.float64]) -> NDArray[np.float64]:
    error, size = np.abs(y - forecast), np.abs(y) + np.abs(forecast)
    return np.divide(error, size, out=np.zeros_like(error), where=size != 0)


LOSSES: Mapping[str, Callable[[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]] = {
    "absolute": lambda y, forecast: np.abs(y - forecast),
    "squared": lambda y, forecast: (y - forecast) ** 2,
    "smape": lambda y, forecast: 200 * _share(y, forecast),
}
"""Of each target and its forecast; runs keep their means over the horizon, from which a verdict can be given again."""


def figure(value: float | None) -> str:
    """Return a number to four digits or to the unit, or a dash where there is none."""
    if value is None or not isfinite(value):
        return NO_NUMBER
    return f"{value:,.0f}" if abs(value) >= 9999.5 else f"{value:,.4g}"


def _same(mean: Any) -> Any:
    return mean


@dataclass(frozen=True)
class Metric:
    """A score of forecasts on windows."""

    name: str
    """Of the column, of MLflow's metric and of `gate.metric`."""
    label: str
    meaning: str
    """In the description of every experiment."""
    formula: Callable[[Any], Any]
    """From columns of LOSSES to one, of origins or of means over a series. There are `scale` too, the seasonal naive's error
    within the train part, and, of means alone, `variance` of the targets and `reference`, the baseline's absolute error; all
    three are NaN where they are 0 or rounding."""
    unit: str = ""
    """`y` for that of the series, `%` for percent, empty where it has none."""
    of_mean: Callable[[Any], Any] = _same
    """From the mean over a series to the series' score."""
    none: str = NO_NUMBER
    """What stands for a score that targets give none of."""
    lower_is_better: bool = True
    decides: bool = True
    """Whether `gate.metric` may name it: it is a mean of losses, which the test compares origin by origin."""

    def score(self, means: Any) -> Any:
        """Return the scores of series from the means of their losses."""
        return self.of_mean(self.formula(means))

    def titled(self, unit: str = "") -> str:
        """Return the label with its unit, that of the series where it is told, such as `sMAPE %` or `MAE (MW)`."""
        if self.unit == "%":
            return f"{self.label} %"
        return f"{self.label} ({unit})" if unit and self.unit == "y" else self.label

    def told(self, value: float | None) -> str:
        """Return a value as leaderboards write it: errors with four digits, shares with three behind the point."""
        if value is not None and not isfinite(value):
            return self.none
        return figure(value) if self.lower_is_better or value is None else f"{value:.3f}"


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("mae", "MAE", "mean absolute error, in the unit of y", lambda mean: mean["absolute"], "y"),
        Metric("rmse", "RMSE", "root mean squared error, in the unit of y", lambda mean: mean["squared"], "y", np.sqrt),
        Metric(
            "mase",
            "MASE",
            "MAE over that of the seasonal naive within the train part; below 1 is better than it was there; none where "
            "that is 0 or rounding, and where no series has one `mae` judges",
            lambda mean: mean["absolute"] / mean["scale"],
        ),
        Metric("smape", "sMAPE", "symmetric percentage error, 0 to 200", lambda mean: mean["smape"], "%"),
        Metric(
            "r2",
            "R²",
            "share of the variance explained; none of targets that are all one value",
            lambda mean: 1 - mean["squared"] / mean["variance"],
            none="none",
            lower_is_better=False,
            decides=False,
        ),
        Metric(
            "skill",
            "skill",
            "1 - MAE / MAE of the baseline: above 0 beats it",
            lambda mean: 1 - mean["absolute"] / mean["reference"],
            lower_is_better=False,
            decides=False,
        ),
    )
}
"""In the order of leaderboards."""

if TYPE_CHECKING:
    Measure = str
else:
    Measure = Literal[tuple(name for name, metric in METRICS.items() if metric.decides)]
    """A metric that may decide, by name."""
