"""A report's charts over as_of: who was champion, how the champions forecast, how all competitors scored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure

from recurcast.charts.canvas import wall_clock
from recurcast.charts.over_time import stretches
from recurcast.charts.vector import Sheet, legend_above, picture_of, sheet_figure
from recurcast.config import PipelineConfig
from recurcast.palette import BASELINE, CELLS, CHAMPION, COMPETITORS, FLAGGED, NOTED, OBSERVED
from recurcast.report.records import Picture, Remembered
from recurcast.report.timeline import Mark, MarkKind, Reign, marks_of, reigns_of

_FAINT = "#8c959f"
_MARKS: dict[MarkKind, tuple[str, str]] = {
    "promoted by hand": ("^", CHAMPION),
    "rolled back": ("<", FLAGGED),
    "rejected": ("x", FLAGGED),
    "barred": ("D", FLAGGED),
    "without effect": ("s", _FAINT),
    "provisional": (".", _FAINT),
    "kept": ("|", _FAINT),
}
_MOST_TIMES_THE_BASELINE = 4
_BAR = 0.55


def timeline_picture(remembered: Remembered) -> Picture | None:
    """Return who served from when to when, with what else was decided; none where nothing was."""
    reigns, marks = reigns_of(remembered.championship), marks_of(remembered.championship)
    if not reigns:
        return None
    last = max(remembered.newest, *(step.entry.as_of for step in remembered.championship.steps))

    def draw(sheet: Sheet) -> Figure:
        figure, (axes,) = sheet_figure(sheet, 150 if sheet.narrow else 165)
        _draw_reigns(axes, sheet, remembered.pipeline, reigns, last)
        _draw_marks(axes, remembered.pipeline, marks)
        axes.set_ylim(-0.55, 1.5)
        axes.set_yticks([0, 1], ["decided", "serves"])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        time_axis(axes, sheet)
        legend_above(figure, axes, sheet)
        return figure

    told = f"{len(reigns)} stretches, {len(marks)} other decisions; the tables below the chart list all of them."
    return picture_of("timeline", "Champion over time", told, draw)


def track_picture(remembered: Remembered) -> Picture | None:
    """Return the champions' MAE from tick to tick beside the baseline's; none where nothing is scored."""
    pipeline, ticks = remembered.pipeline, remembered.track.ticks
    if all(tick.baseline_mae is None for tick in ticks):
        return None
    baseline = pipeline.gate.baseline.replace("_", " ")

    def draw(sheet: Sheet) -> Figure:
        figure, (axes,) = sheet_figure(sheet, 250 if sheet.narrow else 300)
        for label, colour, scores in (
            (baseline, BASELINE, [tick.baseline_mae for tick in ticks]),
            ("champion", CHAMPION, [tick.champion_mae for tick in ticks]),
        ):
            instants, values = stretches(ticks, scores)
            axes.plot(wall_clock(instants, pipeline), values, color=colour, drawstyle="steps-post", label=label)
        axes.set_ylim(bottom=0)
        axes.set_ylabel(f"MAE{f' in {pipeline.unit}' if pipeline.unit else ''} (less is better)")
        time_axis(axes, sheet)
        legend_above(figure, axes, sheet)
        return figure

    told = f"Mean absolute error of champion and {baseline} over {len(ticks)} ticks; the table has every tick."
    return picture_of("track", f"Champion beside {baseline}", told, draw)


def scores_picture(remembered: Remembered) -> Picture | None:
    """Return the gate's metric of cells, champion and baseline at each as_of; none where no interval was trained."""
    pipeline, intervals = remembered.pipeline, remembered.intervals
    if not intervals:
        return None
    metric, baseline = pipeline.gate.metric.upper(), pipeline.gate.baseline
    names = [name for name in ("rnn", "lstm", "gru", baseline, "champion") if any(name in i.scores for i in intervals)]
    values = {name: np.array([each.scores.get(name, np.nan) for each in intervals]) for name in names}
    top, outside = _top(values, baseline)

    def draw(sheet: Sheet) -> Figure:
        figure, (axes,) = sheet_figure(sheet, 270 if sheet.narrow else 330)
        times = wall_clock([each.as_of for each in intervals], pipeline)
        for name in names:
            own, cell = values[name], name in ("rnn", "lstm", "gru")
            label = name.replace("_", " ")
            colour = BASELINE if name == baseline else COMPETITORS[name]
            style: dict[str, Any] = {"linewidth": 0.9, "marker": _cell_marker(name, len(own), sheet), "markersize": 3.5}
            axes.plot(times, own, color=colour, label=label, **(style if cell else {"linewidth": 2.2}), zorder=2 + cell)
        axes.set_ylim(0, top)
        if outside:
            axes.text(1, 1, f"▲ {outside} higher", transform=axes.transAxes, ha="right", va="top", color=NOTED)
        axes.set_ylabel(f"{metric} (less is better)")
        time_axis(axes, sheet)
        legend_above(figure, axes, sheet)
        return figure

    told = f"{metric} of {len(names)} competitors at {len(intervals)} as_ofs; the table has every score."
    return picture_of("scores", "Leaderboard over time", told, draw)


