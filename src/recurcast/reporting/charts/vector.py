"""Charts as SVG within a page: each drawn wide for screens and paper and narrow for a phone, its text as text."""

import contextlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from html import escape
from io import StringIO
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from numpy.typing import NDArray

from recurcast.reporting.charts.canvas import label_time
from recurcast.reporting.page.records import Picture

_PX = 96
"""Pixels of a page in an inch."""
_SETTINGS = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "text.parse_math": False,
    "axes.edgecolor": "#8c959f",
    "axes.labelcolor": "#59636e",
    "xtick.color": "#59636e",
    "ytick.color": "#59636e",
    "figure.dpi": 72,
}
_ID = re.compile(r' id="([^"]+)"')


@dataclass(frozen=True)
class Sheet:
    """What a chart is drawn on: its width in pixels of the page, and the size of its text."""

    name: str
    width: int
    text: float
    ticks: int
    """Most of them on the axis of time."""
    points: int
    """How many values of a line can be told apart."""

    @property
    def narrow(self) -> bool:
        """Return whether it is a phone's."""
        return self.width < 600


WIDE, NARROW = Sheet("wide", 900, 12.5, 9, 150), Sheet("narrow", 345, 11.5, 4, 70)


def picture_of(key: str, title: str, description: str, draw: Callable[[Sheet], Figure]) -> Picture:
    """Return a chart drawn on both sheets; title and description are what a screen reader says."""
    wide, narrow = (_svg(f"{key}-{sheet.name}", title, description, draw, sheet) for sheet in (WIDE, NARROW))
    return Picture(wide, narrow)


def sheet_figure(sheet: Sheet, height: float, ratios: tuple[float, ...] = (1,)) -> tuple[Figure, Any]:
    """Return a figure as wide as the sheet and so many pixels high, and its axes, one below the other."""
    figure = Figure(figsize=(sheet.width / _PX, height / _PX), dpi=72)
    panels = figure.subplots(len(ratios), 1, squeeze=False, sharex=True, height_ratios=ratios)[:, 0]
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.locator_params(axis="y", nbins=5)
    return figure, panels


def legend_above(figure: Figure, axes: Any, sheet: Sheet) -> None:
    """Say above the axes what their lines and marks are."""
    handles, labels = axes.get_legend_handles_labels()
    columns = 3 if sheet.narrow else max(len(labels), 1)
    figure.legend(
        handles, labels, frameon=False, ncols=columns, loc="outside upper left", columnspacing=1.2, handlelength=1.4
    )


def on_the_clock(instants: Iterable[datetime], timezone: str) -> pd.DatetimeIndex:
    """Return instants as wall-clock times of the page's zone."""
    return pd.to_datetime(list(instants), utc=True).tz_convert(timezone).tz_localize(None)


def time_axis(axes: Any, sheet: Sheet) -> None:
    """Label the axis of time with as much as the sheet has room for."""
    label_time(axes, fewest=2, most=sheet.ticks)


def smoothed(values: NDArray[np.float64], sheet: Sheet) -> tuple[NDArray[np.float64], int]:
    """Return means of each value and those before it, and of how many: so many that the sheet can show the line."""
    count = -(-len(values) // sheet.points)
    means = pd.Series(values).rolling(count, min_periods=1).mean().to_numpy()
    return np.where(np.isnan(values), np.nan, means), count


@contextlib.contextmanager
def _settings(sheet: Sheet, key: str) -> Iterator[None]:
    points = sheet.text * 72 / _PX
    with mpl.rc_context(_SETTINGS | {"font.size": points, "axes.titlesize": points, "svg.hashsalt": key}):
        yield


def _svg(key: str, title: str, description: str, draw: Callable[[Sheet], Figure], sheet: Sheet) -> str:
    with _settings(sheet, key):
        figure = draw(sheet)
        figure.set_layout_engine("constrained", w_pad=0.02, h_pad=0.02)
        canvas, buffer = FigureCanvasSVG(figure), StringIO()
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _inline(buffer.getvalue(), key, title, description)


def _inline(svg: str, key: str, title: str, description: str) -> str:
    """The drawing as a part of a page: ids of its own, no size of its own, a name for who can't see it."""
    body = svg[svg.index("<svg") :]
    viewbox = re.search(r'viewBox="[^"]+"', body)
    assert viewbox is not None, "matplotlib says how large it draws"
    inner = body[body.index(">") + 1 : body.rindex("</svg>")]
    inner = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", inner, flags=re.DOTALL)
    used = set(re.findall(r'href="#([^"]+)"|url\(#([^)]+)\)', inner))
    targets = {name for pair in used for name in pair if name}
    inner = _ID.sub(lambda match: f' id="{key}-{match[1]}"' if match[1] in targets else "", inner)
    inner = re.sub(r'(href="#|url\(#)', rf"\g<1>{key}-", inner).replace("xlink:href", "href")
    # The page's own font, and nothing that says nothing: half the size of a chart with many labels.
    inner = re.sub(r' font-family: [^;"]+;?| transform="rotate\(-0 [^"]+"', "", inner)
    inner = re.sub(r"\n\s*", "\n", inner)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {viewbox[0]} aria-labelledby="{key}-title {key}-desc">'
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(description)}</desc>{inner}</svg>'
    )
