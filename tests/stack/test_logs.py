"""What Prefect's page has in the logs of runs that the stack's own worker has carried out."""

from typing import Any

from recurcast.scheduling.flow_runs.submit import RunLogs
from recurcast.scheduling.server import connected
from recurcast.stack.servers import talking_to
from support.prefect_server import wait_until
from support.stack import WAVE, Stack

MISSING = WAVE | {"source": {"kind": "file", "path": "missing.csv"}}


def test_a_run_logs_its_stages_every_tenth_epochs_losses_and_the_verdict(up_stack: Stack) -> None:
    of_two = {"training": {"epochs": 12, "patience": None}, "network": {"units": 4, "cells": ["rnn", "lstm"]}}
    logs = _logs_of(up_stack, WAVE | of_two, last="on the test windows")

    stages = ["open the run", "obtain", "validate", "cut windows", "train", "evaluate", "decide", "track", "promote"]
    assert [line for line in logs if line in stages] == stages
    for cell in ("rnn", "lstm"):
        epochs = [line.partition(":")[0] for line in logs if line.startswith(f"{cell} epoch")]
        assert epochs == [f"{cell} epoch {number} of 12" for number in (1, 10, 12)]


def test_a_run_that_fails_logs_the_text_of_its_error(up_stack: Stack) -> None:
    logs = _logs_of(up_stack, MISSING, last="'missing.csv' was not found. Check `source.path`")

    assert [line for line in logs if line in ("open the run", "obtain", "validate")] == ["open the run", "obtain"]


def _logs_of(stack: Stack, pipeline: dict[str, Any], last: str) -> list[str]:
    """Return the log lines that the server has of a run of the pipeline, once it has ended and the last has arrived."""
    lines: list[str] = []
    with talking_to(stack.parts["prefect"].address), connected() as client:
        deployment = client.read_deployment_by_name("train/wave")
        parameters = {"pipeline": pipeline, "as_of": "2024-03-05T00:00:00Z", "force": True}
        run = client.create_flow_run_from_deployment(deployment.id, parameters=parameters).id
        wait_until(lambda: client.read_flow_run(run).state.is_final(), 240, "the run has ended")
        logs = RunLogs(run)

        def arrived() -> bool:
            lines.extend(logs.new_lines(client))
            return any(last in line for line in lines)

        wait_until(arrived, 60, f"a line of the log has '{last}'")
    return lines
