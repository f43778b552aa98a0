import tracemalloc
from dataclasses import replace

import numpy as np
import pytest

from recurcast.config import Parts, WindowsConfig
from recurcast.evaluation.competitors import Naive, SeasonalNaive
from recurcast.evaluation.losses import Losses, Prediction, losses_of
from recurcast.evaluation.metrics import evaluate
from recurcast.series.windows import cut
from support.tiny import panel_of, split_of

NAN = float("nan")

SEASON = 4


@pytest.fixture(scope="module")
def judged():
    """Two series with noise, three steps ahead, scored by evaluation and by losses."""
    rng = np.random.default_rng(3)
    series = [list(np.sin(np.arange(60) / 2) * size + rng.normal(size=60)) for size in (1.0, 40.0)]
    split = split_of(*series, parts=(40, 8, 12), lookback=6, horizon=3)
    evaluation = evaluate([SeasonalNaive(SEASON), Naive()], split.test, split, SEASON, "seasonal_naive")
    return split, evaluation, losses_of(evaluation.windows, evaluation.predictions, split, SEASON)


@pytest.mark.parametrize("metric", ["mae", "rmse", "mase", "smape"])
def test_scores_of_the_losses_are_those_of_the_evaluation(judged, metric):
    _, evaluation, losses = judged

    for competitor in ("seasonal_naive", "naive"):
        assert losses.score(competitor, metric) == pytest.approx(evaluation.score(competitor, metric), rel=1e-12)


def test_there_is_one_row_per_series_origin_and_competitor(judged):
    split, _, losses = judged

    assert len(losses.rows) == len(split.test) * 2
    assert not losses.rows.duplicated(["unique_id", "origin", "competitor"]).any()
    assert losses.rows["origin"].min() == split.panel.steps[split.test_begins]


def test_rows_stand_by_series_origin_and_competitor_in_whatever_order_the_windows_came(judged):
    split, evaluation, losses = judged
    shuffled = np.random.default_rng(0).permutation(len(split.test))
    windows = replace(split.test, series=split.test.series[shuffled], origin=split.test.origin[shuffled])
    predictions = [Prediction(each.competitor, each.values[shuffled]) for each in reversed(evaluation.predictions)]

    rows = losses_of(windows, predictions, split, SEASON).rows

    assert rows.equals(losses.rows)
    assert rows.equals(rows.sort_values(["unique_id", "origin", "competitor"], ignore_index=True))


def test_laying_them_out_takes_little_beside_the_rows():
    y = list(np.sin(np.arange(60_000)))
    split = split_of(y, parts=(100, 50, 59_850), lookback=6)
    predictions = [Prediction(name, np.zeros((len(split.test), 1))) for name in ("a", "b", "c", "d")]
    tracemalloc.start()
    try:
        rows = losses_of(split.test, predictions, split, SEASON).rows
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 1.18 * rows.memory_usage(deep=True).sum()


def test_losses_come_back_from_parquet_to_the_bit(judged):
    losses = judged[2]
    back = Losses.from_parquet(losses.to_parquet())

    assert back.rows.equals(losses.rows.astype({"unique_id": "str", "competitor": "str"}))
    assert back.score("naive", "mase") == losses.score("naive", "mase")


def test_a_competitor_with_a_forecast_that_is_not_finite_has_no_score(judged):
    split, _, _ = judged

    class Broken:
        name = "broken"

        def predict(self, windows):
            forecasts = windows.targets.copy()
            forecasts[0, 0] = np.inf
            return forecasts

    evaluation = evaluate([SeasonalNaive(SEASON), Broken()], split.test, split, SEASON, "seasonal_naive")
    losses = losses_of(evaluation.windows, evaluation.predictions, split, SEASON)

    assert np.isnan(losses.score("broken", "mae"))
    assert np.isfinite(losses.score("seasonal_naive", "mae"))


def test_one_competitor_is_replaced_and_the_others_stay_to_the_bit(judged):
    losses = judged[2]
    other = Losses(losses.rows.assign(absolute=1.0, competitor="naive"))
    changed = losses.replacing("naive", other)

    assert changed.score("naive", "mae") == 1.0
    assert changed.score("seasonal_naive", "mase") == losses.score("seasonal_naive", "mase")
    assert losses.replacing("naive", None).competitors == {"seasonal_naive"}


def test_per_origin_the_series_are_averaged_in_the_order_of_the_origins(judged):
    split, _, losses = judged
    per_origin = losses.per_origin("naive", "mae")
    second = losses.rows[(losses.rows["competitor"] == "naive") & (losses.rows["origin"] == losses.rows["origin"][8])]

    assert per_origin.shape == (losses.n_origins,)
    assert losses.n_origins * 2 == len(split.test)
    assert second["absolute"].mean() in per_origin
    assert per_origin.mean() == pytest.approx(losses.score("naive", "mae"))


