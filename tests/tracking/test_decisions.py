import json
from math import nan

import pytest

from recurcast.tracking.decisions import decision_in, decision_text
from support.judged import decision


def test_a_decision_comes_back_as_it_was():
    assert decision_in(decision_text(decision())) == decision()


def test_a_score_that_is_no_number_is_null_in_the_file_and_none_again_when_it_is_read():
    text = decision_text(decision(score=nan, opponent_score=float("inf"), p_better=None))
    stored = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))
    back = decision_in(text)

    assert (stored["score"], stored["opponent_score"], stored["p_better"]) == (None, None, None)
    assert [back.score, back.opponent_score] == pytest.approx([nan, nan], nan_ok=True)
    assert (back.p_better, back.baseline_score, back.reason) == (None, 1.0, decision().reason)


def test_a_decision_of_before_the_calibration_part_counted_is_read_as_one_on_the_test_part():
    later = ("test_score", "validation_baseline_score", "n_calibration_origins", "n_series", "horizons")
    stored = {name: value for name, value in json.loads(decision_text(decision())).items() if name not in later}
    back = decision_in(json.dumps(stored))

    assert [getattr(back, name) for name in later] == [None, None, 0, None, None]
    assert (back.verdict, back.reason, back.score) == ("promote", decision().reason, 0.5)
