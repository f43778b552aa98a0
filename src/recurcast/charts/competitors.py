"""Competitors on the windows of one run: losses per epoch, scores, forecasts beside what came."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recurcast.charts.canvas import date_axis, figure_of, legend_below, panels_of, png_of
from recurcast.config import PipelineConfig
from recurcast.palette import BASELINE, COMPETITORS, NOTED, OBSERVED

if TYPE_CHECKING:
    from recurcast.evaluation import Evaluation
    from recurcast.training import FittedCell

_MOST_TARGETS = 400


def loss_curve(pipeline: PipelineConfig, fitted: "FittedCell") -> bytes:
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
    axes.set_title(f"{pipeline.name}: {fitted.cell}, loss per epoch", loc="left")
    axes.legend(frameon=False)
    return png_of(figure)


def forecast_chart(pipeline: PipelineConfig, evaluation: "Evaluation", competitors: tuple[str, ...]) -> bytes:
    """Return a PNG of forecasts beside what came, for the newest test windows of the first series."""
    figure, axes = figure_of(10, 4)
    _draw_forecasts(axes, pipeline, evaluation, competitors)
    axes.set_title(f"{pipeline.name}: {' and '.join(competitors)} beside what came, {evaluation.part} part", loc="left")
    legend_below(figure, axes)
    return png_of(figure)


def comparison_chart(pipeline: PipelineConfig, evaluation: "Evaluation", challenger: str) -> bytes:
    """Return a PNG with every competitor's score, and the challenger's forecasts beside the baseline's."""
    figure, (bars, lines) = panels_of(11, 7, [2, 3])
    metric = pipeline.gate.metric
    ranked = evaluation.overall.dropna(subset=[metric]).sort_values(metric, ascending=False)
    colours = [COMPETITORS[name] for name in ranked["competitor"]]
    drawn = bars.barh(ranked["competitor"], ranked[metric], color=colours)
    bars.bar_label(drawn, fmt=" %.4g")
    bars.margins(x=0.09)  # room for the label of the longest
    bars.set_xlabel(
        f"{metric.upper()} on the {evaluation.part} part, {len(evaluation.windows):,} windows (less is better)"
    )
    bars.set_title(f"{pipeline.name}: all competitors on the same windows", loc="left")
    _draw_forecasts(lines, pipeline, evaluation, (pipeline.gate.baseline, challenger))
    legend_below(figure, lines)
    return png_of(figure)


def _draw_forecasts(
    axes: Any, pipeline: PipelineConfig, evaluation: "Evaluation", competitors: tuple[str, ...]
) -> None:
    chosen = _side_by_side(evaluation)
    windows = evaluation.windows
    steps = windows.origin[chosen][:, None] + np.arange(windows.horizon)
    times = windows.panel.steps.tz_convert(pipeline.source.timezone).tz_localize(None)[steps.ravel()]
    series = int(windows.series[chosen][0])
    actual = windows.panel.y[series][steps.ravel()]
    axes.plot(times, actual, color=OBSERVED, linewidth=1.2, label="observed")
    for prediction in evaluation.predictions:
        if prediction.competitor in competitors:
            values = np.where(np.isfinite(prediction.values[chosen]), prediction.values[chosen], np.nan).ravel()
            colour = COMPETITORS[prediction.competitor]
            axes.plot(times, values, color=colour, linewidth=1.2, label=prediction.competitor)
    date_axis(axes)
    axes.set_xlabel(f"time ({pipeline.source.timezone})")
    axes.set_ylabel(windows.panel.ids[series])


def _side_by_side(evaluation: "Evaluation") -> NDArray[np.int64]:
    """Indices of the newest windows of the first series whose targets don't overlap, ascending."""
    windows = evaluation.windows
    of_first = np.flatnonzero(windows.series == windows.series[0])[::-1]
    chosen: list[int] = []
    for index in of_first:
        if not chosen or windows.origin[index] + windows.horizon <= windows.origin[chosen[-1]]:
            chosen.append(int(index))
        if len(chosen) * windows.horizon >= _MOST_TARGETS:
            break
    return np.array(chosen[::-1], dtype=np.int64)