def test_origins_before_an_instant_are_left_out(judged):
    split, _, losses = judged
    border = split.panel.steps[split.test_begins + 4]
    kept = losses.since(border.to_pydatetime())

    assert kept.n_origins == losses.n_origins - 4
    assert kept.rows["origin"].min() == border


def test_losses_at_the_origins_of_others_are_those_of_the_same_series_too(judged):
    losses = judged[2]
    others = Losses(losses.rows[losses.rows["unique_id"] == "series-1"].iloc[6:])

    kept = losses.at_the_origins_of(others)
    assert set(kept.rows["unique_id"]) == {"series-1"}
    assert kept.n_origins == others.n_origins < losses.n_origins


PERIODIC, SHORT = list(np.sin(2 * np.pi * np.arange(60) / SEASON)), [np.nan] * 36 + list(np.arange(24.0) ** 2)


@pytest.fixture(scope="module")
def mixed():
    """A series that moves, one that repeats itself but for rounding, one that begins just before the validation part."""
    moving = list(np.random.default_rng(3).normal(50, 4, size=60))
    split = split_of(moving, PERIODIC, SHORT, parts=(40, 8, 12), lookback=6, horizon=3)
    evaluation = evaluate([SeasonalNaive(SEASON), Naive()], split.test, split, SEASON, "seasonal_naive")
    return split, evaluation, losses_of(evaluation.windows, evaluation.predictions, split, SEASON)


def test_mase_leaves_out_series_without_a_scale_as_the_evaluation_does_and_names_them(mixed):
    _, evaluation, losses = mixed

    assert losses.measure("mase") == evaluation.measure("mase") == "mase"
    for competitor in ("seasonal_naive", "naive"):
        assert losses.score(competitor, "mase") == pytest.approx(evaluation.score(competitor, "mase"), rel=1e-12)
    assert set(losses.counting_for("mase").rows["unique_id"]) == {"series-0"}
    assert losses.counting_for("mae") is losses
    assert losses.told_of_scales.startswith("MASE leaves out 2 of 3 series")
    assert losses.told_of_scales.endswith("or has no two values a season apart: 'series-1', 'series-2'")


def test_where_every_series_has_a_scale_all_losses_count_and_nothing_is_told(judged):
    losses = judged[2]

    assert losses.counting_for("mase") is losses
    assert losses.told_of_scales == ""


def test_where_no_series_has_a_scale_mae_measures(mixed):
    losses = mixed[2]
    without = Losses(losses.rows[losses.rows["unique_id"] != "series-0"])

    assert [without.measure(metric) for metric in ("mase", "rmse", "smape")] == ["mae", "rmse", "smape"]
    assert "MAE judges" in without.told_of_scales


def test_losses_that_were_kept_with_rounding_for_a_scale_have_it_no_more_once_scaled_again(mixed):
    split, _, losses = mixed
    rounded = losses.rows.assign(scale=losses.rows["scale"].where(losses.rows["scale"] != 0, 4e-15))

    again = Losses(rounded).scaled_by(split, SEASON)

    assert again.rows.equals(losses.rows)
    assert Losses(rounded).score("naive", "mase") > 1e10


def test_a_competitor_with_a_forecast_that_is_not_finite_is_told_from_one_without_a_scale(mixed):
    rows = mixed[2].rows.copy()
    assert Losses(rows).finite("naive")
    rows.loc[(rows["competitor"] == "naive") & (rows["unique_id"] == "series-1"), "absolute"] = np.nan

    assert not Losses(rows).finite("naive")
    assert np.isnan(Losses(rows).score("naive", "mase"))
    assert Losses(rows).finite("seasonal_naive")


def test_a_target_that_is_not_known_counts_nothing_in_losses():
    gappy = [0.0, 4.0, 0.0, 4.0, 0.0, 4.0, 2.0, NAN, 8.0, NAN, NAN, 6.0]
    split = cut(panel_of(gappy), Parts(history=4, validation=2, test=6), WindowsConfig(lookback=2, horizon=2), fewest=1)
    rows = losses_of(split.test, [Prediction("naive", Naive().predict(split.test))], split, 1).rows

    # origins 6, 7, 8 and 10, the last value 4, 2, 2 and 8; at 9 neither target is known
    assert (split.test.origin).tolist() == [6, 7, 8, 10]
    assert rows["absolute"].tolist() == [2, 6, 6, 2]
    assert rows["squared"].tolist() == [4, 36, 36, 4]
    assert rows["smape"].tolist() == pytest.approx([200 * 2 / 6, 120, 120, 200 * 2 / 14])
    assert Losses(rows).finite("naive")
    assert Losses(rows).score("naive", "mase") == 1.0
    assert Losses(rows).per_origin("naive", "mae").tolist() == [2, 6, 6, 2]
