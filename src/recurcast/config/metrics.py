"""What forecasts are scored by: a record for each metric, which scores, gate, leaderboards, notes and charts read."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Metric:
    """A score of forecasts on windows; the formulas stand in `evaluation.metrics`."""

    name: str
    """Of the column, of MLflow's metric and of `gate.metric`."""
    label: str
    unit: str = ""
    """`y` for that of the series, `%` for percent, empty where it has none."""
    lower_is_better: bool = True
    decides: bool = True
    """Whether `gate.metric` may name it: it is a mean of losses, which the test compares origin by origin."""

    @property
    def title(self) -> str:
        """Return the label with the unit where it is always the same, such as `sMAPE %`."""
        return f"{self.label} %" if self.unit == "%" else self.label

    def titled(self, unit: str) -> str:
        """Return the label with the series' unit where the metric has it, such as `MAE (MW)`."""
        return f"{self.label} ({unit})" if unit and self.unit == "y" else self.label

    def told(self, value: float) -> str:
        """Return a value as leaderboards write it: errors with four digits, shares with three behind the point."""
        return f"{value:.4g}" if self.lower_is_better else f"{value:.3f}"


METRICS: Mapping[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric("mae", "MAE", "y"),
        Metric("rmse", "RMSE", "y"),
        Metric("mase", "MASE"),
        Metric("smape", "sMAPE", "%"),
        Metric("r2", "R²", lower_is_better=False, decides=False),
        Metric("skill", "skill", lower_is_better=False, decides=False),
    )
}
"""In the order of leaderboards."""
