"""Which past steps a network looks at: the share of each, back from the origin."""

from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from recurcast.config import CELLS, PipelineConfig
from recurcast.reporting.charts.saving import Chart
from recurcast.reporting.charts.sheets import Sheet, legend_below, panels_of
from recurcast.reporting.charts.words import moment
from recurcast.reporting.palette import NOTED

if TYPE_CHECKING:
    from recurcast.evaluation.looks import Looks

_MOST_SEASONS = 12


def looks_chart(
    pipeline: PipelineConfig, as_of: datetime, version: int, cell: str, found: "Looks", of_series: str = ""
) -> Chart:
    """Return the mean share of each past step with its spread over the windows, whole seasons back marked."""
    shown = found.each[::-1]
    edges = np.array([each.oldest + 0.5 for each in shown] + [0.5])
    mean, low, high = (np.array([getattr(each, which) for each in shown]) for which in ("share", "low", "high"))
    seasons = range(pipeline.season, shown[0].oldest + 1, pipeline.season) if pipeline.season > 1 else range(0)

    def draw(sheet: Sheet) -> Figure:
        figure, (axes,) = panels_of(sheet, 300)
        band = {"color": CELLS[cell].colour, "alpha": 0.25, "linewidth": 0}
        axes.stairs(high, edges, baseline=low, fill=True, label="10th to 90th percentile of the windows", **band)
        axes.stairs(mean, edges, baseline=None, color=CELLS[cell].colour, linewidth=1.6, label=f"{cell}, mean")
        axes.axhline(found.even, color=NOTED, linestyle="--", linewidth=1, label="all alike")
        for back in seasons if len(seasons) <= _MOST_SEASONS else ():
            told = "a season back" if back == pipeline.season else None
            axes.axvline(back, color=NOTED, linestyle=":", linewidth=1, label=told)
        axes.set_xlim(edges[0], edges[-1])  # time runs to the right, the origin is its end
        axes.set_ylim(bottom=0)
        axes.xaxis.set_major_locator(MaxNLocator(sheet.ticks, integer=True))
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
        axes.set_xlabel("steps back from the origin of the forecast")
        axes.set_ylabel("share" if shown[-1].steps == 1 else f"share of {shown[-1].steps} steps")
        legend_below(figure, axes, sheet)
        return figure

    told = f"which past steps version {version} looks at, on {found.windows:,} test windows{of_series}"
    return Chart("attention", f"{pipeline.name}, {moment(as_of, pipeline)}: {told}", told, draw)
