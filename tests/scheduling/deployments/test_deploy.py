from collections import Counter
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from recurcast.config.project_file import DeploymentBlock
from recurcast.config.schedule import read_schedules
from recurcast.errors import ConfigurationError, RecurcastError, StoreUnavailable
from recurcast.scheduling.deployments.deploy import deploy
from recurcast.scheduling.deployments.deployed import Standing
from recurcast.scheduling.ticks import schedule_ticks

if TYPE_CHECKING:
    from prefect.client.orchestration import SyncPrefectClient
    from prefect.client.schemas.objects import FlowRun

HOURLY = '{cron: "0 * * * *", slug: hourly}'
DAILY = '{cron: "30 6 * * *", timezone: Europe/Amsterdam, slug: daily}'
HALF = '{interval: 1800, anchor_date: "2024-01-01T00:10:00Z", slug: half}'
RULE = '{rrule: "FREQ=HOURLY;BYMINUTE=20", timezone: Australia/Melbourne, slug: rule}'

WriteProject = Callable[[str], Path]
WaitUntil = Callable[[Callable[[], object], float, str], object]


def project(schedules: str, more: str = "") -> str:
    return f"""
pull:
  - prefect.deployments.steps.set_working_directory: {{directory: "{{{{ $PWD }}}}"}}
deployments:
  - name: sine
    <<: *flow
    schedules: [{schedules}]
    parameters: {{pipeline: {{<<: *small, name: sine}}}}
    {more}
"""


def stand(
    server: "SyncPrefectClient", name: str, schedules: Sequence[tuple[str | None, bool]], *, paused: bool = False
) -> None:
    """Put a deployment of the flow `train` on the server, its schedules given as (slug, active)."""
    from prefect.client.schemas.actions import DeploymentScheduleCreate
    from prefect.client.schemas.schedules import CronSchedule

    server.create_deployment(
        server.create_flow_from_name("train"),
        name,
        paused=paused,
        schedules=[
            DeploymentScheduleCreate(schedule=CronSchedule(cron="0 * * * *"), slug=slug, active=active)
            for slug, active in schedules
        ],
    )


def standing(server: "SyncPrefectClient", name: str = "sine") -> dict[str | None, Any]:
    return {each.slug: each for each in server.read_deployment_by_name(f"train/{name}").schedules}


def scheduled(server: "SyncPrefectClient", name: str = "sine") -> list["FlowRun"]:
    deployment = server.read_deployment_by_name(f"train/{name}").id
    return [run for run in server.read_flow_runs(limit=200) if run.auto_scheduled and run.deployment_id == deployment]


