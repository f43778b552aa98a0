"""A search's charts: its trials in their order, what each setting is worth, what the best of many loses."""

from typing import Any

import numpy as np
from matplotlib.figure import Figure

from recurcast.config import CELLS
from recurcast.reporting.charts.parallel import parallel_chart
from recurcast.reporting.charts.saving import Chart, picture_of
from recurcast.reporting.charts.sheets import Sheet, legend_below, panels_of
from recurcast.reporting.page.records import Picture
from recurcast.reporting.page.searched import ShownSearch, short_name
from recurcast.reporting.page.words import spelled
from recurcast.reporting.palette import BASELINE, CHAMPION, FLAGGED, NOTED, OBSERVED
from recurcast.runs.search import Trial
from recurcast.runs.search_facts import best_so_far, finished, luck_of

_TIMES_THE_SPREAD = 4
"""What is further above the best than so many times the median is counted, not drawn: it would flatten all others."""


def history_chart(shown: ShownSearch) -> Chart | None:
    """Return each trial's score in the order of trials, and the best so far; none where nothing was scored."""
    record = shown.record
    scored = [trial for trial in record.trials if np.isfinite(trial.score)]
    if not scored:
        return None
    top, outside = _top(shown, scored)

    def draw(sheet: Sheet) -> Figure:
        figure, (axes,) = panels_of(sheet, 330)
        for cell in dict.fromkeys(trial.cell for trial in scored):
            _draw_cell(axes, cell, [trial for trial in scored if trial.cell == cell and trial.score <= top])
        failed = [trial.number for trial in record.trials if trial.state == "failed"]
        if failed:
            across = axes.get_xaxis_transform()
            mark = {"marker": "x", "color": FLAGGED, "label": "failed"}
            axes.scatter(failed, [0.97] * len(failed), 28, transform=across, linewidths=1.2, **mark)
        _draw_best(axes, shown, top)
        axes.set_ylim(top=top)
        axes.margins(x=0.02)
        if outside:
            axes.text(1, 0.93, f"▲ {outside} higher", transform=axes.transAxes, ha="right", va="top", color=NOTED)
        axes.set(xlabel="trial", ylabel=f"{shown.metric}, less is better")
        axes.xaxis.get_major_locator().set_params(integer=True)
        legend_below(figure, axes, sheet)
        return figure

    told = f"{shown.metric} of {len(scored)} trials in their order, with the best so far; the table lists all of them."
    return Chart("history", f"{record.pipeline}: trials of the search and the best so far", told, draw)


def importances_of_settings_chart(shown: ShownSearch) -> Chart | None:
    """Return a bar for the share of each setting in how scores differ, the largest on top; none where none is known."""
    ascending = sorted(shown.record.importances.items(), key=lambda each: each[1])
    if not ascending:
        return None

    def draw(sheet: Sheet) -> Figure:
        figure, (axes,) = panels_of(sheet, 70 + 28 * len(ascending))
        drawn = axes.barh([short_name(name) for name, _ in ascending], [value for _, value in ascending], color=NOTED)
        axes.bar_label(drawn, [f"{value:.0%}" for _, value in ascending], padding=5)
        axes.margins(x=0.1)
        axes.xaxis.set_major_formatter("{x:.0%}")
        axes.set_xlabel("share in how the scores differ")
        return figure

    told = ", ".join(f"{name} {value:.0%}" for name, value in ascending[::-1])
    return Chart("importances", f"{shown.record.pipeline}: what each setting is worth", told, draw)


