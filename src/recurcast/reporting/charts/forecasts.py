"""What is forecast, beside what is known; and known points outside their intervals."""

from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from recurcast.config import PipelineConfig
from recurcast.reporting.charts.canvas import date_axis, legend_below, panels_of, png_of, wall_clock
from recurcast.reporting.charts.words import in_unit, moment, over_time
from recurcast.reporting.palette import FLAGGED, FORECAST, OBSERVED

MOST_SERIES = 6


def outlook_chart(pipeline: PipelineConfig, forecast: pd.DataFrame, history: pd.DataFrame) -> bytes:
    """Return a PNG of the forecast with its intervals after the newest known rows; of a panel the first series."""
    recent = recent_steps(pipeline)
    shown = list(forecast["unique_id"].unique()[:MOST_SERIES])
    figure, all_axes = _figure_of_series(len(shown))
    for axes, name in zip(all_axes, shown, strict=True):
        known, ahead = _own(history, name).tail(recent), _own(forecast, name)
        times = wall_clock(ahead["ds"], pipeline)
        axes.plot(wall_clock(known["ds"], pipeline), known["y"], color=OBSERVED, linewidth=1.2, label="observed")
        levels = levels_of(forecast)
        for number, level in enumerate(reversed(levels)):
            low, high = ahead[f"y_hat_lo_{level}"], ahead[f"y_hat_hi_{level}"]
            shade = {
                "color": FORECAST,
                "alpha": 0.15 + 0.2 * number / len(levels),
                "linewidth": 0,
                "label": f"{level}%",
            }
            if len(ahead) == 1:  # a band of one step has no width
                shade |= {"linewidth": 6}
                axes.vlines(times, low, high, **shade)
            else:
                axes.fill_between(times, low, high, **shade)
        axes.plot(times, ahead["y_hat"], color=FORECAST, linewidth=1.4, marker=_marker(len(ahead)), label="forecast")
        axes.set_ylabel(in_unit(name, pipeline))
    version, as_of = forecast["model_version"].iloc[0], forecast["as_of"].iloc[0]
    title = f"{pipeline.name}, {moment(as_of, pipeline)}: forecast of version {version}"
    return _finished(figure, all_axes, pipeline, title + _of_how_many(forecast, shown))


def flags_chart(pipeline: PipelineConfig, flags: pd.DataFrame) -> bytes:
    """Return a PNG of known points, their intervals, and those outside; of a panel the series with most of these."""
    ranked = flags.groupby("unique_id")["flagged"].sum().sort_values(ascending=False, kind="stable")
    shown = sorted(ranked.index[:MOST_SERIES])
    (level,) = levels_of(flags)
    figure, all_axes = _figure_of_series(max(len(shown), 1))  # where gaps left nothing to judge, it shows that
    for axes, name in zip(all_axes, shown, strict=False):
        own = _own(flags, name)
        for number, stretch in enumerate(_stretches(own)):
            times = wall_clock(stretch["ds"], pipeline)
            low, high = stretch[f"y_hat_lo_{level}"], stretch[f"y_hat_hi_{level}"]
            band, line = (None, None) if number else (f"{level}% interval", "observed")
            axes.fill_between(times, low, high, color=FORECAST, alpha=0.25, linewidth=0, label=band)
            axes.plot(times, stretch["y"], color=OBSERVED, linewidth=0.8, label=line)
        out = own[own["flagged"].to_numpy(dtype=bool)]
        axes.scatter(wall_clock(out["ds"], pipeline), out["y"], 28, color=FLAGGED, zorder=3, label="flagged")
        axes.set_ylabel(in_unit(name, pipeline))
    title = f"{pipeline.name}: {int(flags['flagged'].sum())} of {len(flags):,} points outside, one step ahead"
    return _finished(figure, all_axes, pipeline, title + _of_how_many(flags, shown))


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


def _figure_of_series(count: int) -> tuple[Figure, Any]:
    figure, all_axes = panels_of(10, 4 if count == 1 else 2 * count + 1, [1] * count, share_time=True)
    for axes in all_axes:
        date_axis(axes)
    return figure, all_axes


def _finished(figure: Figure, all_axes: Any, pipeline: PipelineConfig, title: str) -> bytes:
    all_axes[0].set_title(title, loc="left")
    all_axes[-1].set_xlabel(over_time(pipeline))
    legend_below(figure, all_axes[0])
    return png_of(figure)


def _of_how_many(rows: pd.DataFrame, shown: list[str]) -> str:
    total = rows["unique_id"].nunique()
    return "" if total == len(shown) else f" ({len(shown)} of {total} series)"


def _marker(steps: int) -> str | None:
    return "o" if steps == 1 else "." if steps <= 60 else None
