"""The flow by hand, on a real server; by itself on a schedule it is tested in test_train.py, beside the run it waits for."""

import pytest
from prefect.flows import load_flow_from_entrypoint

from recurcast.tracking.store import connect
from support.served import promote
from support.tiny import AS_OF, TINY, tiny_pipeline


@pytest.fixture
def forecast(server, project, deployment):
    """The flow of a project whose champion repeats the last value."""
    root = project(deployment(TINY))
    promote(connect(root), tiny_pipeline(), AS_OF)
    return load_flow_from_entrypoint(f"{root / 'flows' / 'forecast.py'}:forecast")


def test_a_forecast_by_hand_ends_as_completed_then_as_already_done_and_rejected_data_fail_it(forecast, server):
    first = forecast(tiny_pipeline(), as_of=AS_OF, return_state=True)
    again = forecast(tiny_pipeline(), as_of=AS_OF, return_state=True)
    rejected = forecast(tiny_pipeline(checks={"max_value": 0}), as_of=AS_OF, return_state=True)

    assert (first.name, again.name, rejected.name) == ("Completed", "Already done", "Failed")
    assert first.message.startswith("1 series by version 1 (naive), 2 steps, in ")
    assert " of 36 known steps lie outside their 95% interval" in first.message
    assert "newest rows: y is finite, at most 0" in rejected.message
    assert {run.name for run in server.read_flow_runs()} == {"tiny 2024-06-01T00:00:00Z"}