def time_axis(axes: Any, sheet: Sheet) -> None:
    """Label the axis of time with as much as the sheet has room for."""
    locator = AutoDateLocator(minticks=2, maxticks=sheet.ticks)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))


def _draw_reigns(axes: Any, sheet: Sheet, pipeline: PipelineConfig, reigns: Sequence[Reign], last: datetime) -> None:
    starts = date2num(wall_clock([reign.start for reign in reigns], pipeline))
    ends = date2num(wall_clock([reign.end or last for reign in reigns], pipeline))
    whole = max(ends[-1] - starts[0], 1e-3)
    ends[-1] += whole * 0.02  # the one that lasts, lasts beyond the newest run
    named: set[str] = set()
    for reign, start, end in zip(reigns, starts, ends, strict=True):
        name = reign.cell if reign.version is not None else "baseline"
        colour = CELLS.get(name, BASELINE)
        label = None if name in named else name or "another"
        named.add(name)
        axes.barh(1, end - start, _BAR, left=start, color=colour, edgecolor="white", linewidth=0.8, label=label)
        text = "" if reign.version is None else f"v{reign.version}"
        if len(text) * (0.028 if sheet.narrow else 0.011) < (end - start) / whole:
            axes.text(
                (start + end) / 2,
                1,
                text,
                ha="center",
                va="center_baseline",
                color="white" if name != "rnn" else OBSERVED,
            )


def _draw_marks(axes: Any, pipeline: PipelineConfig, marks: Sequence[Mark]) -> None:
    for kind, (marker, colour) in _MARKS.items():
        own = [mark.as_of for mark in marks if mark.kind == kind]
        if own:
            axes.scatter(wall_clock(own, pipeline), np.zeros(len(own)), 34, color=colour, marker=marker, label=kind)


def _top(values: dict[str, Any], baseline: str) -> tuple[float, int]:
    """The end of the axis, and how many scores lie beyond it: one that diverged shall not flatten all others."""
    every = np.concatenate(list(values.values()))
    finite = every[np.isfinite(every)]
    typical = np.nanmedian(values[baseline]) if baseline in values else np.median(finite)
    shown = finite[finite <= _MOST_TIMES_THE_BASELINE * typical] if typical > 0 else finite
    shown = shown if len(shown) else finite
    return float(shown.max()) * 1.06 or 1.0, int((finite > shown.max()).sum())


def _cell_marker(name: str, count: int, sheet: Sheet) -> str | None:
    few = count <= (30 if sheet.narrow else 80)
    return {"rnn": "^", "lstm": "s", "gru": "o"}.get(name) if few else None