def test_a_first_deploy_makes_the_work_pool_its_queues_and_every_deployment(
    server: "SyncPrefectClient", write_project: WriteProject, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    own = "{name: recurcast, work_queue_name: own}"
    root = write_project(project(HOURLY) + f"  - {{name: other, <<: *flow, work_pool: {own}}}\n")
    monkeypatch.chdir(tmp_path)  # called from elsewhere

    sine, other = deploy(root).deployments

    assert (sine.name, sine.full_name, sine.work_pool) == ("sine", "train/sine", "recurcast")
    assert (sine.paused, sine.inactive, sine.removed) == (False, (), ())
    assert other.full_name == "train/other"
    assert server.read_work_pool("recurcast").type == "process"
    deployed = server.read_deployment_by_name("train/sine")
    assert str(deployed.id) == sine.deployment_id
    assert [(each.slug, each.active) for each in deployed.schedules] == [("hourly", True)]
    assert deployed.parameters["pipeline"]["name"] == "sine"
    assert deployed.pull_steps == [{"prefect.deployments.steps.set_working_directory": {"directory": str(root)}}]
    assert (deployed.work_queue_name, deployed.tags) == ("default", ["heartbeat-30s"])
    assert deployed.job_variables == {"env": {"PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30"}}
    assert server.read_deployment_by_name("train/other").work_queue_name == "own"
    queues = {each.name: each.priority for each in server.read_work_queues("recurcast")}
    assert queues == {
        "default": 1,
        "own": 2,
        "forecast": 500,
        "backfill": 1000,
        "search": 1500,
        "backfill-intervals": 2000,
    }
    assert len(server.read_automations()) == 2


def test_runs_are_scheduled_at_exactly_the_files_ticks_and_a_second_deploy_doubles_none(
    server: "SyncPrefectClient", write_project: WriteProject, wait_until: WaitUntil
) -> None:
    texts = (HOURLY, DAILY, HALF, RULE)
    root = write_project(project(", ".join(texts)))

    def runs_of_each() -> bool:
        return len(scheduled(server)) >= 3 * len(texts)

    first = deploy(root)
    before = standing(server)
    wait_until(runs_of_each, 60, "the scheduler has made three runs of each schedule")
    second = deploy(root)
    wait_until(runs_of_each, 60, "the scheduler has made them again")

    assert second == first
    assert {slug: each.id for slug, each in standing(server).items()} == {s: each.id for s, each in before.items()}
    for schedule in read_schedules({"schedules": [yaml.safe_load(text) for text in texts]}):
        made_by = before[schedule.slug].id
        slots = [
            datetime.fromtimestamp(run.expected_start_time.timestamp(), UTC)
            for run in scheduled(server)
            if run.created_by and run.created_by.id == made_by and run.expected_start_time
        ]
        assert set(Counter(slots).values()) == {1}
        assert tuple(sorted(slots)) == schedule_ticks([schedule], min(slots), max(slots) + timedelta(seconds=1))


def test_a_paused_deployment_and_an_inactive_schedule_stay_so_whatever_the_file_says(
    server: "SyncPrefectClient", write_project: WriteProject
) -> None:
    stand(server, "sine", [("hourly", True), ("half", False)])
    stand(server, "other", [("five", True)], paused=True)
    other = "  - {name: other, <<: *flow, paused: false, schedule: {cron: '5 * * * *', slug: five}}\n"

    sine, paused = deploy(
        write_project(project(f"{HOURLY}, {HALF.replace('}', ', active: true}')}") + other)
    ).deployments

    assert (sine.paused, sine.inactive) == (False, ("half",))
    assert (paused.paused, paused.inactive) == (True, ())
    assert {slug: each.active for slug, each in standing(server).items()} == {"hourly": True, "half": False}
    assert server.read_deployment_by_name("train/other").paused
    assert scheduled(server, "other") == []


def test_training_and_forecasting_of_one_name_are_two_deployments_and_one_may_be_paused_alone(
    server: "SyncPrefectClient", write_project: WriteProject
) -> None:
    both = project(HOURLY).replace("- name: sine", "- &sine\n    name: sine") + "  - <<: [*forecast, *sine]\n"
    root = write_project(both)
    _, forecasting = deploy(root).deployments
    server.pause_deployment(forecasting.deployment_id)

    training, forecasting = deploy(root).deployments

    assert (training.full_name, training.paused) == ("train/sine", False)
    assert (forecasting.full_name, forecasting.paused) == ("forecast/sine", True)
    deployed = server.read_deployment_by_name("forecast/sine")
    assert deployed.work_queue_name == "forecast"
    assert [each.slug for each in deployed.schedules] == ["hourly"]
    assert deployed.parameters == server.read_deployment_by_name("train/sine").parameters


def test_what_the_file_itself_pauses_is_paused_whatever_the_server_says() -> None:
    block = {"name": "sine", "paused": True, "schedule": {"cron": "0 * * * *", "slug": "hourly", "active": False}}

    resumed = Standing(DeploymentBlock("sine", "flows/train.py:train", block), "train/sine", False, ())

    assert resumed.with_pauses() == {"name": "sine", "paused": True, "schedules": [block["schedule"]]}


def test_a_schedule_that_left_the_file_leaves_the_server(
    server: "SyncPrefectClient", write_project: WriteProject
) -> None:
    stand(server, "sine", [("hourly", True), ("half", True)])
    stand(server, "other", [("five", True)])

    sine, other = deploy(write_project(project(HALF) + "  - {name: other, <<: *flow}\n")).deployments

    assert (sine.removed, other.removed) == (("hourly",), ("five",))
    assert standing(server).keys() == {"half"}
    assert standing(server, "other") == {}


def test_a_renamed_schedule_keeps_its_pause_and_can_be_deployed_again(
    server: "SyncPrefectClient", write_project: WriteProject
) -> None:
    stand(server, "sine", [("hourly", False), ("half", True)])
    hourly = standing(server)["hourly"]
    root = write_project(project(f'{{cron: "0 * * * *", slug: on-the-hour, replaces: hourly}}, {HALF}'))

    (renamed,) = deploy(root).deployments
    (again,) = deploy(root).deployments

    assert renamed == again
    assert (renamed.inactive, renamed.removed) == (("on-the-hour",), ())
    assert standing(server).keys() == {"on-the-hour", "half"}
    assert standing(server)["on-the-hour"].id == hourly.id


def test_the_pause_of_an_only_schedule_is_kept_though_it_had_no_slug(
    server: "SyncPrefectClient", write_project: WriteProject
) -> None:
    stand(server, "sine", [(None, False)])

    (sine,) = deploy(write_project(project(HOURLY))).deployments

    assert (sine.inactive, sine.removed) == (("hourly",), ("(no slug)",))
    assert {slug: each.active for slug, each in standing(server).items()} == {"hourly": False}


def test_a_work_pool_that_is_there_stays_as_it_is(server: "SyncPrefectClient", write_project: WriteProject) -> None:
    from prefect.client.schemas.actions import WorkPoolCreate

    server.create_work_pool(WorkPoolCreate(name="recurcast", type="process", concurrency_limit=3))

    deploy(write_project(project(HOURLY)))

    assert server.read_work_pool("recurcast").concurrency_limit == 3


def test_a_file_that_prefect_refuses_is_reported_with_its_last_words(
    server: "SyncPrefectClient", write_project: WriteProject
) -> None:
    root = write_project(project(HOURLY))
    (root / "flows" / "train.py").write_text("def train():\n    pass\n")

    with pytest.raises(RecurcastError) as caught:
        deploy(root)

    assert f"'prefect deploy --all' failed in '{root}': " in str(caught.value)
    assert "Make sure that it is decorated with '@flow'. Run it there" in str(caught.value)
    assert server.read_deployments() == []


def test_an_entrypoint_that_names_no_function_is_reported(
    server: "SyncPrefectClient", write_project: WriteProject
) -> None:
    root = write_project(project(HOURLY).replace("<<: *flow", "<<: *flow\n    entrypoint: flows/train.py:trane"))

    with pytest.raises(ConfigurationError) as caught:
        deploy(root)

    assert "deployment 'sine': an entrypoint is file.py:flow; received 'flows/train.py:trane'" in str(caught.value)
    assert server.read_work_pools() == []


@pytest.mark.parametrize(
    ("deployments", "message"),
    [
        (project(HOURLY).replace("name: sine}", "name: sine, season: 0}"), "season: should be greater than or equal"),
        (project('{cron: "61 * * * *", slug: a}'), "deployment 'sine' in "),
        (
            project(HOURLY).replace("<<: *flow", "entrypoint: flows/none.py:train\n    work_pool: {name: a}"),
            "received 'flows/none.py:train', and there is no such file in",
        ),
        (
            project(HOURLY).replace("<<: *flow", "entrypoint: flows/train.py:train"),
            "deployment 'sine': a deployment names its work pool; received none.",
        ),
        ("deployments: [{name: other, <<: *flow, schedule: {cron: '0 * * * *'}}]", "slug: needed"),
        (
            project(HOURLY)
            + "  - {<<: *forecast, name: sine, parameters: {pipeline: {<<: *small, name: sine, season: 2}}}\n",
            "both deployments of a pipeline have the same parameters; received others, or no training deployment",
        ),
    ],
)
def test_what_is_wrong_in_the_file_is_said_before_any_server_is_asked(
    write_project: WriteProject, deployments: str, message: str
) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: None}), pytest.raises(ConfigurationError) as caught:
        deploy(write_project(deployments))

    assert message in str(caught.value)


def test_without_a_server_a_correct_file_is_answered_with_what_to_start(write_project: WriteProject) -> None:
    from prefect.settings import PREFECT_API_URL, temporary_settings

    with temporary_settings({PREFECT_API_URL: None}), pytest.raises(StoreUnavailable, match="recurcast up"):
        deploy(write_project(project(HOURLY)))
