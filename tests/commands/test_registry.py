"""champion, history, promote and rollback as a person calls them, over versions as runs leave them."""

import pytest

from recurcast.config import PipelineConfig
from recurcast.intervals import parse_instant
from recurcast.tracking.alias import project as project_alias
from recurcast.tracking.store import connect
from support.projects import DEMAND, demand, one_json_object, recurcast
from support.recorded import files_below, kept_run, serving_version_of, version_of

TICKS = [parse_instant(f"2024-01-0{day}T00:00:00Z") for day in (2, 3, 4)]
PIPELINE = PipelineConfig.model_validate(DEMAND | {"source": {"kind": "file", "path": "demand.csv", "static": True}})
BASELINE = 1
FIRST, KEPT, LAST = 2, 3, 4
"""The versions of the three ticks; the first and the last were promoted."""


@pytest.fixture
def registered(project):
    """Three judged intervals over a file that no longer grows: its default as_of is the last one."""
    project.configure(source={"kind": "file", "path": "demand.csv", "static": True})
    project.write(demand())
    store = connect(project.root)
    for as_of, decision in zip(TICKS, ("promote", "keep", "promote"), strict=True):
        serving_version_of(kept_run(store, PIPELINE, as_of), PIPELINE, as_of, decision)
    project_alias(store, PIPELINE)
    return project


def alias(project):
    return int(project.client.get_registered_model("demand").aliases["champion"])


def entries(*arguments):
    return one_json_object(recurcast("history", "demand", "--json").stdout)["entries"]


def refused(project, *arguments, code=2):
    """The message of a command that must leave everything as it was."""
    before = alias(project), entries()
    ended = recurcast(*arguments)
    assert ended.exit_code == code, ended.stdout + ended.stderr
    assert (alias(project), entries()) == before
    assert ended.stderr.count("\n") == 1
    return ended.message


def test_champion_says_who_since_when_and_why_and_that_the_alias_agrees(registered):
    ended = recurcast("champion", "demand")
    told = one_json_object(recurcast("champion", "demand", "--json").stdout)

    assert ended.exit_code == 0, ended.stderr
    for shown in (
        f"demand: champion is version {LAST} (gru, trained as of 2024-01-04T00:00:00Z)",
        "since   2024-01-04T00:00:00Z, by the verdict of run",
        "gru was judged promote",
        "files   whole",
        f"models:/demand@champion is version {LAST}, as the history says",
    ):
        assert shown in ended.stdout
    assert (told["version"], told["kind"], told["alias"], told["damage"]) == (LAST, "network", LAST, None)


def test_champion_of_an_instant_is_who_stood_then(registered):
    then = one_json_object(recurcast("champion", "demand", "--as-of", "2024-01-03", "--json").stdout)
    nobody = recurcast("champion", "demand", "--as-of", "2024-01-01T12:00:00Z")

    assert (then["version"], then["as_of"], then["alias"]) == (FIRST, "2024-01-03T00:00:00Z", LAST)
    assert "nobody as of 2024-01-01T12:00:00Z was champion" in nobody.stdout


def test_champion_says_where_the_alias_was_moved_by_another_hand(registered):
    registered.client.set_registered_model_alias("demand", "champion", str(KEPT))

    assert f"@champion is version {KEPT}; the next run sets it to {LAST}" in recurcast("champion", "demand").stdout


def test_a_champion_that_was_deleted_or_damaged_is_told_with_the_way_back(registered):
    registered.client.delete_model_version("demand", str(LAST))
    deleted = recurcast("champion", "demand").stdout
    assert f"version {LAST}, which the history names, was deleted; so the one before it serves" in deleted
    assert f"@champion is not set; the next run sets it to {FIRST}" in deleted

    (file,) = files_below(registered.root, "baseline.json")
    file.unlink()
    damaged = recurcast("champion", "demand")
    assert damaged.exit_code == 0
    assert "its files are missing" in damaged.stdout
    assert "recurcast rollback demand" in damaged.stdout
    assert "did not: its files are missing" in recurcast("rollback", "demand", "--to", str(KEPT)).message


def test_history_lists_everything_with_who_stood_before_and_after(registered):
    recurcast("rollback", "demand", "--reason", "spikes at night")
    ended = recurcast("history", "demand")

    assert ended.exit_code == 0, ended.stderr
    steps = [(each["kind"], each["version"], each["before"], each["after"]) for each in entries()]
    assert steps == [
        ("verdict", FIRST, None, FIRST),
        ("verdict", KEPT, FIRST, FIRST),
        ("verdict", LAST, FIRST, LAST),
        ("rollback", FIRST, LAST, FIRST),
    ]
    for shown in ("v3 keep", "rollback to v2", "v4 -> v2", "4 entries; champion is version 2"):
        assert shown in ended.stdout
    assert f"recurcast promote demand {LAST} --reason TEXT" in ended.stdout


