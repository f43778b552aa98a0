"""The flow `search` on a real server: deployed where a pipeline says when, and what it shows of what it found."""

from prefect.flows import load_flow_from_entrypoint

from recurcast.pipelines.search import run_search
from recurcast.scheduling.deployments.deploy import deploy
from recurcast.scheduling.deployments.differences import differences
from support.opened import client_of
from support.searched import AS_OF, SEARCH, asked, searched, told
from support.tiny import TINY

DAILY = {"cron": "0 6 * * *", "timezone": "Europe/Amsterdam", "slug": "daily"}


def test_a_pipeline_that_says_when_it_is_searched_has_a_deployment_for_it_in_a_queue_behind_live_ticks(
    server, project, deployment
):
    block = TINY | {"search": SEARCH | {"schedule": "0 3 * * 6"}}
    root = project(deployment(block, schedules=[DAILY]), deployment(TINY | {"name": "quiet"}, schedules=[DAILY]))
    deployed = {each.full_name for each in deploy(root).deployments}
    (schedule,) = server.read_deployment_by_name("search/tiny").schedules

    assert deployed == {"train/tiny", "search/tiny", "train/quiet"}
    assert (schedule.schedule.cron, schedule.schedule.timezone, schedule.slug) == (
        "0 3 * * 6",
        "Europe/Amsterdam",
        "search",
    )
    assert server.read_deployment_by_name("search/tiny").work_queue_name == "search"
    assert differences(server, root) == ()


def test_a_search_ends_with_what_it_found_as_its_message_and_as_a_card(server, project, deployment):
    root = project(deployment(TINY | {"search": SEARCH}, schedules=[DAILY]))
    search = load_flow_from_entrypoint(f"{root / 'flows' / 'search.py'}:search")
    few = {"trials": 2, "origins": 1}
    ended = search(searched(few), as_of=AS_OF, return_state=True)
    refused = search(searched(few | {"space": {"windows.lookback": [89]}}), as_of=AS_OF, return_state=True)

    assert ended.is_completed()
    assert " on 1 origin that no trial saw" in ended.message
    assert refused.is_failed()
    assert "of 64 drawn from that of 'tiny' none can" in refused.message
    own = {run.id: run for run in server.read_flow_runs() if run.name == "tiny 2024-06-01T00:00:00Z"}
    cards = [each.data for each in server.read_artifacts() if each.key == "search-tiny" and each.flow_run_id in own]
    assert sum(card.startswith("**Search.**") for card in cards) == 1
    assert {"manual", "tiny"} <= set.intersection(*(set(run.tags) for run in own.values()))


def test_a_scheduled_run_trains_what_a_search_proposed_beside_its_own_cells(server, project, deployment, monkeypatch):
    few = {"trials": 3, "accept": "gate"}
    root = project(deployment(TINY | {"search": SEARCH}, schedules=[DAILY]))
    won = told(root, run_search(asked(root, few)), won=True)
    monkeypatch.setattr(
        "recurcast.scheduling.train.slot_of_flow_run", lambda: AS_OF
    )  # as if a schedule had asked for it
    train = load_flow_from_entrypoint(f"{root / 'flows' / 'train.py'}:train")

    assert train(searched(few), return_state=True).is_completed()

    versions = sorted(client_of(root).search_model_versions("name='tiny'"), key=lambda each: int(each.version))
    assert [each.tags.get("proposal") for each in versions if "as_of" in each.tags] == [None, won.id]
    trained = {each.name for each in server.read_task_runs()}
    assert {"train rnn", "train lstm", "train gru"} <= trained
