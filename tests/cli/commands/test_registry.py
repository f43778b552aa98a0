"""champion, history, promote and rollback as a person calls them, over versions as runs leave them."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zlib import crc32

import pytest
import yaml
from mlflow import MlflowClient

from recurcast.config import PipelineConfig
from recurcast.forecasting.portable.bundle import folder_of, read
from recurcast.instants import parse_instant
from recurcast.tracking.registry.champion_history import project as project_alias
from recurcast.tracking.store import Store, connect
from support.projects import DEMAND, Ended, Project, demand, one_json_object, recurcast
from support.recorded import files_below, kept_run, serving_version_of, version_of

TICKS = [parse_instant(f"2024-01-0{day}T00:00:00Z") for day in (2, 3, 4)]
BASELINE = 1
FIRST, KEPT, LAST = 2, 3, 4
"""The versions of the three ticks; the first and the last were promoted."""


@dataclass(frozen=True)
class Registered:
    """A pipeline with three judged intervals, over a file that no longer grows: its default as_of is the last one."""

    store: Store
    pipeline: PipelineConfig

    @property
    def name(self) -> str:
        return self.pipeline.name

    @property
    def client(self) -> MlflowClient:
        return self.store.client

    def judge(self, as_of: datetime, decision: str) -> int:
        return serving_version_of(kept_run(self.store, self.pipeline, as_of), self.pipeline, as_of, decision)

    def alias(self) -> int:
        return int(self.client.get_registered_model(self.name).aliases["champion"])

    def call(self, command: str, *arguments: str) -> Ended:
        return recurcast(command, self.name, *arguments)

    def entries(self) -> list[dict[str, Any]]:
        return one_json_object(self.call("history", "--json").stdout)["entries"]

    def refuses(self, command: str, *arguments: str, code: int = 2) -> str:
        """The message of a command that must leave everything as it was."""
        before = self.alias(), self.entries()
        ended = self.call(command, *arguments)
        assert ended.exit_code == code, ended.stdout + ended.stderr
        assert (self.alias(), self.entries()) == before
        assert ended.stderr.count("\n") == 1
        return ended.message


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    """A project that all tests share; each adds a pipeline of its own."""
    root = tmp_path_factory.mktemp("project")
    (root / "prefect.yaml").write_text("deployments: []")
    Project(root).write(demand())
    return root


def add_pipeline(root: Path, name: str) -> PipelineConfig:
    block = DEMAND | {"name": name, "source": {"kind": "file", "path": "demand.csv", "static": True}}
    written = yaml.safe_load((root / "prefect.yaml").read_text())
    schedules = [{"cron": "0 0 * * *", "slug": "daily"}]
    written["deployments"].append(
        {
            "name": name,
            "entrypoint": "flows/train.py:train",
            "schedules": schedules,
            "parameters": {"pipeline": block},
        }
    )
    (root / "prefect.yaml").write_text(yaml.safe_dump(written))
    return PipelineConfig.model_validate(block)


def register_three(root: Path, name: str) -> Registered:
    made = Registered(connect(root), add_pipeline(root, name))
    for as_of, decision in zip(TICKS, ("promote", "keep", "promote"), strict=True):
        made.judge(as_of, decision)
    project_alias(made.store, made.pipeline)
    return made


@pytest.fixture(autouse=True)
def _stood_in(root, monkeypatch):
    monkeypatch.chdir(root)


@pytest.fixture
def registered(root, request):
    return register_three(root, f"p{crc32(request.node.name.encode()):x}")


@pytest.fixture(scope="module")
def steady(root):
    """For what moves nothing."""
    return register_three(root, "steady")


def test_champion_says_who_since_when_and_why_and_that_the_alias_agrees(steady):
    ended = steady.call("champion")
    told = one_json_object(steady.call("champion", "--json").stdout)

    assert ended.exit_code == 0, ended.stderr
    for shown in (
        f"steady: champion is version {LAST} (gru, trained as of 2024-01-04T00:00:00Z)",
        "since   2024-01-04T00:00:00Z, by the verdict of run",
        "gru was judged promote",
        "files   whole",
        f"models:/steady@champion is version {LAST}, as the history says",
    ):
        assert shown in ended.stdout
    assert (told["version"], told["kind"], told["alias"], told["damage"]) == (LAST, "network", LAST, None)


def test_champion_of_an_instant_is_who_stood_then(steady):
    then = one_json_object(steady.call("champion", "--as-of", "2024-01-03", "--json").stdout)
    nobody = steady.call("champion", "--as-of", "2024-01-01T12:00:00Z")

    assert (then["version"], then["as_of"], then["alias"]) == (FIRST, "2024-01-03T00:00:00Z", LAST)
    assert "nobody as of 2024-01-01T12:00:00Z was champion" in nobody.stdout


def test_a_champion_that_was_deleted_or_damaged_is_told_with_the_way_back(registered):
    name, client = registered.name, registered.client
    client.set_registered_model_alias(name, "champion", str(KEPT))
    assert f"@champion is version {KEPT}; the next run sets it to {LAST}" in registered.call("champion").stdout

    client.delete_model_version(name, str(LAST))
    deleted = registered.call("champion").stdout
    assert f"version {LAST}, which the history names, was deleted; so the one before it serves" in deleted

    (file,) = (each for each in files_below(registered.store.root, "baseline.json") if name in each.parts)
    file.unlink()
    damaged = registered.call("champion")
    assert damaged.exit_code == 0
    assert "its files are missing" in damaged.stdout
    assert f"recurcast rollback {name}" in damaged.stdout
    assert "did not: its files are missing" in registered.refuses("rollback", "--to", str(KEPT), code=1)


def test_history_lists_everything_with_who_stood_before_and_after(registered):
    assert registered.call("rollback", "--reason", "spikes at night").exit_code == 0
    ended = registered.call("history")

    assert ended.exit_code == 0, ended.stderr
    steps = [(each["kind"], each["version"], each["before"], each["after"]) for each in registered.entries()]
    assert steps == [
        ("verdict", FIRST, None, FIRST),
        ("verdict", KEPT, FIRST, FIRST),
        ("verdict", LAST, FIRST, LAST),
        ("rollback", FIRST, LAST, FIRST),
    ]
    for shown in (
        "v3 keep",
        "v2 stays",
        "rollback to v2",
        "v4 -> v2",
        "spikes at night",
        "4 entries; champion is version 2",
    ):
        assert shown in ended.stdout
    assert f"recurcast promote {registered.name} {LAST} --reason TEXT" in ended.stdout


def test_rollback_goes_back_and_bars_until_promote_lifts_it(registered):
    back = one_json_object(registered.call("rollback", "--json").stdout)
    assert (back["before"], back["after"], back["serving"]) == (LAST, FIRST, FIRST)
    assert "no light bundle in" in back["note"]  # these versions have none
    assert registered.alias() == FIRST
    twin = registered.judge(TICKS[2], "promote")
    project_alias(registered.store, registered.pipeline)
    assert registered.alias() == FIRST

    assert f"version {LAST} of '{registered.name}' was left" in registered.refuses("rollback", "--to", str(LAST))
    lifted = registered.call("promote", str(twin), "--reason", "the spikes were real")
    assert lifted.exit_code == 0, lifted.stderr
    assert f"champion was version {FIRST}, now it is version {twin}" in lifted.stdout
    assert registered.alias() == twin


def test_rollback_ends_at_the_baseline_and_a_person_can_start_from_there(registered):
    name = registered.name
    assert registered.call("rollback").exit_code == 0
    assert registered.refuses("rollback").endswith(
        f"before version {FIRST} of '{name}' there was none that may stand. "
        f"To let the baseline serve: recurcast rollback {name} --to baseline"
    )
    to_baseline = registered.call("rollback", "--to", "baseline", "--reason", "all of them drift")
    assert to_baseline.exit_code == 0, to_baseline.stderr
    assert registered.alias() == BASELINE
    told = registered.call("champion").stdout
    assert "nobody is champion; the baseline serves" in told
    assert "all of them drift" in told
    assert f"nobody is champion of '{name}'" in registered.refuses("rollback")

    assert registered.call("promote", str(KEPT), "--reason", "good enough", "--expect", "baseline").exit_code == 0
    assert registered.alias() == KEPT


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("promote 9 --reason x", "there is no version 9 of 'steady'"),
        (f"promote {LAST} --reason x", f"version {LAST} is the champion of 'steady' already"),
        (f"promote {BASELINE} --reason x", "recurcast rollback steady --to baseline"),
        (f"promote {KEPT} --reason=", "a promotion by hand has a reason"),
        (f"promote {KEPT}", "--reason"),
        (
            f"promote {KEPT} --reason x --expect {FIRST}",
            f"received version {FIRST}, the champion of 'steady' is version {LAST}",
        ),
        (f"promote {KEPT} --reason x --expect v2", "received 'v2'"),
        ("rollback --to 9", "there is no version 9 of 'steady'"),
        ("rollback --to yesterday", "received 'yesterday'"),
        (f"rollback --to {LAST}", f"version {LAST} is the champion of 'steady' already"),
        ("champion --as-of soon", "received 'soon'"),
    ],
)
def test_what_can_not_be_done_is_said_in_one_message_and_nothing_moves(steady, command, told):
    assert told in steady.refuses(*command.split(" "))


def test_a_version_that_does_not_forecast_is_not_made_champion(steady):
    broken = version_of(kept_run(steady.store, steady.pipeline, TICKS[1]), steady.pipeline, TICKS[1], "keep")

    message = steady.refuses("promote", str(broken), "--reason", "x", code=1)
    assert f"version {broken} of 'steady' did not: its file data/model.keras is damaged. Nothing moved." in message


@pytest.mark.parametrize("command", ["champion", "promote", "rollback", "history"])
def test_where_nothing_was_registered_each_command_says_so(root, command):
    add_pipeline(root, f"new-{command}")
    ended = recurcast(command, f"new-{command}", *(["1", "--reason", "x"] if command == "promote" else []))

    assert ended.exit_code == (0 if command == "history" else 2)
    assert f"recurcast run new-{command}" in ended.message + ended.stdout


def test_a_pipeline_that_there_is_not_is_named_with_the_nearest(steady):
    ended = recurcast("rollback", "stedy")

    assert ended.exit_code == 2
    assert "Did you mean 'steady'?" in ended.message


def test_a_trained_network_is_loaded_and_forecasts_before_it_is_promoted(root):
    add_pipeline(root, "trained")
    assert recurcast("run", "trained", "--as-of", "2024-01-04T00:00:00Z").exit_code == 0
    back = recurcast("rollback", "trained", "--to", "baseline")
    forward = recurcast("promote", "trained", "1", "--reason", "it is back")

    assert (back.exit_code, forward.exit_code) == (0, 0), back.stderr + forward.stderr
    assert "now it is version 1" in forward.stdout
    assert "note:" not in forward.stdout
    assert read(folder_of(root, "trained")).version == 1
    told = one_json_object(recurcast("champion", "trained", "--json").stdout)
    assert (told["version"], told["entry"]["kind"], set(told["scores"])) == (1, "promotion", {"challenger", "baseline"})
