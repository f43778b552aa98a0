from datetime import timedelta
from types import SimpleNamespace

import numpy as np
import pytest

from recurcast.config import Gate
from recurcast.evaluation.competitors import seeded
from recurcast.evaluation.losses import Losses
from recurcast.promotion.gate import choose, decide
from support.losses import FIRST, NOISE, losses_of, wobbling

NAN = float("nan")


def verdict(gate=None, n_origins=100, fit_until=None, overlap=1, **levels):
    return decide("lstm", 1.0, losses_of(n_origins, **levels), gate or Gate(), overlap, fit_until)


def scores(**by_competitor):
    return SimpleNamespace(score=lambda competitor, metric: by_competitor[competitor])


def test_the_cell_with_the_best_validation_score_is_the_challenger():
    assert choose(scores(rnn=3.0, lstm=1.0, gru=2.0), ("rnn", "lstm", "gru"), "mase") == "lstm"


def test_a_cell_whose_scores_are_not_finite_is_never_chosen_over_one_whose_are():
    assert choose(scores(rnn=NAN, lstm=9.0, gru=NAN), ("rnn", "lstm", "gru"), "mase") == "lstm"


def test_without_a_champion_beating_the_baseline_promotes_with_the_figures_that_led_there():
    decision = verdict(lstm=wobbling(0.8), seasonal_naive=1.0)

    assert (decision.verdict, decision.opponent, decision.n_origins) == ("promote", "seasonal_naive", 100)
    assert decision.improvement == pytest.approx(0.2, abs=0.05)
    assert decision.p_better < 0.001
    assert decision.p_better + decision.p_worse == pytest.approx(1)
    assert "over 100 origins" in decision.reason


def test_without_a_champion_not_beating_the_baseline_is_rejected():
    assert verdict(lstm=1.2, seasonal_naive=1.0).verdict == "reject"


def test_beating_the_baseline_by_what_may_be_chance_is_kept_and_not_promoted():
    decision = verdict(lstm=wobbling(1.0, 1.0, 3), seasonal_naive=wobbling(1.05, 1.0, 4))

    assert (decision.verdict, decision.score < decision.baseline_score) == ("keep", True)
    assert "may be chance" in decision.reason


def test_a_tie_keeps_the_champion():
    decision = verdict(lstm=0.5, champion=0.5, seasonal_naive=1.0)

    assert (decision.verdict, decision.opponent) == ("keep", "champion")


def test_a_tie_with_the_baseline_promotes_nobody():
    assert verdict(lstm=1.0, seasonal_naive=1.0).verdict == "reject"


def test_a_challenger_better_than_the_champion_but_not_than_the_baseline_is_rejected_unless_it_need_not_be():
    levels = {"lstm": wobbling(1.2), "champion": wobbling(2.0, seed=2), "seasonal_naive": 1.0}

    assert verdict(**levels).verdict == "reject"
    assert verdict(Gate(must_beat_baseline=False), **levels).verdict == "promote"


def test_beating_the_champion_significantly_but_by_less_than_the_margin_keeps_it_and_says_so():
    decision = verdict(
        Gate(min_improvement=0.05), lstm=0.97, champion=wobbling(1.0, 0.01) + NOISE[:100], seasonal_naive=2.0
    )

    assert decision.verdict == "keep"
    assert decision.p_better < 0.01
    assert "the gate asks for 5.0%" in decision.reason


def test_beating_the_champion_by_the_margin_promotes():
    assert verdict(Gate(min_improvement=0.05), lstm=0.94, champion=1.0, seasonal_naive=2.0).verdict == "promote"


def test_a_higher_confidence_asks_for_more():
    levels = {"lstm": wobbling(0.93, 0.2), "champion": wobbling(1.0, 0.2, 2), "seasonal_naive": 2.0}
    lax, strict = (verdict(Gate(confidence=confidence), **levels) for confidence in (0.6, 0.99999))

    assert lax.p_better == strict.p_better
    assert (lax.verdict, strict.verdict) == ("promote", "keep")


def test_not_worse_lets_the_fresh_one_in_unless_it_is_significantly_worse():
    gate = Gate(policy="not_worse")

    def against_champion(level):
        return verdict(gate, lstm=wobbling(level), champion=wobbling(1.0, seed=2), seasonal_naive=3.0).verdict

    assert against_champion(1.01) == "promote"
    assert against_champion(1.5) == "keep"


def test_always_takes_the_best_of_the_run_that_beats_the_baseline():
    gate = Gate(policy="always")

    assert verdict(gate, lstm=1.5, champion=1.0, seasonal_naive=2.0).verdict == "promote"
    assert verdict(gate, lstm=2.5, champion=1.0, seasonal_naive=2.0).verdict == "reject"


def test_with_too_few_origins_that_nobody_was_fitted_on_nothing_changes():
    late = FIRST + timedelta(hours=95)
    decision = verdict(lstm=0.1, champion=1.0, seasonal_naive=2.0, fit_until=late)

    assert (decision.verdict, decision.n_origins) == ("keep", 5)
    assert "a verdict takes 10 forecast origins" in decision.reason


