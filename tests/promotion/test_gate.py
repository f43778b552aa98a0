from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from recurcast.config import Gate
from recurcast.evaluation.competitors import seeded
from recurcast.evaluation.losses import Losses
from recurcast.promotion.gate import choose, decide

NAN = float("nan")
FIRST = datetime(2024, 1, 1, tzinfo=UTC)
NOISE = np.random.default_rng(5).normal(size=200) / 10


def losses_of(n_origins=100, n_series=1, **by_competitor):
    """Absolute errors of an origin an hour: a mean, with a noise of 0.1 that all share, or an array per origin."""
    tables = []
    for competitor, level in by_competitor.items():
        values = level if isinstance(level, np.ndarray) else level + NOISE[:n_origins]
        for series in range(n_series):
            rows = pd.DataFrame(
                {
                    "unique_id": f"series-{series}",
                    "origin": pd.date_range(FIRST, periods=n_origins, freq="h"),
                    "competitor": competitor,
                    "absolute": values,
                    "squared": values**2,
                    "smape": 100 * values,
                    "scale": 1.0,
                }
            )
            tables.append(rows)
    return Losses(pd.concat(tables, ignore_index=True))


def verdict(gate=None, n_origins=100, fit_until=None, overlap=1, **levels):
    return decide("lstm", 1.0, losses_of(n_origins, **levels), gate or Gate(), overlap, fit_until)


def scores(**by_competitor):
    return SimpleNamespace(score=lambda competitor, metric: by_competitor[competitor])


def wobbling(level, size=0.3, seed=1, n=100):
    """Losses whose own noise hides small differences."""
    return level + np.random.default_rng(seed).normal(size=n) * size


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


def first_champion(gate=None, validation_baseline_score=0.9, champion=None, **levels):
    """The verdict on an lstm whose validation score is 1."""
    levels |= {} if champion is None else {"champion": champion}
    losses = losses_of(lstm=wobbling(0.5), seasonal_naive=1.0, **levels)
    return decide("lstm", 1.0, losses, gate or Gate(), validation_baseline_score=validation_baseline_score)


def test_who_would_be_the_first_champion_beats_the_baseline_on_validation_windows_too():
    beaten = first_champion(validation_baseline_score=0.9)

    assert (beaten.verdict, beaten.validation_baseline_score) == ("keep", 0.9)
    assert beaten.p_better < 0.001
    assert beaten.reason.endswith(
        "but 1 on the validation windows is not below 0.9 there: a first champion beats the baseline on both"
    )
    assert first_champion(validation_baseline_score=1.0).verdict == "keep"
    assert first_champion(validation_baseline_score=1.1).verdict == "promote"


def test_validation_windows_have_no_say_against_a_champion_nor_under_other_policies_nor_where_they_are_not_known():
    assert first_champion(champion=2.0).verdict == "promote"
    assert first_champion(Gate(policy="always")).verdict == "promote"
    assert first_champion(Gate(policy="not_worse")).verdict == "promote"
    assert first_champion(validation_baseline_score=None).verdict == "promote"
    assert first_champion(validation_baseline_score=NAN).verdict == "promote"


def test_origins_of_the_calibration_part_count_and_are_told_apart_from_those_of_the_test_part():
    rising = np.concatenate([np.full(40, 0.2), np.full(60, 0.7)])
    losses = losses_of(lstm=rising, seasonal_naive=np.ones(100))
    border = FIRST + timedelta(hours=40)
    decision = decide("lstm", 1.0, losses, Gate(), 1, FIRST, test_begins=border)

    assert (decision.n_origins, decision.n_calibration_origins) == (100, 40)
    assert (decision.score, decision.test_score) == (pytest.approx(0.5), pytest.approx(0.7))
    assert decision.reason.startswith(
        "lstm's MASE 0.5 on the calibration and test windows beats the seasonal_naive's 1 by 50"
    )
    assert decision.figures["gate/calibration_origins"] == [40.0]
    late = decide("lstm", 1.0, losses, Gate(), 1, border, test_begins=border)
    assert (late.n_calibration_origins, late.score, late.test_score) == (0, pytest.approx(0.7), pytest.approx(0.7))
    assert late.reason.startswith("lstm's MASE 0.7 on the test windows")
    assert "gate/calibration_origins" not in late.figures


def test_over_fewer_than_five_horizons_the_reason_says_what_evidence_there_is():
    def reason(n_series, overlap, gate=None):
        losses = losses_of(n_series=n_series, lstm=wobbling(0.9), champion=1.0, seasonal_naive=2.0)
        return decide("lstm", 1.0, losses, gate or Gate(), overlap).reason

    assert "over 100 origins, 2.5 horizons of 3 series" in reason(3, 40)
    assert "p 0.5 over 100 origins, 0.5 horizons of 1 series" in reason(1, 200)
    assert "over 100 origins, 2.5 horizons of 3 series" in reason(3, 40, Gate(policy="not_worse"))
    assert "horizons" not in reason(3, 20)


def test_a_panel_over_one_horizon_is_judged_by_its_series_where_one_series_is_not():
    """The case of 111 series, horizon 56 and 110 test days: 55 origins that all share targets."""
    rng = np.random.default_rng(8)
    tables = [losses_of(55, lstm=0.8 + rng.normal(size=55) / 5, seasonal_naive=1.0 + rng.normal(size=55) / 5).rows
              for _ in range(30)]  # fmt: skip
    for number, table in enumerate(tables):
        table["unique_id"] = f"series-{number:02}"
    panel = Losses(pd.concat(tables, ignore_index=True))
    many, one = decide("lstm", 1.0, panel, Gate(), 56), decide("lstm", 1.0, Losses(tables[0]), Gate(), 56)

    assert (many.verdict, many.n_series, many.horizons) == ("promote", 30, pytest.approx(55 / 56))
    assert many.p_better < 0.01
    assert (one.verdict, one.p_better, one.standard_error) == ("keep", 0.5, None)


def test_a_verdict_does_not_depend_on_the_order_of_the_rows():
    rows = losses_of(n_series=3, lstm=wobbling(0.9), champion=wobbling(1.0, seed=2), seasonal_naive=2.0).rows
    shuffled = rows.sample(frac=1, random_state=1).reset_index(drop=True)

    first, second = (decide("lstm", 1.0, Losses(each), Gate(), 40) for each in (rows, shuffled))
    assert (first.verdict, first.reason) == (second.verdict, second.reason)
    assert first.p_better == pytest.approx(second.p_better, rel=1e-12)
