"""What charts are drawn on, and what all of them share: axes, the axis of time, the legend, margins.

Margins are ours, in inches: matplotlib's own layouts measure every text of a chart several times before it is drawn, which
takes longer than drawing it. A training run draws eight charts.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import pandas as pd
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
from numpy.typing import NDArray

_WIDEST = {MONTHLY: 12, DAILY: 28, HOURLY: 24, MINUTELY: 60, SECONDLY: 60}
"""Steps beside matplotlib's own, without which it warns of spans such as four days of hours: too many of its widest step."""
_PX = 96
"""Pixels of a page in an inch."""
_EDGE, _ABOVE, _TITLE = 0.1, 0.12, 0.36
_TICKS, _TIME_LABEL, _Y_LABEL = 0.3, 0.24, 0.27
_LEGEND, _LEGEND_ROW = 0.16, 0.21
_TICK_MARK, _PAD, _RIGHT = 0.1, 0.05, 0.2
"""Room in inches for what stands around axes, where text is of ten points; that of the tick labels is measured."""
_MOST_TICKS = 5
"""A tick is five artists: what a chart costs hangs on their number more than on what it shows."""


@dataclass(frozen=True)
class Sheet:
    """What a chart is drawn on: its width in inches, the size of its text in points."""

    name: str
    width: float
    dpi: int
    text: float
    tall: float
    """Its charts' heights, as a multiple of those on the page."""
    ticks: int
    """Most of them on the axis of time."""
    points: int
    """How many values of a line can be told apart."""
    alone: bool = False
    """Whether nothing stands around it that says what the chart is of."""

    @property
    def narrow(self) -> bool:
        """Return whether it is a phone's."""
        return self.width * _PX < 600


PAPER = Sheet("paper", 10, 110, 10, 1.28, 7, 10**6, alone=True)
WIDE = Sheet("wide", 900 / _PX, 72, 9.4, 1, 9, 150)
NARROW = Sheet("narrow", 345 / _PX, 72, 8.7, 0.88, 4, 70)


def panels_of(sheet: Sheet, height: float, ratios: Sequence[float] = (1,), *, share_time: bool = True) -> Any:
    """Return a figure so many pixels high on a page, and its axes, one below the other, their heights in these ratios."""
    figure = Figure(figsize=(sheet.width, height * sheet.tall / _PX), dpi=sheet.dpi)
    panels = figure.subplots(len(ratios), 1, sharex=share_time, squeeze=False, height_ratios=ratios)[:, 0]
    for axes in panels:
        axes.spines[["top", "right"]].set_visible(False)
        axes.locator_params(axis="y", nbins=_MOST_TICKS)
    return figure, panels


def legend_below(figure: Figure, axes: Any, sheet: Sheet) -> None:
    """Say below everything what the lines and marks of the axes are; a second row makes the figure higher."""
    handles, labels = axes.get_legend_handles_labels()
    rows = _rows_of_legend(labels, sheet)
    figure.set_figheight(figure.get_figheight() + (rows - 1) * _LEGEND_ROW * sheet.text / 10)
    columns = -(-len(labels) // rows) or 1
    figure.legend(handles, labels, frameon=False, ncols=columns, loc="lower left", columnspacing=1.4, handlelength=1.6)


def _rows_of_legend(labels: Sequence[str], sheet: Sheet) -> int:
    """Into how many rows the legend's entries go; they fill it column by column."""
    widths = [(0.6 * len(label) + 4.2) * sheet.text / 72 for label in labels]
    for rows in range(1, len(labels)):
        if sum(max(widths[first : first + rows]) for first in range(0, len(widths), rows)) < sheet.width:
            return rows
    return max(len(labels), 1)


def on_the_clock(instants: Iterable[datetime], timezone: str) -> pd.DatetimeIndex:
    """Return instants as wall-clock times of a zone."""
    return pd.to_datetime(list(instants), utc=True).tz_convert(timezone).tz_localize(None)


def time_axis(axes: Any, sheet: Sheet, timezone: str, what: str = "time") -> None:
    """Label the axis of time with as much as the sheet has room for; where it stands alone, with the zone."""
    label_time(axes, fewest=2 if sheet.narrow else 4, most=sheet.ticks)
    if sheet.alone:
        axes.set_xlabel(f"{what} ({timezone})")


def label_time(axes: Any, fewest: int, most: int) -> None:
    """Label the axis of time as briefly as its span allows, with so many ticks where whole steps give as many."""
    locator = AutoDateLocator(minticks=fewest, maxticks=most)
    for unit, step in _WIDEST.items():
        locator.intervald[unit] = [*locator.intervald[unit], step]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def smoothed(values: NDArray[np.float64], sheet: Sheet) -> tuple[NDArray[np.float64], int]:
    """Return means of each value and those before it, and of how many: so many that the sheet can show the line."""
    count = -(-len(values) // sheet.points)
    means = pd.Series(values).rolling(count, min_periods=1).mean().to_numpy()
    return np.where(np.isnan(values), np.nan, means), count


def arrange(figure: Figure, sheet: Sheet, renderer: Any) -> None:
    """Put the axes below one another, as wide as the labels of their ticks allow, and the legend below them."""
    unit = sheet.text / 10
    width, height = figure.get_figwidth() / unit, figure.get_figheight() / unit
    rooms = [_room(axes) for axes in figure.axes]
    grid: Any = figure.axes[0].get_gridspec()
    ratios = grid.get_height_ratios()
    labels = [text.get_text() for legend in figure.legends for text in legend.get_texts()]
    legends = _LEGEND + _LEGEND_ROW * _rows_of_legend(labels, sheet) if figure.legends else 0
    free = height - _EDGE - legends - sum(above + below for above, below in rooms)
    heights = [free * ratio / sum(ratios) for ratio in ratios]
    for axes, own in zip(figure.axes, heights, strict=True):
        axes.set_position((0.1, 0.1, 0.8, own / height))  # how many ticks there are depends on it
    ticks = [_width_of_ticks(axes, renderer) / figure.dpi / unit for axes in figure.axes]
    labelled = any(axes.get_ylabel() for axes in figure.axes)
    left = _EDGE + max(ticks) + _TICK_MARK + (_Y_LABEL if labelled else 0)
    across, top = width - left - _RIGHT, height
    for axes, own, wide, (above, below) in zip(figure.axes, heights, ticks, rooms, strict=True):
        axes.set_position((left / width, (top - above - own) / height, across / width, own / height))
        axes.xaxis.set_label_coords(0.5, -_TICKS / own)
        axes.yaxis.set_label_coords(-(wide + _TICK_MARK + _PAD) / across, 0.5)
        top -= above + own + below
    for legend in figure.legends:
        legend.set_bbox_to_anchor(((0 if sheet.narrow else left) / width - 0.01, 0.0))


def _room(axes: Any) -> tuple[float, float]:
    """Inches above and below the axes."""
    shown = axes.xaxis.get_tick_params()["labelbottom"]
    below = (_TICKS if shown else 0) + (_TIME_LABEL if axes.get_xlabel() else 0)
    return (_TITLE if axes.get_title(loc="left") else _ABOVE), below


def _width_of_ticks(axes: Any, renderer: Any) -> float:
    """Pixels that the widest label of the y axis takes."""
    return max((label.get_window_extent(renderer).width for label in axes.get_yticklabels()), default=0.0)
