"""The door to matplotlib: PNG charts for MLflow's page and for files."""

from recurcast.charts.competitors import comparison_chart, forecast_chart, loss_curve
from recurcast.charts.forecasts import flags_chart, outlook_chart
from recurcast.charts.over_time import ScoredInterval, backfill_chart, track_chart

__all__ = [
    "ScoredInterval",
    "backfill_chart",
    "comparison_chart",
    "flags_chart",
    "forecast_chart",
    "loss_curve",
    "outlook_chart",
    "track_chart",
]
