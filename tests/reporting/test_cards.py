"""Cards, line by line."""

import re
from dataclasses import replace
from math import nan
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recurcast.errors import DataRejected
from recurcast.promotion.entries import Registration
from recurcast.reporting.cards import RecordedRun, failure_card, forecast_card, run_card
from recurcast.runs.forecast import ForecastRequest, ForecastResult, MadeForecast
from recurcast.series.validation.report import Finding, ValidationFailed, ValidationReport
from support.judged import decision, promoted
from support.tiny import AS_OF, tiny_pipeline

RECORDED = RecordedRun("tiny", "7", "0123456789abcdef", "2024-06-01T00:00:00Z", 3, report=True, plot=b"PNG")
KIND = "?workflowType=machine_learning"
PAGE = "http://mlflow.example:5000"


def test_the_card_of_a_trained_run_begins_with_the_verdict_and_its_reason_and_ends_with_links():
    card = run_card(promoted(remarks=("started warm",)), RECORDED, PAGE)

    lines = card.split("\n")
    table = [line.removesuffix(" |").split(" | ") for line in lines if line.startswith("|")]
    assert [(*cells[:7], cells[-1]) for cells in table] == [
        ("| competitor", "MASE", "MAE", "RMSE", "sMAPE %", "R²", "skill", "in 80 / 95%"),
        ("| ---", *["---:"] * 7),
        ("| **gru**", "0.5", "1", "1.5", "4", "0.900", "0.500", "81.2 / 95.0"),
        (r"| moving\_average", "1", "2", "2.5", "8", "0.600", "0.000", "– / –"),
        ("| rnn", "–", "3", "3.5", "9", "0.300", "-0.500", "75.0 / –"),
    ]
    assert [line for line in lines if not line.startswith("|")] == [
        "## PROMOTE",
        "",
        r"gru's MASE 0.5 beats the moving\_average's 1.",
        "",
        "tiny as of **2024-06-01T00:00:00Z**. Version 3 is champion now",
        "",
        r"Challenger **gru**, baseline moving\_average",
        "",
        "",
        "![scores of all competitors, and forecasts](data:image/png;base64,UE5H)",
        "",
        "- note: started warm",
        "",
        f"- MLflow run: [2024-06-01T00:00:00Z (01234567)]({PAGE}/#/experiments/7/runs/0123456789abcdef{KIND})",
        f"- Model version: [tiny, version 3]({PAGE}/#/models/tiny/versions/3{KIND})",
        f"- Validation report: [validation/report.html]({PAGE}/#/experiments/7/runs/0123456789abcdef"
        f"/artifacts/validation/report.html{KIND})",
        "",
    ]


def test_where_mlflow_has_no_page_things_are_named_and_not_linked():
    card = run_card(promoted(), RECORDED, None)

    assert "- MLflow run: `2024-06-01T00:00:00Z (01234567)`" in card
    assert "- Model version: `tiny, version 3`" in card
    assert re.search(r"baseline moving\\_average; MAE.* RMSE.* in MW", run_card(promoted(), RECORDED, None, "MW"))
    assert "](" not in card.replace("![scores of all competitors, and forecasts](data:", "")


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"decision": decision(verdict="keep"), "registration": Registration(3, False, None)}, "## KEEP"),
        ({"registration": Registration(3, False, "x")}, "Version 3 is registered, and not champion"),
        ({"provisional": True}, "## provisional PROMOTE"),
        ({"outcome": "already done"}, "## Already done: PROMOTE"),
        ({"registration": None}, "tiny as of **2024-06-01T00:00:00Z**\n"),
    ],
)
def test_what_became_of_the_champion_is_said(changed, told):
    assert told in run_card(promoted(**changed), RECORDED, PAGE)


