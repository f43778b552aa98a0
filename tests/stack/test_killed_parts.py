"""Each part killed while a run is going, and what `up` makes of it: no run stays RUNNING, the champion is right."""

import os
import signal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from mlflow.entities import Run

from recurcast.config import PipelineConfig
from recurcast.scheduling.server import connected
from recurcast.stack import processes
from recurcast.stack.leftovers import FLOW_RUN_ID
from recurcast.stack.servers import talking_to
from support.opened import client_of
from support.prefect_server import wait_until
from support.stack import WAVE, Stack

if TYPE_CHECKING:
    from prefect.client.schemas.objects import FlowRun

ONE_CELL = {"units": 4, "cells": ["gru"]}
"""It computes for as long as the test looks at what became of it."""
LONG = {"training": {"epochs": 1_000, "patience": None}, "network": ONE_CELL}
ENDLESS = {"training": {"epochs": 100_000, "patience": None}, "network": ONE_CELL}


def test_a_run_ends_well_though_the_servers_are_killed_meanwhile(up_stack: Stack) -> None:
    run = _begin(up_stack, "2024-03-01T00:00:00Z", LONG)

    killed = {name: up_stack.parts[name] for name in ("mlflow", "prefect")}
    for part in killed.values():
        os.kill(part.pid, signal.SIGKILL)
    dead = {each["name"] for each in up_stack.status()["parts"] if each["condition"] == "dead"}
    again = {each["name"]: each for each in up_stack.up_here()["parts"]}

    assert dead == set(killed)
    assert {name: again[name]["address"] for name in killed} == {name: part.address for name, part in killed.items()}
    assert [again[name]["how"] for name in ("mlflow", "prefect", "worker")] == ["started", "started", "joined"]
    wait_until(lambda: _flow_run(up_stack, run).state.is_final(), 240, "the run has ended")
    assert _flow_run(up_stack, run).state_name == "Completed"
    assert {each.info.status for each in _runs(up_stack, "2024-03-01T00:00:00Z")} == {"FINISHED"}
    assert up_stack.status()["left_over"] == {"in_mlflow": [], "on_server": []}


def test_a_run_outlives_its_worker_and_is_marked_in_both_stores_once_its_process_is_gone(up_stack: Stack) -> None:
    champion = _champion(up_stack)
    run = _begin(up_stack, "2024-03-02T00:00:00Z", ENDLESS)

    os.kill(up_stack.parts["worker"].pid, signal.SIGKILL)
    untouched = up_stack.status()["left_over"]
    again = up_stack.up_here()
    os.kill(up_stack.parts["worker"].pid, signal.SIGKILL)
    processes.kill(each for each in processes.left_over(up_stack.root) if processes.value_of(each, FLOW_RUN_ID) == run)
    left = up_stack.status()["left_over"]
    up_stack.up_here()

    assert untouched == {"in_mlflow": [], "on_server": []}
    assert again["settled"] == again["closed"] == []
    assert [each["flow_run_id"] for each in left["on_server"]] == [run]
    assert "2024-03-02T00:00:00Z" in {each["name"] for each in left["in_mlflow"]}
    assert _flow_run(up_stack, run).state_name == "Crashed"
    runs = _runs(up_stack, "2024-03-02T00:00:00Z")
    assert {each.info.status for each in runs} == {"KILLED"}
    assert all("its process is gone" in each.data.tags["failure"] for each in runs)
    assert _champion(up_stack) == champion
    assert up_stack.status()["healthy"]


def _begin(stack: Stack, as_of: str, changed: dict[str, Any]) -> str:
    """Start a run on the server; return its id once all its cells are in training."""
    pipeline = PipelineConfig.model_validate(WAVE | changed)
    parameters = {"pipeline": WAVE | changed, "as_of": as_of}
    with talking_to(stack.parts["prefect"].address), connected() as client:
        deployment = client.read_deployment_by_name("train/wave")
        run = str(client.create_flow_run_from_deployment(deployment.id, parameters=parameters).id)
    open_ = 1 + len(pipeline.network.cells)
    wait_until(lambda: len(_runs(stack, as_of)) == open_, 180, "parent and cells are open")
    return run


def _flow_run(stack: Stack, run: str) -> "FlowRun":
    with talking_to(stack.parts["prefect"].address), connected() as client:
        return client.read_flow_run(UUID(run))


def _runs(stack: Stack, as_of: str) -> list[Run]:
    client = client_of(stack.root)
    experiment = client.get_experiment_by_name("wave")
    if experiment is None:
        return []
    return list(client.search_runs([experiment.experiment_id], f"tags.as_of = '{as_of}'"))


def _champion(stack: Stack) -> str | None:
    client = client_of(stack.root)
    try:
        return str(client.get_model_version_by_alias("wave", "champion").version)
    except Exception:
        return None
