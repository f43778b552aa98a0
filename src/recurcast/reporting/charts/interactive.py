"""The charts of a judged run as a page: its forecasts to zoom into, and the losses of all cells."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from recurcast.config import PipelineConfig
from recurcast.escaping import in_html
from recurcast.reporting.charts.compared import SideBySide
from recurcast.reporting.charts.competitors import loss_chart
from recurcast.reporting.charts.interactive_page import page_of
from recurcast.reporting.charts.saving import svg_of
from recurcast.reporting.charts.traces import band_of, figure_of_traces, line_of
from recurcast.reporting.charts.words import in_unit, moment, over_time
from recurcast.reporting.palette import COMPETITORS, OBSERVED

if TYPE_CHECKING:
    from recurcast.training.fit import FittedCell


def run_page(
    pipeline: PipelineConfig,
    as_of: datetime,
    shown: SideBySide,
    challenger: str,
    fitted: "Sequence[FittedCell]",
    library: str,
) -> str:
    """Return the page of a run: forecasts beside what came, losses per epoch.

    `library` is the id of the run of MLflow's that keeps plotly.js, or empty: then it stands in the page itself.
    """
    losses = loss_chart(pipeline, as_of, fitted)
    below = f"<h2>{in_html(losses.told)}</h2>{svg_of(losses)}"
    figures: list[dict[str, Any] | str] = [_forecasts(pipeline, shown, challenger), below]
    return page_of(f"{pipeline.name}, {moment(as_of, pipeline)}", figures, library)


def _forecasts(pipeline: PipelineConfig, shown: SideBySide, challenger: str) -> dict[str, Any]:
    times = [f"{time:%Y-%m-%dT%H:%M:%S}" for time in shown.times]
    traces: list[dict[str, Any]] = []
    for number, band in enumerate(shown.bands):
        name = f"{challenger}, {band.level:g}% interval"
        traces += band_of(band.low, band.high, COMPETITORS[challenger], number, name)
    traces.append(line_of("observed", None, shown.observed, OBSERVED))
    compared = (challenger, pipeline.gate.baseline)
    for name, values in shown.forecasts.items():
        line = line_of(name, None, values, COMPETITORS[name])
        traces.append(line if name in compared else line | {"visible": "legendonly"})
    label = in_unit(shown.series, pipeline)
    title = f"{shown.series}: forecasts beside what came"
    return figure_of_traces(traces, title, over_time(pipeline), label, 500) | {"x": times}