@pytest.mark.parametrize(
    ("outcome", "title"),
    [
        ("no new data", "## No new data: nothing was trained"),
        ("no data", "## No data: nothing was trained"),
        ("superseded", "## Superseded: nothing was trained"),
        ("held", "## Held elsewhere: nothing was trained here"),
    ],
)
def test_a_run_that_trained_nothing_says_why_and_where_the_recorded_run_is(outcome, title):
    result = promoted(outcome=outcome, decision=None, registration=None, leaderboard=(), remarks=("because",))

    card = run_card(result, RecordedRun("tiny", "7", "0123456789abcdef", "2024-06-01T00:00:00Z"), PAGE)

    assert card.startswith(f"{title}\n\nbecause\n\ntiny as of **2024-06-01T00:00:00Z**\n\n- MLflow run: [")
    assert "|" not in card


def test_rejected_data_are_told_with_every_broken_rule_and_where_the_report_is():
    kept = Finding("rows", "ExpectRows", "there is a row", "", True, "2 rows")
    high = replace(kept, success=False, rule="max", says="y is at most 21", remedy="Correct it", observed="22")
    gaps = replace(high, rule="gaps", says="no gap | none", remedy="Fill it", observed="3 gaps", series="a_b")
    rejected = ValidationFailed(ValidationReport("tiny", "2024", 2, 1, (kept, high, gaps)))

    card = failure_card("tiny", AS_OF, rejected, RECORDED, None)

    assert card.startswith(
        "## Data rejected: nothing was trained\n\n**ExpectRows: y is at most 21**: 22 (1 more in the"
    )
    assert "\n\nCorrect it.\n\n" in card
    assert r"| no gap \| none | 3 gaps | a\_b | Fill it |" in card
    assert "- Validation report: `validation/report.html`" in card


def test_data_that_were_rejected_before_any_run_was_recorded_have_a_card_all_the_same():
    card = failure_card("tiny", AS_OF, DataRejected("a file is there", "none", "Bring it."), None, PAGE)

    assert card == (
        "## Data rejected: nothing was trained\n\n**a file is there**: none\n\nBring it.\n\n"
        "tiny as of 2024-06-01T00:00:00Z. The champion stays as it is.\n"
    )


def test_any_other_failure_is_told_in_its_own_words():
    card = failure_card("tiny", AS_OF, OSError("no space left"), None, PAGE)

    assert card == "## Failed\n\n**OSError**: no space left\n\ntiny as of 2024-06-01T00:00:00Z\n"


def test_the_card_of_a_forecast_has_its_version_its_first_rows_and_how_many_are_left():
    ds = pd.date_range("2024-06-01", periods=14, freq="h", tz="UTC")
    rows = pd.DataFrame({"unique_id": "a|b", "ds": ds, "y_hat": np.arange(14.0), "as_of": AS_OF})
    rows = rows.assign(y_hat_lo_80=rows["y_hat"] - 1, y_hat_hi_80=rows["y_hat"] + 1)
    request = ForecastRequest(tiny_pipeline(unit="MW"), AS_OF, Path())
    result = ForecastResult(request, "forecast", "", "gru", 3, MadeForecast(rows, None, ("left out",)))

    lines = forecast_card(result, RECORDED, None).split("\n")

    assert lines[:3] == [
        "## Forecast by version 3 (gru)",
        "",
        "tiny as of **2024-06-01T00:00:00Z**: 14 steps of 1 series, in MW",
    ]
    assert lines[4] == r"| unique\_id | ds | y\_hat | 80% interval |"
    assert lines[6] == r"| a\|b | 2024-06-01T00:00:00Z | 0 | -1 to 1 |"
    assert lines[17:19] == [r"| a\|b | 2024-06-01T11:00:00Z | 11 | 10 to 12 |", ""]
    assert lines[19:23] == ["and 2 more rows", "", "![forecast](data:image/png;base64,UE5H)", ""]


def test_a_forecast_that_was_not_made_says_why():
    result = ForecastResult(ForecastRequest(tiny_pipeline(), AS_OF, Path()), "no new data", "no new row since")

    assert forecast_card(result, None, PAGE) == (
        "## No new data: no forecast was made\n\nno new row since\n\ntiny as of **2024-06-01T00:00:00Z**\n"
    )


def test_a_score_that_is_no_number_is_no_reason_to_have_no_card():
    assert "| rnn | – |" in run_card(promoted(decision=decision(score=nan)), RECORDED, None)
