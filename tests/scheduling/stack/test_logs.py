"""What Prefect's page has in the logs of runs that the stack's own worker has carried out."""

from typing import Any

from recurcast.scheduling.run_logs import RunLogs
from recurcast.scheduling.server import connected
from recurcast.scheduling.stack.servers import talking_to
from support.prefect_server import wait_until
from support.stack import WAVE, Stack

MISSING = WAVE | {"source": {"kind": "file", "path": "missing.csv"}}


def test_a_run_logs_its_stages_every_tenth_epochs_losses_and_the_verdict(up_stack: Stack) -> None:
    logs = _logs_of(up_stack, WAVE | {"training": {"epochs": 12, "patience": None}})

    stages = ["open the run", "obtain", "validate", "cut windows", "train", "evaluate", "decide", "track", "promote"]
    assert [line for line in logs if line in stages] == stages
    for cell in ("rnn", "lstm", "gru"):
        epochs = [line.partition(":")[0] for line in logs if line.startswith(f"{cell} epoch")]
        assert epochs == [f"{cell} epoch {number} of 12" for number in (1, 10, 12)]
    assert any("Completed(" in line and "on the test windows" in line for line in logs), logs


def test_a_run_that_fails_logs_the_text_of_its_error(up_stack: Stack) -> None:
    logs = _logs_of(up_stack, MISSING)

    assert any("'missing.csv' was not found. Check `source.path`" in line for line in logs), logs


def _logs_of(stack: Stack, pipeline: dict[str, Any]) -> list[str]:
    """Return the log lines that the server has of a run of the pipeline, once it has ended and the last has arrived."""
    with talking_to(stack.parts["prefect"].address), connected() as client:
        deployment = client.read_deployment_by_name("train/wave")
        parameters = {"pipeline": pipeline, "as_of": "2024-03-05T00:00:00Z"}
        run = client.create_flow_run_from_deployment(deployment.id, parameters=parameters).id
        wait_until(lambda: client.read_flow_run(run).state.is_final(), 180, "the run has ended")
        # The last line of a run's own process, whatever became of it.
        wait_until(
            lambda: any("Finished in state" in line for line in _finished(client, run)), 30, "the logs have arrived"
        )
        return list(RunLogs(run).new_lines(client))


def _finished(client: Any, run: Any) -> list[str]:
    from prefect.client.schemas.filters import LogFilter, LogFilterFlowRunId, LogFilterTaskRunId

    of_the_run = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run]), task_run_id=LogFilterTaskRunId(is_null_=True))
    return [log.message for log in client.read_logs(of_the_run)]
