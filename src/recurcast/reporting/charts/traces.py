"""What the figures of interactive pages are made of, in plotly's own schema.

Plotly's Python classes check every field anew and take as long as all PNG of a run; what they would check is checked by a
test instead.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from recurcast.escaping import in_html
from recurcast.reporting.palette import CHAMPION

_FONT = {"family": "DejaVu Sans, Verdana, sans-serif", "size": 13}


def line_of(
    name: str, x: Sequence[int] | None, y: NDArray[np.float64], colour: str, dash: str = "solid"
) -> dict[str, Any]:
    """Return a line; without x it takes the times that all traces of its figure share."""
    width = 2.2 if colour == CHAMPION else 1.6
    line = {"color": colour, "width": width, "dash": dash}
    drawn = {"y": numbers_of(y), "mode": "lines", "name": name, "line": line}
    return drawn if x is None else drawn | {"x": list(x)}


def figure_of_traces(traces: list[dict[str, Any]], title: str, x: str, y: str, height: int) -> dict[str, Any]:
    """Return a figure so many pixels high, with its traces and the titles of its axes."""
    axis = {"gridcolor": "#E8E8E8", "zeroline": False, "automargin": True}
    layout = {
        "title": {"text": in_html(title), "x": 0, "xanchor": "left", "font": {"size": 15}},
        "font": _FONT,
        "height": height,
        "margin": {"l": 70, "r": 20, "t": 46, "b": 125 if y else 55},  # below the axis stands the legend
        "plot_bgcolor": "#FFFFFF",
        "hovermode": "x unified" if y else "closest",
        "legend": {"orientation": "h", "yanchor": "top", "yref": "container", "y": 75 / height},
        "xaxis": axis | {"title": {"text": in_html(x)}},
        "yaxis": axis | {"title": {"text": in_html(y)}},
    }
    return {"data": traces, "layout": layout}


def numbers_of(values: NDArray[np.float64]) -> list[float | None]:
    """Return numbers for a page: six significant digits are more than a chart shows, and half the size."""
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values]


def _transparent(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[first : first + 2], 16) for first in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:.2f})"


def band_of(
    low: NDArray[np.float64], high: NDArray[np.float64], colour: str, depth: int, name: str
) -> list[dict[str, Any]]:
    """Return the two traces of a band between bounds; the deeper, the darker. The narrowest comes last."""
    edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "legendgroup": name}
    shade = _transparent(colour, 0.12 + 0.12 * depth)
    upper = edge | {"y": numbers_of(high), "showlegend": False}
    return [upper, edge | {"y": numbers_of(low), "fill": "tonexty", "fillcolor": shade, "name": name}]
