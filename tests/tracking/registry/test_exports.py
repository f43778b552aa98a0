"""What a run leaves beside its networks: bundle, frame model, local copy, intervals, the spread over seeds."""

import json
from datetime import timedelta

import mlflow
import numpy as np
import pytest

from recurcast.forecasting.portable.bundle import folder_of, read
from recurcast.forecasting.portable.frames import forecast_frame
from recurcast.instants import format_instant
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.runs.train import Request
from recurcast.series.sources import obtain
from recurcast.tracking.registry.exports import mirror_serving
from recurcast.tracking.registry.manual import promote_by_hand, roll_back
from recurcast.tracking.registry.registry import serving_version
from recurcast.tracking.store import connect
from support.tiny import AS_OF, ONE_CELL, tiny_pipeline

CALIBRATED = tiny_pipeline(
    parts={"history": 90, "validation": 44, "calibration": 20, "test": 36},
    forecast={"levels": [50, 80]},
    training={"epochs": 5, "learning_rate": 0.05, "seeds": 2},
)
NOTHING_PASSES = {"gate": {"baseline": "moving_average", "min_improvement": 0.99}}


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """One interval of a pipeline with intervals and two seeds, whose best cell is champion."""
    root = tmp_path_factory.mktemp("project")
    result = run_interval(Request(CALIBRATED, AS_OF, root), PLAIN)
    assert result.registration.promoted
    return root, connect(root), result


def children_of(store, result):
    experiment = store.client.get_experiment_by_name("tiny").experiment_id
    return store.client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{result.run_id}'")


def test_a_version_says_until_when_it_was_fitted_and_where_its_frame_model_is(trained):
    _, store, result = trained
    tags = store.client.get_model_version("tiny", str(result.registration.version)).tags

    assert tags["fit_until"] == format_instant(AS_OF - timedelta(hours=36))
    assert tags["frame_model"].startswith("models:/m-")


def test_the_local_bundle_the_frame_model_and_the_network_forecast_the_same(trained):
    root, _, result = trained
    store = connect(root)  # mlflow loads models from the store that was connected last
    history = obtain(CALIBRATED, AS_OF, root).rows.astype({"unique_id": "str"})
    bundle = read(folder_of(root, "tiny"))
    local = forecast_frame(bundle, history)
    uri = store.client.get_model_version("tiny", str(result.registration.version)).tags["frame_model"]
    framed = mlflow.pyfunc.load_model(uri).predict(history)
    network = mlflow.pyfunc.load_model("models:/tiny@champion")
    window = history["y"].to_numpy()[None, -12:, None]

    assert (bundle.version, bundle.as_of) == (result.registration.version, format_instant(AS_OF))
    assert list(local.columns) == [
        "unique_id",
        "ds",
        "y_hat",
        *(f"y_hat_{s}_{x}" for x in (50, 80) for s in ("lo", "hi")),
    ]
    assert np.allclose(local["y_hat"], network.predict(window)[0], rtol=0, atol=1e-5)
    assert np.allclose(framed["y_hat_hi_80"], local["y_hat_hi_80"], rtol=0, atol=1e-9)


def test_the_share_of_targets_in_each_interval_is_on_the_leaderboard_and_in_the_cells_runs(trained):
    _, store, result = trained
    cells = {run.data.tags["cell"]: run.data.metrics for run in children_of(store, result)}

    for row in result.leaderboard:
        assert set(row.coverage) == {"50", "80"}
        assert row.coverage["50"] <= row.coverage["80"]
        if row.competitor in cells:
            assert cells[row.competitor]["test/coverage_80"] == row.coverage["80"]
    assert "in 80%" in repr(result)
    assert json.loads(json.dumps(result.to_dict()))["leaderboard"][0]["coverage"].keys() == {"50", "80"}


def test_every_seed_was_trained_and_their_spread_counted_at_the_gate(trained):
    _, store, result = trained
    parent = store.client.get_run(result.run_id)

    assert result.decision.seed_spread > 0
    assert parent.data.metrics["gate/seed_spread"] == pytest.approx(result.decision.seed_spread)
    for run in children_of(store, result):
        by_seed = [each.value for each in store.client.get_metric_history(run.info.run_id, "seeds/validation_loss")]
        assert len(by_seed) == 2
        assert by_seed[int(run.data.params["kept_seed"])] == min(by_seed)


def test_where_nothing_passes_the_baseline_serves_in_all_its_forms(tmp_path):
    pipeline = tiny_pipeline(**CALIBRATED.model_dump(mode="json", exclude={"gate"}) | NOTHING_PASSES)
    result = run_interval(Request(pipeline, AS_OF, tmp_path), PLAIN)
    store = connect(tmp_path)
    serving = serving_version(store, "tiny")
    tags = store.client.get_model_version("tiny", str(serving.version)).tags
    history = obtain(pipeline, AS_OF, tmp_path).rows.astype({"unique_id": "str"})
    window = history["y"].to_numpy()[None, -12:, None]
    served = mlflow.pyfunc.load_model("models:/tiny@champion").predict(window)[0]
    framed = mlflow.pyfunc.load_model(tags["frame_model"]).predict(history)

    assert (result.decision.verdict, serving.kind, serving.name) == ("keep", "baseline", "moving_average")
    assert served.tolist() == framed["y_hat"].tolist() == pytest.approx([history["y"].tail(12).mean()] * 2)
    assert read(folder_of(tmp_path, "tiny")).version == serving.version
    assert (framed["y_hat_lo_80"] < framed["y_hat"]).all()


def test_the_local_bundle_follows_a_rollback_to_the_baseline_and_back(trained):
    root, _, result = trained
    store = connect(root)
    history = obtain(CALIBRATED, AS_OF, root).rows.astype({"unique_id": "str"})
    left = roll_back(store, CALIBRATED, "baseline", "all of them drift", AS_OF)
    note = mirror_serving(store, "tiny")
    bundle = read(folder_of(root, "tiny"))
    promote_by_hand(store, CALIBRATED, result.registration.version, "they do not", AS_OF, None)
    back = mirror_serving(store, "tiny")

    assert note is back is None
    assert (bundle.kind, bundle.version) == ("moving_average", left.serving)
    assert forecast_frame(bundle, history)["y_hat"].tolist() == pytest.approx([history["y"].tail(12).mean()] * 2)
    assert read(folder_of(root, "tiny")).version == result.registration.version


def test_a_damaged_champion_keeps_its_alias_and_the_next_run_says_so(tmp_path):
    first = run_interval(Request(tiny_pipeline(network=ONE_CELL), AS_OF, tmp_path), PLAIN)
    store = connect(tmp_path)
    version = store.client.get_model_version("tiny", str(first.registration.version))
    model_id = version.source.removeprefix("models:/")
    network = next(path for path in (tmp_path / "mlruns").rglob("model.keras") if model_id in path.parts)
    network.write_bytes(b"damaged")
    worse = Request(tiny_pipeline(network=ONE_CELL, **NOTHING_PASSES), AS_OF + timedelta(hours=1), tmp_path)
    second = run_interval(worse, PLAIN)

    assert second.decision.opponent == "moving_average"
    assert any("damaged" in remark and "recurcast rollback tiny" in remark for remark in second.remarks)
    assert serving_version(store, "tiny").version == first.registration.version
