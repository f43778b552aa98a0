import struct
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from recurcast.evaluation.competitors import MovingAverage, Naive, SeasonalNaive
from recurcast.evaluation.metrics import evaluate
from recurcast.evaluation.track_record import TrackedTick, TrackRecord
from recurcast.reporting.charts import (
    Bands,
    ScoredInterval,
    backfill_chart,
    comparison_chart,
    flags_chart,
    forecast_chart,
    loss_chart,
    outlook_chart,
    png_of,
    track_chart,
)
from recurcast.training.fit import Epoch, FittedCell
from support.tiny import AS_OF, split_of, tiny_pipeline

PIPELINE = tiny_pipeline(windows={"lookback": 6, "horizon": 3}, season=6)


@pytest.fixture
def evaluation():
    series = list(20 + 5 * np.sin(np.arange(60)))
    split = split_of(series, parts=(36, 12, 12), lookback=6, horizon=3)
    return evaluate([SeasonalNaive(6), Naive(), MovingAverage(6)], split.test, split, 6, "seasonal_naive")


def bands_around(competitor, evaluation):
    return Bands(competitor, (80.0,), np.ones((1, len(evaluation.windows), evaluation.windows.horizon)))


def size_of(chart):
    png = chart if isinstance(chart, bytes) else png_of(chart)
    assert png.startswith(b"\x89PNG")
    return struct.unpack(">II", png[16:24])


def test_every_chart_is_a_png_of_a_size_for_a_report(evaluation):
    epochs = tuple(Epoch(number, 1 / number, 1.1 / number) for number in range(1, 6))
    charts = [
        loss_chart(PIPELINE, AS_OF, [FittedCell("gru", None, epochs, 5)]),
        forecast_chart(PIPELINE, AS_OF, evaluation, ("seasonal_naive", "naive")),
        comparison_chart(PIPELINE, AS_OF, evaluation, "naive"),
    ]

    assert all(width > 700 and height > 400 for width, height in map(size_of, charts))


def test_a_chart_shows_the_forecasts_it_is_asked_for(evaluation):
    one = png_of(forecast_chart(PIPELINE, AS_OF, evaluation, ("seasonal_naive",)))
    two = png_of(forecast_chart(PIPELINE, AS_OF, evaluation, ("seasonal_naive", "moving_average")))
    bands = bands_around("seasonal_naive", evaluation)
    banded = png_of(forecast_chart(PIPELINE, AS_OF, evaluation, ("seasonal_naive",), bands))

    assert len({one, two, banded}) == 3


def test_a_fit_that_diverged_at_once_is_drawn_too():
    epochs = (Epoch(1, float("nan"), float("nan")),)

    assert size_of(loss_chart(PIPELINE, AS_OF, [FittedCell("rnn", None, epochs, 0)]))


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
    charts = [png_of(track_chart(PIPELINE, TrackRecord(ticks))) for ticks in records]

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
    charts = [png_of(backfill_chart(PIPELINE, intervals, "mase")) for intervals in backfills]

    assert all(width > 700 and height > 400 for width, height in map(size_of, charts))
    assert len(set(charts)) == len(charts)


def forecast_rows(n_series, horizon, levels=(80, 95)):
    ids = [f"series-{number}" for number in range(n_series) for _ in range(horizon)]
    ds = list(pd.date_range(AS_OF, periods=horizon, freq="h")) * n_series
    rows = pd.DataFrame({"unique_id": ids, "ds": ds, "y_hat": 20.0, "model_version": 1, "as_of": pd.Timestamp(AS_OF)})
    bounds = {
        f"y_hat_{side}_{level}": 20.0 + sign * level / 50 for level in levels for side, sign in (("lo", -1), ("hi", 1))
    }
    return rows.assign(**bounds)


def known_rows(n_series, steps=60):
    return pd.concat(
        pd.DataFrame(
            {"unique_id": f"series-{number}", "ds": pd.date_range(end=AS_OF, periods=steps, freq="h"), "y": 20.0}
        )
        for number in range(n_series)
    )


def test_a_forecast_is_drawn_after_what_is_known_one_panel_per_series_and_six_at_most():
    sizes = {n: size_of(outlook_chart(PIPELINE, forecast_rows(n, 3), known_rows(n))) for n in (1, 2, 6, 7)}

    assert {width for width, _ in sizes.values()} == {1100}
    assert sizes[1][1] < sizes[2][1] < sizes[6][1] == sizes[7][1]


def test_a_single_step_and_a_forecast_without_intervals_are_drawn_too():
    drawn = [
        png_of(outlook_chart(PIPELINE, forecast_rows(1, horizon, levels), known_rows(1)))
        for horizon in (1, 3)
        for levels in ((), (80,))
    ]

    assert len(set(drawn)) == len(drawn)


def test_flagged_points_are_drawn_in_their_intervals_and_a_gap_is_left_open():
    judged = known_rows(2).assign(y_hat_lo_95=18.0, y_hat_hi_95=22.0, flagged=False).reset_index(drop=True)
    flagged = judged.assign(flagged=judged.index == 7)
    drawn = [png_of(flags_chart(PIPELINE, rows)) for rows in (judged, flagged, judged.drop(index=range(20, 40)))]

    assert size_of(flags_chart(PIPELINE, judged.head(0))) == (1100, 440)
    assert len(set(drawn)) == len(drawn)
    assert all(size_of(each) == size_of(drawn[0]) for each in drawn)


def test_what_stands_between_two_dollars_of_a_name_is_no_formula():
    ds = pd.date_range(AS_OF, periods=3, freq="h")
    rows = pd.DataFrame({"unique_id": r"a$\frac{$", "ds": ds, "y_hat": 1.0, "model_version": 1, "as_of": AS_OF})
    known = pd.DataFrame({"unique_id": r"a$\frac{$", "ds": ds - pd.Timedelta(hours=3), "y": 1.0})

    assert size_of(outlook_chart(PIPELINE, rows, known))
