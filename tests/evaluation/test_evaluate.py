"""Runs whose series have no scale: in a real store, on the plain chain, what each place says of them."""

import io
import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from rich.console import Console

from recurcast.cli.display.registry import facts_as_dict, print_facts
from recurcast.cli.display.run import print_result
from recurcast.config import USUAL
from recurcast.evaluation.competitors import SeasonalNaive
from recurcast.evaluation.evaluate import Judgement
from recurcast.evaluation.losses import losses_of
from recurcast.evaluation.metrics import evaluate
from recurcast.pipelines.final_verdicts import settle
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.promotion.gate import choose
from recurcast.reporting.cards import RecordedRun, run_card
from recurcast.reporting.page.words import said_of_scores, skill_of_the_champion
from recurcast.runs.train import Request, Ticket
from recurcast.tracking.registry.champion_facts import champion_facts
from recurcast.tracking.report import read_for_report
from recurcast.tracking.store import connect
from support.tiny import AS_OF, split_of, tiny_pipeline

LATER = AS_OF + timedelta(hours=6)
STEPS = np.arange(156)
NOISE = np.random.default_rng(0).normal(size=156)
TOLD = "; MAE judges, since MASE has no scale: the train part repeats itself from season to season"
LEFT_OUT = "; MASE leaves out 1 of 2 series, whose train part repeats itself from season to season: '<b>periodic</b>'"


def judged(root: Path, pipeline, **series):
    """Run the pipeline as of AS_OF on hourly series that end LATER; return the result, and its run in MLflow."""
    steps = pd.date_range(end=pd.Timestamp(LATER), periods=len(STEPS) + 1, freq="h", inclusive="left")
    stamps = steps.strftime("%Y-%m-%dT%H:%M:%SZ")
    tables = [pd.DataFrame({"unique_id": name, "ds": stamps, "y": y}) for name, y in series.items()]
    pd.concat(tables).to_csv(root / "series.csv", index=False)
    result = run_interval(Request(pipeline, AS_OF, root), PLAIN)
    client = connect(root).client

    def text(path):
        return Path(client.download_artifacts(result.run_id, path, root)).read_text("utf-8")

    return SimpleNamespace(root=root, pipeline=pipeline, result=result, run=client.get_run(result.run_id), text=text)


def pipeline_of(**changed):
    source = {"kind": "file", "path": "series.csv", "columns": {"unique_id": "unique_id"}}
    gate = {"policy": "always", "must_beat_baseline": False}
    return tiny_pipeline(source=source, gate=gate, training={"epochs": 2, "learning_rate": 0.05}, **changed)


@pytest.fixture(scope="module")
def flat(tmp_path_factory):
    """One series, constant in the train parts as of AS_OF and LATER, and not after; whoever is best is promoted."""
    y = np.where(STEPS < 96, 5.0, 5 + NOISE)
    return judged(tmp_path_factory.mktemp("flat"), pipeline_of(), shop=y)


@pytest.fixture(scope="module")
def mixed(tmp_path_factory):
    """A series that repeats itself but for rounding beside one that moves."""
    both = {"<b>periodic</b>": np.sin(2 * np.pi * STEPS / 12), "moving": 5 + NOISE}
    return judged(tmp_path_factory.mktemp("mixed"), pipeline_of(), **both)


def printed(show, *arguments):
    out = io.StringIO()
    show(Console(file=out, width=300), *arguments)
    return out.getvalue()


def strict(text):
    """JSON without NaN and Infinity, which are none of its words."""
    return json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} is no JSON"))


def scores_in(table, metric):
    content = strict(table)
    rows = [dict(zip(content["columns"], row, strict=True)) for row in content["data"]]
    return {row["competitor"]: row[metric] for row in rows}


def test_without_a_scale_the_best_cell_by_mae_is_judged_by_mae(flat):
    decision = flat.result.decision
    on_validation = scores_in(flat.text("scores/validation.json"), "mae")
    on_test = scores_in(flat.text("scores/leaderboard.json"), "mae")

    assert decision.challenger == min(USUAL, key=on_validation.__getitem__) != next(iter(USUAL))
    assert decision.validation_score == pytest.approx(on_validation[decision.challenger])
    assert (decision.verdict, decision.metric) == ("promote", "mae")
    assert decision.score == pytest.approx(on_test[decision.challenger])
    assert decision.reason.startswith(f"{decision.challenger}'s MAE {decision.score:.4g} on the test windows")
    assert decision.reason.endswith(TOLD)
    assert [row.mae for row in flat.result.leaderboard] == pytest.approx(sorted(on_test.values()))


def test_every_place_in_mlflow_says_by_what_it_was_judged_and_holds_no_number_that_is_none(flat):
    tags, metrics = flat.run.data.tags, flat.run.data.metrics

    assert tags["reason"] == flat.result.decision.reason
    assert f"{TOLD}." in tags["mlflow.note.content"]
    assert metrics["challenger/mae"] == pytest.approx(flat.result.decision.score)
    assert not [name for name in metrics if "mase" in name]
    assert np.isfinite(list(metrics.values())).all()
    assert strict(flat.text("scores/decision.json"))["metric"] == "mae"
    assert set(scores_in(flat.text("scores/leaderboard.json"), "mase").values()) == {None}


def test_terminal_card_and_json_say_it_too(flat):
    result = flat.result
    card = run_card(result, RecordedRun("tiny", "1", result.run_id, "name"), None)

    assert TOLD in printed(print_result, result, flat.root)
    assert TOLD in card
    assert "| competitor | MAE |" in card
    assert strict(json.dumps(result.to_dict()))["decision"]["metric"] == "mae"


