"""The first ten minutes as a newcomer has them: no names where there is one pipeline, a way on after each command."""

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from recurcast.config.project import load_pipeline
from recurcast.tracking.store import connect
from support.projects import AS_OF, DEMAND, Project, demand, one_json_object, recurcast
from support.recorded import kept_run, serving_version_of

OPTIONAL = (
    ("run",),
    ("forecast",),
    ("history",),
    ("champion",),
    ("report",),
    ("track",),
    ("schedule",),
    ("backfill", "run", "--from", "2024-01-01"),
)
"""The commands whose NAME may be left out."""


@pytest.fixture
def judged(project: Project) -> Project:
    """A project whose only pipeline was judged once, and kept its baseline."""
    from recurcast.instants import parse_instant

    project.configure(source={"kind": "file", "path": "demand.csv", "static": True, "timezone": "Europe/Amsterdam"})
    project.write(demand())
    pipeline, store, as_of = load_pipeline(project.root, "demand").pipeline, connect(project.root), parse_instant(AS_OF)
    serving_version_of(kept_run(store, pipeline, as_of), pipeline, as_of, "keep")
    return project


@pytest.fixture
def several(project: Project) -> Project:
    """A project with three pipelines."""
    block = {"entrypoint": "flows/train.py:train", "schedules": [{"cron": "0 0 * * *", "slug": "daily"}]}
    blocks = [block | {"name": name, "parameters": {"pipeline": DEMAND | {"name": name}}} for name in "abc"]
    (project.root / "prefect.yaml").write_text(yaml.safe_dump({"deployments": blocks}))
    return project


@pytest.mark.parametrize("command", ["history", "champion", "report", "track", "schedule", "forecast"])
def test_where_there_is_one_pipeline_no_name_is_needed(judged: Project, command: str) -> None:
    named, unnamed = recurcast(command, "demand", "--json"), recurcast(command, "--json")

    assert (named.exit_code, unnamed.exit_code) == (0, 0), unnamed.stderr
    assert one_json_object(unnamed.stdout)["pipeline"] == "demand"


@pytest.mark.parametrize("command", OPTIONAL, ids=" ".join)
def test_where_there_are_several_all_are_named_in_one_message(several: Project, command: tuple[str, ...]) -> None:
    refused = recurcast(*command)

    words = " ".join(command[: 2 if command[0] == "backfill" else 1])
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert refused.stderr.count("\n") == 1
    assert refused.message.endswith(f"has 3: a, b, c. Name one, such as: recurcast {words} a")


def in_amsterdam(project: Project) -> None:
    """Let the schedule stand on the clock of Amsterdam."""
    path = project.root / "prefect.yaml"
    content = yaml.safe_load(path.read_text())
    content["deployments"][0]["schedules"] = [{"cron": "0 0 * * *", "timezone": "Europe/Amsterdam", "slug": "daily"}]
    path.write_text(yaml.safe_dump(content))


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2024-01-04T01:00", "2024-01-04T00:00:00Z"),
        ("2024-01-04 01:00", "2024-01-04T00:00:00Z"),
        ("2024-01-04T00:00:00Z", "2024-01-04T00:00:00Z"),
        ("2024-01-04T02:00+02:00", "2024-01-04T00:00:00Z"),
        ("2024-01-04", "2024-01-03T23:00:00Z"),
    ],
)
def test_an_as_of_without_zone_is_on_the_schedule_s_clock(judged: Project, text: str, instant: str) -> None:
    in_amsterdam(judged)
    champion = one_json_object(recurcast("champion", "--as-of", text, "--json").stdout)
    forecast = recurcast("forecast", "--as-of", text, "--json")

    assert champion["as_of"] == instant
    if text != "2024-01-04":  # before the first verdict
        assert one_json_object(forecast.stdout)["as_of"] == instant


@pytest.mark.parametrize("command", ["run", "forecast", "champion"])
@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "2023-10-29T02:30",
            "shows it twice. Write the instant, such as 2023-10-29T00:30:00Z or 2023-10-29T01:30:00Z.",
        ),
        (
            "2023-03-26T02:30",
            "put forward over it. Write the instant, such as 2023-03-26T00:30:00Z or 2023-03-26T01:30",
        ),
        ("yesterday", "received 'yesterday'"),
    ],
)
def test_a_time_that_the_clock_shows_twice_or_never_is_refused(
    judged: Project, command: str, text: str, told: str
) -> None:
    in_amsterdam(judged)
    refused = recurcast(command, "--as-of", text)

    assert refused.exit_code == 2
    assert refused.stderr.count("\n") == 1
    assert told in refused.message


def test_a_forecast_while_nobody_is_champion_says_on_stderr_that_the_baseline_speaks(
    judged: Project, tmp_path: Path
) -> None:
    ended = recurcast("forecast", "--output", "f.csv")
    as_json = recurcast("forecast", "--json")

    assert ended.exit_code == 0, ended.stderr
    note = "nobody was champion at 2024-01-04T00:00:00Z, so this is what the baseline says, naive, not a network"
    assert note in ended.stderr
    assert "recurcast history" in ended.stderr
    assert note not in ended.stdout + (tmp_path / "f.csv").read_text() + as_json.stdout
    assert one_json_object(as_json.stdout)["forecaster"] == "naive"


@pytest.fixture
def delete_model(project: Project) -> Callable[[], None]:
    """What MLflow's page does when somebody deletes the registered model there."""
    return lambda: project.client.delete_registered_model("demand")


def test_after_a_run_the_way_on_is_told_and_from_a_deleted_model_leads_one_way_out(
    project: Project, delete_model: Callable[[], None]
) -> None:
    project.configure(source={"kind": "file", "path": "demand.csv", "static": True})
    project.write(demand())
    trained = recurcast("run")

    assert trained.exit_code == 0, trained.stderr
    told = [line.split("#")[0].strip() for line in trained.stdout.partition("next:\n")[2].splitlines()]
    assert told == ["recurcast forecast", "recurcast report", "recurcast up"]
    assert "the new champion" in trained.stdout
    spoken = recurcast("forecast")
    assert (spoken.exit_code, spoken.stderr) == (0, "")

    delete_model()
    out = (
        "what was registered of 'demand' was deleted from MLflow, its runs were not. To train and register it again: "
        "recurcast run demand --force"
    )
    refused, again = recurcast("forecast"), recurcast("run")
    assert (refused.exit_code, again.exit_code) == (2, 0)
    for said in (refused.message, again.stdout, recurcast("champion").message, recurcast("rollback", "demand").message):
        assert out in said
    assert out[1:] in recurcast("history").stdout
    assert "recurcast run --force" in again.stdout.partition("next:\n")[2]

    assert "the new champion" in recurcast("run", "demand", "--force").stdout
    assert recurcast("forecast").exit_code == 0
    assert "recurcast run demand --force" not in recurcast("run").stdout


def test_before_the_first_champion_nothing_is_said_to_be_deleted(project):
    project.write(demand(hours=96))
    assert recurcast("run", "demand", "--as-of", "2024-01-05T00:00:00Z").exit_code == 0

    ended = recurcast("forecast", "demand", "--as-of", "2024-01-04T00:00:00Z")

    assert ended.exit_code == 2
    assert "no version of 'demand' was champion then: the first one that is registered is of 2024-01-05T00:00:00Z" in (
        ended.message
    )
