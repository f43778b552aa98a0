"""A report's chart of the last forecast: what was known, what is forecast, the intervals as bands."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from recurcast.reporting.charts.forecasts import levels_of
from recurcast.reporting.charts.vector import Sheet, legend_above, on_the_clock, picture_of, sheet_figure, time_axis
from recurcast.reporting.page.layout import MOST_DRAWN
from recurcast.reporting.page.records import LastForecast, Picture, Report
from recurcast.reporting.palette import FORECAST, NOTED, OBSERVED

_LONGEST_NAME = 40


def forecast_picture(report: Report) -> Picture | None:
    """Return the newest forecast of the first series with its intervals, after what was known; none where there is none."""
    made, unit = report.remembered.forecast, report.remembered.pipeline.unit
    if made is None:
        return None
    shown = list(made.rows["unique_id"].unique()[:MOST_DRAWN])
    levels = levels_of(made.rows)

    def draw(sheet: Sheet) -> Figure:
        height = (250 if sheet.narrow else 300) if len(shown) == 1 else 145 * len(shown) + 50
        figure, panels = sheet_figure(sheet, height, (1,) * len(shown))
        for axes, name in zip(panels, shown, strict=True):
            _draw_series(axes, report.timezone, made, str(name), levels)
            axes.set_title(_named(str(name), unit), loc="left", color=NOTED)
            time_axis(axes, sheet)
        legend_above(figure, panels[0], sheet)
        return figure

    bands = f"with intervals of {' and '.join(f'{level}%' for level in levels)}" if levels else "without intervals"
    others = made.rows["unique_id"].nunique() - len(shown)
    more = f" {others} more series are not drawn." if others else ""
    return picture_of("forecast", "Last forecast", f"{', '.join(map(str, shown))}, {bands}.{more}", draw)


def _draw_series(axes: Any, timezone: str, made: LastForecast, name: str, levels: list[str]) -> None:
    ahead = _own(made.rows, name)
    times = on_the_clock(ahead["ds"], timezone)
    if made.known is not None:
        known = _own(made.known, name)
        axes.plot(on_the_clock(known["ds"], timezone), known["y"], color=OBSERVED, linewidth=1.2, label="observed")
    single = len(ahead) == 1
    for number, level in enumerate(reversed(levels)):
        low, high = ahead[f"y_hat_lo_{level}"], ahead[f"y_hat_hi_{level}"]
        shade = {"color": FORECAST, "alpha": 0.15 + 0.2 * number / len(levels), "label": f"{level}%"}
        if single:  # a band of one step has no width
            axes.vlines(times, low, high, linewidth=8, **shade)
        else:
            axes.fill_between(times, low, high, linewidth=0, **shade)
    marker = "o" if single else "." if len(ahead) <= 24 else None
    axes.plot(times, ahead["y_hat"], color=FORECAST, linewidth=1.6, marker=marker, label="forecast")


def _named(series: str, unit: str) -> str:
    short = series if len(series) <= _LONGEST_NAME else f"{series[: _LONGEST_NAME - 1]}…"
    return f"{short} ({unit})" if unit else short


def _own(rows: pd.DataFrame, name: str) -> pd.DataFrame:
    return rows[(rows["unique_id"].astype("str") == name).to_numpy()]