def test_the_champion_and_the_report_tell_scores_of_what_judged(flat):
    store = connect(flat.root)
    facts, decision = champion_facts(store, flat.pipeline), flat.result.decision
    remembered = read_for_report(store, flat.pipeline, 10)

    assert facts.metric == "mae"
    assert facts.scores["challenger"] == pytest.approx(decision.score)
    assert "  MAE " in printed(print_facts, flat.pipeline, facts, None)
    assert strict(json.dumps(facts_as_dict("tiny", facts, None)))["metric"] == "mae"
    assert (remembered.metric, remembered.intervals[0].metric) == ("mae", "mae")
    assert said_of_scores(remembered).startswith("MAE on the test windows of each as_of")
    assert f": MAE {decision.score:.4g} against" in skill_of_the_champion(remembered).text


def test_an_interval_that_is_done_tells_again_what_was_told(flat):
    again = run_interval(Request(flat.pipeline, AS_OF, flat.root), PLAIN)

    assert (again.outcome, again.decision) == ("already done", flat.result.decision)
    assert [row.competitor for row in again.leaderboard] == [row.competitor for row in flat.result.leaderboard]


def test_a_provisional_verdict_without_a_scale_is_given_again_by_mae(flat):
    store, pipeline = connect(flat.root), pipeline_of(name="settled", season=6)
    earlier, later = (
        run_interval(Request(pipeline, as_of, flat.root, "backfill", ticket=Ticket("b", as_of == LATER)), PLAIN)
        for as_of in (AS_OF, LATER)
    )
    (settled,) = settle(store, pipeline, flat.root, [LATER], frozenset())
    run = store.client.get_run(later.run_id)

    assert (earlier.registration.version, later.provisional) == (1, True)
    assert (settled.decision.metric, settled.decision.opponent) == ("mae", "champion")
    assert settled.decision == replace(later.decision, validation_score=settled.decision.validation_score)
    assert run.data.tags["reason"] == settled.decision.reason
    assert settled.decision.reason.endswith(TOLD)
    assert "champion/mae" in run.data.metrics
    assert "champion/mase" not in run.data.metrics
    path = store.client.download_artifacts(later.run_id, "scores/leaderboard.json", str(flat.root))
    assert scores_in(Path(path).read_text("utf-8"), "mase")["champion"] is None


def test_a_season_that_no_row_is_old_enough_for_is_told(flat):
    pipeline = pipeline_of(parts={"history": 400, "validation": 24, "test": 36}, season=300)
    result = run_interval(Request(pipeline, AS_OF, flat.root, promote=False), PLAIN)
    rows = {row.competitor: row.mae for row in result.leaderboard}

    assert rows["seasonal_naive"] == rows["naive"]
    assert "the train part has no two values a season apart" in result.decision.reason
    assert any("no value lies a season of 300 steps before a test window" in remark for remark in result.remarks)


def test_a_series_without_a_scale_has_no_part_in_mase_and_is_named_as_text(mixed):
    decision, metrics = mixed.result.decision, mixed.run.data.metrics
    per_series = strict(mixed.text("scores/per_series.json"))
    rows = [dict(zip(per_series["columns"], row, strict=True)) for row in per_series["data"]]
    own = {row["unique_id"]: row["mase"] for row in rows if row["competitor"] == decision.challenger}

    assert own == {"<b>periodic</b>": None, "moving": pytest.approx(decision.score)}
    assert (decision.metric, metrics["challenger/mase"]) == ("mase", pytest.approx(decision.score))
    assert 0.1 < decision.score < 10
    assert decision.reason.endswith(LEFT_OUT)
    assert "'&lt;b&gt;periodic&lt;/b&gt;'" in mixed.run.data.tags["mlflow.note.content"]
    assert "<b>" not in mixed.run.data.tags["mlflow.note.content"]
    assert LEFT_OUT in printed(print_result, mixed.result, mixed.root)


class Off:
    """Forecasts the targets plus an error."""

    def __init__(self, name, error):
        self.name, self.error = name, error

    def predict(self, windows):
        return windows.targets + self.error


def judgement_of(split, season=6):
    """Cells of which the last one is best, beside the seasonal naive."""
    competitors = [*(Off(cell, 3.0 - number) for number, cell in enumerate(USUAL)), SeasonalNaive(season)]
    validation, test = (
        evaluate(competitors, part, split, season, "seasonal_naive") for part in (split.validation, split.test)
    )
    losses = losses_of(split.test, test.predictions, split, season)
    return Judgement(validation, test, test, losses, {}, {}, split.fit_until, None)


@pytest.mark.parametrize(
    ("series", "measure"),
    [
        pytest.param([list(NOISE[:60])], "mase", id="it has a scale"),
        pytest.param([[5.0] * 36 + list(NOISE[:24])], "mae", id="it has none"),
        pytest.param([[5.0] * 36 + list(NOISE[:24]), list(NOISE[:60])], "mase", id="one of two has one"),
        pytest.param(
            [[5.0] * 36 + list(NOISE[:24]), [*NOISE[:38], np.nan, *NOISE[:5], np.nan, *NOISE[:15]]],
            "mae",
            id="but no validation window",
        ),
    ],
)
def test_the_cells_are_chosen_by_what_judges_where_the_validation_windows_have_it(series, measure):
    judgement = judgement_of(split_of(*series, parts=(36, 12, 12), lookback=6, horizon=3))

    assert judgement.chosen_by("mase") == measure
    assert choose(judgement.validation, USUAL, judgement.chosen_by("mase")) == tuple(USUAL)[-1]
