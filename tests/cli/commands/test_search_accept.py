"""`recurcast search list` and `accept`: what a search proposes, written into prefect.yaml or refused."""

import json
from dataclasses import replace

import pytest

from recurcast.config.project import load_pipeline
from recurcast.runs.search import FreshScore
from support.projects import Project, recurcast
from support.searches import recorded, searched

BLOCK = """\
# the shop's own file
deployments:
  - &demand
    name: demand
    entrypoint: flows/train.py:train
    schedules: [{cron: "0 0 * * *", slug: daily, timezone: Europe/London}]
    parameters:
      pipeline:
        name: demand
        source: {kind: file, path: demand.csv}
        frequency: h
        parts: {history: 4000, validation: 100, test: 100}
        windows: {lookback: 48, horizon: 1}   # two days
        network: {units: 32}
        training:
          epochs: 1  # quick
  - {<<: *demand, entrypoint: flows/forecast.py:forecast}
"""
LOST = (FreshScore(43, (1.0, 1.1)), FreshScore(0, (1.0, 1.0)))


@pytest.fixture
def shop(project: Project) -> Project:
    (project.root / "prefect.yaml").write_text(BLOCK)
    return project


def keep(project: Project, status="FINISHED", **changed):
    record = replace(searched(), **changed) if changed.pop("ended", True) else None
    return recorded(project.root, load_pipeline(project.root, "demand").pipeline, record, status)


def yaml_of(project: Project) -> str:
    return (project.root / "prefect.yaml").read_text()


def test_the_change_is_shown_with_its_evidence_and_written_with_all_comments(shop):
    wanted = keep(shop)

    ended = recurcast("search", "accept", wanted[:8])

    assert ended.exit_code == 0, ended.stderr
    lines = ended.stdout.splitlines()
    for line in (
        "-        windows: {lookback: 48, horizon: 1}   # two days",
        "+        windows: {lookback: 336, horizon: 1}   # two days",
        "+        network: {units: 60, dropout: 0.1477986354215361}",
        "+          learning_rate: 0.00241981164510729",
        '+        search: {read_until: "2024-04-02T00:00:00Z"}',
        "rnn, lstm, gru go on competing, each with these settings",
    ):
        assert line in lines
    assert "is 7.5% better on 2 origins that no trial saw: MASE 0.7923 against 0.8565" in ended.stdout
    assert "no champion changed. Train it now: recurcast run demand" in ended.stdout
    winner = searched().trial(43)
    pipeline = load_pipeline(shop.root, "demand").pipeline
    assert (pipeline.network.units, pipeline.windows.lookback) == (60, 336)
    assert pipeline.training.learning_rate == winner.settings["training.learning_rate"]
    assert pipeline.search.read_until == searched().read_until
    assert "# the shop's own file" in yaml_of(shop)
    assert "          epochs: 1  # quick\n" in yaml_of(shop)


def test_what_is_accepted_already_is_not_written_again_and_listed_so(shop):
    wanted = keep(shop)
    recurcast("search", "accept", wanted)
    written = yaml_of(shop)

    again = recurcast("search", "accept", wanted)
    listed = json.loads(recurcast("search", "list", "--json").stdout)["searches"]

    assert (again.exit_code, yaml_of(shop)) == (0, written)
    assert "has all of it already: nothing to write" in again.stdout
    assert [(each["id"], each["state"], each["trials"], each["told"]) for each in listed] == [
        (wanted, "accepted", 60, pytest.approx(0.79229589))
    ]


def test_a_dry_run_writes_nothing_and_json_tells_all(shop):
    wanted = keep(shop)

    told = json.loads(recurcast("search", "accept", wanted[:6], "--dry-run", "--json").stdout)

    assert yaml_of(shop) == BLOCK
    assert (told["written"], told["pipeline"], told["winner"]["trial"]) == (False, "demand", 43)
    assert told["settings"]["search.read_until"] == "2024-04-02T00:00:00Z"
    assert "training.loss" not in told["settings"]  # it is so already
    assert told["diff"].startswith("--- prefect.yaml")
    assert "to write it: recurcast search accept" in recurcast("search", "accept", wanted, "--dry-run").stdout


