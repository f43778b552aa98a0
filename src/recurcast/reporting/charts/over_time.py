"""Scores from tick to tick: of the champions, and of a backfill's intervals."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from recurcast.config import CELLS, PipelineConfig
from recurcast.evaluation.track_record import TrackedTick, TrackRecord
from recurcast.reporting.charts.saving import Chart
from recurcast.reporting.charts.sheets import Sheet, legend_below, on_the_clock, panels_of, smoothed, time_axis
from recurcast.reporting.charts.words import in_unit, metric_in_unit
from recurcast.reporting.page.words import spelled
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


def track_chart(pipeline: PipelineConfig, record: TrackRecord, timezone: str | None = None) -> Chart:
    """Return the champion's and the baseline's MAE from tick to tick; alone, with the ticks where champions changed.

    Times are on the source's clock, where no other one is asked for.
    """
    ticks, clock, baseline = record.ticks, timezone or pipeline.source.timezone, spelled(pipeline.gate.baseline)

    def draw(sheet: Sheet) -> Figure:
        figure, (axes,) = panels_of(sheet, 300)
        for label, colour, scores in (
            (baseline, BASELINE, [tick.baseline_mae for tick in ticks]),
            ("champion", CHAMPION, [tick.champion_mae for tick in ticks]),
        ):
            means, count = smoothed(np.array(scores, dtype=np.float64), sheet)
            instants, values = stretches(ticks, scores) if count == 1 else ([t.as_of for t in ticks], means)
            style = "steps-post" if count == 1 else "default"
            axes.plot(on_the_clock(instants, clock), values, color=colour, drawstyle=style, label=label)
        if sheet.alone:
            _mark_changes(axes, _champion_changes(ticks), clock)
        axes.margins(y=0.12)
        axes.set_ylim(bottom=0)
        time_axis(axes, sheet, clock, "origin of the forecast")
        axes.set_ylabel(f"{'MAE' if sheet.narrow else in_unit('MAE', pipeline)}{mean_of(count, 'ticks')}")
        legend_below(figure, axes, sheet)
        return figure

    ahead = "1 step" if pipeline.windows.horizon == 1 else f"{pipeline.windows.horizon} steps"
    title = f"{pipeline.name}: champion beside {baseline}, {ahead} ahead from every origin"
    told = f"Mean absolute error of champion and {baseline} over {len(ticks)} ticks."
    return Chart("track", title, told, draw)


def backfill_chart(pipeline: PipelineConfig, intervals: Sequence[ScoredInterval], metric: str) -> Chart:
    """Return the best cell's score and the baseline's over a backfill's intervals, with the promotions."""
    times = on_the_clock([each.as_of for each in intervals], pipeline.source.timezone)
    scores = np.array([each.score for each in intervals], dtype=np.float64)
    baseline = np.array([each.baseline_score for each in intervals], dtype=np.float64)
    promoted = np.array([each.promoted for each in intervals])
    few = len(intervals) <= _MOST_MARKED
    size, margin = 36 if few else 8, (times[-1] - times[0]) * 0.02 or pd.Timedelta("1h")

    def draw(sheet: Sheet) -> Figure:
        figure, (axes,) = panels_of(sheet, 300)
        marker = "." if few else None
        axes.plot(times, baseline, color=BASELINE, linewidth=1.4, marker=marker, label=pipeline.gate.baseline)
        axes.plot(times, scores, color=NOTED, linewidth=0.6 if few else 0.2, zorder=1)
        for cell, facts in CELLS.items():
            if cell not in {*pipeline.network.cells, *(each.cell for each in intervals)}:
                continue
            own = np.array([each.cell == cell for each in intervals])
            shown = {"color": facts.colour, "marker": facts.marker, "label": cell}
            axes.scatter(times[own], scores[own], size, zorder=3, **shown)
        ring = {"facecolors": "none", "edgecolors": CHAMPION, "linewidths": 1.5, "label": "promoted"}
        axes.scatter(times[promoted], scores[promoted], 4 * size, zorder=2, **ring)
        axes.set_xlim(times[0] - margin, times[-1] + margin)
        axes.margins(y=0.12)
        axes.set_ylim(bottom=0)
        time_axis(axes, sheet, pipeline.source.timezone, "as_of")
        axes.set_ylabel(f"{metric_in_unit(pipeline, metric)}, less is better")
        legend_below(figure, axes, sheet)
        return figure

    told = "the best cell of each interval, on the test windows of its run"
    return Chart("backfill", f"{pipeline.name}: {told}", told, draw)


def mean_of(count: int, what: str) -> str:
    """Return the end of an axis' label: of how many values a line shows means, or which way is better."""
    return f", mean of {count} {what}" if count > 1 else ", less is better"


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


def _mark_changes(axes: Any, changes: Sequence[TrackedTick], timezone: str) -> None:
    for tick, time in zip(changes, on_the_clock([tick.as_of for tick in changes], timezone), strict=True):
        named_once = "new champion" if tick is changes[0] else None
        axes.axvline(time, color=NOTED, linewidth=0.8, linestyle=":", label=named_once)
        if len(changes) <= _MOST_NAMED_CHAMPIONS:
            above = ("data", "axes fraction")
            axes.annotate(f" v{tick.champion}", (time, 1), xycoords=above, va="top", fontsize=8, color=NOTED)