def test_only_origins_after_the_last_fit_of_any_competitor_count():
    early_only = np.concatenate([np.full(50, 0.1), np.full(50, 3.0)])
    levels = {"lstm": early_only, "seasonal_naive": 1.0}

    assert verdict(fit_until=FIRST + timedelta(hours=50), **levels).score == pytest.approx(3.0)
    assert verdict(fit_until=FIRST + timedelta(hours=50), **levels).verdict == "reject"


def test_a_run_whose_test_windows_all_lie_before_the_champions_fit_changes_nothing():
    decision = verdict(lstm=0.1, champion=1.0, seasonal_naive=2.0, fit_until=FIRST + timedelta(days=90))

    assert (decision.verdict, decision.n_origins) == ("keep", 0)


def test_forecasts_that_are_not_finite_are_rejected():
    broken = np.where(np.arange(100) == 7, NAN, 0.1)

    assert verdict(lstm=broken, champion=1.0, seasonal_naive=2.0).verdict == "reject"
    assert verdict(Gate(policy="always"), lstm=broken, champion=1.0, seasonal_naive=2.0).verdict == "reject"


def test_a_champion_whose_forecasts_are_not_finite_today_gives_way():
    assert verdict(lstm=0.5, champion=np.full(100, NAN), seasonal_naive=2.0).verdict == "promote"


def test_a_champion_significantly_worse_than_the_baseline_is_told_whatever_the_verdict():
    sick = verdict(lstm=1.2, champion=wobbling(2.0), seasonal_naive=1.0)
    well = verdict(lstm=1.2, champion=wobbling(1.0), seasonal_naive=1.0)

    assert (sick.verdict, sick.champion_below_baseline) == ("reject", True)
    assert not well.champion_below_baseline


def test_a_challenger_whose_seeds_lie_far_apart_is_not_believed():
    levels = {"lstm": wobbling(0.9, 0.05), "champion": 1.0, "seasonal_naive": 2.0}
    calm = {seeded("lstm", 1): wobbling(0.9, 0.05, 5), seeded("lstm", 2): wobbling(0.91, 0.05, 6)}
    wild = {seeded("lstm", 1): wobbling(1.2, 0.05, 5), seeded("lstm", 2): wobbling(0.6, 0.05, 6)}

    assert verdict(**levels, **calm).verdict == "promote"
    far_apart = verdict(**levels, **wild)
    assert far_apart.verdict == "keep"
    assert far_apart.seed_spread == pytest.approx(0.3, abs=0.02)


def test_series_of_a_panel_are_averaged_per_origin_and_do_not_count_as_more_origins():
    one, many = (
        decide("lstm", 1.0, losses_of(n_series=n, lstm=wobbling(0.9), seasonal_naive=1.0), Gate(), 1) for n in (1, 50)
    )

    assert many.n_origins == one.n_origins == 100
    assert many.p_better == pytest.approx(one.p_better)


def test_origins_that_share_targets_make_the_gate_more_careful():
    drifting = 0.95 + np.repeat(np.random.default_rng(2).normal(size=10) * 0.12, 10)
    apart, sharing = (verdict(lstm=drifting, champion=np.ones(100), seasonal_naive=2.0, overlap=n) for n in (1, 24))

    assert sharing.p_better > apart.p_better


@pytest.mark.parametrize(("metric", "shown"), [("mae", "MAE"), ("rmse", "RMSE"), ("mase", "MASE"), ("smape", "sMAPE")])
def test_the_gate_names_its_baseline_and_metric(metric, shown):
    decision = verdict(Gate(baseline="naive", metric=metric), lstm=0.8, naive=1.0, seasonal_naive=0.1)

    assert (decision.verdict, decision.baseline) == ("promote", "naive")
    assert f"lstm's {shown}" in decision.reason


def test_an_origin_of_constant_series_alone_promotes_nobody_and_hides_nobody():
    levels = {"lstm": wobbling(1.0, 0.3), "champion": wobbling(1.0, 0.3, 2), "seasonal_naive": 2.0}
    rows = losses_of(n_series=2, **levels).rows
    constant, lacking = rows["unique_id"] == "series-1", rows["origin"] == rows["origin"].min()
    rows.loc[constant, "scale"] = 0.0
    mixed = Losses(rows[constant | ~lacking].reset_index(drop=True))  # at its first origin only the constant series

    decision = decide("lstm", 1.0, mixed, Gate(), 1)
    assert decision.verdict == "keep"
    assert 0.05 < decision.p_better < 1


def without_scale(*series, scale=0.0, **levels):
    """Losses of as many series as are named or one, those named without a scale."""
    rows = losses_of(n_series=max([*series, 1]) + 1, **levels).rows
    rows.loc[rows["unique_id"].isin([f"series-{number}" for number in series]), "scale"] = scale
    return Losses(rows)


