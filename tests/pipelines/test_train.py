import dataclasses
import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from mlflow import MlflowClient

from recurcast.config import USUAL
from recurcast.escaping import in_markdown
from recurcast.forecasting.portable.bodies import BODIES
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.runs.train import Request
from recurcast.tracking.store import connect
from support.tiny import AS_OF, ONE_CELL, tiny_pipeline

HOUR = timedelta(hours=1)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A project with one finished run of the tiny pipeline."""
    root = tmp_path_factory.mktemp("project")
    result = run_interval(Request(tiny_pipeline(description="A tiny sine.", charts="shared"), AS_OF, root), PLAIN)
    return root, result, connect(root).client


@pytest.fixture(scope="module")
def again(project):
    """The same run once more, without charts, as an experiment; and how many versions it added."""
    root, _, client = project
    before = len(client.search_model_versions("name='tiny'"))
    result = run_interval(Request(tiny_pipeline(charts="none"), AS_OF, root, promote=False), PLAIN)
    return result, len(client.search_model_versions("name='tiny'")) - before


def children_of(client, result):
    experiment = client.get_experiment_by_name(result.pipeline).experiment_id
    return {
        run.data.tags["cell"]: run
        for run in client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{result.run_id}'")
    }


def artifacts_of(client, run_id, folder):
    return {Path(each.path).name for each in client.list_artifacts(run_id, folder)}


def test_the_parent_run_is_named_by_its_as_of_and_carries_the_tags_of_the_design(project):
    _, result, client = project
    parent = client.get_run(result.run_id)

    assert parent.info.run_name == "2024-06-01T00:00:00Z"
    assert parent.info.status == "FINISHED"
    expected = {"pipeline": "tiny", "as_of": "2024-06-01T00:00:00Z", "trigger": "manual", "adhoc": "false"}
    assert expected.items() <= parent.data.tags.items()
    assert parent.data.tags["decision"] == result.decision.verdict
    assert parent.data.tags["reason"] == result.decision.reason
    assert len(parent.data.tags["fingerprint"]) == len(parent.data.tags["code"]) == 32


def test_the_parent_run_holds_leaderboard_comparison_report_and_decision(project):
    _, result, client = project

    assert artifacts_of(client, result.run_id, "charts") == {"comparison.png", "interactive.html", "library"}
    assert artifacts_of(client, result.run_id, "validation") == {"report.json", "report.html"}
    assert artifacts_of(client, result.run_id, "scores") == {
        "leaderboard.json", "per_series.json", "per_step.json", "validation.json", "decision.json", "losses.parquet",
    }  # fmt: skip
    metrics = client.get_run(result.run_id).data.metrics
    assert metrics["challenger/mase"] == pytest.approx(result.decision.score)
    assert metrics["baseline/mase"] == pytest.approx(result.decision.baseline_score)


def test_each_cell_has_a_child_run_with_curves_scores_charts_and_parameters(project):
    _, result, client = project
    children = children_of(client, result)

    assert set(children) == set(USUAL)
    rows = {row.competitor: row for row in result.leaderboard}
    for cell, run in children.items():
        assert (run.info.status, run.info.run_name) == ("FINISHED", f"{cell} 2024-06-01T00:00:00Z")
        assert run.data.params["windows.lookback"] == "12"
        assert run.data.params["cell"] == cell
        curve = client.get_metric_history(run.info.run_id, "loss/validation")
        assert [point.step for point in curve] == [1, 2, 3, 4, 5]
        assert run.data.metrics["test/mae"] == pytest.approx(rows[cell].mae)
        assert {"test/skill", "validation/mase", "loss/train", "test_by_step/mae"} <= set(run.data.metrics)
        assert artifacts_of(client, run.info.run_id, "charts") == {f"loss_{cell}.png", f"forecast_{cell}.png"}


def test_a_pipeline_that_wants_no_charts_has_none_and_its_page_names_none(project, again):
    (_, _, client), (result, _) = project, again
    runs = [client.get_run(result.run_id), *children_of(client, result).values()]

    assert len(runs) == 1 + len(USUAL)
    assert not any(artifacts_of(client, run.info.run_id, "charts") for run in runs)
    assert not any("charts/" in run.data.tags["mlflow.note.content"] for run in runs)


def test_a_run_says_nothing_of_warm_starts_where_none_was_asked_for(project):
    _, result, client = project
    tags = [client.get_run(result.run_id).data.tags, *(run.data.tags for run in children_of(client, result).values())]

    assert not any({"start", "start.why", "started_from"} & set(each) for each in tags)
    assert not any("warm" in remark for remark in result.remarks)


def test_the_run_names_its_dataset_by_the_digest_of_every_cell(project):
    _, result, client = project
    run = client.get_run(result.run_id)

    (dataset,) = [each.dataset for each in run.inputs.dataset_inputs]
    assert dataset.name == "tiny"
    assert dataset.digest == run.data.tags["data"]
    assert json.loads(dataset.profile)["num_rows"] == 150
    for child in children_of(client, result).values():
        assert [each.dataset.digest for each in child.inputs.dataset_inputs] == [dataset.digest]


def test_the_page_of_the_run_says_verdict_version_and_leaderboard(project):
    _, result, client = project
    note = client.get_run(result.run_id).data.tags["mlflow.note.content"]

    assert note.startswith(f"**{result.decision.verdict}**: {in_markdown(result.decision.reason)}.")
    assert "version 1 of `tiny`" in note
    assert [line.split("|")[1].split()[0].strip("*") for line in note.splitlines() if line.startswith("| ")][2:] == [
        in_markdown(row.competitor) for row in result.leaderboard
    ]


def test_the_logged_models_stand_in_the_experiment_with_their_scores_and_the_best_with_its_version(project):
    _, result, client = project
    experiment = client.get_experiment_by_name("tiny").experiment_id
    models = {each.name: each for each in client.search_logged_models([experiment])}
    best = result.decision.challenger

    assert set(models) == {*USUAL, *([f"{best}-frame"] if best in BODIES else [])}
    for cell, run in children_of(client, result).items():
        scores = {metric.key: metric for metric in models[cell].metrics}
        assert scores["test/mae"].value == pytest.approx(run.data.metrics["test/mae"])
        assert (scores["test/mae"].dataset_name, models[cell].source_run_id) == ("tiny", run.info.run_id)
    assert json.loads(models[best].tags["mlflow.modelVersions"]) == [{"name": "tiny", "version": 1}]


def test_the_best_cell_by_validation_score_is_registered_and_champion(project):
    _, result, client = project
    version = client.get_model_version_by_alias("tiny", "champion")

    assert (result.registration.version, result.registration.promoted) == (1, True)
    assert int(version.version) == 1
    assert version.tags["cell"] == result.decision.challenger
    validation = {cell: run.data.metrics["validation/mase"] for cell, run in children_of(client, result).items()}
    assert result.decision.challenger == min(validation, key=validation.get)


def test_all_competitors_stand_on_the_leaderboard_best_first(project):
    _, result, _ = project

    names = [row.competitor for row in result.leaderboard]
    assert set(names) == {*USUAL, "seasonal_naive", "naive", "moving_average"}
    scores = [row.mase for row in result.leaderboard]
    assert scores == sorted(scores)


def test_the_result_reads_well_and_turns_into_json(project):
    _, result, _ = project

    assert "seasonal_naive" in repr(result)
    assert result.decision.reason in repr(result)
    assert json.loads(json.dumps(result.to_dict()))["as_of"] == "2024-06-01T00:00:00Z"


def test_the_same_as_of_and_seed_give_the_same_weights_to_the_bit(project, again):
    (_, first, client), (second, _) = project, again

    def digests(result):
        return {cell: run.data.tags["weights"] for cell, run in children_of(client, result).items()}

    assert digests(first) == digests(second)


def test_another_seed_gives_other_weights_and_another_fingerprint(project):
    root, first, client = project
    training = {"epochs": 5, "learning_rate": 0.05, "seed": 1}
    changed = tiny_pipeline(training=training, network={"units": 3, "cells": ["gru"]})
    second = run_interval(Request(changed, AS_OF, root, promote=False), PLAIN)

    for key in ("weights",):
        assert children_of(client, first)["gru"].data.tags[key] != children_of(client, second)["gru"].data.tags[key]
    fingerprints = {client.get_run(result.run_id).data.tags["fingerprint"] for result in (first, second)}
    assert len(fingerprints) == 2


def test_a_run_that_does_not_promote_is_adhoc_and_leaves_the_registry_alone(project, again):
    (_, _, client), (result, versions_added) = project, again

    assert result.registration is None
    assert client.get_run(result.run_id).data.tags["adhoc"] == "true"
    assert versions_added == 0


def test_the_champion_competes_at_the_next_tick_and_the_past_never_dethrones_it(tmp_path):
    pipeline = tiny_pipeline(network=ONE_CELL)
    first, later, earlier = (
        run_interval(Request(pipeline, as_of, tmp_path), PLAIN) for as_of in (AS_OF, AS_OF + HOUR, AS_OF - HOUR)
    )
    client = connect(tmp_path).client

    assert first.registration.promoted
    assert "champion" in [row.competitor for row in later.leaderboard]
    assert "champion" not in [row.competitor for row in earlier.leaderboard]
    assert earlier.decision.verdict == "promote"
    assert not earlier.registration.promoted
    assert "2024-06-01T0" in earlier.registration.note
    standing = client.get_model_version_by_alias("tiny", "champion")
    assert standing.tags["as_of"] >= "2024-06-01T00:00:00Z"
    assert len(client.search_model_versions("name='tiny'")) == 3


def test_a_champion_of_other_windows_is_scored_where_both_can_serve_and_the_result_says_so(tmp_path):
    run_interval(Request(tiny_pipeline(network=ONE_CELL), AS_OF, tmp_path), PLAIN)
    other = tiny_pipeline(windows={"lookback": 6, "horizon": 3}, network=ONE_CELL)
    result = run_interval(Request(other, AS_OF + HOUR, tmp_path), PLAIN)

    assert "champion" in [row.competitor for row in result.leaderboard]
    assert result.decision.opponent == "champion"
    assert any("34 test windows and 2 steps that all can serve" in remark for remark in result.remarks)


def test_a_scheduled_interval_without_a_new_row_trains_nothing(tmp_path):
    daily = tiny_pipeline(frequency="D", parts={"history": 60, "validation": 14, "test": 14})
    request = Request(daily, AS_OF + 5 * HOUR, tmp_path, "schedule", previous=AS_OF + 4 * HOUR)
    result = run_interval(request, PLAIN)
    run = connect(tmp_path).client.get_run(result.run_id)

    assert result.outcome == "no new data"
    assert (run.info.status, run.data.tags["outcome"]) == ("FINISHED", "no new data")
    assert children_of(connect(tmp_path).client, result) == {}


def test_an_interrupted_run_is_closed_as_killed_with_its_children(tmp_path):
    def interrupted(*_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_interval(Request(tiny_pipeline(), AS_OF, tmp_path), dataclasses.replace(PLAIN, evaluate=interrupted))

    client = connect(tmp_path).client
    runs = client.search_runs([client.get_experiment_by_name("tiny").experiment_id])
    assert sorted(run.info.status for run in runs) == ["FINISHED"] * len(USUAL) + ["KILLED"]


def test_calendar_and_covariates_reach_a_network_that_still_loads_anywhere(tmp_path):
    pipeline = tiny_pipeline(network={"units": 3, "cells": ["gru"], "calendar": ["hour", "weekday"]})
    result = run_interval(Request(pipeline, AS_OF, tmp_path), PLAIN)
    client = connect(tmp_path).client
    assert result.registration is not None
    # The cell's run has the frame model too, and MLflow gives a run's models in no order.
    source = client.get_model_version("tiny", str(result.registration.version)).source
    model = client.get_logged_model(source.removeprefix("models:/"))
    example = json.loads(Path(model.artifact_location.removeprefix("file://"), "input_example.json").read_text())

    shapes = {name: np.array(value).shape for name, value in example.items()}
    assert shapes == {"window": (2, 12, 1), "calendar": (2, 14, 4)}


FOREIGN = """
import sys, json, mlflow, numpy as np
model = mlflow.pyfunc.load_model(sys.argv[1])
windows = np.load(sys.argv[2])
forecasts = model.predict(windows)
shifted = model.predict(windows + 1e9)
try:
    model.predict(np.where(windows == windows[0, 0, 0], np.nan, windows))
    refusal = None
