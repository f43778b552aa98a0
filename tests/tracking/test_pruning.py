from datetime import timedelta
from zlib import crc32

import pytest
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.store.artifact.local_artifact_repo import LocalArtifactRepository

from recurcast.errors import ConfigurationError
from recurcast.runs.retention import Retention
from recurcast.series.sources import obtain
from recurcast.tracking.intervals import recorded_intervals
from recurcast.tracking.pruning import choose_prunable, prune
from recurcast.tracking.snapshots import load_snapshot
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


def recorded(store, pipeline, *decisions):
    """Record an interval a day, the last one of AS_OF, and return the runs; version n is the n-th interval's."""
    runs = []
    for number, decision in enumerate(decisions, 1):
        as_of = AS_OF - (len(decisions) - number) * DAY
        runs.append(kept_run(store, pipeline, as_of))
        provisional = decision.startswith("provisional")
        version_of(runs[-1], pipeline, as_of, decision.removeprefix("provisional "), provisional=provisional)
    return runs


def pruned(store, pipeline, *, dry_run=False):
    """Keep the newest as_of; return what was removed as `version 1`, `snapshot ...`."""
    chosen = choose_prunable(store, pipeline.name, Retention(newest=1))
    return list(prune(store, pipeline.name, chosen, dry_run=dry_run))


def left(store, pipeline):
    """The versions, the days before AS_OF whose snapshots can be loaded, and how many bytes both take."""
    versions = store.client.search_model_versions(f"name='{pipeline.name}'")
    days = []
    for day in range(6):
        try:
            load_snapshot(store, pipeline, AS_OF - day * DAY)
        except ConfigurationError:
            continue
        days.append(day)
    files = files_below(store.root, ".parquet") | files_below(store.root, ".keras")
    own = [file for file in files if pipeline.name in file.parts]
    return sorted(int(each.version) for each in versions), days, sum(file.stat().st_size for file in own)


def test_old_networks_and_snapshots_go_and_their_space_is_free(store, pipeline):
    recorded(store, pipeline, "keep", "reject", "keep")
    before = left(store, pipeline)
    removed = pruned(store, pipeline)
    after = left(store, pipeline)

    assert before[:2] == ([1, 2, 3], [0, 1, 2])
    assert after[:2] == ([3], [0])
    assert [(each.kind, each.as_of) for each in removed] == [
        (kind, AS_OF - days * DAY) for kind in ("version", "snapshot") for days in (2, 1)
    ]
    assert sum(each.size for each in removed) == before[2] - after[2] > 2 * 100


def test_the_form_that_takes_histories_goes_with_its_version(store, pipeline):
    runs = recorded(store, pipeline, "keep", "keep")
    models = {}
    for version, run in enumerate(runs, 1):
        models[version] = store.client.create_logged_model(run.experiment_id, "gru-frame").model_id
        store.client.finalize_logged_model(models[version], "READY")
        store.client.set_model_version_tag(pipeline.name, str(version), "frame_model", f"models:/{models[version]}")
    pruned(store, pipeline)

    assert store.client.get_logged_model(models[2]).model_id == models[2]
    with pytest.raises(MlflowException, match="not found"):
        store.client.get_logged_model(models[1])


def test_what_the_history_names_what_has_an_alias_and_what_is_undecided_stays(store, pipeline):
    recorded(store, pipeline, "promote", "keep", "provisional keep", "keep", "promote", "keep")
    store.client.set_registered_model_alias(pipeline.name, "mine", "4")
    pruned(store, pipeline)

    assert left(store, pipeline)[:2] == ([1, 3, 4, 5, 6], [0, 1, 2, 3, 5])
    assert choose_prunable(store, pipeline.name, Retention(newest=1)).needed == 8


def test_a_dry_run_tells_the_same_and_removes_nothing(store, pipeline):
    recorded(store, pipeline, "keep", "keep")
    before = left(store, pipeline)
    told = pruned(store, pipeline, dry_run=True)

    assert left(store, pipeline) == before
    assert pruned(store, pipeline) == told
    assert [each.name for each in told if each.kind == "version"] == ["1"]


