"""What each input is worth: bars of the error with its values of another window."""

from datetime import datetime
from typing import TYPE_CHECKING

from matplotlib.figure import Figure

from recurcast.config import PipelineConfig
from recurcast.reporting.charts.saving import Chart
from recurcast.reporting.charts.sheets import Sheet, panels_of
from recurcast.reporting.charts.words import metric_in_unit, moment
from recurcast.reporting.palette import NOTED, OBSERVED

if TYPE_CHECKING:
    from recurcast.evaluation.importance import Importances


def importances_chart(
    pipeline: PipelineConfig, as_of: datetime, version: int, found: "Importances", of_series: str = ""
) -> Chart:
    """Return a bar for each input, the dearest on top; the line is the error with all inputs as they were.

    `of_series` says of which series the windows are, such as ` of 2,000 of 100,000 series`.
    """
    shown = found.inputs[::-1]

    def draw(sheet: Sheet) -> Figure:
        figure, (axes,) = panels_of(sheet, 130 + 34 * len(shown))
        maes = [each.mae for each in shown]
        spans = [[each.mae - each.least for each in shown], [each.most - each.mae for each in shown]]
        drawn = axes.barh([each.name for each in shown], maes, xerr=spans, color=NOTED, ecolor=OBSERVED)
        axes.bar_label(drawn, [f"{each.mae / found.mae - 1:+.1%}" if found.mae else "" for each in shown], padding=8)
        axes.axvline(found.mae, color=OBSERVED, linestyle="--")
        axes.margins(x=0.15)
        axes.set_xlabel(f"{metric_in_unit(pipeline, 'mae')} with the input of another window; the line: as it was")
        return figure

    told = f"what the inputs of version {version} are worth, on {found.windows:,} test windows{of_series}"
    return Chart("importances", f"{pipeline.name}, {moment(as_of, pipeline)}: {told}", told, draw)
