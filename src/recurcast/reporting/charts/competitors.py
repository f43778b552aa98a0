"""Competitors on the windows of one run: losses per epoch, scores, forecasts beside what came."""

from datetime import datetime
from typing import TYPE_CHECKING, Any

from recurcast.config import PipelineConfig
from recurcast.reporting.charts.bands import Bands
from recurcast.reporting.charts.canvas import date_axis, figure_of, legend_below, panels_of, png_of
from recurcast.reporting.charts.side_by_side import side_by_side
from recurcast.reporting.charts.words import in_unit, metric_in_unit, moment, over_time
from recurcast.reporting.palette import BASELINE, COMPETITORS, NOTED, OBSERVED

if TYPE_CHECKING:
    from recurcast.evaluation.metrics import Evaluation
    from recurcast.training.fit import FittedCell


def loss_curve(pipeline: PipelineConfig, as_of: datetime, fitted: "FittedCell") -> bytes:
    """Return a PNG of the train and validation loss per epoch, with the epoch whose weights were kept."""
    numbers = [epoch.number for epoch in fitted.epochs]
    figure, axes = figure_of(7, 4)
    axes.plot(numbers, [e.train for e in fitted.epochs], color=BASELINE, marker=".", label="train")
    axes.plot(
        numbers, [e.validation for e in fitted.epochs], color=COMPETITORS[fitted.cell], marker=".", label="validation"
    )
    if fitted.kept:
        axes.axvline(
            fitted.kept, color=NOTED, linewidth=0.8, linestyle=":", label=f"weights kept (epoch {fitted.kept})"
        )
    axes.set(xlabel="epoch", ylabel=f"{pipeline.training.loss} in the window's scale")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_title(f"{pipeline.name}, {moment(as_of, pipeline)}: {fitted.cell}, loss per epoch", loc="left")
    axes.legend(frameon=False)
    return png_of(figure)


def forecast_chart(
    pipeline: PipelineConfig,
    as_of: datetime,
    evaluation: "Evaluation",
    competitors: tuple[str, ...],
    bands: Bands | None = None,
) -> bytes:
    """Return a PNG of forecasts beside what came, for the newest test windows of the first series."""
    figure, axes = figure_of(10, 4)
    _draw_forecasts(axes, pipeline, evaluation, competitors, bands)
    told = f"{' and '.join(competitors)} beside what came, {evaluation.part} part"
    axes.set_title(f"{pipeline.name}, {moment(as_of, pipeline)}: {told}", loc="left")
    legend_below(figure, axes)
    return png_of(figure)


def comparison_chart(
    pipeline: PipelineConfig, as_of: datetime, evaluation: "Evaluation", challenger: str, bands: Bands | None = None
) -> bytes:
    """Return a PNG with every competitor's score, and the challenger's forecasts beside the baseline's."""
    figure, (bars, lines) = panels_of(11, 7, [2, 3])
    metric = evaluation.measure(pipeline.gate.metric)
    ranked = evaluation.overall.dropna(subset=[metric]).sort_values(metric, ascending=False)
    colours = [COMPETITORS[name] for name in ranked["competitor"]]
    drawn = bars.barh(ranked["competitor"], ranked[metric], color=colours)
    bars.bar_label(drawn, fmt=" %.4g")
    bars.margins(x=0.09)  # room for the label of the longest
    bars.set_xlabel(
        f"{metric_in_unit(pipeline, metric)} on the {evaluation.part} part, {len(evaluation.windows):,} windows (less is better)"
    )
    bars.set_title(f"{pipeline.name}, {moment(as_of, pipeline)}: all competitors on the same windows", loc="left")
    _draw_forecasts(lines, pipeline, evaluation, (pipeline.gate.baseline, challenger), bands)
    legend_below(figure, lines)
    return png_of(figure)


def _draw_forecasts(
    axes: Any,
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
    date_axis(axes)
    axes.set_xlabel(over_time(pipeline))
    axes.set_ylabel(in_unit(shown.series, pipeline))
