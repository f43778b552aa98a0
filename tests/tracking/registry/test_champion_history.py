"""The verdict history and the alias in a real store; versions as runs leave them, nothing is trained."""

from datetime import timedelta
from zlib import crc32

import mlflow
import numpy as np
import pytest

from recurcast.errors import ChampionUnusable, ConfigurationError
from recurcast.promotion.champion_history import fold
from recurcast.tracking.recovery import recover
from recurcast.tracking.registry.champion_history import project, read_history
from recurcast.tracking.registry.registry import ServingVersion, champion_as_of, serving_version
from recurcast.tracking.store import connect
from support.recorded import files_below, kept_run, version_of
from support.tiny import AS_OF, tiny_pipeline

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return connect(tmp_path_factory.mktemp("project"))


@pytest.fixture
def pipeline(request):
    """A pipeline of the test's own; the store is shared."""
    return tiny_pipeline(name=f"p{crc32(request.node.name.encode()):x}")


def judged(store, pipeline, *decisions):
    """Record an interval a day from AS_OF on; version n is the n-th interval's."""
    runs = []
    for number, decision in enumerate(decisions):
        runs.append(kept_run(store, pipeline, AS_OF + number * DAY))
        version_of(runs[-1], pipeline, AS_OF + number * DAY, decision)
    return runs


def alias(store, pipeline):
    return store.client.get_registered_model(pipeline.name).aliases.get("champion")


def test_the_history_survives_the_deletion_of_versions_and_runs(store, pipeline):
    runs = judged(store, pipeline, "promote", "keep")
    before = read_history(store, pipeline.name).entries
    store.client.delete_model_version(pipeline.name, "1")
    store.client.delete_run(runs[0].run_id)

    assert read_history(store, pipeline.name).entries == before
    assert {(each.version, each.decision, each.run_id) for each in before} == {
        (1, "promote", runs[0].run_id),
        (2, "keep", runs[1].run_id),
    }


def test_the_alias_follows_the_history_wherever_it_stood(store, pipeline):
    judged(store, pipeline, "promote", "promote", "keep")
    for standing in ("1", "3"):
        store.client.set_registered_model_alias(pipeline.name, "champion", standing)
        project(store, pipeline)

        assert alias(store, pipeline) == 2


def test_the_alias_passes_over_a_champion_that_was_deleted_and_so_does_who_asks_for_it(store, pipeline, tmp_path):
    judged(store, pipeline, "promote", "promote")
    project(store, pipeline)
    store.client.delete_model_version(pipeline.name, "2")
    recover(store, pipeline)

    assert alias(store, pipeline) == 1
    assert serving_version(store, pipeline.name).version == 1


SEVEN = [5.0, 6.0, 7.0, 9.0, 4.0, 2.0, 3.0]


@pytest.mark.parametrize(
    ("name", "season", "baseline", "window", "forecast"),
    [
        ("season-in-the-lookback", 3, "seasonal_naive", SEVEN[3:], [4.0, 2.0, 3.0, 4.0]),
        ("season-beyond-the-lookback", 7, "seasonal_naive", SEVEN, [5.0, 6.0, 7.0, 9.0]),
        ("mean-of-a-season", 3, "moving_average", SEVEN[3:], [3.0] * 4),
        ("no-season", 1, "naive", SEVEN[3:], [3.0] * 4),
    ],
)
def test_where_nobody_passed_the_gates_baseline_serves(store, name, season, baseline, window, forecast):
    gate = {"baseline": baseline}
    pipeline = tiny_pipeline(name=name, season=season, windows={"lookback": 4, "horizon": 4}, gate=gate)
    judged(store, pipeline, "reject")
    for _ in range(2):
        project(store, pipeline)
    served = mlflow.pyfunc.load_model(f"models:/{name}@champion")

    assert serving_version(store, name) == ServingVersion(2, "baseline", baseline, None)
    assert served.predict(np.array(window)[None, :, None]).tolist() == [forecast]
    with pytest.raises(ValueError, match=r"window\[0, 1\]"):
        served.predict(np.array([window[0], np.nan, *window[2:]])[None, :, None])


