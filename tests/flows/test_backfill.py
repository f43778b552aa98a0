"""Backfills on a real server: in one warm process, isolated, without Prefect's history; and late runs of the schedule."""

from datetime import UTC, datetime, timedelta

import pytest

from recurcast.scheduling.deployments.deploy import deploy
from support.opened import client_of
from support.prefect_server import free_port
from support.projects import one_json_object, recurcast
from support.tiny import ONE_CELL, TINY

HOURLY = {"cron": "0 * * * *", "slug": "hourly"}
FAST = TINY | {"training": {"epochs": 1}, "network": ONE_CELL}
"""Every run is a process, which traces the programs of its cells."""
IMPATIENT = {"name": "recurcast", "job_variables": {"env": {"DASK_DISTRIBUTED__COMM__TIMEOUTS__CONNECT": "2s"}}}
"""A scheduler that is gone is given up soon."""
BACKFILL = {
    "name": "backfill",
    "entrypoint": "flows/backfill.py:backfill",
    "work_pool": {"name": "recurcast", "work_queue_name": "backfill"},
}


@pytest.fixture
def deployed(server, project, deployment, start_worker, warm):
    """A deployed project with hourly ticks and a worker."""
    root = project(deployment(FAST, schedules=[HOURLY | {"active": False}], work_pool=IMPATIENT), BACKFILL)
    deploy(root)
    start_worker("recurcast", python=warm)
    return root


def trained(root):
    client = client_of(root)
    experiment = client.get_experiment_by_name("tiny").experiment_id
    return {run.info.run_name: run for run in client.search_runs([experiment], "tags.outcome = 'trained'")}


def test_a_backfill_runs_as_child_flow_runs_that_are_seen_and_survives_the_loss_of_prefects_history(deployed, server):
    range_ = ("--from", "2024-06-01T00:00Z", "--to", "2024-06-01T02:00Z")
    ended = recurcast("backfill", "run", "tiny", *range_)

    assert ended.exit_code == 0, ended.stderr
    ticks = [f"2024-06-01T0{hour}:00:00Z" for hour in range(2)]
    runs = {run.name: run for run in server.read_flow_runs()}
    parent = runs[f"backfill tiny {ticks[0]} to {ticks[1]}"]
    for tick in ticks:
        child = runs[f"tiny {tick}"]
        assert child.state.name == "Completed"
        assert child.parameters["as_of"].startswith(tick[:-1])
        assert {"backfill", "tiny"} < set(child.tags)
        assert set(child.tags) & {"promote", "keep", "reject"}
        assert child.parent_task_run_id is not None
    assert len(runs) == 3
    assert parent.work_queue_name == "backfill"
    assert "tiny" in parent.tags
    # Prefect keeps artifacts of deleted runs, so those of other tests' backfills are there too.
    artifacts = {each.key: each for each in server.read_artifacts() if each.flow_run_id == parent.id}
    assert artifacts["backfill-progress-tiny"].data == 100.0
    assert ticks[1] in artifacts["backfill-tiny"].data
    assert set(trained(deployed)) == set(ticks)
    assert {run.data.tags["trigger"] for run in trained(deployed).values()} == {"backfill"}

    for run in server.read_flow_runs():
        server.delete_flow_run(run.id)
    for each in server.read_deployments():
        server.delete_deployment(each.id)
    assert server.read_flow_runs() == []
    deploy(deployed)
    again = recurcast("backfill", "run", "tiny", *range_, "--dry-run", "--json")

    assert [each["state"] for each in one_json_object(again.stdout)["intervals"]] == ["done"] * 2


def test_isolated_intervals_are_runs_of_the_deployment_and_a_verdict_out_of_order_is_given_again(deployed, server):
    ended = recurcast(
        *("backfill", "run", "tiny", "--from", "2024-06-01T00:00Z", "--to", "2024-06-01T02:00Z"),
        *("--isolated", "--concurrency", "2", "--order", "newest"),
    )

    assert ended.exit_code == 0, ended.stderr
    isolated = [run for run in server.read_flow_runs() if "backfill" in run.tags]
    assert len(isolated) == 2
    assert {run.work_queue_name for run in isolated} == {"backfill-intervals"}
    assert all(run.deployment_id is not None for run in isolated)
    slots = sorted(f"{run.expected_start_time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for run in isolated)
    assert slots == [f"2024-06-01T0{hour}:00:00Z" for hour in range(2)]
    runs = trained(deployed)
    assert len(runs) == 2
    assert {run.data.tags["provisional"] for run in runs.values()} == {"false"}


def test_isolated_intervals_whose_cluster_is_gone_end_the_backfill_at_the_first_and_it_goes_on_later(deployed, server):
    (deployed / "place.yaml").write_text(f"executor: {{kind: dask, address: 'tcp://127.0.0.1:{free_port()}'}}\n")
    ended = recurcast(
        *("backfill", "run", "tiny", "--from", "2024-06-01T00:00Z", "--to", "2024-06-01T04:00Z"),
        *("--isolated", "--concurrency", "2"),
    )
    isolated = [run for run in server.read_flow_runs() if run.work_queue_name == "backfill-intervals"]

    assert ended.exit_code == 1
    assert "This backfill goes on by: recurcast backfill resume" in ended.stderr + ended.stdout
    assert 1 <= len(isolated) <= 2, "those that were handed out at once"
    assert {run.state.name for run in isolated} <= {"Nobody to fit", "Taken back"}
    (deployed / "place.yaml").unlink()
    resumed = recurcast("backfill", "resume", "--here", "--json")
    assert [each["state"] for each in one_json_object(resumed.stdout)["intervals"]] == ["trained"] * 4


def test_a_late_run_that_a_newer_one_overtakes_is_recorded_as_superseded_and_open_to_a_backfill(
    server, project, deployment, start_worker, wait_until, warm
):
    present = datetime.now(UTC)
    anchor = (present - timedelta(minutes=50)).replace(microsecond=0)
    schedule = {"interval": 3600, "anchor_date": anchor.isoformat(), "slug": "hourly"}
    root = project(deployment(FAST | {"catch_up": "latest"}, schedules=[schedule]))
    (deployed,) = deploy(root).deployments
    server._client.post(
        f"/deployments/{deployed.deployment_id}/schedule",
        json={
            "start_time": (anchor - timedelta(hours=1)).isoformat(),
            "end_time": (anchor + timedelta(minutes=1)).isoformat(),
        },
    ).raise_for_status()
    start_worker("recurcast", python=warm)

    def ended():
        runs = [run for run in server.read_flow_runs() if run.state.is_final()]
        return {run.expected_start_time.astimezone(UTC): run.state.name for run in runs}

    wait_until(lambda: len(ended()) >= 2, 300, "both late runs have ended")

    assert ended() == {anchor - timedelta(hours=1): "Superseded", anchor: "Completed"}
    start = (anchor - timedelta(hours=2)).isoformat()
    plan = recurcast("backfill", "run", "tiny", "--from", start, "--dry-run", "--json")
    states = {each["as_of"]: (each["state"], each["runs"]) for each in one_json_object(plan.stdout)["intervals"]}
    superseded = f"{anchor - timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}"
    assert states[superseded] == ("superseded", True)
    assert states[f"{anchor:%Y-%m-%dT%H:%M:%SZ}"] == ("done", False)
