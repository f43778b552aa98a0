import gzip
import json
import re
from base64 import b64decode

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import pytest
from plotly.offline import get_plotlyjs

from recurcast.evaluation.competitors import MovingAverage, Naive, SeasonalNaive
from recurcast.evaluation.metrics import evaluate
from recurcast.reporting.charts import Bands, forecast_page, packed_library, run_page, side_by_side
from recurcast.training.fit import Epoch, FittedCell
from support.tiny import AS_OF, split_of, tiny_pipeline

PIPELINE = tiny_pipeline(windows={"lookback": 6, "horizon": 3}, season=6, unit="MW</script>")


def pages_of(y):
    """Return the page of a run on these values, by the id of the run that keeps the library."""
    split = split_of(list(y), parts=(36, 12, 12), lookback=6, horizon=3)
    evaluation = evaluate([SeasonalNaive(6), Naive(), MovingAverage(6)], split.test, split, 6, "seasonal_naive")
    widths = np.ones((2, len(evaluation.windows), 3)) * [[[1.0]], [[2.0]]]
    shown = side_by_side(PIPELINE, evaluation, Bands("naive", (80.0, 95.0), widths))
    epochs = (Epoch(1, 1.0, 1.1), Epoch(2, 0.5, float("nan")), Epoch(3, 0.4, 0.5))
    fitted = [FittedCell("gru", None, epochs, 3), FittedCell("rnn", None, epochs[:2], 0)]
    return lambda library: run_page(PIPELINE, AS_OF, shown, "naive", fitted, library)


@pytest.fixture(scope="module")
def page():
    return pages_of(20 + 5 * np.sin(np.arange(60)))


def content_of(page):
    return json.loads(re.search(r'type="application/json">(.*)</script>\n<script>', page)[1])


def test_forecasts_are_such_as_plotly_takes_and_the_losses_of_all_cells_are_drawn_as_they_are(page):
    figure, losses = content_of(page("a run"))["figures"]
    forecasts = go.Figure(figure["data"], figure["layout"])

    assert [trace.name for trace in forecasts.data if trace.fill] == ["naive, 95% interval", "naive, 80% interval"]
    assert [trace.name for trace in forecasts.data if trace.visible == "legendonly"] == ["seasonal_naive"]
    assert forecasts.layout.xaxis.title.text == "time (UTC)"
    texts = re.findall(r"<text[^>]*>([^<]+)</text>", losses)
    named = [text for text in texts if text.split()[0] in ("rnn", "gru", "weights")]
    assert named == ["rnn validation", "rnn train", "gru validation", "gru train", "weights kept"]
    assert {"0.5", "1"} <= set(texts), "on a logarithmic axis"


def test_no_text_of_a_pipeline_ends_the_script_that_it_stands_in_nor_is_it_html_to_plotly(page):
    assert "MW</script>" not in page("a run")
    assert content_of(page("a run"))["figures"][0]["layout"]["yaxis"]["title"]["text"] == "series-0 (MW&lt;/script&gt;)"


def test_a_page_names_the_run_that_keeps_the_library_or_holds_it_itself(page):
    shared, whole = page("a run"), page("")

    assert content_of(shared)["library"] == "a run"
    assert len(shared) < 25_000 < 1_900_000 < len(whole) < 2_100_000
    packed = re.fullmatch(r'unpackLibrary\("([A-Za-z0-9+/=]+)"\)', packed_library())[1]
    assert gzip.decompress(b64decode(packed)).decode() == get_plotlyjs()
    assert packed in whole


@pytest.mark.parametrize("horizon", [1, 3])
def test_a_forecast_follows_what_is_known_with_its_bands_one_figure_per_series(horizon):
    ahead, before = (
        pd.date_range(AS_OF, periods=horizon, freq="h"),
        pd.date_range(end=AS_OF, periods=40, freq="h", inclusive="left"),
    )
    named = [("a", ahead, before), ("b", ahead, before)]
    forecast = pd.concat(pd.DataFrame({"unique_id": name, "ds": after, "y_hat": 2.0}) for name, after, _ in named)
    forecast = forecast.assign(y_hat_lo_80=1.0, y_hat_hi_80=3.0, model_version=4, as_of=pd.Timestamp(AS_OF))
    history = pd.concat(pd.DataFrame({"unique_id": name, "ds": known, "y": 1.5}) for name, _, known in named)
    content = content_of(forecast_page(PIPELINE, forecast, history, "a run"))

    assert content["title"].endswith("forecast of version 4")
    assert [figure["layout"]["title"]["text"] for figure in content["figures"]] == ["a", "b"]
    upper, lower, observed, made = go.Figure(content["figures"][0]["data"]).data
    assert (upper.y[-1], lower.y[-1], made.y[-1]) == (3, 1, 2)
    # Three lookbacks, or six horizons: what is known ends where the forecast begins.
    assert (observed.y.count(1.5), made.y.count(2)) == (18, horizon)
    assert content["figures"][0]["x"][-horizon] == "2024-06-01T00:00:00"
