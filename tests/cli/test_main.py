import json
import subprocess
import sys
import warnings
from datetime import datetime

import pytest

from recurcast.config import PipelineConfig
from recurcast.errors import NamedLikeCommand
from recurcast.tracking.store import connect
from support.projects import AS_OF, DEMAND, demand, one_json_object, recurcast
from support.served import promote


@pytest.fixture
def trained(project):
    project.write(demand())
    return project


@pytest.fixture
def of_three_cells(trained):
    trained.configure(network={"units": 2})
    return trained


@pytest.mark.usefixtures("of_three_cells")
def test_a_run_prints_its_leaderboard_decision_and_how_to_open_the_page():
    ended = recurcast("run", "demand", "--as-of", AS_OF)

    assert ended.exit_code == 0, ended.stderr
    for name in ("rnn", "lstm", "gru", "seasonal_naive", "naive", "moving_average", "MASE", "skill"):
        assert name in ended.stdout
    assert "PROMOTE" in ended.stdout
    assert "models:/demand@champion" in ended.stdout
    assert "mlflow ui" in ended.stdout


@pytest.mark.usefixtures("of_three_cells")
def test_json_is_one_object_on_stdout_and_nothing_else_anywhere():
    ended = recurcast("run", "demand", "--as-of", AS_OF, "--json")

    result = one_json_object(ended.stdout)
    assert (ended.exit_code, ended.stderr) == (0, "")
    assert (result["pipeline"], result["as_of"], result["outcome"]) == ("demand", AS_OF, "trained")
    assert {row["competitor"] for row in result["leaderboard"]} >= {"rnn", "lstm", "gru", "seasonal_naive"}
    assert result["decision"]["verdict"] in ("promote", "keep", "reject")


def test_without_as_of_a_run_takes_the_latest_tick_of_its_schedule(trained):
    trained.configure(source={"kind": "file", "path": "demand.csv", "static": True})
    result = one_json_object(recurcast("run", "demand", "--json").stdout)

    assert result["as_of"] == "2024-01-04T00:00:00Z"


def test_set_changes_a_field_and_makes_the_run_an_experiment(trained):
    result = one_json_object(recurcast("run", "demand", "--as-of", AS_OF, "--set", "network.units=3", "--json").stdout)

    run = trained.client.get_run(result["run_id"])
    assert (run.data.params["network.units"], run.data.tags["adhoc"]) == ("3", "true")
    assert result["registration"] is None
    assert trained.standing().versions == ()


def test_set_with_promote_may_promote(trained):
    arguments = ("run", "demand", "--as-of", AS_OF, "--set", "network.units=3", "--promote", "--json")
    result = one_json_object(recurcast(*arguments).stdout)

    assert result["registration"]["version"] == 1
    assert trained.client.get_run(result["run_id"]).data.tags["adhoc"] == "false"


def test_no_promote_leaves_the_registry_alone(trained):
    assert recurcast("run", "demand", "--as-of", AS_OF, "--no-promote").exit_code == 0
    assert trained.standing().versions == ()


def test_pipelines_lists_names_schedules_and_zones(project):
    ended = recurcast("pipelines")

    assert ended.exit_code == 0
    assert all(word in ended.stdout for word in ("demand", "0 0 * * *", "UTC"))
    (row,) = one_json_object(recurcast("pipelines", "--json").stdout)["pipelines"]
    assert row["pipeline"]["windows"] == {"lookback": 4, "horizon": 1, "stride": 1}


def test_of_a_pipeline_that_is_called_as_a_later_command_a_terminal_tells(project):
    project.configure(deployment="lake", name="lake")
    with pytest.warns(NamedLikeCommand, match="'lake' is named like the command `recurcast lake`") as told:
        assert recurcast("pipelines").exit_code == 0
    said = warnings.formatwarning(told[0].message, told[0].category, told[0].filename, told[0].lineno)
    assert said.startswith("note: the pipeline 'lake' is named")
    assert said.count("\n") == 1


def test_pipelines_shows_the_usable_ones_beside_a_broken_one_and_fails(project):
    project.configure(windows={"lookback": 400, "horizon": 1})
    ended = recurcast("pipelines")

    assert ended.exit_code == 2
    assert "can't be used" in ended.stdout
    assert "lookback 400 + horizon 1 need 401 steps" in ended.stderr


def test_the_project_is_found_from_a_folder_below_it(trained, monkeypatch):
    below = trained.root / "notebooks" / "deep"
    below.mkdir(parents=True)
    monkeypatch.chdir(below)
    ended = recurcast("run", "demand", "--as-of", AS_OF, "--no-promote")

    assert ended.exit_code == 0, ended.stderr
    assert (trained.root / "mlflow.db").exists()
    assert list(below.iterdir()) == []
    assert f"cd {trained.root}" in ended.stdout.replace("\n", "")


def test_deploy_without_a_server_says_what_to_start(project, monkeypatch):
    (project.root / "flows").mkdir()
    (project.root / "flows" / "train.py").touch()
    monkeypatch.setenv("PREFECT_HOME", str(project.root / "home"))
    monkeypatch.delenv("PREFECT_API_URL", raising=False)
    ended = recurcast("deploy")

    assert ended.exit_code == 1
    assert "PREFECT_API_URL" in ended.message
    assert "recurcast up" in ended.message


def test_help_and_version_load_no_heavy_library():
    probe = (
        "import sys; from recurcast.cli.main import main; sys.argv = ['recurcast', '{option}']\n"
        "try:\n    main()\nexcept SystemExit as leaving:\n    code = leaving.code\n"
        "heavy = {{'tensorflow', 'mlflow', 'prefect', 'great_expectations', 'pandas', 'numpy'}} & set(sys.modules)\n"
        "print(); print(code, sorted(heavy))"
    )
    for option in ("--help", "--version"):
        ran = subprocess.run(
            [sys.executable, "-c", probe.format(option=option)], capture_output=True, text=True, check=True
        )
        assert ran.stdout.splitlines()[-1] == "0 []"


def test_who_trains_nothing_waits_for_no_tensorflow(trained):
    promote(connect(trained.root), PipelineConfig.model_validate(DEMAND), datetime.fromisoformat(AS_OF))
    commands = (("history", "demand"), ("forecast", "demand", "--as-of", AS_OF), ("report", "demand"), ("status",))
    probe = (
        "import sys; from recurcast.cli.main import main\n"
        f"for words in {commands!r}:\n"
        "    sys.argv = ['recurcast', *words]\n"
        "    try:\n        main()\n    except SystemExit as leaving:\n"
        "        print(); print('ended', words[0], leaving.code, 'tensorflow' in sys.modules)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", probe], cwd=trained.root, capture_output=True, text=True, check=True
    ).stdout.splitlines()

    assert [line for line in ran if line.startswith("ended ")] == [
        "ended history 0 False", "ended forecast 0 False", "ended report 0 False", "ended status 1 False"
    ]  # fmt: skip


def test_libraries_keep_silent_unless_asked(trained):
    arguments = [sys.executable, "-m", "recurcast", "run", "demand", "--as-of", AS_OF, "--json"]
    quiet = subprocess.run(arguments, cwd=trained.root, capture_output=True, text=True, check=True)

    assert quiet.stderr == ""
    assert json.loads(quiet.stdout)["outcome"] == "trained"


def test_an_as_of_in_the_future_is_refused(trained):
    ended = recurcast("run", "demand", "--as-of", "2200-01-01T00:00:00Z")

    assert ended.exit_code == 2
    assert "as_of is an instant that has passed; received 2200-01-01T00:00:00Z" in ended.message
