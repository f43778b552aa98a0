"""What is forecast, beside what is known; and known points outside their intervals."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from recurcast.config import PipelineConfig
from recurcast.reporting.charts.saving import Chart
from recurcast.reporting.charts.sheets import Sheet, legend_below, on_the_clock, panels_of, time_axis
from recurcast.reporting.charts.words import in_unit, moment
from recurcast.reporting.palette import FLAGGED, FORECAST, NOTED, OBSERVED

MOST_SERIES = 6
_LONGEST_NAME = 40


def outlook_chart(
    pipeline: PipelineConfig,
    forecast: pd.DataFrame,
    history: pd.DataFrame | None,
    timezone: str | None = None,
    most: int = MOST_SERIES,
    n_series: int | None = None,
) -> Chart:
    """Return the forecast with its intervals after the newest known rows; of a panel the first of `n_series` series.

    Times are on the source's clock, where no other one is asked for.
    """
    shown, levels = list(forecast["unique_id"].unique()[:most]), levels_of(forecast)

    def draw(sheet: Sheet) -> Figure:
        figure, panels = _figure_of_series(sheet, len(shown), timezone or pipeline.source.timezone)
        for axes, name in zip(panels, shown, strict=True):
            if history is not None:
                known = _own(history, name).tail(recent_steps(pipeline))
                times = _times(known, pipeline, timezone)
                axes.plot(times, known["y"], color=OBSERVED, linewidth=1.2, label="observed")
            _draw_outlook(axes, pipeline, _own(forecast, name), levels, timezone)
            _name(axes, sheet, name, pipeline)
        legend_below(figure, panels[0], sheet)
        return figure

    version, as_of = forecast["model_version"].iloc[0], forecast["as_of"].iloc[0]
    title = f"{pipeline.name}, {moment(as_of, pipeline)}: forecast of version {version}"
    bands = f"with intervals of {' and '.join(f'{level}%' for level in levels)}" if levels else "without intervals"
    told = f"{', '.join(map(str, shown))}, {bands}."
    return Chart("forecast", title + _of_how_many(forecast, shown, n_series), told, draw)


def flags_chart(pipeline: PipelineConfig, flags: pd.DataFrame) -> Chart:
    """Return known points, their intervals, and those outside; of a panel the series with most of these."""
    ranked = flags.groupby("unique_id")["flagged"].sum().sort_values(ascending=False, kind="stable")
    shown = sorted(ranked.index[:MOST_SERIES])
    (level,) = levels_of(flags)

    def draw(sheet: Sheet) -> Figure:
        # Where gaps left nothing to judge, it shows that.
        figure, panels = _figure_of_series(sheet, max(len(shown), 1), pipeline.source.timezone)
        for axes, name in zip(panels, shown, strict=False):
            _draw_flags(axes, pipeline, _own(flags, name), level)
            _name(axes, sheet, name, pipeline)
        legend_below(figure, panels[0], sheet)
        return figure

    told = f"{int(flags['flagged'].sum())} of {len(flags):,} points outside, one step ahead"
    return Chart("flags", f"{pipeline.name}: {told}{_of_how_many(flags, shown)}", told, draw)


def recent_steps(pipeline: PipelineConfig) -> int:
    """Return how many of the newest known steps are shown before a forecast."""
    return max(3 * pipeline.windows.lookback, 6 * pipeline.windows.horizon)


def levels_of(rows: pd.DataFrame) -> list[str]:
    """Return the levels of a frame's intervals as its columns spell them, ascending."""
    found = [column.removeprefix("y_hat_lo_") for column in rows.columns if column.startswith("y_hat_lo_")]
    return sorted(found, key=float)


def _stretches(own: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows between gaps: what was not judged is not drawn as if it were. A weekend is no gap."""
    gaps = own["ds"].diff()
    return [stretch for _, stretch in own.groupby((gaps > 4 * gaps.median()).cumsum())]


def _own(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    return rows[(rows["unique_id"] == name).to_numpy()]


def _draw_outlook(
    axes: Any, pipeline: PipelineConfig, ahead: pd.DataFrame, levels: list[str], timezone: str | None
) -> None:
    times = _times(ahead, pipeline, timezone)
    for number, level in enumerate(reversed(levels)):
        low, high = ahead[f"y_hat_lo_{level}"], ahead[f"y_hat_hi_{level}"]
        shade = {"color": FORECAST, "alpha": 0.15 + 0.2 * number / len(levels), "label": f"{level}%"}
        if len(ahead) == 1:  # a band of one step has no width
            axes.vlines(times, low, high, linewidth=7, **shade)
        else:
            axes.fill_between(times, low, high, linewidth=0, **shade)
    axes.plot(times, ahead["y_hat"], color=FORECAST, linewidth=1.5, marker=_marker(len(ahead)), label="forecast")


def _draw_flags(axes: Any, pipeline: PipelineConfig, own: pd.DataFrame, level: str) -> None:
    for number, stretch in enumerate(_stretches(own)):
        times = _times(stretch, pipeline)
        low, high = stretch[f"y_hat_lo_{level}"], stretch[f"y_hat_hi_{level}"]
        band, line = (None, None) if number else (f"{level}% interval", "observed")
        axes.fill_between(times, low, high, color=FORECAST, alpha=0.25, linewidth=0, label=band)
        axes.plot(times, stretch["y"], color=OBSERVED, linewidth=0.8, label=line)
    out = own[own["flagged"].to_numpy(dtype=bool)]
    axes.scatter(_times(out, pipeline), out["y"], 28, color=FLAGGED, zorder=3, label="flagged")


def _times(rows: pd.DataFrame, pipeline: PipelineConfig, timezone: str | None = None) -> pd.DatetimeIndex:
    return on_the_clock(rows["ds"], timezone or pipeline.source.timezone)


def _figure_of_series(sheet: Sheet, count: int, timezone: str) -> tuple[Figure, Any]:
    figure, panels = panels_of(sheet, 300 if count == 1 else 145 * count + 75, [1] * count)
    time_axis(panels[-1], sheet, timezone)
    return figure, panels


def _name(axes: Any, sheet: Sheet, series: str, pipeline: PipelineConfig) -> None:
    """Say which series it is: beside the axes, or above them where a page is too narrow for that."""
    name = str(series)
    short = in_unit(name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…", pipeline)
    if sheet.alone:
        axes.set_ylabel(short)
    else:
        axes.set_title(short, loc="left", color=NOTED)


def _of_how_many(rows: pd.DataFrame, shown: list[str], n_series: int | None = None) -> str:
    total = n_series or rows["unique_id"].nunique()
    return "" if total == len(shown) else f" ({len(shown)} of {total} series)"


def _marker(steps: int) -> str | None:
    return "o" if steps == 1 else "." if steps <= 60 else None
