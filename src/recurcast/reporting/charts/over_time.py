"""Scores from tick to tick: of the champions, and of a backfill's intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise

import numpy as np
import pandas as pd

from recurcast.config import CELLS, PipelineConfig
from recurcast.evaluation.track_record import TrackedTick, TrackRecord
from recurcast.reporting.charts.canvas import date_axis, figure_of, legend_below, png_of, wall_clock
from recurcast.reporting.charts.words import in_unit, metric_in_unit, over_time
from recurcast.reporting.palette import BASELINE, CHAMPION, NOTED

_MOST_NAMED_CHAMPIONS = 20
_MOST_MARKED = 150


@dataclass(frozen=True)
class ScoredInterval:
    """The best cell of an interval and the baseline by the metric that judged, none where there is no finite score."""

    as_of: datetime
    cell: str | None
    score: float | None
    baseline_score: float | None
    promoted: bool


def track_chart(pipeline: PipelineConfig, record: TrackRecord) -> bytes:
    """Return a PNG of the champion's and the baseline's MAE from tick to tick, with the ticks where champions changed."""
    figure, axes = figure_of(10, 4)
    baseline = pipeline.gate.baseline
    for label, colour, scores in (
        (baseline, BASELINE, [tick.baseline_mae for tick in record.ticks]),
        ("champion", CHAMPION, [tick.champion_mae for tick in record.ticks]),
    ):
        instants, values = stretches(record.ticks, scores)
        axes.plot(
            wall_clock(instants, pipeline), values, color=colour, linewidth=1.4, drawstyle="steps-post", label=label
        )
    changes = _champion_changes(record.ticks)
    for tick, time in zip(changes, wall_clock([tick.as_of for tick in changes], pipeline), strict=True):
        named_once = "new champion" if tick is changes[0] else None
        axes.axvline(time, color=NOTED, linewidth=0.8, linestyle=":", label=named_once)
        if len(changes) <= _MOST_NAMED_CHAMPIONS:
            axes.annotate(
                f" v{tick.champion}",
                (time, 1),
                xycoords=("data", "axes fraction"),
                va="top",
                fontsize=8,
                color=NOTED,
            )
    axes.margins(y=0.12)
    axes.set_ylim(bottom=0)
    date_axis(axes)
    axes.set_xlabel(over_time(pipeline, "origin of the forecast"))
    axes.set_ylabel(f"{in_unit('MAE', pipeline)}, less is better")
    ahead = "1 step" if pipeline.windows.horizon == 1 else f"{pipeline.windows.horizon} steps"
    axes.set_title(f"{pipeline.name}: champion beside {baseline}, {ahead} ahead from every origin", loc="left")
    legend_below(figure, axes)
    return png_of(figure)


def backfill_chart(pipeline: PipelineConfig, intervals: Sequence[ScoredInterval], metric: str) -> bytes:
    """Return a PNG of the best cell's score and the baseline's over a backfill's intervals, with the promotions."""
    figure, axes = figure_of(10, 4)
    times = wall_clock([each.as_of for each in intervals], pipeline)
    scores = np.array([each.score for each in intervals], dtype=np.float64)
    baseline = np.array([each.baseline_score for each in intervals], dtype=np.float64)
    few = len(intervals) <= _MOST_MARKED
    size = 36 if few else 8
    axes.plot(times, baseline, color=BASELINE, linewidth=1.4, marker="." if few else None, label=pipeline.gate.baseline)
    axes.plot(times, scores, color=NOTED, linewidth=0.6 if few else 0.2, zorder=1)
    for cell, facts in CELLS.items():
        own = np.array([each.cell == cell for each in intervals])
        shown = {"color": facts.colour, "marker": facts.marker, "label": cell}
        axes.scatter(times[own], scores[own], size, zorder=3, **shown)
    promoted = np.array([each.promoted for each in intervals])
    axes.scatter(
        times[promoted],
        scores[promoted],
        4 * size,
        facecolors="none",
        edgecolors=CHAMPION,
        linewidths=1.5,
        zorder=2,
        label="promoted",
    )
    margin = (times[-1] - times[0]) * 0.02 or pd.Timedelta("1h")
    axes.set_xlim(times[0] - margin, times[-1] + margin)
    axes.margins(y=0.12)
    axes.set_ylim(bottom=0)
    date_axis(axes)
    axes.set_xlabel(over_time(pipeline, "as_of"))
    axes.set_ylabel(f"{metric_in_unit(pipeline, metric)}, less is better")
    axes.set_title(f"{pipeline.name}: the best cell of each interval, on the test windows of its run", loc="left")
    legend_below(figure, axes)
    return png_of(figure)


def stretches(ticks: Sequence[TrackedTick], scores: Sequence[float | None]) -> tuple[list[datetime], list[float]]:
    """Return the corners of a line that is level from tick to tick, and broken where a score or a tick is missing."""
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
