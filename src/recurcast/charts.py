"""The door to matplotlib: PNG charts for MLflow's page. Colours are Okabe & Ito's (2008), readable colour-blind."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.figure import Figure
from numpy.typing import NDArray

from recurcast.config import PipelineConfig
from recurcast.track_record import TrackedTick, TrackRecord

if TYPE_CHECKING:
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
_MARKERS = {"rnn": "^", "lstm": "s", "gru": "o"}
_MOST_TARGETS = 400
_MOST_NAMED_CHAMPIONS = 20
_MOST_MARKED = 150


@dataclass(frozen=True)
class ScoredInterval:
    """The best cell of an interval and the baseline by the gate's metric, none where there is no finite score."""

    as_of: datetime
    cell: str | None
    score: float | None
    baseline_score: float | None
    promoted: bool


def loss_curve(pipeline: PipelineConfig, fitted: "FittedCell") -> bytes:
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


def forecast_chart(pipeline: PipelineConfig, evaluation: "Evaluation", competitors: tuple[str, ...]) -> bytes:
    """Return a PNG of forecasts beside what came, for the newest test windows of the first series."""
    figure, axes = _figure(10, 4)
    _draw_forecasts(axes, pipeline, evaluation, competitors)
    axes.set_title(f"{pipeline.name}: {' and '.join(competitors)} beside what came, {evaluation.part} part", loc="left")
    return _png(figure)


def comparison_chart(pipeline: PipelineConfig, evaluation: "Evaluation", challenger: str) -> bytes:
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


def track_chart(pipeline: PipelineConfig, record: TrackRecord) -> bytes:
    """Return a PNG of the champion's and the baseline's MAE from tick to tick, with the ticks where champions changed."""
    figure, axes = _figure(10, 4)
    baseline = pipeline.gate.baseline
    for label, colour, scores in (
        (baseline, _COLOURS["seasonal_naive"], [tick.baseline_mae for tick in record.ticks]),
        ("champion", _COLOURS["champion"], [tick.champion_mae for tick in record.ticks]),
    ):
        instants, values = _stretches(record.ticks, scores)
        axes.plot(_wall(instants, pipeline), values, color=colour, linewidth=1.4, drawstyle="steps-post", label=label)
    changes = _champion_changes(record.ticks)
    for tick, time in zip(changes, _wall([tick.as_of for tick in changes], pipeline), strict=True):
        named_once = "new champion" if tick is changes[0] else None
        axes.axvline(time, color="#444444", linewidth=0.8, linestyle=":", label=named_once)
        if len(changes) <= _MOST_NAMED_CHAMPIONS:
            axes.annotate(
                f" v{tick.champion}",
                (time, 1),
                xycoords=("data", "axes fraction"),
                va="top",
                fontsize=8,
                color="#444444",
            )
    axes.margins(y=0.12)
    axes.set_ylim(bottom=0)
    _date_axis(axes)
    axes.set_xlabel(f"origin of the forecast ({pipeline.source.timezone})")
    axes.set_ylabel("MAE in the series' units (less is better)")
    ahead = "1 step" if pipeline.windows.horizon == 1 else f"{pipeline.windows.horizon} steps"
    axes.set_title(f"{pipeline.name}: champion beside {baseline}, {ahead} ahead from every origin", loc="left")
    axes.legend(frameon=False, ncols=3, loc="upper left", bbox_to_anchor=(0, -0.18))
    return _png(figure)


def backfill_chart(pipeline: PipelineConfig, intervals: Sequence[ScoredInterval]) -> bytes:
    """Return a PNG of the best cell's score and the baseline's over a backfill's intervals, with the promotions."""
    figure, axes = _figure(10, 4)
    times = _wall([each.as_of for each in intervals], pipeline)
    scores = np.array([each.score for each in intervals], dtype=np.float64)
    baseline = np.array([each.baseline_score for each in intervals], dtype=np.float64)
    few = len(intervals) <= _MOST_MARKED
    size = 36 if few else 8
    grey = _COLOURS["seasonal_naive"]
    axes.plot(times, baseline, color=grey, linewidth=1.4, marker="." if few else None, label=pipeline.gate.baseline)
    axes.plot(times, scores, color="#444444", linewidth=0.6 if few else 0.2, zorder=1)
    for cell, marker in _MARKERS.items():
        chosen = np.array([each.cell == cell for each in intervals])
        axes.scatter(times[chosen], scores[chosen], size, color=_COLOURS[cell], marker=marker, zorder=3, label=cell)
    promoted = np.array([each.promoted for each in intervals])
    axes.scatter(
        times[promoted],
        scores[promoted],
        4 * size,
        facecolors="none",
        edgecolors=_COLOURS["champion"],
        linewidths=1.5,
        zorder=2,
        label="promoted",
    )
    margin = (times[-1] - times[0]) * 0.02 or pd.Timedelta("1h")
    axes.set_xlim(times[0] - margin, times[-1] + margin)
    axes.margins(y=0.12)
    axes.set_ylim(bottom=0)
    _date_axis(axes)
    axes.set_xlabel(f"as_of ({pipeline.source.timezone})")
    axes.set_ylabel(f"{pipeline.gate.metric.upper()} (less is better)")
    axes.set_title(f"{pipeline.name}: the best cell of each interval, on the test windows of its run", loc="left")
    axes.legend(frameon=False, ncols=5, loc="upper left", bbox_to_anchor=(0, -0.18))
    return _png(figure)


def _date_axis(axes: Any) -> None:
    locator = AutoDateLocator()
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def _stretches(ticks: Sequence[TrackedTick], scores: Sequence[float | None]) -> tuple[list[datetime], list[float]]:
    """Corners of a line that is level from each tick to the next one, and broken where a score or a tick is missing."""
    instants: list[datetime] = []
    values: list[float] = []
    for number, (tick, score) in enumerate(zip(ticks, scores, strict=True)):
        value = np.nan if score is None else score
        instants.append(tick.as_of)
        values.append(value)
        if number + 1 == len(ticks) or ticks[number + 1].as_of != tick.next_tick:
            instants += [tick.next_tick, tick.next_tick]
            values += [value, np.nan]
    return instants, values


def _champion_changes(ticks: Sequence[TrackedTick]) -> list[TrackedTick]:
    named = [tick for tick in ticks if tick.champion is not None]
    return named[:1] + [after for before, after in pairwise(named) if before.champion != after.champion]


def _wall(instants: Sequence[datetime], pipeline: PipelineConfig) -> pd.DatetimeIndex:
    """Wall-clock times of the source's zone."""
    return pd.DatetimeIndex(list(instants)).tz_convert(pipeline.source.timezone).tz_localize(None)


def _draw_forecasts(
    axes: Any, pipeline: PipelineConfig, evaluation: "Evaluation", competitors: tuple[str, ...]
) -> None:
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


def _figure(width: float, height: float) -> tuple[Figure, Any]:
    figure = Figure(figsize=(width, height), layout="constrained", dpi=110)
    axes = figure.subplots()
    axes.spines[["top", "right"]].set_visible(False)
    return figure, axes


def _png(figure: Figure) -> bytes:
    buffer = BytesIO()
    FigureCanvasAgg(figure).print_png(buffer)
    return buffer.getvalue()
