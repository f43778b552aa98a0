import json
import os
import signal
import subprocess
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest

from recurcast.scheduling.deployments.automations import crash_detection, ensure_automations, with_heartbeats
from recurcast.scheduling.deployments.work_pools import ensure_work_pool

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient

BEATING = {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}

# Hangs while it is imported, or while it runs; a file of its folder then holds its process.
HANGING = """
import os
import signal
from pathlib import Path

from prefect import flow
from prefect.runtime import flow_run


def hang():
    Path(f"{flow_run.name}.new").write_text(str(os.getpid()))
    Path(f"{flow_run.name}.new").rename(flow_run.name)
    while True:
        signal.pause()


if flow_run.name == "beginning":
    hang()


@flow(name="hanging")
def hanging():
    hang()
"""


@pytest.mark.parametrize(
    ("block", "job_variables", "tags"),
    [
        ({}, {"env": BEATING}, ["heartbeat-30s"]),
        ({"tags": ["mine"]}, {"env": BEATING}, ["mine", "heartbeat-30s"]),
        ({"tags": None, "variables": {"env": {"A": "b"}}}, {"env": {"A": "b"} | BEATING}, ["heartbeat-30s"]),
        ({"variables": {"command": "run"}}, {"command": "run", "env": BEATING}, ["heartbeat-30s"]),
    ],
)
def test_a_deployment_gets_heartbeats_and_the_tag_that_says_so_beside_what_is_its_own(
    block: dict[str, Any], job_variables: dict[str, Any], tags: list[str]
) -> None:
    variables = block.pop("variables", None)
    work_pool = {"name": "recurcast"} | ({"job_variables": variables} if variables else {})

    beating = with_heartbeats({"name": "sine", "work_pool": work_pool} | block)

    assert beating == {
        "name": "sine",
        "work_pool": {"name": "recurcast", "job_variables": job_variables},
        "tags": tags,
    }


@pytest.mark.parametrize(
    "block",
    [
        {"work_pool": {"name": "p", "job_variables": {"env": {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": 600}}}},
        {"work_pool": {"name": "p", "job_variables": {"env": "{{ prefect.blocks.json.env }}"}}},
        {"work_pool": {"name": "p", "job_variables": "{{ prefect.variables.job }}"}},
        {"work_pool": {"name": "p"}, "tags": "{{ prefect.variables.tags }}"},
        {"name": "sine"},
    ],
)
def test_a_deployment_with_a_frequency_of_its_own_or_with_templates_has_no_such_tag(block: dict[str, Any]) -> None:
    assert with_heartbeats(block) == block


def test_the_automations_are_made_once_and_a_persons_change_stays(server: "SyncPrefectClient") -> None:
    ensure_automations(server, crash_detection())
    first = {each.name: each for each in server.read_automations()}
    changed = next(iter(first.values()))
    server.pause_automation(changed.id)

    ensure_automations(server, crash_detection(silence=timedelta(minutes=2)))

    again = {each.id: each for each in server.read_automations()}
    assert again.keys() == {each.id for each in first.values()}
    assert len(first) == 2
    assert not again[changed.id].enabled
    assert [each.trigger for each in again.values()] == [first[each.name].trigger for each in again.values()]


def heartbeats_of(server_url: str, flow_run_id: UUID) -> list[Any]:
    """The heartbeats of a flow run that have reached the server."""
    wanted = {
        "filter": {
            "event": {"name": ["prefect.flow-run.heartbeat"]},
            "resource": {"id": [f"prefect.flow-run.{flow_run_id}"]},
        }
    }
    request = urllib.request.Request(
        f"{server_url}/events/filter", json.dumps(wanted).encode(), {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["events"]


def test_runs_that_are_killed_with_their_worker_crash_and_their_queue_moves_on(
    server: "SyncPrefectClient",
    server_url: str,
    start_worker: Callable[[str], subprocess.Popen[bytes]],
    wait_until: Callable[[Callable[[], object], float, str], object],
    tmp_path: Path,
) -> None:
    (tmp_path / "hanging.py").write_text(HANGING)
    ensure_work_pool(server, "recurcast")
    # Heartbeats of a busy machine are late, and a process takes longer to begin.
    ensure_automations(server, crash_detection(silence=timedelta(seconds=20), start=timedelta(seconds=45)))
    block = with_heartbeats({"work_pool": {"name": "recurcast"}})
    deployment = server.create_deployment(
        server.create_flow_from_name("hanging"),
        "hanging",
        entrypoint="hanging.py:hanging",
        path=str(tmp_path),
        pull_steps=[{"prefect.deployments.steps.set_working_directory": {"directory": str(tmp_path)}}],
        work_pool_name="recurcast",
        job_variables=block["work_pool"]["job_variables"],
        tags=block["tags"],
    )
    running = server.create_flow_run_from_deployment(deployment, name="running")
    waiting = server.create_flow_run_from_deployment(deployment, name="waiting")
    beginning = server.create_flow_run_from_deployment(deployment, name="beginning", work_queue_name="backfill")
    worker = start_worker("recurcast")
    hung = [tmp_path / "running", tmp_path / "beginning"]
    wait_until(lambda: all(each.exists() for each in hung), 120, "both hang")

    def states() -> list[str]:
        return [str(server.read_flow_run(each.id).state_name) for each in (running, beginning, waiting)]

    assert states()[:2] == ["Running", "Submitting"]
    # Silence is told from a first sign of life, which a run that is killed at once may not have sent.
    wait_until(lambda: heartbeats_of(server_url, running.id), 60, "the run was heard of")
    os.killpg(worker.pid, signal.SIGKILL)
    for each in hung:
        os.kill(int(each.read_text()), signal.SIGKILL)
    # The server's services are as slow as the machine is busy, and an event that went astray holds up those after it.
    wait_until(lambda: states()[:2] == ["Crashed", "Crashed"], 300, f"both are seen to have crashed, after {states()}")

    due = server.get_scheduled_flow_runs_for_work_pool("recurcast", ["default"])
    assert [each.flow_run.id for each in due] == [waiting.id]
    message = server.read_flow_run(running.id).state.message
    assert message == "Nothing was heard of the run for 20 s: its process and its worker seem to be gone."