def luck_chart(shown: ShownSearch) -> Chart | None:
    """Return what the best of so many tries promises, and what it keeps; none with fewer than two origins."""
    points = luck_of(shown.record)
    if len(points) < 2:
        return None
    tries = [each.tries for each in points]
    promised, kept = ([getattr(each, name) for each in points] for name in ("promised", "kept"))

    def draw(sheet: Sheet) -> Figure:
        figure, (axes,) = panels_of(sheet, 300)
        axes.fill_between(tries, promised, kept, color=FLAGGED, alpha=0.18, linewidth=0, label="luck")
        axes.plot(tries, kept, color=CHAMPION, linewidth=2, label="on the origin left out")
        axes.plot(tries, promised, color=FLAGGED, linewidth=1.6, label="on the origins that chose")
        if (stood := _stood(shown)) is not None:
            axes.axhline(stood, color=BASELINE, linestyle="--", linewidth=1.2, label="as it stood")
        axes.margins(x=0.01, y=0.08)
        axes.set(xlabel="tries of which the best is taken", ylabel=f"{shown.metric}, less is better")
        axes.xaxis.get_major_locator().set_params(integer=True)
        legend_below(figure, axes, sheet)
        return figure

    told = f"The best of {tries[-1]} promises {promised[-1]:.4g} and keeps {kept[-1]:.4g}; of one {kept[0]:.4g}."
    return Chart("luck", f"{shown.record.pipeline}: what the best of many tries loses", told, draw)


CHARTS = {
    "history": history_chart,
    "luck": luck_chart,
    "settings": parallel_chart,
    "importances": importances_of_settings_chart,
}
"""By the section of the page that they stand in."""


def search_charts(shown: ShownSearch) -> dict[str, Chart]:
    """Return the charts of a search, those that there is something to draw of."""
    drawn = ((section, chart_of(shown)) for section, chart_of in CHARTS.items())
    return {section: chart for section, chart in drawn if chart is not None}


def search_pictures(shown: ShownSearch) -> dict[str, Picture]:
    """Return the charts of a search for its page."""
    return {section: picture_of(chart) for section, chart in search_charts(shown).items()}


def _draw_cell(axes: Any, cell: str, trials: list[Trial]) -> None:
    facts = CELLS.get(cell)
    colour, marker = (facts.colour, facts.marker) if facts else (BASELINE, ".")
    for state, style in (
        ("finished", {"color": colour, "linewidths": 0}),
        ("pruned", {"facecolors": "none", "edgecolors": colour, "linewidths": 0.9, "alpha": 0.75}),
    ):
        own = [trial for trial in trials if trial.state == state]
        label = spelled(cell) if state == "finished" else f"{spelled(cell)}, pruned"
        if own:
            place = [trial.number for trial in own], [trial.score for trial in own]
            axes.scatter(*place, 30 if state == "finished" else 22, marker=marker, label=label, zorder=3, **style)


def _draw_best(axes: Any, shown: ShownSearch, top: float) -> None:
    steps = [step for step in best_so_far(shown.record) if step[1] <= top]
    if steps:
        numbers, scores = [*zip(*steps, strict=True)]
        last = shown.record.trials[-1].number
        line = {"color": CHAMPION, "linewidth": 2, "drawstyle": "steps-post", "label": "best so far"}
        axes.plot([*numbers, last], [*scores, scores[-1]], zorder=2, **line)
    if (stood := _stood(shown)) is not None and stood <= top:
        axes.axhline(stood, color=OBSERVED, linestyle="--", linewidth=1, label="as it stood", zorder=1)


def _stood(shown: ShownSearch) -> float | None:
    """The score of the configuration as it stood, where it was scored on every origin."""
    first = [trial.score for trial in finished(shown.record) if trial.number == shown.record.stood]
    return first[0] if first else None


def _top(shown: ShownSearch, scored: list[Trial]) -> tuple[float, int]:
    """How high the axis goes, and how many trials are above it."""
    scores = np.array([trial.score for trial in scored])
    least, stood = scores.min(), _stood(shown)
    spread = np.median(scores) - least
    limit = least + _TIMES_THE_SPREAD * spread if spread > 0 else scores.max()
    limit = max(limit, least if stood is None else stood)
    highest = scores[scores <= limit].max()
    top = highest + 0.06 * ((highest - least) or abs(highest) or 1)
    return float(top), int((scores > top).sum())
