"""Settings of all trials side by side: a line for each, through its settings to its score, dark where it is good.

On a phone the axes lie below one another, so that each has the whole width.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib import colormaps
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray

from recurcast.reporting.charts.saving import Chart
from recurcast.reporting.charts.sheets import Sheet, legend_below, panels_of
from recurcast.reporting.page.searched import ShownSearch, short_name, value_as_text
from recurcast.reporting.page.words import spelled
from recurcast.reporting.palette import CHAMPION, NOTED, OBSERVED
from recurcast.runs.search import Value
from recurcast.runs.search_facts import CELL, Dimension, dimensions_of, ranked, settings_of

_MOST_TICKS = 4
_BEFORE = -0.62
"""Where names begin on a phone, before axes that go from 0 to 1."""
_ABSENT = "absent"
"""What stands for a setting that a trial's cell has not got; no value of any."""
_COLOURS = "viridis"
_AXIS = "#8c959f"


def parallel_chart(shown: ShownSearch) -> Chart | None:
    """Return the settings of the finished trials, those that differ; none where fewer than two were scored."""
    record = shown.record
    trials, dimensions = ranked(record), dimensions_of(record)
    if len(trials) < 2 or not dimensions:
        return None
    scores = np.array([trial.score for trial in trials])
    score = Dimension("score", tuple(np.unique(scores).tolist()), True)
    columns, own = [*dimensions, score], [settings_of(trial) | {"score": trial.score} for trial in trials]
    places = np.stack([_placed(each, [settings.get(each.name, _ABSENT) for settings in own]) for each in columns])

    def draw(sheet: Sheet) -> Figure:
        count = len(columns)
        figure, (axes,) = panels_of(sheet, 46 * count + 20 if sheet.narrow else 345)
        across = np.arange(count, dtype=np.float64)
        lines = [_upright(across, own, sheet) for own in places.T[::-1]]  # the best are drawn last
        colours = colormaps[_COLOURS](np.linspace(0.95, 0, len(trials)))
        axes.add_collection(LineCollection(lines, colors=colours, linewidths=1.1, alpha=0.7, zorder=2))
        _draw_named(axes, sheet, [trial.number for trial in trials], record.stood, across, places)
        for number, each in enumerate(columns):
            _draw_axis(axes, sheet, number, each)
        _arrange(axes, sheet, count)
        legend_below(figure, axes, sheet)
        return figure

    names = ", ".join(short_name(each.name) for each in dimensions)
    told = f"{names} and score of {len(trials)} finished trials, a line each: dark lines are good ones."
    return Chart("settings", f"{shown.record.pipeline}: settings of the finished trials", told, draw)


def _placed(dimension: Dimension, values: Sequence[Value]) -> NDArray[np.float64]:
    """Where on its axis, from 0 to 1, each value stands; not a number where a trial has not got the setting."""
    if not dimension.numeric:
        steps = {value: number / (len(dimension.values) - 1) for number, value in enumerate(dimension.values)}
        return np.array([steps.get(value, np.nan) for value in values])
    numbers = np.array([float(value) if isinstance(value, int | float) else np.nan for value in values])
    ends = np.array([dimension.values[0], dimension.values[-1]], dtype=np.float64)
    if dimension.logarithmic:
        numbers, ends = np.log(numbers), np.log(ends)
    return (numbers - ends[0]) / ((ends[1] - ends[0]) or 1.0)


def _ticks(dimension: Dimension) -> list[tuple[float, str]]:
    values = dimension.values
    if dimension.numeric and len(values) > _MOST_TICKS:
        first, last = (float(end) for end in (values[0], values[-1]) if isinstance(end, int | float))
        spaced = (np.geomspace if dimension.logarithmic else np.linspace)(first, last, _MOST_TICKS)
        whole = all(isinstance(value, int) for value in values)
        values = tuple(round(value) if whole else float(value) for value in spaced)
    named = [spelled(str(value)) if dimension.name == CELL else value_as_text(value) for value in values]
    return list(zip(_placed(dimension, values), named, strict=True))


def _upright(across: NDArray[np.float64], along: NDArray[np.float64], sheet: Sheet) -> NDArray[np.float64]:
    """A line's corners: axes stand beside one another, or lie below one another, the first on top."""
    return np.column_stack([along, -across] if sheet.narrow else [across, along])


def _draw_named(
    axes: Any,
    sheet: Sheet,
    numbers: Sequence[int],
    stood: int,
    across: NDArray[np.float64],
    places: NDArray[np.float64],
) -> None:
    best = {"color": CHAMPION, "linewidth": 2.8, "label": f"best: trial {numbers[0]}", "zorder": 4}
    axes.plot(*_upright(across, places[:, 0], sheet).T, **best)
    if stood in numbers[1:]:
        dashed = {"color": OBSERVED, "linewidth": 1.6, "linestyle": "--", "label": "as it stood", "zorder": 3}
        axes.plot(*_upright(across, places[:, numbers.index(stood)], sheet).T, **dashed)


def _draw_axis(axes: Any, sheet: Sheet, number: int, dimension: Dimension) -> None:
    axes.plot(*_upright(np.array([number, number]), np.array([0, 1]), sheet).T, color=_AXIS, linewidth=1, zorder=3)
    box = {"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 0.8}
    style = (
        {"xytext": (0, -4), "ha": "center", "va": "top"}
        if sheet.narrow
        else {"xytext": (4, 0), "ha": "left", "va": "center"}
    )
    for place, text in _ticks(dimension):
        spot = _upright(np.array([number]), np.array([place]), sheet)[0]
        label = axes.annotate(text, spot, textcoords="offset points", color=NOTED, zorder=5, bbox=box, **style)
        label.set_fontsize(sheet.text * 0.92)
    name = f"{short_name(dimension.name)}{' (log)' if dimension.logarithmic else ''}"
    if sheet.narrow:
        axes.text(_BEFORE, -number, name, color=OBSERVED, ha="left", va="center")
    else:
        above = 8 + 13 * (number % 2)  # two rows, so that long names don't touch
        placed = {"xytext": (0, above), "textcoords": "offset points", "ha": "center"}
        axes.annotate(name, (number, 1), color=OBSERVED, zorder=5, **placed)


def _arrange(axes: Any, sheet: Sheet, count: int) -> None:
    axes.set_axis_off()
    axes.set(xticks=[], yticks=[])
    if sheet.narrow:
        axes.set_xlim(_BEFORE, 1.1)
        axes.set_ylim(-count + 0.4, 0.3)
    else:
        axes.set_xlim(-0.35, count - 0.45)
        axes.set_ylim(-0.04, 1.16)
