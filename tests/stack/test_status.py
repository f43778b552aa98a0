"""`recurcast status` where the servers are somebody else's: the work pool knows who serves it."""

import json
import re
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
import yaml

from recurcast.scheduling.server import connected
from recurcast.stack.pools import ServedPool, last_seen, read_pool
from recurcast.stack.servers import talking_to
from support.stack import WAVE, Stack, project_in


@pytest.fixture
def guest(up_stack: Stack, tmp_path: Path) -> Stack:
    """A project with no stack of its own, whose servers the environment names."""
    servers = {
        "PREFECT_API_URL": f"{up_stack.parts['prefect'].address}/api",
        "MLFLOW_TRACKING_URI": up_stack.parts["mlflow"].address,
    }
    return Stack(project_in(tmp_path / "guest", WAVE | {"name": "guest"}), servers)


def test_workers_of_the_team_serve_the_pool_and_all_is_well(guest: Stack) -> None:
    ended = guest.here("status", "--json")

    assert ended.exit_code == 0, ended.stdout + ended.stderr
    worker = json.loads(ended.stdout)["parts"][-1]
    assert (worker["name"], worker["condition"], worker["address"]) == ("worker", "healthy", "recurcast")
    # A worker that another test stopped may count for a while.
    assert re.match(r"\d online: .*\bproject on ", worker["note"]), worker["note"]


def test_a_pool_that_nobody_serves_is_told_with_what_to_do(guest: Stack) -> None:
    content = yaml.safe_load((guest.root / "prefect.yaml").read_text())
    content["deployments"][0]["work_pool"] = {"name": "lonely"}
    (guest.root / "prefect.yaml").write_text(yaml.safe_dump(content))

    ended = guest.here("status")

    assert ended.exit_code == 1
    assert "work pool lonely" in ended.stdout
    assert "nobody serves it, the server has no such work pool: recurcast deploy" in ended.stdout
    assert "recurcast up" in ended.stdout


def test_a_pool_without_workers_and_one_that_is_paused_are_told_apart(up_stack: Stack) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate, WorkPoolUpdate

    with talking_to(up_stack.parts["prefect"].address), connected() as client:
        client.create_work_pool(WorkPoolCreate(name="quiet", type="process"))
        try:
            never = read_pool(client, "quiet")
            client.update_work_pool("quiet", WorkPoolUpdate(is_paused=True))
            paused = read_pool(client, "quiet")
        finally:
            client.delete_work_pool("quiet")

    assert never == ServedPool("quiet", False, "the server has heard of none")
    assert paused == ServedPool("quiet", False, "the work pool is paused")


def test_the_last_worker_that_left_is_named_with_its_last_sign_of_life() -> None:
    from prefect.client.schemas.objects import Worker

    first, last = datetime(2024, 3, 1, 6, tzinfo=UTC), datetime(2024, 3, 1, 7, tzinfo=UTC)
    workers = [
        Worker(name=name, work_pool_id=uuid4(), last_heartbeat_time=at) for name, at in (("b", last), ("a", first))
    ]

    assert last_seen(workers) == "the server last heard of 'b' at 2024-03-01T07:00:00Z"
