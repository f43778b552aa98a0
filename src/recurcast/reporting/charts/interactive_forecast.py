"""A forecast as an interactive page."""

from typing import Any

import numpy as np
import pandas as pd

from recurcast.config import PipelineConfig
from recurcast.reporting.charts.forecasts import MOST_SERIES, levels_of, recent_steps
from recurcast.reporting.charts.interactive_page import page_of
from recurcast.reporting.charts.sheets import on_the_clock
from recurcast.reporting.charts.traces import band_of, figure_of_traces, line_of
from recurcast.reporting.charts.words import in_unit, moment, over_time
from recurcast.reporting.palette import FORECAST, OBSERVED


def forecast_page(pipeline: PipelineConfig, forecast: pd.DataFrame, history: pd.DataFrame, library: str) -> str:
    """Return the page of a forecast with its intervals after the newest known rows; `library` as for `page_of`."""
    version, as_of = forecast["model_version"].iloc[0], forecast["as_of"].iloc[0]
    figures = [_figure(pipeline, forecast, history, str(name)) for name in forecast["unique_id"].unique()[:MOST_SERIES]]
    return page_of(f"{pipeline.name}, {moment(as_of, pipeline)}: forecast of version {version}", figures, library)


def _figure(pipeline: PipelineConfig, forecast: pd.DataFrame, history: pd.DataFrame, name: str) -> dict[str, Any]:
    known = history[(history["unique_id"] == name).to_numpy()].tail(recent_steps(pipeline))
    ahead = forecast[(forecast["unique_id"] == name).to_numpy()]
    zone = pipeline.source.timezone
    times = [f"{time:%Y-%m-%dT%H:%M:%S}" for rows in (known, ahead) for time in on_the_clock(rows["ds"], zone)]
    before, after = np.full(len(known), np.nan), np.full(len(ahead), np.nan)
    traces: list[dict[str, Any]] = []
    for number, level in enumerate(reversed(levels_of(forecast))):
        low, high = (np.append(before, ahead[f"y_hat_{side}_{level}"].to_numpy(float)) for side in ("lo", "hi"))
        traces += band_of(low, high, FORECAST, number, f"{level}% interval")
    traces.append(line_of("observed", None, np.append(known["y"].to_numpy(float), after), OBSERVED))
    made = line_of("forecast", None, np.append(before, ahead["y_hat"].to_numpy(float)), FORECAST)
    traces.append(made | {"mode": "lines+markers"})  # of a single step a line shows nothing
    return figure_of_traces(traces, name, over_time(pipeline), in_unit(name, pipeline), 420) | {"x": times}
