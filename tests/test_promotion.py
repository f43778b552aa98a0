from types import SimpleNamespace

import pytest

from recurcast.config import Gate
from recurcast.promotion import choose, decide

NAN = float("nan")


def scores(**by_competitor):
    """What `decide` asks an evaluation for."""
    return SimpleNamespace(competitors=tuple(by_competitor), score=lambda competitor, metric: by_competitor[competitor])


def verdict(gate=None, **test):
    return decide("lstm", 1.0, scores(**test), gate or Gate())


def test_the_cell_with_the_best_validation_score_is_the_challenger():
    assert choose(scores(rnn=3.0, lstm=1.0, gru=2.0), ("rnn", "lstm", "gru"), "mase") == "lstm"


def test_a_cell_whose_scores_are_not_finite_is_never_chosen_over_one_whose_are():
    assert choose(scores(rnn=NAN, lstm=9.0, gru=NAN), ("rnn", "lstm", "gru"), "mase") == "lstm"


def test_without_a_champion_beating_the_baseline_promotes():
    decision = verdict(lstm=0.8, seasonal_naive=1.0)

    assert (decision.verdict, decision.opponent) == ("promote", "seasonal_naive")
    assert decision.improvement == pytest.approx(0.2)
    assert "0.8" in decision.reason
    assert "20.0%" in decision.reason


def test_without_a_champion_not_beating_the_baseline_is_rejected():
    assert verdict(lstm=1.2, seasonal_naive=1.0).verdict == "reject"


def test_a_tie_keeps_the_champion():
    decision = verdict(lstm=0.5, champion=0.5, seasonal_naive=1.0)

    assert (decision.verdict, decision.opponent) == ("keep", "champion")


def test_a_tie_with_the_baseline_promotes_nobody():
    assert verdict(lstm=1.0, seasonal_naive=1.0).verdict == "reject"


def test_beating_the_champion_by_less_than_the_margin_keeps_it_and_says_so():
    decision = verdict(Gate(min_improvement=0.05), lstm=0.97, champion=1.0, seasonal_naive=2.0)

    assert decision.verdict == "keep"
    assert "the gate asks for 5.0%" in decision.reason


def test_beating_the_champion_by_the_margin_promotes():
    assert verdict(Gate(min_improvement=0.05), lstm=0.95, champion=1.0, seasonal_naive=2.0).verdict == "promote"


def test_forecasts_that_are_not_finite_are_rejected():
    assert verdict(lstm=NAN, champion=1.0, seasonal_naive=2.0).verdict == "reject"


def test_a_champion_whose_forecasts_are_not_finite_today_gives_way():
    assert verdict(lstm=0.5, champion=NAN, seasonal_naive=2.0).verdict == "promote"


def test_a_champion_without_error_cannot_be_beaten():
    assert verdict(lstm=0.0, champion=0.0, seasonal_naive=2.0).verdict == "keep"


def test_the_gate_names_its_baseline_and_metric():
    decision = verdict(Gate(baseline="naive", metric="smape"), lstm=0.8, naive=1.0, seasonal_naive=0.1)

    assert (decision.verdict, decision.baseline) == ("promote", "naive")
    assert "sMAPE" in decision.reason