@pytest.mark.parametrize("scale", [0.0, NAN])
def test_where_no_series_has_a_scale_mae_judges_and_the_reason_says_so(scale):
    levels = {"lstm": wobbling(0.8), "champion": wobbling(1.0, seed=2), "seasonal_naive": 2.0}
    decision = decide("lstm", 1.0, without_scale(0, 1, scale=scale, **levels), Gate(), 1)
    by_mae = decide("lstm", 1.0, losses_of(n_series=2, **levels), Gate(metric="mae"), 1)

    assert (decision.verdict, decision.metric, decision.n_origins) == ("promote", "mae", 100)
    assert [decision.score, decision.opponent_score, decision.p_better] == pytest.approx(
        [by_mae.score, by_mae.opponent_score, by_mae.p_better]
    )
    assert decision.reason.startswith(f"{by_mae.reason}; MAE judges, since MASE has no scale: ")


def test_series_without_a_scale_have_no_say_and_are_named():
    levels = {"lstm": wobbling(0.8), "champion": wobbling(1.0, seed=2), "seasonal_naive": 2.0}
    decision = decide("lstm", 1.0, without_scale(1, **levels), Gate(), 1)
    alone = decide("lstm", 1.0, losses_of(**levels), Gate(), 1)

    assert (decision.metric, decision.score, decision.p_better) == ("mase", alone.score, alone.p_better)
    assert decision.reason == (
        f"{alone.reason}; MASE leaves out 1 of 2 series, whose train part repeats itself from season to season: 'series-1'"
    )


@pytest.mark.parametrize("metric", ["mae", "rmse", "smape"])
def test_a_gate_that_needs_no_scale_says_nothing_of_scales(metric):
    decision = decide("lstm", 1.0, without_scale(0, 1, lstm=0.8, seasonal_naive=1.0), Gate(metric=metric), 1)

    assert decision.metric == metric
    assert "scale" not in decision.reason


def test_forecasts_that_are_not_finite_are_rejected_as_such_whether_or_not_there_is_a_scale():
    for losses in (losses_of(lstm=NAN, seasonal_naive=1.0), without_scale(0, 1, lstm=NAN, seasonal_naive=1.0)):
        decision = decide("lstm", NAN, losses, Gate(), 1)

        assert decision.verdict == "reject"
        assert decision.reason.startswith("lstm's forecasts of the test windows are not all finite")


def test_finite_forecasts_whose_errors_are_beyond_all_numbers_are_not_called_otherwise():
    rows = losses_of(lstm=1.0, seasonal_naive=1.0).rows
    rows.loc[rows["competitor"] == "lstm", "squared"] = np.inf

    decision = decide("lstm", 1.0, Losses(rows), Gate(metric="rmse"), 1)
    assert decision.reason == "lstm's RMSE on the test windows is larger than any number"


def test_origins_of_series_without_a_scale_are_not_counted_as_origins_of_a_verdict_by_mase():
    rows = without_scale(0, lstm=0.8, seasonal_naive=1.0).rows
    few = rows["origin"] < FIRST + timedelta(hours=5)
    decision = decide("lstm", 1.0, Losses(rows[(rows["unique_id"] == "series-0") | few]), Gate(), 1)

    assert (decision.verdict, decision.n_origins) == ("keep", 5)
    assert "there are 5; MASE leaves out 1 of 2 series" in decision.reason


def test_a_baseline_without_error_is_beaten_by_nobody_and_no_share_is_told_of_it():
    losses = losses_of(lstm=np.full(100, 0.1), seasonal_naive=np.zeros(100))
    decision = decide("lstm", 0.1, losses, Gate(), 1)

    assert (decision.verdict, decision.reason) == (
        "reject",
        "lstm's MASE 0.1 on the test windows does not beat the seasonal_naive's 0",
    )
    assert "gate/improvement" not in decision.figures


def test_with_no_origin_that_counts_the_verdict_still_says_that_mase_has_no_scale():
    losses = without_scale(0, 1, lstm=0.8, seasonal_naive=1.0)
    decision = decide("lstm", 1.0, losses, Gate(), 1, FIRST + timedelta(days=365))

    assert (decision.verdict, decision.metric, decision.n_origins) == ("keep", "mae", 0)
    assert "there are 0; MAE judges, since MASE has no scale" in decision.reason


def test_the_median_of_seeds_spreads_less_than_they_do():
    seeds = {seeded("lstm", number): 1 + 0.1 * number for number in range(3)}
    losses = losses_of(100, lstm=wobbling(0.9), seasonal_naive=wobbling(1.5, seed=2), **seeds)

    alone, median = (decide("lstm", 1.0, losses, Gate(), median_of_seeds=of_median) for of_median in (False, True))

    assert alone.seed_spread > 0.1
    assert median.seed_spread == pytest.approx(0.1 * np.sqrt(np.pi / 6))
