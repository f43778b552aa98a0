"""The door to matplotlib and plotly: each chart a function, saved as PNG or SVG; forecasts to zoom into."""

from recurcast.reporting.charts.bands import Bands, bands_of
from recurcast.reporting.charts.competitors import comparison_chart, forecast_chart, loss_chart
from recurcast.reporting.charts.forecasts import flags_chart, outlook_chart
from recurcast.reporting.charts.importances import importances_chart
from recurcast.reporting.charts.interactive import run_page
from recurcast.reporting.charts.interactive_forecast import forecast_page
from recurcast.reporting.charts.interactive_page import packed_library
from recurcast.reporting.charts.looks import looks_chart
from recurcast.reporting.charts.over_time import ScoredInterval, backfill_chart, track_chart
from recurcast.reporting.charts.saving import png_of
from recurcast.reporting.charts.side_by_side import side_by_side

__all__ = [
    "Bands",
    "ScoredInterval",
    "backfill_chart",
    "bands_of",
    "comparison_chart",
    "flags_chart",
    "forecast_chart",
    "forecast_page",
    "importances_chart",
    "looks_chart",
    "loss_chart",
    "outlook_chart",
    "packed_library",
    "png_of",
    "run_page",
    "side_by_side",
    "track_chart",
]
