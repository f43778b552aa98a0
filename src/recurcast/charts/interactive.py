"""The door to plotly: the charts of a run as a page, with plotly.js from elsewhere or inside the page.

The figures are plain values in plotly's own schema. Its Python classes check every field anew and take as long as all PNG
of a run; what they would check is checked by a test instead.
"""

import gzip
import json
from base64 import b64encode
from collections.abc import Sequence
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from recurcast.charts.side_by_side import SideBySide
from recurcast.charts.words import in_unit, metric_in_unit, moment, over_time
from recurcast.config import CELLS, PipelineConfig
from recurcast.palette import CHAMPION, COMPETITORS, OBSERVED

if TYPE_CHECKING:
    from recurcast.evaluation import Evaluation
    from recurcast.training import FittedCell

_PAGE = Path(__file__).with_name("interactive.html")
_FONT = {"family": "DejaVu Sans, Verdana, sans-serif", "size": 13}


def run_page(
    pipeline: PipelineConfig,
    as_of: datetime,
    evaluation: "Evaluation",
    shown: SideBySide,
    challenger: str,
    fitted: "Sequence[FittedCell]",
    library: str,
) -> str:
    """Return the page of a run: scores, forecasts beside what came, losses per epoch.

    `library` is the id of the run of MLflow's that keeps plotly.js, or empty: then it stands in the page itself.
    """
    figures = [
        _scores(pipeline, evaluation, challenger),
        _forecasts(pipeline, shown, challenger),
        _losses(pipeline, fitted),
    ]
    title = f"{pipeline.name}, {moment(as_of, pipeline)}"
    # No text of a user's may end the script that it stands in.
    content = json.dumps({"title": title, "figures": figures, "library": library}).replace("<", "\\u003c")
    inside = "" if library else f"<script>{packed_library()}</script>"
    return _PAGE.read_text("utf-8").replace("__TITLE__", pipeline.name).replace("__CONTENT__", content) + inside


@cache
def packed_library() -> str:
    """Return plotly.js, packed, as a script that hands it to the page: 2 MB instead of 4.8."""
    import plotly

    source = Path(plotly.__file__).parent / "package_data" / "plotly.min.js"
    packed = b64encode(gzip.compress(source.read_bytes(), 6, mtime=0)).decode()
    return f'unpackLibrary("{packed}")'


def _scores(pipeline: PipelineConfig, evaluation: "Evaluation", challenger: str) -> dict[str, Any]:
    metric = pipeline.gate.metric
    ranked = evaluation.overall.dropna(subset=[metric]).sort_values(metric, ascending=False)
    names = [str(name) for name in ranked["competitor"]]
    values = _numbers(ranked[metric].to_numpy())
    bar = {
        "type": "bar",
        "orientation": "h",
        "x": values,
        "y": [f"{name} (challenger)" if name == challenger else name for name in names],
        "text": [f"{value:.4g}" for value in values],
        "marker": {"color": [COMPETITORS[name] for name in names]},
        "hovertemplate": "%{y}: %{x:.5g}<extra></extra>",
    }
    windows = f"{len(evaluation.windows):,} windows of the {evaluation.part} part"
    return _figure(
        [bar], f"Scores on the same {windows}", f"{metric_in_unit(pipeline)}, less is better", "", 60 + 34 * len(names)
    )


def _forecasts(pipeline: PipelineConfig, shown: SideBySide, challenger: str) -> dict[str, Any]:
    times = [f"{time:%Y-%m-%dT%H:%M:%S}" for time in shown.times]
    traces: list[dict[str, Any]] = []
    for number, band in enumerate(shown.bands):
        edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "legendgroup": f"{band.level:g}"}
        traces.append(edge | {"y": _numbers(band.high), "showlegend": False})
        shade = _transparent(COMPETITORS[challenger], 0.12 + 0.12 * number)
        name = f"{challenger}, {band.level:g}% interval"
        traces.append(edge | {"y": _numbers(band.low), "fill": "tonexty", "fillcolor": shade, "name": name})
    traces.append(_line("observed", None, shown.observed, OBSERVED))
    compared = (challenger, pipeline.gate.baseline)
    for name, values in shown.forecasts.items():
        line = _line(name, None, values, COMPETITORS[name])
        traces.append(line if name in compared else line | {"visible": "legendonly"})
    label = in_unit(shown.series, pipeline)
    title = f"{shown.series}: forecasts beside what came"
    return _figure(traces, title, over_time(pipeline), label, 460) | {"x": times}


def _losses(pipeline: PipelineConfig, fitted: "Sequence[FittedCell]") -> dict[str, Any]:
    traces: list[dict[str, Any]] = []
    for each in sorted(fitted, key=lambda each: CELLS.index(each.cell)):
        numbers = [epoch.number for epoch in each.epochs]
        validation = np.array([epoch.validation for epoch in each.epochs])
        train = np.array([epoch.train for epoch in each.epochs])
        colour = COMPETITORS[each.cell]
        traces.append(_line(f"{each.cell} validation", numbers, validation, colour))
        traces.append(_line(f"{each.cell} train", numbers, train, colour, dash="dot"))
        if each.kept:
            kept = _line(f"{each.cell} kept", [each.kept], validation[each.kept - 1 : each.kept], colour)
            traces.append(kept | {"mode": "markers", "marker": {"size": 11, "color": colour, "symbol": "diamond"}})
    loss = f"{pipeline.training.loss} in the window's scale"
    figure = _figure(traces, "Loss per epoch; the diamond is where the weights were kept", "epoch", loss, 420)
    figure["layout"]["yaxis"]["type"] = "log"  # on a linear axis the first epochs hide all others
    return figure


def _line(
    name: str, x: Sequence[int] | None, y: NDArray[np.float64], colour: str, dash: str = "solid"
) -> dict[str, Any]:
    """A trace of plotly's; without x it takes the times that all traces of its figure share."""
    width = 2.2 if colour == CHAMPION else 1.6
    line = {"color": colour, "width": width, "dash": dash}
    drawn = {"y": _numbers(y), "mode": "lines", "name": name, "line": line}
    return drawn if x is None else drawn | {"x": list(x)}


def _figure(traces: list[dict[str, Any]], title: str, x: str, y: str, height: int) -> dict[str, Any]:
    axis = {"gridcolor": "#E8E8E8", "zeroline": False, "automargin": True}
    layout = {
        "title": {"text": title, "x": 0, "xanchor": "left", "font": {"size": 15}},
        "font": _FONT,
        "height": height,
        "margin": {"l": 70, "r": 20, "t": 46, "b": 50},
        "plot_bgcolor": "#FFFFFF",
        "hovermode": "x unified" if y else "closest",
        "legend": {"orientation": "h", "y": -0.22},
        "xaxis": axis | {"title": {"text": x}},
        "yaxis": axis | {"title": {"text": y}},
    }
    return {"data": traces, "layout": layout}


def _numbers(values: NDArray[np.float64]) -> list[float | None]:
    """Six significant digits are more than a chart shows, and half the size."""
    return [float(f"{value:.6g}") if np.isfinite(value) else None for value in values]


def _transparent(colour: str, alpha: float) -> str:
    red, green, blue = (int(colour[first : first + 2], 16) for first in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:.2f})"