def test_a_baseline_that_reads_further_back_than_the_networks_takes_their_windows_too(store):
    pipeline = tiny_pipeline(
        name="short", season=7, windows={"lookback": 4, "horizon": 2}, gate={"baseline": "seasonal_naive"}
    )
    judged(store, pipeline, "reject")
    project(store, pipeline)
    served = mlflow.pyfunc.load_model("models:/short@champion")

    assert served.predict(np.array(SEVEN[3:])[None, :, None]).tolist() == [[3.0, 3.0]]
    assert served.predict(np.array(SEVEN)[None, :, None]).tolist() == [[5.0, 6.0]]


def test_a_baseline_of_windows_that_may_miss_steps_takes_them_and_no_infinity(store):
    pipeline = tiny_pipeline(
        name="gappy",
        season=2,
        windows={"lookback": 3, "horizon": 3},
        gate={"baseline": "seasonal_naive"},
        network={"kind": "highway"},
        training={},
    )
    judged(store, pipeline, "reject")
    project(store, pipeline)
    served = mlflow.pyfunc.load_model("models:/gappy@champion")
    window = np.array([[np.nan] * 5 + [1.0, 2.0, 3.0, np.nan, 5.0, np.nan], [np.nan] * 8 + [1.0, 2.0, 4.0]])

    assert served.predict(window[:, :, None]).tolist() == [[5.0, 2.0, 5.0], [2.0, 4.0, 2.0]]
    with pytest.raises(ValueError, match=r"is a finite number; window\[1, 0\] is not"):
        served.predict(np.where(np.arange(11) > 0, window, [[1.0], [np.inf]])[:, :, None])
    with pytest.raises(ValueError, match=r"at least 3 values that are not NaN; window\[1\] has 2"):
        served.predict(np.stack([window[0], [*[np.nan] * 9, 1.0, 2.0]])[:, :, None])


def test_a_store_from_before_there_was_a_history_gets_one_from_its_versions(store, pipeline):
    judged(store, pipeline, "promote", "keep")
    written = read_history(store, pipeline.name).entries
    client = store.client
    for key in client.get_registered_model(pipeline.name).tags:
        client.delete_registered_model_tag(pipeline.name, key)
    adopted = read_history(store, pipeline.name).entries

    assert sorted(adopted, key=lambda each: each.version) == sorted(written, key=lambda each: each.version)
    assert fold(adopted).version == 1


def test_the_next_run_writes_the_entry_that_a_dead_process_owed(store, pipeline):
    (run,) = judged(store, pipeline, "promote")
    client = store.client
    client.delete_registered_model_tag(pipeline.name, f"history.{run.run_id}")
    client.set_model_version_tag(pipeline.name, "1", "entry", f"owed 0 {run.run_id}")
    recover(store, pipeline)

    assert [each.id for each in read_history(store, pipeline.name).entries] == [run.run_id]
    assert alias(store, pipeline) == 1
    assert client.get_model_version(pipeline.name, "1").tags["entry"] == "written"


def test_a_champion_whose_file_is_missing_or_damaged_is_named_with_the_way_back(store, pipeline, tmp_path):
    judged(store, pipeline, "promote")
    with pytest.raises(ChampionUnusable, match=r"version 1 .* is damaged"):
        champion_as_of(store, pipeline, AS_OF, tmp_path / "first")
    (file,) = (each for each in files_below(store.root, ".keras") if pipeline.name in each.parts)
    file.unlink()
    with pytest.raises(ChampionUnusable, match=f"missing.*recurcast rollback {pipeline.name}"):
        champion_as_of(store, pipeline, AS_OF, tmp_path / "second")
    assert champion_as_of(store, pipeline, AS_OF - DAY, tmp_path) is None


def test_a_pipeline_that_was_never_judged_serves_nothing(store):
    with pytest.raises(ConfigurationError, match="recurcast run unheard-of"):
        serving_version(store, "unheard-of")