def test_a_second_time_there_is_nothing_to_remove(store, pipeline):
    recorded(store, pipeline, "keep", "keep")
    pruned(store, pipeline)
    after = left(store, pipeline)

    assert pruned(store, pipeline) == []
    assert left(store, pipeline) == after


def test_an_interval_stays_done_without_its_network(store, pipeline):
    first, _ = recorded(store, pipeline, "keep", "keep")
    pruned(store, pipeline)
    states = {as_of: each.state for as_of, each in recorded_intervals(store, pipeline.name).items()}

    assert states == {AS_OF - DAY: "done", AS_OF: "done"}
    assert store.client.get_run(first.run_id).data.tags["pruned"] == "true"


def test_a_file_that_an_old_run_holds_stays_for_the_run_of_the_history(store, pipeline):
    frame = obtain(pipeline, AS_OF, store.root)
    for day, decision in ((2, "keep"), (1, "promote"), (0, "keep")):
        as_of = AS_OF - day * DAY
        run = kept_run(store, pipeline, as_of, frame=frame if day else None)
        version_of(run, pipeline, as_of, decision)
        if day == 1:
            assert store.client.get_run(run.run_id).data.tags["snapshot"] != run.run_id
    pruned(store, pipeline)
    assert left(store, pipeline)[0] == [2, 3]
    assert 1 in left(store, pipeline)[1]


def test_a_file_goes_with_the_last_run_that_is_kept_and_no_run_refers_to_it_any_more(store, pipeline):
    frame = obtain(pipeline, AS_OF - 2 * DAY, store.root)
    runs = [kept_run(store, pipeline, AS_OF - day * DAY, frame=frame) for day in (2, 1)]
    kept_run(store, pipeline, AS_OF)
    (removed,) = pruned(store, pipeline)

    assert removed.kind == "snapshot"
    for run in runs:
        assert "snapshot" not in store.client.get_run(run.run_id).data.tags
        assert store.client.list_artifacts(run.run_id, "snapshot") == []
    assert left(store, pipeline)[1] == [0]


@pytest.mark.parametrize(
    ("owner", "step"),
    [
        (MlflowClient, "set_tag"),
        (LocalArtifactRepository, "delete_artifacts"),
        (MlflowClient, "delete_logged_model"),
        (MlflowClient, "delete_model_version"),
        (MlflowClient, "delete_tag"),
    ],
)
@pytest.mark.parametrize("moment", ["before", "after"])
def test_what_was_interrupted_is_finished_by_the_next_time(store, pipeline, monkeypatch, owner, step, moment):
    recorded(store, pipeline, "keep", "keep")
    does = getattr(owner, step)

    def interrupted(*arguments, **named):
        if moment == "after":
            does(*arguments, **named)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(owner, step, interrupted)
        with pytest.raises(KeyboardInterrupt):
            pruned(store, pipeline)
    pruned(store, pipeline)

    assert left(store, pipeline)[:2] == ([2], [0])
    assert pruned(store, pipeline) == []
    assert recorded_intervals(store, pipeline.name)[AS_OF - DAY].state == "done"
    assert len([each for each in files_below(store.root, ".keras") if pipeline.name in each.parts]) == 1


def test_what_a_person_deleted_in_mlflow_is_passed_over(store, pipeline):
    first, _ = recorded(store, pipeline, "keep", "keep")
    model_id = store.client.get_model_version(pipeline.name, "1").source.removeprefix("models:/")
    store.client.delete_run(first.run_id)
    store.client.delete_logged_model(model_id)
    pruned(store, pipeline)

    assert left(store, pipeline)[0] == [2]


def test_a_version_that_recurcast_did_not_register_stays_and_so_does_the_network_that_it_shares(store, pipeline):
    recorded(store, pipeline, "keep", "keep", "keep", "keep")
    shared = store.client.get_model_version(pipeline.name, "1").source
    store.client.create_model_version(pipeline.name, shared)
    store.client.copy_model_version(f"models:/{pipeline.name}/2", f"{pipeline.name}-elsewhere")
    pruned(store, pipeline)

    assert left(store, pipeline)[0] == [1, 2, 4, 5]
    assert len([each for each in files_below(store.root, ".keras") if pipeline.name in each.parts]) == 3


def test_a_pipeline_that_never_ran_has_nothing_to_remove(store, pipeline):
    assert pruned(store, pipeline) == []
