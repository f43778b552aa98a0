import tracemalloc
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest
from utilsforecast import losses as utilsforecast

from recurcast.config import Parts, WindowsConfig
from recurcast.config.metrics import METRICS
from recurcast.evaluation.competitors import MovingAverage, Naive, SeasonalNaive
from recurcast.evaluation.losses import losses_of
from recurcast.evaluation.metrics import evaluate
from recurcast.evaluation.scales import seasonal_error
from recurcast.series.windows import cut
from support.tiny import panel_of, split_of

RNG = np.random.default_rng(7)


@dataclass(frozen=True)
class Fixed:
    """Forecasts the targets plus an error."""

    name: str
    error: float

    def predict(self, windows):
        return windows.targets + self.error


@pytest.fixture
def two_series():
    first = list(10 + np.arange(60) % 6 + RNG.normal(0, 0.5, 60))
    second = list(100 + 5 * (np.arange(60) % 6) + RNG.normal(0, 2, 60))
    return split_of(first, second, parts=(36, 12, 12), lookback=6, horizon=3)


def by_hand(y, forecast, train, season):
    error = np.abs(y - forecast)
    scale = np.abs(train[season:] - train[:-season]).mean()
    return {
        "mae": error.mean(),
        "rmse": np.sqrt((error**2).mean()),
        "mase": error.mean() / scale,
        "smape": 200 * (error / (np.abs(y) + np.abs(forecast))).mean(),
        "r2": 1 - (error**2).sum() / ((y - y.mean()) ** 2).sum(),
    }


def test_every_score_is_that_of_its_formula_per_series_and_their_mean_overall(two_series):
    test = two_series.test
    evaluation = evaluate([SeasonalNaive(6), Naive()], test, two_series, season=6, baseline="seasonal_naive")

    forecast = Naive().predict(test)
    expected = [
        by_hand(
            test.targets[test.series == series].ravel(),
            forecast[test.series == series].ravel(),
            two_series.panel.y[series, :36],
            season=6,
        )
        for series in (0, 1)
    ]
    per_series = evaluation.per_series[evaluation.per_series["competitor"] == "naive"].sort_values("unique_id")
    for metric in ("mae", "rmse", "mase", "smape", "r2"):
        values = [each[metric] for each in expected]
        assert per_series[metric].tolist() == pytest.approx(values, rel=1e-12)
        assert evaluation.score("naive", metric) == pytest.approx(np.mean(values), rel=1e-12)


def test_scores_are_those_that_utilsforecast_computes(two_series):
    test = two_series.test
    evaluation = evaluate([SeasonalNaive(6), Naive()], test, two_series, 6, "seasonal_naive")
    names = np.repeat(np.array(two_series.panel.ids)[test.series], 3)
    rows = pd.DataFrame({"unique_id": names, "y": test.targets.ravel(), "naive": Naive().predict(test).ravel()})

    for metric, factor in (("mae", 1), ("rmse", 1), ("smape", 200)):
        expected = factor * getattr(utilsforecast, metric)(rows, ["naive"])["naive"].mean()
        assert evaluation.score("naive", metric) == pytest.approx(expected, rel=1e-12)


def test_skill_is_measured_against_the_baseline(two_series):
    evaluation = evaluate([SeasonalNaive(6), Naive()], two_series.test, two_series, 6, "seasonal_naive")

    per_series = evaluation.per_series.set_index(["unique_id", "competitor"])
    for series in ("series-0", "series-1"):
        naive, baseline = (per_series.at[(series, name), "mae"] for name in ("naive", "seasonal_naive"))
        assert per_series.at[(series, "naive"), "skill"] == pytest.approx(1 - naive / baseline)
    assert evaluation.score("seasonal_naive", "skill") == 0


def test_scores_per_step_of_the_horizon_average_to_the_overall_mean_absolute_error(two_series):
    evaluation = evaluate([SeasonalNaive(6), Naive()], two_series.test, two_series, 6, "seasonal_naive")

    naive = evaluation.per_step[evaluation.per_step["competitor"] == "naive"]
    assert naive["step"].tolist() == [1, 2, 3]
    assert naive["mae"].mean() == pytest.approx(evaluation.score("naive", "mae"))
    assert naive["mae"].nunique() == 3


