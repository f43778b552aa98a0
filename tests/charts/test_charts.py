import struct
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from recurcast.charts import (
    ScoredInterval,
    backfill_chart,
    comparison_chart,
    forecast_chart,
    loss_curve,
    track_chart,
)
from recurcast.evaluation import evaluate
from recurcast.forecaster import MovingAverage, Naive, SeasonalNaive
from recurcast.track_record import TrackedTick, TrackRecord
from recurcast.training import Epoch, FittedCell
from support.tiny import AS_OF, split_of, tiny_pipeline

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


def test_a_track_record_is_drawn_with_its_champions_and_its_gaps():
    day = timedelta(days=1)
    first, second, last = (
        TrackedTick(AS_OF + n * day, AS_OF + (n + 1) * day, "scored", "run", 1, 24, 1.0 + n, 2.0, 0.5)
        for n in (0, 1, 4)
    )
    alone = replace(second, state="no champion", champion=None, champion_mae=None)
    records = [
        (first, second, last),
        (first, replace(second, champion=2), replace(last, champion=2)),
        (first, alone, last),
        (first, second),
        (first,),
    ]
    charts = [track_chart(PIPELINE, TrackRecord(ticks)) for ticks in records]

    assert all(width > 700 and height > 400 for width, height in map(size_of, charts))
    assert len(set(charts)) == len(charts)


def test_a_backfill_is_drawn_with_its_cells_its_promotions_and_its_gaps():
    first, second, last = (ScoredInterval(AS_OF + timedelta(days=n), "gru", 1.0 + n, 2.0, False) for n in (0, 1, 2))
    backfills = [
        (first, second, last),
        (first, replace(second, promoted=True), last),
        (first, replace(second, cell="rnn"), last),
        (first, replace(second, score=None), last),
        (first, replace(second, cell=None, score=None, baseline_score=None), last),
        (first,),
    ]
    charts = [backfill_chart(PIPELINE, intervals) for intervals in backfills]

    assert all(width > 700 and height > 400 for width, height in map(size_of, charts))
    assert len(set(charts)) == len(charts)
