"""What the flows tell an automation of, on a real server; what a run shows is tested beside the runs."""

import json
import re
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from queue import Queue
from threading import Thread

import pytest
import yaml
from prefect import flow

from showing import show_result
from support.judged import decision, promoted, requested
from support.tiny import tiny_pipeline

GUIDE = (Path(__file__).parents[2] / "docs" / "automations.md").read_text(encoding="utf-8")


def block_of(language: str) -> str:
    """The guide's only block of a language."""
    (found,) = re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)
    return str(found)


@pytest.fixture
def webhook() -> Iterator[tuple[str, "Queue[str]"]]:
    """An address that listens, and what it has received."""
    received: Queue[str] = Queue()

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.put(self.rfile.read(int(self.headers["Content-Length"])).decode())
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Receiver) as listening:
        thread = Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}/hooks/forecasts", received
        listening.shutdown()
        thread.join()


@flow(name="told", persist_result=False)
def told(request, *results):
    for result in results:
        show_result(request, result)


def test_the_webhook_of_the_guide_hears_of_a_promotion_and_of_nothing_else(server, webhook, tmp_path):
    address, received = webhook
    exec(block_of("python").replace("https://chat.example/hooks/forecasts", address), {})
    request = requested(tiny_pipeline(), root=tmp_path)

    kept = promoted(decision=decision(verdict="reject"), registration=None)
    told(request, kept, promoted(outcome="already done"), promoted())

    heard = json.loads(received.get(timeout=60))
    assert heard["pipeline"] == "tiny"
    assert heard["champion"]["version"] == 3
    assert heard["champion"]["scores"] == {"challenger": 0.5, "baseline": 1.0}
    assert received.empty()
    (flow_run,) = server.read_flow_runs()
    assert flow_run.state.is_completed(), "that there is no such run in MLflow leaves it without a card, and no worse"
    assert {"reject", "promote"} <= set(flow_run.tags)
    for block in server.read_block_documents():
        server.delete_block_document(block.id)


def test_the_file_of_the_guide_is_an_automation():
    from prefect.events.schemas.automations import AutomationCore

    automation = AutomationCore.model_validate(yaml.safe_load(block_of("yaml")))

    assert automation.trigger.expect == {"recurcast.champion.promoted"}
    assert automation.actions[0].type == "call-webhook"
