"""The flow on a real server: beside the plain chain, and by itself on a schedule."""

import os
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
from prefect.flows import load_flow_from_entrypoint

from recurcast.config import USUAL
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.runs.train import Request
from recurcast.scheduling.deployments.deploy import deploy
from recurcast.stack import processes
from recurcast.stack.record import FOLDER, StackRecord, write_record
from support.opened import client_of
from support.tiny import AS_OF, ONE_CELL, TINY, tiny_pipeline

BEGINS_IN = timedelta(seconds=20)
"""Until its first slot a worker has time to start."""


def weights(root, run_id):
    client = client_of(root)
    experiment = client.get_experiment_by_name("tiny").experiment_id
    children = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{run_id}'")
    return {run.data.tags["cell"]: run.data.tags["weights"] for run in children}


def artifacts_of(server, flow_run):
    """The artifacts of a flow run by their keys."""
    return {each.key: each.data for each in server.read_artifacts() if each.flow_run_id == flow_run.id}


def test_the_flow_and_the_plain_chain_give_the_same_bits_and_every_stage_the_card_and_the_progress_are_seen(
    server, project, deployment, tmp_path, wait_until
):
    drawn = tiny_pipeline(charts="png")
    root = project(deployment(TINY | {"charts": "png"}))
    (root / FOLDER).mkdir()
    page = replace(processes.this_process("mlflow"), address="http://127.0.0.1:5001")
    write_record(root, StackRecord({"mlflow": page}))
    plain = run_interval(Request(drawn, AS_OF, tmp_path), PLAIN)

    train = load_flow_from_entrypoint(f"{root / 'flows' / 'train.py'}:train")
    state = train(drawn, as_of=AS_OF, return_state=True)

    assert state.is_completed()
    assert plain.decision.reason in state.message
    run_id = state.message.rpartition(" ")[2].rstrip(")")
    assert weights(root, run_id) == weights(tmp_path, plain.run_id)
    assert set(weights(root, run_id)) == set(USUAL)
    (flow_run,) = server.read_flow_runs()
    assert flow_run.name == "tiny 2024-06-01T00:00:00Z"
    assert set(flow_run.tags) == {"tiny", "manual", "promote"}
    artifacts = artifacts_of(server, flow_run)
    assert artifacts["training-tiny"] == 100.0
    card = artifacts["run-tiny"]
    assert card.startswith("## PROMOTE\n")
    assert "Version 1 is champion now" in card
    assert "Challenger **" in card
    assert "](data:image/png;base64,iVBOR" in card
    run = f"http://127.0.0.1:5001/#/experiments/1/runs/{run_id}"
    for link in (run, f"{run}/artifacts/validation/report.html", "http://127.0.0.1:5001/#/models/tiny/versions/1"):
        assert f"]({link}?workflowType=machine_learning)" in card
    cells = {"train rnn", "train lstm", "train gru"}
    stages = {"obtain", "validate", "cut windows", "evaluate", "decide", "track", "promote"} | cells
    # The server hears of tasks through a queue of its own.
    wait_until(lambda: {each.name for each in server.read_task_runs()} == stages, 30, "every stage is seen")


def test_rejected_data_fail_the_flow_run_with_the_expectation_and_leave_a_failed_mlflow_run(
    server, project, deployment
):
    broken = TINY | {"checks": {"max_value": 21.0}}
    root = project(deployment(broken))

    train = load_flow_from_entrypoint(f"{root / 'flows' / 'train.py'}:train")
    state = train(tiny_pipeline(**broken), as_of=AS_OF, return_state=True)

    assert state.is_failed()
    assert "ExpectColumnValuesToBeBetween: y is finite, at most 21" in state.message
    client = client_of(root)
    (run,) = client.search_runs([client.get_experiment_by_name("tiny").experiment_id])
    assert run.info.status == "FAILED"
    assert {each.path for each in client.list_artifacts(run.info.run_id, "validation")} >= {"validation/report.html"}
    assert "train rnn" not in {task_run.name for task_run in server.read_task_runs()}
    (flow_run,) = server.read_flow_runs()
    assert set(flow_run.tags) == {"tiny", "manual", "data-rejected"}
    card = artifacts_of(server, flow_run)["run-tiny"]
    assert card.startswith(
        "## Data rejected: nothing was trained\n\n**ExpectColumnValuesToBeBetween: y is finite, at most 21"
    )
    assert f"- MLflow run: `2024-06-01T00:00:00Z ({run.info.run_id[:8]})`" in card
    assert "- Validation report: `validation/report.html`" in card


