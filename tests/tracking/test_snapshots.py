from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from zlib import crc32

import pandas as pd
import pytest

from recurcast.config import FileSource
from recurcast.errors import ConfigurationError, RecurcastError
from recurcast.pipelines.stages import obtain as obtain_stage
from recurcast.pipelines.stages import validate as validate_stage
from recurcast.runs.train import Request
from recurcast.series.parquet import to_parquet
from recurcast.series.sources import obtain
from recurcast.tracking.runs import parent_run
from recurcast.tracking.snapshots import load_snapshot
from recurcast.tracking.store import connect
from support.recorded import files_below, kept_run
from support.tiny import AS_OF, tiny_pipeline

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return connect(tmp_path_factory.mktemp("project"))


@pytest.fixture
def pipeline(request):
    """A pipeline of the test's own; the store is shared."""
    return tiny_pipeline(name=f"p{crc32(request.node.name.encode()):x}")


def tags_of(run):
    return run.store.client.get_run(run.run_id).data.tags


def artifacts_of(run):
    return {Path(each.path).name for each in run.store.client.list_artifacts(run.run_id, "snapshot")}


def assert_same(frame, expected):
    pd.testing.assert_frame_equal(frame.rows, expected.rows, check_exact=True)
    assert frame.steps.equals(expected.steps)
    assert (frame.grid, frame.covariates, frame.last_known) == (expected.grid, expected.covariates, expected.last_known)


def test_a_snapshot_is_the_frame_that_was_kept(store, pipeline):
    run = kept_run(store, pipeline, AS_OF)

    assert_same(load_snapshot(store, pipeline, AS_OF), obtain(pipeline, AS_OF, store.root))
    assert tags_of(run)["snapshot"] == run.run_id
    assert artifacts_of(run) == {f"{tags_of(run)['data']}.parquet"}


def test_a_digest_is_kept_once(store, pipeline):
    before = files_below(store.root, ".parquet")
    first, second, third = (kept_run(store, pipeline, AS_OF) for _ in range(3))

    assert len(files_below(store.root, ".parquet") - before) == 1
    assert {tags_of(run)["snapshot"] for run in (first, second, third)} == {first.run_id}


def test_intervals_of_the_same_rows_share_the_file_and_have_steps_of_their_own(store, pipeline):
    frame = obtain(pipeline, AS_OF, store.root)
    later = obtain(pipeline, AS_OF + HOUR, store.root)
    stopped = type(frame)(frame.rows, later.grid, later.steps, (), frame.last_known)
    holder = kept_run(store, pipeline, AS_OF, frame=frame)
    run = kept_run(store, pipeline, AS_OF + HOUR, frame=stopped)

    assert tags_of(run)["snapshot"] == holder.run_id
    assert artifacts_of(run) == {"frame.json"}
    assert_same(load_snapshot(store, pipeline, AS_OF + HOUR), stopped)
    assert_same(load_snapshot(store, pipeline, AS_OF), frame)


def test_a_file_of_a_deleted_run_is_not_referred_to(store, pipeline):
    deleted = kept_run(store, pipeline, AS_OF)
    store.client.delete_run(deleted.run_id)
    run = kept_run(store, pipeline, AS_OF)

    assert tags_of(run)["snapshot"] == run.run_id
    assert_same(load_snapshot(store, pipeline, AS_OF), obtain(pipeline, AS_OF, store.root))


def test_two_runs_that_keep_the_same_rows_at_once_both_have_them(store, pipeline):
    kept_run(store, pipeline, AS_OF - DAY)  # the experiment is there
    with ThreadPoolExecutor(2) as at_once:
        runs = list(at_once.map(lambda _: kept_run(store, pipeline, AS_OF), range(2)))

    assert {tags_of(run)["snapshot"] for run in runs} <= {run.run_id for run in runs}
    assert_same(load_snapshot(store, pipeline, AS_OF), obtain(pipeline, AS_OF, store.root))


def test_the_newest_finished_run_is_taken_and_an_experiment_only_where_there_is_no_other(store, pipeline):
    def changed(by):
        frame = obtain(pipeline, AS_OF, store.root)
        frame.rows["y"] += by
        return frame

    kept_run(store, pipeline, AS_OF, frame=changed(9), adhoc=True)
    assert_same(load_snapshot(store, pipeline, AS_OF), changed(9))
    kept_run(store, pipeline, AS_OF, frame=changed(1))
    kept_run(store, pipeline, AS_OF, frame=changed(2))
    kept_run(store, pipeline, AS_OF, frame=changed(3), adhoc=True)
    store.client.set_terminated(kept_run(store, pipeline, AS_OF, frame=changed(4)).run_id, "FAILED")
    assert_same(load_snapshot(store, pipeline, AS_OF), changed(2))


def test_an_interval_without_snapshot_says_what_to_do(store, pipeline):
    message = r"'.*' has none as of 2024-06-01T00:00:00Z\. Run it without --from-snapshot"
    with pytest.raises(ConfigurationError, match=message):
        load_snapshot(store, pipeline, AS_OF)
    kept_run(store, pipeline, AS_OF - HOUR)
    with pytest.raises(ConfigurationError, match=message):
        load_snapshot(store, pipeline, AS_OF)


def test_a_snapshot_that_the_pipeline_no_longer_fits_is_refused(store, pipeline):
    kept_run(store, pipeline, AS_OF)
    changed = pipeline.model_copy(update={"parts": pipeline.parts.model_copy(update={"history": 80})})
    with pytest.raises(ConfigurationError, match="has steps 150, the pipeline now 140"):
        load_snapshot(store, changed, AS_OF)


@pytest.mark.parametrize("damage", ["another value", "half of it", "no Parquet"])
def test_a_damaged_file_is_refused(store, pipeline, damage):
    before = files_below(store.root, ".parquet")
    kept_run(store, pipeline, AS_OF)
    (file,) = files_below(store.root, ".parquet") - before
    other = obtain(pipeline, AS_OF, store.root)
    other.rows.loc[3, "y"] += 1e-9
    content = {"another value": to_parquet(other), "half of it": file.read_bytes()[:1000], "no Parquet": b"y\n1\n"}
    file.write_bytes(content[damage])
    with pytest.raises(RecurcastError, match=r"\.parquet of MLflow's run [0-9a-f]{32} is damaged"):
        load_snapshot(store, pipeline, AS_OF)


def test_a_run_from_a_snapshot_obtains_the_rows_of_the_run_that_kept_them(store, pipeline):
    table = pd.DataFrame({"ds": pd.date_range("2024-05-20", "2024-06-01", freq="h"), "y": range(289)})
    table.to_parquet(store.root / "rows.parquet")
    of_file = pipeline.model_copy(update={"source": FileSource(path="rows.parquet")})
    request = Request(of_file, AS_OF, store.root)
    with parent_run(store, request) as first:
        frame = obtain_stage(first, request)
        validate_stage(first, request, frame)
    table.assign(y=0.0).to_parquet(store.root / "rows.parquet")
    with parent_run(store, replace(request, from_snapshot=True)) as second:
        again = obtain_stage(second, replace(request, from_snapshot=True))
        validate_stage(second, replace(request, from_snapshot=True), again)

    assert_same(again, frame)
    assert tags_of(second)["fingerprint"] == tags_of(first)["fingerprint"]
    assert tags_of(second)["snapshot"] == first.run_id
