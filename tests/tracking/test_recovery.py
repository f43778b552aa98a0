"""What dead processes left RUNNING in MLflow: found without a change, closed in all experiments."""

from pathlib import Path

from recurcast.tracking.recovery import find_abandoned, recover_all
from recurcast.tracking.store import connect
from support.opened import GONE, open_run, status_of
from support.tiny import tiny_pipeline


def test_what_is_abandoned_is_found_in_every_experiment_and_left_as_it_is(tmp_path: Path) -> None:
    open_run(tmp_path)
    left = {open_run(tmp_path, "2024-06-02T00:00:00Z", **GONE), open_run(tmp_path, pipeline="another", **GONE)}

    found = find_abandoned(connect(tmp_path))

    assert {run.run_id for run in found} == left
    assert {(run.pipeline, run.status) for run in found} == {("tiny", "RUNNING"), ("another", "RUNNING")}
    assert {status_of(tmp_path, each) for each in left} == {"RUNNING"}


def test_runs_of_pipelines_and_of_what_is_no_pipeline_any_more_are_closed_and_living_ones_go_on(tmp_path: Path) -> None:
    living = open_run(tmp_path)
    ours = open_run(tmp_path, "2024-06-02T00:00:00Z", **GONE)
    former = open_run(tmp_path, pipeline="former", **GONE)

    closed = recover_all(connect(tmp_path), [tiny_pipeline()])

    assert {(run.run_id, run.pipeline, run.status) for run in closed} == {
        (ours, "tiny", "KILLED"),
        (former, "former", "KILLED"),
    }
    assert (status_of(tmp_path, ours), status_of(tmp_path, former)) == ("KILLED", "KILLED")
    assert status_of(tmp_path, living) == "RUNNING"
    assert "process 4194303 on elsewhere" in connect(tmp_path).client.get_run(former).data.tags["failure"]
    assert find_abandoned(connect(tmp_path)) == ()