def test_scores_without_their_forecasts_are_the_same_and_none_per_step_is_made_up(two_series):
    whole = evaluate([SeasonalNaive(6), Naive()], two_series.test, two_series, 6, "seasonal_naive")

    alone = whole.without_forecasts()

    assert alone.predictions == ()
    assert alone.overall.equals(whole.overall)
    assert alone.score("naive", "mase") == whole.score("naive", "mase")
    with pytest.raises(LookupError, match="forecasts"):
        alone.per_step  # noqa: B018


def test_each_step_is_scored_by_itself_for_every_series_on_its_own_scale():
    # Of twelve series "series-10" stands before "series-2" by name: their numbers are not their places.
    split = split_of(
        *[list(level * RNG.normal(10, 1, 60)) for level in range(1, 13)], parts=(40, 8, 12), lookback=6, horizon=3
    )
    evaluation = evaluate([SeasonalNaive(6), Naive()], split.test, split, 6, "seasonal_naive")

    scale = seasonal_error(split.panel.y[:, : split.validation_begins], 6)
    errors = np.abs(Naive().predict(split.test) - split.test.targets)
    steps = evaluation.per_step[evaluation.per_step["competitor"] == "naive"].set_index("step")
    for step in (1, 2, 3):
        of_series = [errors[split.test.series == series, step - 1] for series in range(12)]
        assert steps["mase"][step] == pytest.approx(
            np.mean([e.mean() / s for e, s in zip(of_series, scale, strict=True)])
        )
        assert steps["rmse"][step] == pytest.approx(np.mean([np.sqrt((e**2).mean()) for e in of_series]))


def test_a_perfect_forecast_scores_perfectly(two_series):
    evaluation = evaluate([SeasonalNaive(6), Fixed("perfect", 0.0)], two_series.test, two_series, 6, "seasonal_naive")

    scores = {metric: evaluation.score("perfect", metric) for metric in METRICS}
    assert {name: score for name, score in scores.items() if score} == {"r2": 1, "skill": 1}


def test_a_single_forecast_that_is_not_finite_costs_a_competitor_all_scores(two_series):
    class Broken(Fixed):
        def predict(self, windows):
            forecasts = windows.targets.copy()
            forecasts[0, 0] = np.nan
            return forecasts

    evaluation = evaluate([SeasonalNaive(6), Broken("broken", 0)], two_series.test, two_series, 6, "seasonal_naive")

    assert all(np.isnan(evaluation.score("broken", metric)) for metric in METRICS)
    assert np.isfinite(evaluation.score("seasonal_naive", "mase"))


def test_all_competitors_stand_in_the_order_in_which_they_came(two_series):
    competitors = [Fixed("a", 1.0), SeasonalNaive(6), Fixed("b", 2.0)]
    evaluation = evaluate(competitors, two_series.test, two_series, 6, "seasonal_naive")

    assert evaluation.competitors == ("a", "seasonal_naive", "b")
    assert evaluation.score("b", "mae") == pytest.approx(2.0)


def test_mase_is_utilsforecasts_whether_steps_are_absent_or_no_season_is_complete(two_series):
    gappy, short = np.arange(12.0) ** 2, np.full(12, np.nan)
    gappy[[3, 7]] = np.nan
    short[-3:] = [1.0, 2.0, 4.0]
    train = np.stack([gappy, short])
    ids = ["gappy", "short"]
    asked = pd.DataFrame({"unique_id": ids, "y": [1.0, 1.0], "off_by_one": [2.0, 2.0]})
    rows = pd.DataFrame({"unique_id": np.repeat(ids, 12), "y": train.ravel()})

    expected = utilsforecast.mase(asked, ["off_by_one"], 4, rows)["off_by_one"]

    assert (1 / seasonal_error(train, 4)).tolist() == pytest.approx(expected.tolist(), rel=1e-12, nan_ok=True)
    assert np.isnan(expected[1])


SINE = list(np.sin(2 * np.pi * np.arange(60) / 6))
MOVING = list(RNG.normal(100, 5, 60))


def test_a_series_that_repeats_itself_but_for_rounding_is_left_out_of_the_panel_s_mase_and_skill():
    panel = split_of(SINE, MOVING, parts=(36, 12, 12), lookback=6, horizon=3)
    alone = split_of(MOVING, parts=(36, 12, 12), lookback=6, horizon=3)
    of_both, of_one = (
        evaluate([SeasonalNaive(6), Naive()], split.test, split, 6, "seasonal_naive") for split in (panel, alone)
    )

    assert of_both.measure("mase") == "mase"
    for metric in ("mase", "skill"):
        assert of_both.score("naive", metric) == pytest.approx(of_one.score("naive", metric), rel=1e-12)
        assert of_both.per_step[metric].tolist() == pytest.approx(of_one.per_step[metric].tolist(), rel=1e-12)


