"""What the flows tell Prefect of, on a real server."""

import json
import urllib.request
from types import SimpleNamespace

import pytest

from recurcast.records import RunResult
from reporting import emit_what_happened
from support.tiny import AS_OF

FALLEN = SimpleNamespace(
    champion_below_baseline=True, metric="mase", opponent_score=2.0, baseline="naive", baseline_score=1.0
)


@pytest.fixture
def events_of(server, server_url):
    """Ask the server for the events of a pipeline."""

    def ask(pipeline):
        wanted = {"filter": {"resource": {"id": [f"recurcast.pipeline.{pipeline}"]}}}
        request = urllib.request.Request(
            f"{server_url}/events/filter", json.dumps(wanted).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["events"]

    return ask


def test_a_champion_that_fell_below_the_baseline_is_an_event_of_its_pipeline_once(events_of, wait_until):
    told = RunResult("fallen", AS_OF, "trained", "run", "uri", decision=FALLEN)
    emit_what_happened(RunResult("fallen", AS_OF, "already done", "run", "uri", decision=FALLEN))
    emit_what_happened(RunResult("fallen", AS_OF, "no new data", "run", "uri"))
    emit_what_happened(told)

    wait_until(lambda: events_of("fallen"), 30, "the event has arrived")
    (event,) = events_of("fallen")
    assert event["event"] == "recurcast.champion.below-baseline"
    assert event["payload"] == {"as_of": "2024-06-01T00:00:00Z", "metric": "mase", "champion": 2.0, "naive": 1.0}
