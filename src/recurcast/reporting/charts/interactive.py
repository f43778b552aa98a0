"""The charts of a judged run as an interactive page."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np

from recurcast.config import CELLS, PipelineConfig
from recurcast.reporting.charts.interactive_page import page_of
from recurcast.reporting.charts.side_by_side import SideBySide
from recurcast.reporting.charts.traces import band_of, figure_of_traces, line_of, numbers_of
from recurcast.reporting.charts.words import in_unit, metric_in_unit, moment, over_time
from recurcast.reporting.palette import COMPETITORS, OBSERVED

if TYPE_CHECKING:
    from recurcast.evaluation.metrics import Evaluation
    from recurcast.training.fit import FittedCell


def run_page(
    pipeline: PipelineConfig,
    as_of: datetime,
    evaluation: "Evaluation",
    shown: SideBySide,
    challenger: str,
    fitted: "Sequence[FittedCell]",
    library: str,
) -> str:
    """Return the page of a run: scores, forecasts beside what came, losses per epoch.

    `library` is the id of the run of MLflow's that keeps plotly.js, or empty: then it stands in the page itself.
    """
    figures = [
        _scores(pipeline, evaluation, challenger),
        _forecasts(pipeline, shown, challenger),
        _losses(pipeline, fitted),
    ]
    return page_of(f"{pipeline.name}, {moment(as_of, pipeline)}", figures, library)


def _scores(pipeline: PipelineConfig, evaluation: "Evaluation", challenger: str) -> dict[str, Any]:
    metric = evaluation.measure(pipeline.gate.metric)
    ranked = evaluation.overall.dropna(subset=[metric]).sort_values(metric, ascending=False)
    names = [str(name) for name in ranked["competitor"]]
    values = numbers_of(ranked[metric].to_numpy())
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": values,
        "y": [f"{name} (challenger)" if name == challenger else name for name in names],
        "text": [f"{value:.4g}" for value in values],
        "marker": {"color": [COMPETITORS[name] for name in names]},
        "hovertemplate": "%{y}: %{x:.5g}<extra></extra>",
    }
    windows = f"{len(evaluation.windows):,} windows of the {evaluation.part} part"
    return figure_of_traces(
        [bar],
        f"Scores on the same {windows}",
        f"{metric_in_unit(pipeline, metric)}, less is better",
        "",
        60 + 34 * len(names),
    )


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


def _losses(pipeline: PipelineConfig, fitted: "Sequence[FittedCell]") -> dict[str, Any]:
    traces: list[dict[str, Any]] = []
    for each in sorted(fitted, key=lambda each: list(CELLS).index(each.cell)):
        numbers = [epoch.number for epoch in each.epochs]
        validation = np.array([epoch.validation for epoch in each.epochs])
        train = np.array([epoch.train for epoch in each.epochs])
        colour = COMPETITORS[each.cell]
        traces.append(line_of(f"{each.cell} validation", numbers, validation, colour))
        traces.append(line_of(f"{each.cell} train", numbers, train, colour, dash="dot"))
        if each.kept:
            kept = line_of(f"{each.cell} kept", [each.kept], validation[each.kept - 1 : each.kept], colour)
            traces.append(kept | {"mode": "markers", "marker": {"size": 11, "color": colour, "symbol": "diamond"}})
    loss = f"{pipeline.training.loss} in the window's scale"
    figure = figure_of_traces(traces, "Loss per epoch; the diamond is where the weights were kept", "epoch", loss, 420)
    figure["layout"]["yaxis"]["type"] = "log"  # on a linear axis the first epochs hide all others
    return figure
