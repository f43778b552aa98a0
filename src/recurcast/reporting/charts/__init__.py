"""The door to matplotlib and plotly: each chart a function, saved as PNG or SVG; forecasts to zoom into.

A name is looked up when it is asked for: who has his charts drawn in a process beside (`apart`) imports no matplotlib.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recurcast.reporting.charts.bands import Bands, bands_of
    from recurcast.reporting.charts.compared import side_by_side
    from recurcast.reporting.charts.competitors import comparison_chart, forecast_chart, loss_chart
    from recurcast.reporting.charts.forecasts import flags_chart, outlook_chart
    from recurcast.reporting.charts.importances import importances_chart
    from recurcast.reporting.charts.interactive import run_page
    from recurcast.reporting.charts.interactive_forecast import forecast_page
    from recurcast.reporting.charts.interactive_page import packed_library
    from recurcast.reporting.charts.looks import looks_chart
    from recurcast.reporting.charts.over_time import ScoredInterval, backfill_chart, track_chart
    from recurcast.reporting.charts.saving import png_of

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

_WHERE = {
    "bands": ("Bands", "bands_of"),
    "competitors": ("comparison_chart", "forecast_chart", "loss_chart"),
    "forecasts": ("flags_chart", "outlook_chart"),
    "importances": ("importances_chart",),
    "interactive": ("run_page",),
    "interactive_forecast": ("forecast_page",),
    "interactive_page": ("packed_library",),
    "looks": ("looks_chart",),
    "over_time": ("ScoredInterval", "backfill_chart", "track_chart"),
    "saving": ("png_of",),
    "compared": ("side_by_side",),
}


def __getattr__(name: str) -> Any:
    for module, names in _WHERE.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
