from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from recurcast.evaluation import competitors
from recurcast.evaluation.champion import JUDGED
from recurcast.forecasting.forecast import predict_with
from recurcast.forecasting.portable.bundle import read
from recurcast.pipelines.forecast import make_forecast
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.runs.forecast import ForecastRequest
from recurcast.runs.train import Request
from recurcast.tracking import track_record
from recurcast.tracking.registry.registry import champion_as_of
from recurcast.tracking.store import connect
from recurcast.training import kinds
from recurcast.training.highway import lesson
from recurcast.training.highway.cells import refit_highway
from support.ragged import ragged_pipeline, ragged_values
from support.tiny import AS_OF, panel_of

EARLIER = AS_OF - timedelta(hours=6)


def pipeline_of(**changed):
    source = {"kind": "file", "path": "ragged.csv", "columns": {"unique_id": "unique_id"}}
    gate = {"policy": "always", "must_beat_baseline": False, "baseline": "naive"}
    pipeline = ragged_pipeline().model_dump() | {"source": source, "gate": gate, "checks": {"max_missing": 0.5}}
    return ragged_pipeline().model_validate(pipeline | changed)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A ragged panel, and two intervals of its pipeline: the second meets the first's champion."""
    root = tmp_path_factory.mktemp("project")
    panel = panel_of(*ragged_values())
    series, step = np.nonzero(~np.isnan(panel.y))
    rows = {"unique_id": np.array(panel.ids)[series], "ds": panel.steps[step], "y": panel.y[series, step]}
    pd.DataFrame(rows).to_csv(root / "ragged.csv", index=False)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lesson, "_FEWEST_STEPS", 20)
        patch.setattr(lesson, "_MOST_STEPS", 20)
        results = [run_interval(Request(pipeline_of(), as_of, root), PLAIN) for as_of in (EARLIER, AS_OF)]
    return root, results


@pytest.fixture
def few_steps(monkeypatch):
    monkeypatch.setattr(lesson, "_FEWEST_STEPS", 20)
    monkeypatch.setattr(lesson, "_MOST_STEPS", 20)


def champion_of(root, tmp_path):
    return champion_as_of(connect(root), pipeline_of(), AS_OF, tmp_path)


def test_a_version_has_the_weights_that_were_judged_beside_those_that_serve(project, tmp_path):
    root, _ = project
    champion = champion_of(root, tmp_path)

    served, judged = read(champion.folder / "bundle"), read(champion.bundle_folder)

    assert champion.keras_file == champion.folder / JUDGED / "model.keras"
    assert champion.keras_file.read_bytes() != (champion.folder / "data" / "model.keras").read_bytes()
    assert served.weights.keys() == judged.weights.keys()
    assert any((served.weights[name] != judged.weights[name]).any() for name in served.weights)
    np.testing.assert_array_equal(served.widths, judged.widths)


def test_the_verdict_of_the_next_interval_is_on_the_judged_weights(project):
    _root, (_, second) = project

    assert second.decision.opponent == "champion"
    assert second.decision.n_origins > 0


def test_steps_before_the_versions_as_of_are_flagged_by_the_judged_weights(project, tmp_path):
    root, (first, _) = project
    request = ForecastRequest(pipeline_of(), AS_OF - timedelta(hours=1), root, flagging="yes", last=12)

    flagged = make_forecast(request).made.flags.rows

    champion = champion_as_of(connect(root), pipeline_of(), AS_OF - timedelta(hours=1), tmp_path)
    assert champion.version == first.registration.version
    served, judged = (predict_with(read(folder)) for folder in (champion.folder / "bundle", champion.bundle_folder))
    y = np.where(np.arange(ragged_values().shape[1]) < ragged_values().shape[1] - 1, ragged_values(), np.nan)[0]
    reach = pipeline_of().seen.lookback
    for row in flagged[flagged["unique_id"] == "series-0"].itertuples():
        step = int((row.ds - pd.Timestamp(AS_OF)) / pd.Timedelta("1h")) + len(y)
        predict = judged if row.ds < pd.Timestamp(EARLIER) else served
        assert row.y_hat == pytest.approx(predict(y[None, step - reach : step, None], None)[0, 0], rel=1e-6)


def test_late_short_silent_and_gappy_series_are_all_forecast_by_the_weights_that_serve(project):
    root, (_, second) = project

    forecast = make_forecast(ForecastRequest(pipeline_of(), AS_OF, root))

    frame = forecast.made.rows
    assert frame.groupby("unique_id").size().to_dict() == {f"series-{number}": 3 for number in range(6)}
    assert np.isfinite(frame["y_hat"]).all()
    assert forecast.version == second.registration.version


def test_the_same_interval_again_gives_the_same_weights_both_times(project, few_steps):
    root, (_, second) = project
    again = run_interval(Request(pipeline_of(), AS_OF, root, force=True), PLAIN)
    client = connect(root).client

    def digests(result):
        runs = client.search_runs(
            [client.get_experiment_by_name("tiny").experiment_id], f"tags.`mlflow.parentRunId` = '{result.run_id}'"
        )
        return {(run.data.tags["cell"], run.data.tags["weights"], run.data.tags.get("refit")) for run in runs}

    assert again.run_id != second.run_id
    assert digests(again) == digests(second)
    assert sum(refit is not None for _, _, refit in digests(again)) == 1


def test_a_refit_whose_forecasts_are_not_finite_does_not_serve(project, few_steps, monkeypatch):
    root, _ = project

    def broken(*arguments):
        fitted = refit_highway(*arguments)
        fitted.network.core.parts[0].highway.kernel.assign(np.nan * fitted.network.core.parts[0].highway.kernel)
        return fitted

    monkeypatch.setattr(kinds, "refit", broken)
    result = run_interval(Request(pipeline_of(description="another"), AS_OF, root, force=True), PLAIN)

    assert "the judged weights serve: not all forecasts of the refit are finite" in result.remarks
    assert result.registration is not None


def test_the_track_record_is_scored_by_the_weights_that_serve(project, tmp_path, monkeypatch):
    root, _ = project
    asked = []
    monkeypatch.setattr(track_record, "champion_of", lambda *_: champion_of(root, tmp_path))
    monkeypatch.setattr(competitors, "stored_network", lambda _, file: asked.append(file))

    standing = track_record._standing(connect(root), pipeline_of().name, None)

    champion = champion_of(root, tmp_path)
    assert asked == [champion.served_file]
    assert champion.served_file.read_bytes() != champion.keras_file.read_bytes()
    assert standing.bundle.as_of == read(champion.folder / "bundle").as_of
