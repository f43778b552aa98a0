"""What all charts share: colours (Okabe & Ito's, 2008, readable colour-blind), figures, time axes, PNG."""

from collections.abc import Iterable
from datetime import datetime
from io import BytesIO
from typing import Any

import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure

from recurcast.config import PipelineConfig

COLOURS = {
    "rnn": "#E69F00",
    "lstm": "#0072B2",
    "gru": "#009E73",
    "champion": "#CC79A7",
    "seasonal_naive": "#8A8A8A",
    "naive": "#B5B5B5",
    "moving_average": "#D0D0D0",
}


def figure_of(width: float, height: float) -> tuple[Figure, Any]:
    """Return a figure of so many inches and its axes."""
    figure = Figure(figsize=(width, height), layout="constrained", dpi=110)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def png_of(figure: Figure) -> bytes:
    """Return the figure as a PNG."""
    buffer = BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()


def date_axis(axes: Any) -> None:
    """Label the time axis as briefly as its span allows."""
    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def wall_clock(instants: Iterable[datetime], pipeline: PipelineConfig) -> pd.DatetimeIndex:
    """Return instants as wall-clock times of the source's zone."""
    return pd.to_datetime(list(instants), utc=True).tz_convert(pipeline.source.timezone).tz_localize(None)
