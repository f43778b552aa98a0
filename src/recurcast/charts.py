"""The door to matplotlib: PNG charts for MLflow's page. Colours are Okabe & Ito's (2008), readable colour-blind."""

from io import BytesIO
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.evaluation import Evaluation
from recurcast.training import FittedCell

_COLOURS = {
    "rnn": "#E69F00",
    "lstm": "#0072B2",
    "gru": "#009E73",
    "champion": "#CC79A7",
    "seasonal_naive": "#8A8A8A",
    "naive": "#B5B5B5",
    "moving_average": "#D0D0D0",
}
_MOST_TARGETS = 400


def loss_curve(pipeline: PipelineConfig, fitted: FittedCell) -> bytes:
    """Return a PNG of the train and validation loss per epoch, with the epoch whose weights were kept."""
    numbers = [epoch.number for epoch in fitted.epochs]
    figure, axes = _figure(7, 4)
    axes.plot(numbers, [e.train for e in fitted.epochs], color="#8A8A8A", marker=".", label="train")
    axes.plot(
        numbers, [e.validation for e in fitted.epochs], color=_COLOURS[fitted.cell], marker=".", label="validation"
    )
    if fitted.kept:
        axes.axvline(
            fitted.kept, color="#444444", linewidth=0.8, linestyle=":", label=f"weights kept (epoch {fitted.kept})"
        )
    axes.set(xlabel="epoch", ylabel=f"{pipeline.training.loss} in the window's scale")
    axes.xaxis.get_major_locator().set_params(integer=True)
    axes.set_title(f"{pipeline.name}: {fitted.cell}, loss per epoch", loc="left")
    axes.legend(frameon=False)
    return _png(figure)


def forecast_chart(pipeline: PipelineConfig, evaluation: Evaluation, competitors: tuple[str, ...]) -> bytes:
    """Return a PNG of forecasts beside what came, for the newest test windows of the first series."""
    figure, axes = _figure(10, 4)
    _draw_forecasts(axes, pipeline, evaluation, competitors)
    axes.set_title(f"{pipeline.name}: {' and '.join(competitors)} beside what came, {evaluation.part} part", loc="left")
    return _png(figure)


def comparison_chart(pipeline: PipelineConfig, evaluation: Evaluation, challenger: str) -> bytes:
    """Return a PNG with every competitor's score, and the challenger's forecasts beside the baseline's."""
    figure = Figure(figsize=(11, 7), layout="constrained", dpi=110)
    bars, lines = figure.subplots(2, 1, height_ratios=[2, 3])
    metric = pipeline.gate.metric
    ranked = evaluation.overall.dropna(subset=[metric]).sort_values(metric, ascending=False)
    colours = [_COLOURS[name] for name in ranked["competitor"]]
    drawn = bars.barh(ranked["competitor"], ranked[metric], color=colours)
    bars.bar_label(drawn, fmt=" %.4g")
    bars.set_xlabel(
        f"{metric.upper()} on the {evaluation.part} part, {len(evaluation.windows):,} windows (less is better)"
    )
    bars.set_title(f"{pipeline.name}: all competitors on the same windows", loc="left")
    _draw_forecasts(lines, pipeline, evaluation, (pipeline.gate.baseline, challenger))
    for axes in (bars, lines):
        axes.spines[["top", "right"]].set_visible(False)
    return _png(figure)


def _draw_forecasts(axes: Any, pipeline: PipelineConfig, evaluation: Evaluation, competitors: tuple[str, ...]) -> None:
    chosen = _side_by_side(evaluation)
    windows = evaluation.windows
    steps = windows.origin[chosen][:, None] + np.arange(windows.horizon)
    times = windows.panel.steps.tz_convert(pipeline.source.timezone).tz_localize(None)[steps.ravel()]
    series = int(windows.series[chosen][0])
    actual = windows.panel.y[series][steps.ravel()]
    axes.plot(times, actual, color="#222222", linewidth=1.2, label="observed")
    for prediction in evaluation.predictions:
        if prediction.competitor in competitors:
            values = np.where(np.isfinite(prediction.values[chosen]), prediction.values[chosen], np.nan).ravel()
            colour = _COLOURS[prediction.competitor]
            axes.plot(times, values, color=colour, linewidth=1.2, label=prediction.competitor)
    axes.set_xlabel(f"time ({pipeline.source.timezone})")
    axes.set_ylabel(windows.panel.ids[series])
    axes.legend(frameon=False, ncols=4, loc="upper left", bbox_to_anchor=(0, -0.18))


def _side_by_side(evaluation: Evaluation) -> NDArray[np.int64]:
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


def _figure(width: float, height: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), layout="constrained", dpi=110)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _png(figure: Figure) -> bytes:
    buffer = BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()
