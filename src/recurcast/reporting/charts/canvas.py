"""What all charts share: figures, time axes, PNG. Their colours stand in `recurcast.reporting.palette`.

Margins are ours, in inches: matplotlib's own layouts measure every text of a chart several times before it is drawn, which
takes longer than drawing it. A training run draws seven charts.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from io import BytesIO
from threading import Lock
from typing import Any, cast

import pandas as pd
from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import (
    DAILY,
    HOURLY,
    MINUTELY,
    MONTHLY,
    SECONDLY,
    AutoDateLocator,
    ConciseDateFormatter,
)
from matplotlib.figure import Figure
from matplotlib.text import Text

from recurcast.config import PipelineConfig

_WIDEST = {MONTHLY: 12, DAILY: 28, HOURLY: 24, MINUTELY: 60, SECONDLY: 60}
"""Steps beside matplotlib's own, without which it warns of spans such as four days of hours: too many of its widest step."""


_EDGE, _ABOVE, _TITLE = 0.1, 0.12, 0.36
_TICKS, _TIME_LABEL, _Y_LABEL, _LEGEND = 0.3, 0.24, 0.27, 0.4
_TICK_MARK, _PAD, _RIGHT = 0.1, 0.05, 0.2
"""Room in inches for what stands around axes; that of the tick labels on their left is measured."""
_MOST_TICKS = 6
"""A tick is five artists: what a chart costs hangs on their number more than on what it shows."""
_FAST = {"compress_level": 1}
"""Half the time of the default, for files that are a twentieth larger."""

_drawing = Lock()
"""matplotlib's renderer is not made for several threads, and the cells are trained in one each."""


def figure_of(width: float, height: float) -> tuple[Figure, Any]:
    """Return a figure of so many inches and its axes."""
    figure, (axes,) = panels_of(width, height, [1])
    return figure, axes


def panels_of(width: float, height: float, ratios: Sequence[float], *, share_time: bool = False) -> tuple[Figure, Any]:
    """Return a figure of so many inches and its axes, one below the other, their heights in these ratios."""
    figure = Figure(figsize=(width, height), dpi=110)
    panels = figure.subplots(len(ratios), 1, sharex=share_time, squeeze=False, height_ratios=ratios)[:, 0]
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.locator_params(axis="y", nbins=_MOST_TICKS)
    return figure, panels


def legend_below(figure: Figure, axes: Any) -> None:
    """Say below everything what the lines and marks of the axes are."""
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, frameon=False, ncols=max(len(labels), 1), loc="lower left")


def png_of(figure: Figure) -> bytes:
    """Return the figure as a PNG."""
    for text in cast(list[Text], figure.findobj(_is_text)):
        text.set_parse_math(False)  # what stands between two dollars of a user's is no formula
    with _drawing:
        canvas, buffer = FigureCanvasAgg(figure), BytesIO()
        _arrange(figure, canvas.get_renderer())
        canvas.print_png(buffer, pil_kwargs=_FAST)
    return buffer.getvalue()


def _is_text(artist: Artist) -> bool:
    """Labels of a logarithmic axis are formulas of matplotlib's own."""
    return isinstance(artist, Text) and not artist.get_text().startswith("$\\mathdefault")


def _arrange(figure: Figure, renderer: Any) -> None:
    """Put the axes below one another, as wide as the labels of their ticks allow, and the legend below them."""
    width, height = figure.get_figwidth(), figure.get_figheight()
    rooms = [_room(axes) for axes in figure.axes]
    grid: Any = figure.axes[0].get_gridspec()
    ratios = grid.get_height_ratios()
    free = height - _EDGE - (_LEGEND if figure.legends else 0) - sum(above + below for above, below in rooms)
    heights = [free * ratio / sum(ratios) for ratio in ratios]
    for axes, own in zip(figure.axes, heights, strict=True):
        axes.set_position((0.1, 0.1, 0.8, own / height))  # how many ticks there are depends on it
    ticks = [_width_of_ticks(axes, renderer) / figure.dpi for axes in figure.axes]
    labelled = any(axes.get_ylabel() for axes in figure.axes)
    left = _EDGE + max(ticks) + _TICK_MARK + (_Y_LABEL if labelled else 0)
    across, top = width - left - _RIGHT, height
    for axes, own, wide, (above, below) in zip(figure.axes, heights, ticks, rooms, strict=True):
        axes.set_position((left / width, (top - above - own) / height, across / width, own / height))
        axes.xaxis.set_label_coords(0.5, -_TICKS / own)
        axes.yaxis.set_label_coords(-(wide + _TICK_MARK + _PAD) / across, 0.5)
        top -= above + own + below
    for legend in figure.legends:
        legend.set_bbox_to_anchor((left / width - 0.01, 0.0))


def _room(axes: Any) -> tuple[float, float]:
    """Inches above and below the axes."""
    shown = axes.xaxis.get_tick_params()["labelbottom"]
    below = (_TICKS if shown else 0) + (_TIME_LABEL if axes.get_xlabel() else 0)
    return (_TITLE if axes.get_title(loc="left") else _ABOVE), below


def _width_of_ticks(axes: Any, renderer: Any) -> float:
    """Pixels that the widest label of the y axis takes."""
    return max((label.get_window_extent(renderer).width for label in axes.get_yticklabels()), default=0.0)


def date_axis(axes: Any) -> None:
    """Label the time axis as briefly as its span allows."""
    label_time(axes, fewest=4, most=_MOST_TICKS + 1)


def wall_clock(instants: Iterable[datetime], pipeline: PipelineConfig) -> pd.DatetimeIndex:
    """Return instants as wall-clock times of the source's zone."""
    return pd.to_datetime(list(instants), utc=True).tz_convert(pipeline.source.timezone).tz_localize(None)


def label_time(axes: Any, fewest: int, most: int) -> None:
    """Label the axis of time as briefly as its span allows, with so many ticks where whole steps give as many."""
    locator = AutoDateLocator(minticks=fewest, maxticks=most)
    for unit, step in _WIDEST.items():
        locator.intervald[unit] = [*locator.intervald[unit], step]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
