from dataclasses import replace

from recurcast.promotion.gate import Decision
from recurcast.reporting.notes.run import cell_note, interval_note
from recurcast.runs.leaderboard import Row
from support.tiny import tiny_pipeline

DECISION = Decision(
    "promote", "gru beats naive", "gru", "mase", 0.5, 0.6, "naive", 1.0, "naive", 1.0, "better", 0.95, 30, 0.1, 0.01, 0.99,
    0.0, False,
)  # fmt: skip
ROWS = (
    Row("gru", 12.345678, 15.0, 0.6, 3.0, 0.9, 0.4, coverage={"80": 0.8125}),
    Row("naive", 20.0, 25.0, 1.0, 5.0, 0.5, 0.0),
    Row("rnn", *[float("nan")] * 6),
)


def test_a_run_says_its_verdict_its_version_and_who_scored_what():
    lines = interval_note(tiny_pipeline(unit="MW"), DECISION, ROWS, 7, ["a remark"]).splitlines()

    assert lines[0] == "**promote**: gru beats naive."
    assert "Registered as version 7 of `tiny`." in lines
    head, rule, *rows = [line for line in lines if line.startswith("|")]
    assert head.startswith("| competitor | MAE (MW) | RMSE (MW) | MASE | sMAPE % | R² | skill |")
    assert head.endswith("| in 80% |")
    assert rule.startswith("| --- | ---: |")
    assert rows[0].startswith("| **gru** (challenger) | 12.35 | 15 | 0.6 | 3 | 0.900 | 0.400 |")
    assert rows[0].endswith("| 81.2% |")
    assert rows[1].startswith("| naive (baseline) | 20 | 25 | 1 | 5 | 0.500 | 0.000 |")
    assert rows[2].replace(" – |", "") == "| rnn |"
    assert "a remark" in lines


def test_series_that_a_reason_names_stay_text():
    note = interval_note(tiny_pipeline(), replace(DECISION, reason="MASE leaves out '<img src=x>' & 'b'"), ROWS, 7)

    assert note.startswith("**promote**: MASE leaves out '&lt;img src=x&gt;' &amp; 'b'.")


def test_units_and_remarks_of_a_user_are_no_html():
    note = interval_note(tiny_pipeline(unit="<i>|"), DECISION, ROWS, 7, ["series '<b>' was left out"])

    assert "| MAE (&lt;i&gt;\\|) |" in note
    assert "series '&lt;b&gt;' was left out" in note
    assert "<" not in note


def test_a_provisional_verdict_and_a_run_that_does_not_promote_say_so():
    note = interval_note(tiny_pipeline(), replace(DECISION, verdict="keep"), ROWS, None, provisional=True)

    assert note.startswith("**provisionally keep**")
    assert "Not registered" in note


def test_a_cell_says_with_which_others_its_curves_compare():
    assert "beside those of rnn and gru" in cell_note(tiny_pipeline(), "lstm")
