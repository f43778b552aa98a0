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
    runs = server.read_flow_runs()
    assert {run.name for run in runs} == {"tiny 2024-06-01T00:00:00Z"}
    tags = {"forecast", "already-done", "data-rejected"}
    assert sorted(map(sorted, (run.tags for run in runs))) == sorted(sorted(["tiny", "manual", tag]) for tag in tags)
    own, artifacts = {run.id for run in runs}, server.read_artifacts()
    cards = [each.data for each in artifacts if each.key == "forecast-tiny" and each.flow_run_id in own]
    assert sorted(card.partition("\n")[0] for card in cards) == [
        "## Already done: forecast by version 1 (naive)",
        "## Data rejected: nothing was forecast",
        "## Forecast by version 1 (naive)",
    ]
    assert sum("![forecast](data:image/png;base64,iVBOR" in card for card in cards) == 2