def test_a_winner_that_lost_on_fresh_origins_is_written_only_anyway(shop):
    wanted = keep(shop, fresh=LOST)

    refused = recurcast("search", "accept", wanted)

    assert refused.exit_code == 2
    assert "what is accepted won on origins that no trial saw" in refused.message
    assert "is 5.0% worse on 2 origins that no trial saw: MASE 1.05 against 1" in refused.message
    assert yaml_of(shop) == BLOCK
    assert "lost" in recurcast("search", "list", "demand").stdout
    assert recurcast("search", "accept", wanted, "--anyway").exit_code == 0
    assert "units: 60" in yaml_of(shop)


def test_settings_that_changed_since_are_written_over_only_anyway_and_others_stay(shop):
    wanted = keep(shop)
    changed = BLOCK.replace("units: 32", "units: 40").replace("epochs: 1", "epochs: 9")
    (shop.root / "prefect.yaml").write_text(changed)

    refused = recurcast("search", "accept", wanted)

    assert refused.exit_code == 2
    assert "some changed: network.units was 32 and is 40" in refused.message
    assert yaml_of(shop) == changed
    assert recurcast("search", "accept", wanted, "--anyway").exit_code == 0
    assert "units: 60" in yaml_of(shop)
    assert "epochs: 9" in yaml_of(shop)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"winner": None, "fresh": ()}, "None of 60 trials could be scored on every origin"),
        ({"winner": 0, "fresh": (FreshScore(0, (0.8,)),)}, "The configuration as it stood is the best of 60 trials"),
    ],
)
def test_without_a_winner_beside_what_stood_there_is_nothing_to_accept(shop, changed, says):
    refused = recurcast("search", "accept", keep(shop, **changed), "--anyway")

    assert refused.exit_code == 2
    assert says in refused.message


def test_an_unknown_search_and_one_that_has_not_ended_are_said_so(shop):
    known, running = keep(shop), keep(shop, ended=False, status="KILLED")

    assert f"Newest: {running[:8]} (demand), {known[:8]} (demand)" in recurcast("search", "accept", "zzz").message
    unfinished = recurcast("search", "accept", running)
    assert unfinished.exit_code == 2
    assert "has not: it is stopped. Go on with it, by the same command: recurcast search demand" in unfinished.message
    keep(shop, ended=False, status="RUNNING")  # whose process is gone: nobody holds it
    states = [each["state"] for each in json.loads(recurcast("search", "list", "--json").stdout)["searches"]]
    assert states == ["stopped", "stopped", "proposes"]


def test_a_project_without_a_search_is_told_how_to_begin_one(shop):
    assert "no search in this project yet; begin one with: recurcast search NAME" in recurcast("search", "list").stdout


def test_a_file_that_can_t_be_edited_is_refused_with_what_to_set_by_hand(shop):
    wanted = keep(shop)
    shared = BLOCK.replace("units: 32", "units: &n 32").replace("epochs: 1", "batch_size: *n")
    (shop.root / "prefect.yaml").write_text(shared)

    refused = recurcast("search", "accept", wanted)

    assert refused.exit_code == 2
    assert "Nothing is written. Set by hand: network.units = 60" in refused.message
    assert yaml_of(shop) == shared


def test_the_page_of_a_search_is_written_beside_the_pipeline_s_other_files(shop):
    wanted = keep(shop)

    told = json.loads(recurcast("search", "show", wanted[:8], "--json").stdout)
    other = recurcast("search", "show", wanted[:8], "--output", "page.pdf")

    assert told["path"] == str(shop.root / "data" / "demand" / f"search-{wanted[:8]}.html")
    assert f"recurcast search accept {wanted[:8]}" in (shop.root / told["path"]).read_text()
    assert other.exit_code == 2


def test_other_changes_of_the_pipeline_since_the_search_are_said(shop):
    wanted = keep(shop, configuration="of another day")

    assert "other fields of the pipeline changed since the search began" in recurcast("search", "accept", wanted).stdout