except Exception as error:
    refusal = str(error)
print(json.dumps({
    "forecasts": forecasts.tolist(),
    "drift": float(np.abs(shifted - 1e9 - forecasts).max()),
    "refusal": refusal,
    "recurcast": any(name.split(".")[0] == "recurcast" for name in sys.modules),
}))
"""


def test_the_champion_loads_where_recurcast_was_never_imported_and_predicts_in_series_units(project, tmp_path):
    root, _, client = project
    uri = client.get_model_version_by_alias("tiny", "champion").source
    windows = 20 + 5 * np.sin(2 * np.pi * np.arange(13)[:, None] / 12 + np.arange(3))
    np.save(tmp_path / "windows.npy", windows[:12].T[:, :, None])
    ran = subprocess.run(
        [sys.executable, "-c", FOREIGN, uri, str(tmp_path / "windows.npy")],
        cwd=root, capture_output=True, text=True, check=True,
    )  # fmt: skip
    answer = json.loads(ran.stdout.splitlines()[-1])

    forecasts = np.array(answer["forecasts"])
    assert forecasts.shape == (3, 2)
    assert (forecasts > 10).all()
    assert (forecasts < 30).all()
    assert answer["drift"] < 1e-5
    assert "finite" in answer["refusal"]
    assert answer["recurcast"] is False


def test_a_bare_client_in_the_project_folder_finds_the_store(project, monkeypatch):
    root, result, _ = project
    monkeypatch.chdir(root)
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)

    assert MlflowClient("sqlite:///mlflow.db").get_run(result.run_id).info.status == "FINISHED"
