import struct

import numpy as np
import pytest

from recurcast.charts import comparison_chart, forecast_chart, loss_curve
from recurcast.evaluation import evaluate
from recurcast.forecaster import MovingAverage, Naive, SeasonalNaive
from recurcast.training import Epoch, FittedCell
from support.tiny import split_of, tiny_pipeline

PIPELINE = tiny_pipeline(windows={"lookback": 6, "horizon": 3}, season=6)


@pytest.fixture
def evaluation():
    series = list(20 + 5 * np.sin(np.arange(60)))
    split = split_of(series, parts=(36, 12, 12), lookback=6, horizon=3)
    return evaluate([SeasonalNaive(6), Naive(), MovingAverage(6)], split.test, split, 6, "seasonal_naive")


def size_of(png):
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])


def test_every_chart_is_a_png_of_a_size_for_a_report(evaluation):
    epochs = tuple(Epoch(number, 1 / number, 1.1 / number) for number in range(1, 6))
    charts = [
        loss_curve(PIPELINE, FittedCell("gru", None, epochs, 5)),
        forecast_chart(PIPELINE, evaluation, ("seasonal_naive", "naive")),
        comparison_chart(PIPELINE, evaluation, "naive"),
    ]

    assert all(width > 700 and height > 400 for width, height in map(size_of, charts))


def test_a_chart_shows_the_forecasts_it_is_asked_for(evaluation):
    one = forecast_chart(PIPELINE, evaluation, ("seasonal_naive",))
    two = forecast_chart(PIPELINE, evaluation, ("seasonal_naive", "moving_average"))

    assert one != two


def test_a_fit_that_diverged_at_once_is_drawn_too():
    epochs = (Epoch(1, float("nan"), float("nan")),)

    assert size_of(loss_curve(PIPELINE, FittedCell("rnn", None, epochs, 0)))