def test_without_as_of_a_run_by_hand_takes_the_latest_tick_of_the_file(server, project, deployment):
    rows = pd.DataFrame(
        {"ds": pd.date_range("2024-01-01", periods=204, freq="h"), "y": [float(t % 12) for t in range(204)]}
    )
    still = TINY | {"source": {"kind": "file", "path": "still.csv", "static": True}, "network": ONE_CELL}
    root = project(deployment(still, schedules=[{"cron": "0 */6 * * *", "slug": "six-hourly"}]))
    rows.to_csv(root / "still.csv", index=False)

    train = load_flow_from_entrypoint(f"{root / 'flows' / 'train.py'}:train")
    state = train(tiny_pipeline(**still), promote=False, return_state=True)

    assert state.is_completed(), state.message
    (flow_run,) = server.read_flow_runs()
    assert flow_run.name == "tiny 2024-01-09T12:00:00Z"


def prefect(python, *arguments):
    subprocess.run(
        [python, "-m", "prefect", "--no-prompt", *arguments],
        stdin=subprocess.DEVNULL, capture_output=True, check=True, env=os.environ.copy(), timeout=120,
    )  # fmt: skip


def test_a_deployed_schedule_fires_by_itself_each_run_takes_its_slot_as_as_of_and_its_forecast_the_version_it_trained(
    server, project, deployment, start_worker, wait_until, warm
):
    easy = {"policy": "always", "must_beat_baseline": False}
    one = {"training": {"epochs": 1}, "network": ONE_CELL}
    live = TINY | one | {"name": "live", "frequency": "s", "gate": easy}
    still = TINY | {"name": "still", "source": {"kind": "file", "path": "still.csv"}}
    first = (datetime.now(UTC) + BEGINS_IN).replace(microsecond=0)
    # The server has an hour of runs made, and lists 200 of them.
    often, once = ({"interval": s, "anchor_date": first.isoformat(), "slug": "slug"} for s in (40, 80))
    forecasting = {
        "entrypoint": "flows/forecast.py:forecast",
        "work_pool": {"name": "recurcast", "work_queue_name": "f"},
    }
    root = project(
        deployment(live, schedules=[often]),
        deployment(live, schedules=[once], **forecasting),
        deployment(still, schedules=[once]),
    )
    rows = pd.DataFrame({"ds": pd.date_range("2024-01-01", periods=200, freq="h"), "y": range(200)})
    rows.to_csv(root / "still.csv", index=False)
    prefect(warm, "work-pool", "create", "recurcast", "--type", "process")
    prefect(warm, "deploy", "--all")
    start_worker("recurcast", python=warm)

    deployed = {
        name: server.read_deployment_by_name(name).id for name in ("train/live", "train/still", "forecast/live")
    }

    def ended(name):
        runs = [run for run in server.read_flow_runs() if run.auto_scheduled and run.state.is_final()]
        broken = [run for run in runs if not run.state.is_completed()]
        assert not broken, broken[0].state.message
        return [run for run in runs if run.deployment_id == deployed[name]]

    wait_until(
        lambda: len(ended("train/live")) >= 2 and ended("train/still") and ended("forecast/live"),
        600,
        "two scheduled runs, a forecast of one of them, and a run without news have completed",
    )

    client = client_of(root)
    experiment = client.get_experiment_by_name("live").experiment_id
    recorded = {run.info.run_name: run for run in client.search_runs([experiment], "tags.trigger = 'schedule'")}
    for flow_run in ended("train/live"):
        slot = flow_run.expected_start_time.astimezone(UTC)
        assert (slot - first).total_seconds() % 40 == 0
        as_of = f"{slot:%Y-%m-%dT%H:%M:%SZ}"
        assert flow_run.name == f"live {as_of}"
        assert recorded[as_of].data.tags["as_of"] == as_of
        assert recorded[as_of].info.status == "FINISHED"
        assert recorded[as_of].data.tags["outcome"] == "trained"
    assert {run.state.name for run in ended("train/still")} == {"No new data"}
    for flow_run in ended("forecast/live"):
        as_of = f"{flow_run.expected_start_time.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
        (forecast,) = client.search_runs([experiment], f"tags.kind = 'forecast' and tags.as_of = '{as_of}'")
        assert client.get_model_version("live", forecast.data.tags["version"]).tags["as_of"] == as_of
        written = pd.read_parquet(root / "data" / "live" / "forecasts" / f"{as_of.replace(':', '')}.parquet")
        assert written["ds"].iloc[0] == pd.Timestamp(as_of)


def test_recurcast_run_on_server_follows_the_run_to_its_end(server, project, deployment, start_worker, warm):
    from support.projects import recurcast

    root = project(deployment(TINY | {"network": {"units": 3, "cells": ["gru"]}}))
    deploy(root)
    start_worker("recurcast", python=warm)

    ended = recurcast("run", "tiny", "--on-server", "--as-of", "2024-06-01T00:00:00Z")

    assert ended.exit_code == 0, ended.stderr
    assert "tiny 2024-06-01T00:00:00Z: promote: " in ended.stdout.replace("\n", " ")
    assert "gru epoch 1 of 5" in ended.stderr
    parent = client_of(root).search_runs(["1"], "tags.trigger = 'manual'")[0]
    assert parent.data.tags["as_of"] == "2024-06-01T00:00:00Z"