@pytest.mark.parametrize(("y", "season"), [(SINE, 6), ([5.0] * 48 + MOVING[48:], 6), (MOVING, 36)])
def test_where_no_series_has_a_scale_mae_measures_and_every_other_score_is_what_it_was(y, season):
    split = split_of(y, parts=(36, 12, 12), lookback=6, horizon=3)
    evaluation = evaluate([SeasonalNaive(season), Naive()], split.test, split, season, "seasonal_naive")
    naive = np.abs(Naive().predict(split.test) - split.test.targets)

    assert np.isnan(evaluation.score("naive", "mase"))
    assert [evaluation.measure(metric) for metric in ("mase", "rmse")] == ["mae", "rmse"]
    assert evaluation.score("naive", "mae") == pytest.approx(naive.mean())


def test_targets_that_are_constant_but_for_rounding_leave_r2_none():
    y = [1.0, 4.0, 2.0] * 15 + [0.1, 0.3 - 0.2, 0.1] * 5
    split = split_of(y, parts=(36, 9, 15), lookback=3, horizon=3)
    evaluation = evaluate([Naive(), Fixed("off", 1.0)], split.test, split, 1, "naive")

    assert np.isnan(evaluation.score("off", "r2"))
    assert np.isfinite(evaluation.score("off", "mase"))


def test_against_a_baseline_without_error_there_is_no_skill_and_nothing_over_nothing_is_no_share():
    y = [1.0, 4.0, 2.0] * 15 + [0.0] * 15
    split = split_of(y, parts=(36, 9, 15), lookback=3, horizon=3)
    competitors = [Fixed("exact", 0.0), Fixed("off", 1.0)]
    evaluation = evaluate(competitors, split.test, split, 3, "exact")
    losses = losses_of(split.test, evaluation.predictions, split, 3)

    assert np.isnan([evaluation.score(name, "skill") for name in ("exact", "off")]).all()
    assert [evaluation.score(name, "smape") for name in ("exact", "off")] == [0, 200]
    assert [losses.score(name, "smape") for name in ("exact", "off")] == [0, 200]


def test_scoring_takes_a_few_copies_of_the_train_part_at_most():
    y = list(np.sin(np.arange(200_000)))
    split = split_of(y, parts=(199_900, 50, 50), lookback=6)
    tracemalloc.start()
    try:
        evaluate([Naive()], split.test, split, season=6, baseline="naive")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert peak < 3 * split.panel.values.nbytes


def test_a_target_that_is_not_known_counts_nothing_in_any_score():
    nan = float("nan")
    first = [0.0, 4.0, 0.0, 4.0, 0.0, 4.0, 2.0, nan, 8.0, nan, nan, 6.0]
    second = [1.0, 3.0, 1.0, 3.0, 1.0, 3.0, 1.0, nan, nan, nan, nan, nan]
    parts, config = Parts(history=4, validation=2, test=6), WindowsConfig(lookback=2, horizon=2)
    split = cut(panel_of(first, second), parts, config, fewest=1)
    evaluation = evaluate([Naive(), MovingAverage(2)], split.test, split, 1, "moving_average")

    # naive: [2, 6, 6, 2] of the first series, 2 of the second; the mean of the last two: 0, 5, 6, 2 and 1
    assert evaluation.score("naive", "mae") == pytest.approx((4 + 2) / 2)
    assert evaluation.score("moving_average", "mae") == pytest.approx((13 / 4 + 1) / 2)
    assert evaluation.score("naive", "mase") == pytest.approx((4 / 4 + 2 / 2) / 2)
    assert evaluation.score("naive", "skill") == pytest.approx((1 - 16 / 13 + 1 - 2) / 2)
    assert np.isfinite([evaluation.score("naive", metric) for metric in METRICS]).all()
    steps = evaluation.per_step[evaluation.per_step["competitor"] == "naive"].set_index("step")
    assert steps["mae"].tolist() == [pytest.approx((8 / 2 + 2) / 2), pytest.approx(4.0)]
    assert evaluation.per_series["r2"].notna().tolist() == [True, False, True, False], "one target has no variance"
