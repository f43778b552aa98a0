"""A report's charts over as_of: who was champion, and how all competitors scored."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import numpy as np
from matplotlib.dates import date2num
from matplotlib.figure import Figure

from recurcast.config import CELLS
from recurcast.config.metrics import METRICS
from recurcast.reporting.charts.over_time import mean_of
from recurcast.reporting.charts.saving import Chart
from recurcast.reporting.charts.sheets import Sheet, legend_below, on_the_clock, panels_of, smoothed, time_axis
from recurcast.reporting.page.records import Report
from recurcast.reporting.page.timeline import Mark, MarkKind, Reign, marks_of, reigns_of
from recurcast.reporting.page.words import spelled
from recurcast.reporting.palette import BASELINE, CHAMPION, COMPETITORS, FLAGGED, NOTED, readable_on

_FAINT = "#8c959f"
_MARKS: dict[MarkKind, tuple[str, str]] = {
    "promoted by hand": ("^", CHAMPION),
    "rolled back": ("<", FLAGGED),
    "rejected": ("x", FLAGGED),
    "barred": ("D", FLAGGED),
    "without effect": ("s", _FAINT),
    "provisional": (".", _FAINT),
}
_NO_ERROR = 1e-9
_MOST_TIMES_THE_BASELINE = 4
_BAR, _MOST_EDGED = 0.55, 60


def timeline_chart(report: Report) -> Chart | None:
    """Return who served from when to when, with what else was decided; none where nothing was."""
    championship = report.remembered.championship
    reigns, marks = reigns_of(championship), marks_of(championship)
    if not reigns:
        return None
    last = max(report.remembered.newest, *(step.entry.as_of for step in championship.steps))

    def draw(sheet: Sheet) -> Figure:
        figure, (axes,) = panels_of(sheet, 185)
        _draw_reigns(axes, sheet, report.timezone, reigns, last)
        _draw_marks(axes, report.timezone, marks)
        axes.set_ylim(-0.55, 1.5)
        axes.set_yticks([0, 1], ["decided", "serves"])
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        time_axis(axes, sheet, report.timezone)
        legend_below(figure, axes, sheet)
        return figure

    told = f"{len(reigns)} stretches, {len(marks)} other decisions; the tables below the chart list all of them."
    return Chart("timeline", "Champion over time", told, draw)


def scores_over_time_chart(report: Report) -> Chart | None:
    """Return the scores of cells, champion and baseline at each as_of; none where no interval was trained.

    They are of one metric: intervals that another one judged stand in the table alone.
    """
    pipeline, intervals = report.remembered.pipeline, report.remembered.intervals
    if not intervals:
        return None
    intervals = tuple(each for each in intervals if each.metric == report.remembered.metric)
    metric, baseline = METRICS[report.remembered.metric].label, pipeline.gate.baseline
    names = [name for name in (*CELLS, baseline, "champion") if any(name in i.scores for i in intervals)]
    if not names:
        return None
    values = {name: np.array([each.scores.get(name, np.nan) for each in intervals]) for name in names}
    top, outside = _top(values, baseline)

    def draw(sheet: Sheet) -> Figure:
        figure, (axes,) = panels_of(sheet, 330)
        times = on_the_clock([each.as_of for each in intervals], report.timezone)
        for name in names:
            cell, label = name in CELLS, spelled(name)
            own, count = smoothed(np.where(values[name] > top, np.nan, values[name]), sheet)
            colour = BASELINE if name == baseline else COMPETITORS[name]
            style: dict[str, Any] = {"linewidth": 0.9, "marker": _cell_marker(name, len(own), sheet), "markersize": 3.5}
            axes.plot(times, own, color=colour, label=label, **(style if cell else {"linewidth": 2.2}), zorder=2 + cell)
        axes.set_ylim(0, top)
        if outside:
            axes.text(1, 1, f"▲ {outside} higher", transform=axes.transAxes, ha="right", va="top", color=NOTED)
        axes.set_ylabel(f"{metric}{mean_of(count, 'as_ofs')}")
        time_axis(axes, sheet, report.timezone)
        legend_below(figure, axes, sheet)
        return figure

    told = f"{metric} of {len(names)} competitors at {len(intervals)} as_ofs; the table has every score."
    return Chart("scores", "Leaderboard over time", told, draw)


def _draw_reigns(axes: Any, sheet: Sheet, timezone: str, reigns: Sequence[Reign], last: datetime) -> None:
    starts = date2num(on_the_clock([reign.start for reign in reigns], timezone))
    ends = date2num(on_the_clock([reign.end or last for reign in reigns], timezone))
    whole = max(ends[-1] - starts[0], 1e-3)
    ends[-1] += whole * 0.02  # the one that lasts, lasts beyond the newest run
    edge = 0.8 if len(reigns) <= _MOST_EDGED else 0.2
    named: set[str] = set()
    for reign, start, end in zip(reigns, starts, ends, strict=True):
        name = reign.cell if reign.version is not None else "baseline"
        colour = CELLS[name].colour if name in CELLS else BASELINE
        label = None if name in named else spelled(name) or "another"
        named.add(name)
        axes.barh(1, end - start, _BAR, left=start, color=colour, edgecolor="white", linewidth=edge, label=label)
        text = "" if reign.version is None else f"v{reign.version}"
        if len(text) * (0.028 if sheet.narrow else 0.011) < (end - start) / whole:
            axes.text(
                (start + end) / 2,
                1,
                text,
                ha="center",
                va="center_baseline",
                color=readable_on(colour),
            )


def _draw_marks(axes: Any, timezone: str, marks: Sequence[Mark]) -> None:
    kept = np.repeat(date2num(on_the_clock([mark.as_of for mark in marks if mark.kind == "kept"], timezone)), 3)
    if len(kept):  # of these there are many, and one broken line is a tenth of as many marks
        axes.plot(kept, np.tile([-0.12, 0.12, np.nan], len(kept) // 3), color=_FAINT, linewidth=1, label="kept")
    for kind, (marker, colour) in _MARKS.items():
        own = [mark.as_of for mark in marks if mark.kind == kind]
        if own:
            axes.scatter(on_the_clock(own, timezone), np.zeros(len(own)), 34, color=colour, marker=marker, label=kind)


def _top(values: dict[str, Any], baseline: str) -> tuple[float, int]:
    """The end of the axis, and how many scores lie beyond it: one that diverged shall not flatten all others."""
    every = np.concatenate(list(values.values()))
    finite = every[np.isfinite(every)]
    typical = np.nanmedian(values[baseline]) if baseline in values else 0.0
    if typical < _NO_ERROR * np.median(finite):  # beside a baseline without any error everything is far
        typical = np.median(finite)
    shown = finite[finite <= _MOST_TIMES_THE_BASELINE * typical] if typical > 0 else finite
    shown = shown if len(shown) else finite
    top = float(shown.max(initial=0.0)) * 1.06 or 1.0
    return top, int((finite > top).sum())


def _cell_marker(name: str, count: int, sheet: Sheet) -> str | None:
    few = count <= (30 if sheet.narrow else 80)
    return CELLS[name].marker if few and name in CELLS else None