def test_rollback_goes_back_and_bars_until_promote_lifts_it(registered):
    back = one_json_object(recurcast("rollback", "demand", "--json").stdout)
    assert (back["before"], back["after"], back["serving"]) == (LAST, FIRST, FIRST)
    assert alias(registered) == FIRST
    store = connect(registered.root)
    twin = serving_version_of(kept_run(store, PIPELINE, TICKS[2]), PIPELINE, TICKS[2], "promote")
    project_alias(store, PIPELINE)
    assert alias(registered) == FIRST

    assert f"version {LAST} of 'demand' was left as of" in refused(registered, "rollback", "demand", "--to", str(LAST))
    lifted = recurcast("promote", "demand", str(twin), "--reason", "the spikes were real")
    assert lifted.exit_code == 0, lifted.stderr
    assert f"demand: champion was version {FIRST}, now it is version {twin}" in lifted.stdout
    assert alias(registered) == twin


def test_rollback_ends_at_the_baseline_and_a_person_can_start_from_there(registered):
    recurcast("rollback", "demand")
    message = refused(registered, "rollback", "demand")
    assert message.endswith(
        f"before version {FIRST} of 'demand' there was none that may stand. "
        "To let the baseline serve: recurcast rollback demand --to baseline"
    )
    to_baseline = recurcast("rollback", "demand", "--to", "baseline", "--reason", "all of them drift")
    assert to_baseline.exit_code == 0, to_baseline.stderr
    assert alias(registered) == BASELINE
    assert "the baseline serves" in recurcast("champion", "demand").stdout
    assert "nobody is champion of 'demand'" in refused(registered, "rollback", "demand")

    assert recurcast("promote", "demand", str(KEPT), "--reason", "good enough", "--expect", "baseline").exit_code == 0
    assert alias(registered) == KEPT


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("promote", "demand", "9", "--reason", "x"), "there is no version 9 of 'demand'"),
        (("promote", "demand", str(LAST), "--reason", "x"), f"version {LAST} is the champion of 'demand' already"),
        (("promote", "demand", str(BASELINE), "--reason", "x"), "recurcast rollback demand --to baseline"),
        (("promote", "demand", str(KEPT), "--reason", " "), "a promotion by hand has a reason"),
        (("promote", "demand", str(KEPT)), "--reason"),
        (
            ("promote", "demand", str(KEPT), "--reason", "x", "--expect", str(FIRST)),
            f"received version {FIRST}, the champion of 'demand' is version {LAST}",
        ),
        (("promote", "demand", str(KEPT), "--reason", "x", "--expect", "v2"), "received 'v2'"),
        (("rollback", "demand", "--to", "9"), "there is no version 9 of 'demand'"),
        (("rollback", "demand", "--to", "yesterday"), "received 'yesterday'"),
        (("rollback", "demnad"), "Did you mean 'demand'?"),
        (("champion", "demand", "--as-of", "soon"), "received 'soon'"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_message_and_nothing_moves(registered, arguments, told):
    assert told in refused(registered, *arguments)


def test_a_version_that_does_not_forecast_is_not_made_champion(registered):
    store = connect(registered.root)
    broken = version_of(kept_run(store, PIPELINE, TICKS[1]), PIPELINE, TICKS[1], "keep")

    message = refused(registered, "promote", "demand", str(broken), "--reason", "x", code=1)
    assert f"version {broken} of 'demand' did not: its file data/model.keras is damaged. Nothing moved." in message


@pytest.mark.parametrize("command", ["champion", "promote", "rollback", "history"])
def test_where_nothing_was_registered_each_command_says_so(project, command):
    ended = recurcast(command, "demand", *(["1", "--reason", "x"] if command == "promote" else []))

    assert ended.exit_code == (0 if command == "history" else 2)
    assert "recurcast run demand" in ended.message + ended.stdout


def test_a_trained_network_is_loaded_and_forecasts_before_it_is_promoted(project):
    project.write(demand())
    assert recurcast("run", "demand", "--as-of", "2024-01-04T00:00:00Z").exit_code == 0
    back = recurcast("rollback", "demand", "--to", "baseline")
    forward = recurcast("promote", "demand", "1", "--reason", "it is back")

    assert (back.exit_code, forward.exit_code) == (0, 0), back.stderr + forward.stderr
    assert "now it is version 1" in forward.stdout
    told = one_json_object(recurcast("champion", "demand", "--json").stdout)
    assert (told["version"], told["entry"]["kind"], set(told["scores"])) == (1, "promotion", {"challenger", "baseline"})
