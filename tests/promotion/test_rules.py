"""Rules that the gate has beside the test: validation windows of a first champion, and what is said of the evidence."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from recurcast.config import Gate
from recurcast.evaluation.losses import Losses
from recurcast.promotion.gate import decide
from support.losses import FIRST, losses_of, wobbling

NAN = float("nan")


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
