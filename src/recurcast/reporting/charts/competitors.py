"""Competitors on the windows of one run: losses per epoch, scores, forecasts beside what came."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullLocator

from recurcast.config import CELLS, PipelineConfig
from recurcast.reporting.charts.bands import Bands
from recurcast.reporting.charts.compared import side_by_side
from recurcast.reporting.charts.saving import Chart
from recurcast.reporting.charts.sheets import Sheet, legend_below, panels_of, time_axis
from recurcast.reporting.charts.words import in_unit, metric_in_unit, moment
from recurcast.reporting.palette import COMPETITORS, NOTED, OBSERVED

if TYPE_CHECKING:
    from recurcast.evaluation.metrics import Evaluation
    from recurcast.reporting.charts.curves import Curves
    from recurcast.training.fit import FittedCell


def loss_chart(pipeline: PipelineConfig, as_of: datetime, fitted: "Sequence[Curves | FittedCell]") -> Chart:
    """Return the train and validation loss of cells per epoch, with the epoch whose weights were kept."""
    cells = sorted(fitted, key=lambda each: list(CELLS).index(each.cell))

    def draw(sheet: Sheet) -> Figure:
        figure, (axes,) = panels_of(sheet, 300)
        for each in cells:
            _draw_losses(axes, each)
        kept = [
            (each.kept, each.epochs[each.kept - 1].validation, COMPETITORS[each.cell]) for each in cells if each.kept
        ]
        if kept:
            epochs, losses, colours = zip(*kept, strict=True)
            axes.scatter(epochs, losses, 60, color=colours, marker="D", zorder=3)
            axes.plot([], [], "D", color=NOTED, label="weights kept")
        axes.set(xlabel="epoch", ylabel=f"{pipeline.training.loss} in the window's scale")
        axes.xaxis.get_major_locator().set_params(integer=True)
        if any(loss > 0 for each in cells for epoch in each.epochs for loss in (epoch.train, epoch.validation)):
            axes.set_yscale("log")  # on a linear axis the first epochs hide all others
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_minor_locator(NullLocator())
            axes.yaxis.set_major_formatter("{x:g}")
        legend_below(figure, axes, sheet)
        return figure

    names = ", ".join(each.cell for each in cells)
    title = f"{pipeline.name}, {moment(as_of, pipeline)}: {names}, loss per epoch"
    return Chart("losses", title, "Loss per epoch; the diamond is where the weights were kept", draw)


def forecast_chart(
    pipeline: PipelineConfig,
    as_of: datetime,
    evaluation: "Evaluation",
    competitors: tuple[str, ...],
    bands: Bands | None = None,
) -> Chart:
    """Return forecasts beside what came, for the newest test windows of the first series."""

    def draw(sheet: Sheet) -> Figure:
        figure, (axes,) = panels_of(sheet, 300)
        _draw_forecasts(axes, sheet, pipeline, evaluation, competitors, bands)
        legend_below(figure, axes, sheet)
        return figure

    told = f"{' and '.join(competitors)} beside what came, {evaluation.part} part"
    return Chart("forecasts", f"{pipeline.name}, {moment(as_of, pipeline)}: {told}", told, draw)


def comparison_chart(
    pipeline: PipelineConfig, as_of: datetime, evaluation: "Evaluation", challenger: str, bands: Bands | None = None
) -> Chart:
    """Return every competitor's score, and the challenger's forecasts beside the baseline's."""

    def draw(sheet: Sheet) -> Figure:
        figure, (bars, lines) = panels_of(sheet, 525, [2, 3], share_time=False)
        _draw_scores(bars, pipeline, evaluation, challenger)
        _draw_forecasts(lines, sheet, pipeline, evaluation, (pipeline.gate.baseline, challenger), bands)
        legend_below(figure, lines, sheet)
        return figure

    told = "all competitors on the same windows"
    return Chart("comparison", f"{pipeline.name}, {moment(as_of, pipeline)}: {told}", told, draw)


def _draw_losses(axes: Any, fitted: "Curves | FittedCell") -> None:
    numbers, colour = [epoch.number for epoch in fitted.epochs], COMPETITORS[fitted.cell]
    validation = np.array([epoch.validation for epoch in fitted.epochs])
    train = np.array([epoch.train for epoch in fitted.epochs])
    axes.plot(numbers, validation, color=colour, marker=".", label=f"{fitted.cell} validation")
    axes.plot(numbers, train, color=colour, linestyle=":", label=f"{fitted.cell} train")


def _draw_scores(axes: Any, pipeline: PipelineConfig, evaluation: "Evaluation", challenger: str) -> None:
    metric = evaluation.measure(pipeline.gate.metric)
    ranked = evaluation.overall.dropna(subset=[metric]).sort_values(metric, ascending=False)
    names = [f"{name} (challenger)" if name == challenger else name for name in ranked["competitor"]]
    drawn = axes.barh(names, ranked[metric], color=[COMPETITORS[name] for name in ranked["competitor"]])
    axes.bar_label(drawn, fmt="%.4g", padding=4)
    axes.margins(x=0.09)  # room for the label of the longest
    windows = f"{evaluation.part} part, {evaluation.n_windows:,} windows"
    axes.set_xlabel(f"{metric_in_unit(pipeline, metric)} on the {windows} (less is better)")


def _draw_forecasts(
    axes: Any,
    sheet: Sheet,
    pipeline: PipelineConfig,
    evaluation: "Evaluation",
    competitors: tuple[str, ...],
    bands: Bands | None,
) -> None:
    shown = side_by_side(pipeline, evaluation, bands)
    for number, band in enumerate(shown.bands):
        colour = COMPETITORS[bands.competitor] if bands else ""
        alpha, label = 0.12 + 0.12 * number, f"{band.level:g}% interval"
        axes.fill_between(shown.times, band.low, band.high, color=colour, alpha=alpha, linewidth=0, label=label)
    axes.plot(shown.times, shown.observed, color=OBSERVED, linewidth=1.2, label="observed")
    for competitor in competitors:
        values, colour = shown.forecasts[competitor], COMPETITORS[competitor]
        axes.plot(shown.times, values, color=colour, linewidth=1.2, label=competitor)
    time_axis(axes, sheet, pipeline.source.timezone)
    axes.set_ylabel(in_unit(shown.series, pipeline))
