from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recurcast.config.project_file import DeploymentBlock
from recurcast.errors import ConfigurationError
from recurcast.scheduling.deployments.work_pools import QUEUES, ensure_work_pool, work_pool_of, work_pool_types
from recurcast.stack.doctor.checks import Place
from recurcast.stack.doctor.prefect_server import _pools

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

SLOT = datetime(2024, 3, 1, tzinfo=UTC)


def queues(server: "SyncPrefectClient") -> dict[str, tuple[int | None, int | None]]:
    return {each.name: (each.priority, each.concurrency_limit) for each in server.read_work_queues("recurcast")}


def waiting(server: "SyncPrefectClient", queue: str, hours: int) -> "FlowRun":
    """A run that waits in the queue for a worker, its slot so many hours after SLOT."""
    from prefect.states import Scheduled

    deployment = server.create_deployment(
        server.create_flow_from_name("train"), queue, work_pool_name="recurcast", work_queue_name=queue
    )
    state = Scheduled(scheduled_time=SLOT + timedelta(hours=hours))
    return server.create_flow_run_from_deployment(deployment, state=state)


def next_runs(server: "SyncPrefectClient") -> list["FlowRun"]:
    """What the server gives a worker of the whole pool, in this order."""
    due = server._client.post(
        "/work_pools/recurcast/get_scheduled_flow_runs", json={"scheduled_before": "2024-04-01T00:00:00Z"}
    )
    return [server.read_flow_run(each["flow_run"]["id"]) for each in due.json()]


def test_a_new_work_pool_runs_live_ticks_one_at_a_time_and_backfills_behind_them(server: "SyncPrefectClient") -> None:
    ensure_work_pool(server, "recurcast")

    assert server.read_work_pool("recurcast").type == "process"
    assert queues(server) == {
        "default": (1, 1),
        "forecast": (500, None),
        "backfill": (1000, 1),
        "search": (1500, 1),
        "backfill-intervals": (2000, None),
    }


def test_what_a_team_has_set_stays_and_only_what_is_missing_comes(server: "SyncPrefectClient") -> None:
    from prefect.client.schemas.actions import WorkPoolCreate

    server.create_work_pool(WorkPoolCreate(name="recurcast", type="docker", concurrency_limit=3))
    server.create_work_queue("backfill", work_pool_name="recurcast", concurrency_limit=4)

    ensure_work_pool(server, "recurcast")
    ensure_work_pool(server, "recurcast")

    pool = server.read_work_pool("recurcast")
    assert (pool.type, pool.concurrency_limit) == ("docker", 3)
    assert queues(server) == {
        "default": (1, None),
        "forecast": (500, None),
        "backfill": (2, 4),
        "search": (1500, 1),
        "backfill-intervals": (2000, None),
    }


def test_live_runs_go_first_one_at_a_time_in_the_order_of_their_slots_then_forecasts_then_backfills(
    server: "SyncPrefectClient",
) -> None:
    from prefect.states import Completed, Pending

    ensure_work_pool(server, "recurcast")
    third, first, second = (waiting(server, "default", hours) for hours in (3, 1, 2))
    own = waiting(server, "own", -1)
    backfill = waiting(server, "backfill", -2)
    waiting(server, "backfill", -1)
    intervals = [waiting(server, "backfill-intervals", hours) for hours in (-4, -3)]
    forecasts = [waiting(server, "forecast", hours) for hours in (-6, -5)]
    behind = [own.id, *(each.id for each in forecasts), backfill.id, *(each.id for each in intervals)]

    for live in (first, second, third):
        assert [run.id for run in next_runs(server)] == [live.id, *behind]
        server.set_flow_run_state(live.id, Pending())
        assert [run.id for run in next_runs(server)] == behind
        server.set_flow_run_state(live.id, Completed(), force=True)


def test_a_deployment_without_work_pool_is_told_to_name_one() -> None:
    with pytest.raises(ConfigurationError, match="deployment 'sine': a deployment names its work pool; received none"):
        work_pool_of(DeploymentBlock("sine", "flows/train.py:train", {"work_pool": None}))


@pytest.mark.parametrize(("kind", "field"), [("docker", "image"), ("kubernetes", "namespace")])
def test_a_pool_of_another_type_has_prefects_own_fields_for_it_and_the_same_queues(
    server: "SyncPrefectClient", kind: str, field: str
) -> None:
    ensure_work_pool(server, "elsewhere", kind)
    ensure_work_pool(server, "elsewhere", kind)

    pool = server.read_work_pool("elsewhere")
    assert pool.type == kind
    assert field in pool.base_job_template["variables"]["properties"]
    assert {each.name for each in server.read_work_queues("elsewhere")} == QUEUES
    with pytest.raises(
        ConfigurationError, match=rf"asks for work pool 'elsewhere' of type process; .* has one of type {kind}"
    ):
        ensure_work_pool(server, "elsewhere", "process")


def test_a_type_that_prefect_does_not_know_makes_no_pool(server: "SyncPrefectClient") -> None:
    with pytest.raises(ConfigurationError, match=r"received 'kubernetis'. Did you mean 'kubernetes'"):
        ensure_work_pool(server, "elsewhere", "kubernetis")
    assert server.read_work_pools() == []


def test_deployments_agree_on_the_type_of_a_pool() -> None:
    def block(name: str, **pool: object) -> DeploymentBlock:
        return DeploymentBlock(name, "flows/train.py:train", {"work_pool": {"name": "cluster", **pool}})

    assert work_pool_types([block("a"), block("b", type="docker"), block("c")]) == {"cluster": "docker"}
    with pytest.raises(ConfigurationError, match=r"has one type; .* 'cluster' as docker and as kubernetes"):
        work_pool_types([block("a", type="docker"), block("b", type="kubernetes")])
    with pytest.raises(ConfigurationError, match="a work pool's type is a word"):
        work_pool_types([block("a", type=3)])


def test_doctor_tells_of_work_pools_that_are_missing_of_another_type_unserved_or_paused(
    server: "SyncPrefectClient", tmp_path: Path
) -> None:
    from prefect.client.schemas.actions import WorkPoolUpdate

    for name in ("mine", "still"):
        ensure_work_pool(server, name)
    server.update_work_pool("still", WorkPoolUpdate(is_paused=True))
    pools = {"absent": None, "mine": "docker", "still": None}

    said = [
        (each.state, each.found, each.advice)
        for each in _pools(server, Place(tmp_path, "", embedded=True, api=None, work_pools=pools))
    ]

    assert said == [
        ("failed", "'absent' is not on the server", "Make it: recurcast deploy"),
        (
            "failed",
            "'mine' is of type process; prefect.yaml asks for docker",
            "Name another work pool, or remove this one (prefect work-pool delete mine) and deploy again.",
        ),
        (
            "failed",
            "nobody serves work pool 'mine': the server has heard of none",
            "Start a worker: prefect worker start --pool mine --type process",
        ),
        (
            "failed",
            "nobody serves work pool 'still': the work pool is paused",
            "Resume it: prefect work-pool resume still",
        ),
    ]
