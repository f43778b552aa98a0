from collections.abc import Callable
from pathlib import Path

import pytest

from recurcast.config.project import BrokenDeployment, TrainingDeployment, find_root, load_pipeline, read_deployments
from recurcast.errors import ConfigurationError

TWO = """
deployments:
  - name: sine
    <<: *flow
    schedules: [{cron: "0 * * * *", slug: hourly}, {cron: "30 6 * * *", timezone: Europe/Amsterdam, slug: daily}]
    parameters: {pipeline: {<<: *small, name: sine}}
  - name: energy
    <<: *flow
    schedule: {cron: "0 6 * * *", slug: daily}
    parameters: {pipeline: {<<: *small, name: energy}}
  - name: backfill
    entrypoint: flows/backfill.py:backfill
"""


BOTH = """
deployments:
  - &sine
    <<: *flow
    name: sine
    schedules: [{cron: "0 * * * *", slug: hourly}]
    parameters: {pipeline: {<<: *small, name: sine}}
  - <<: [*forecast, *sine]
  - name: energy
    <<: *flow
    schedules: [{cron: "0 6 * * *", slug: daily}]
    parameters: {pipeline: {<<: *small, name: energy}}
"""


def one(pipeline: str, rest: str = "") -> str:
    return f"""
deployments:
  - name: sine
    <<: *flow
    parameters: {{pipeline: {pipeline}}}
    {rest}
  - name: energy
    <<: *flow
    parameters: {{pipeline: {{<<: *small, name: energy}}}}
"""


def problem(root: Path, name: str = "sine", settings: tuple[str, ...] = ()) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_pipeline(root, name, settings)
    return str(caught.value)


def test_the_root_is_the_nearest_folder_upward_with_a_prefect_yaml(write_project: Callable[[str], Path]) -> None:
    root = write_project(TWO)
    (root / "data" / "samples").mkdir(parents=True)

    assert find_root(root) == root
    assert find_root(root / "data" / "samples") == root


def test_without_a_prefect_yaml_the_error_says_where_was_looked(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=rf"none in '{tmp_path}' or a folder above it\. Change into"):
        find_root(tmp_path)


def test_training_deployments_come_in_the_files_order_with_schedules_from_either_key(
    write_project: Callable[[str], Path],
) -> None:
    sine, energy = read_deployments(write_project(TWO))

    assert isinstance(sine, TrainingDeployment)
    assert isinstance(energy, TrainingDeployment)
    assert (sine.name, sine.pipeline.name, sine.entrypoint) == ("sine", "sine", "flows/train.py:train")
    assert [schedule.slug for schedule in sine.schedules] == ["hourly", "daily"]
    assert [schedule.timezone for schedule in sine.schedules] == ["UTC", "Europe/Amsterdam"]
    assert [schedule.cron for schedule in energy.schedules] == ["0 6 * * *"]


def test_a_forecasting_deployment_shares_the_name_the_pipeline_and_the_schedules_of_the_training_one(
    write_project: Callable[[str], Path],
) -> None:
    sine, energy = read_deployments(write_project(BOTH))

    assert isinstance(sine, TrainingDeployment)
    assert isinstance(energy, TrainingDeployment)
    assert (sine.entrypoint, sine.forecast_schedules) == ("flows/train.py:train", sine.schedules)
    assert energy.forecast_schedules is None


def test_every_shipped_pipeline_has_both_deployments_on_the_same_schedules() -> None:
    deployments = read_deployments(Path(__file__).parents[2])

    assert len(deployments) == 6
    for each in deployments:
        assert isinstance(each, TrainingDeployment), each.problem
        assert each.forecast_schedules == each.schedules


def test_a_broken_pipeline_is_reported_and_does_not_stop_another(write_project: Callable[[str], Path]) -> None:
    root = write_project(one("{<<: *small, name: sine, season: 0}"))

    broken, usable = read_deployments(root)

    assert isinstance(broken, BrokenDeployment)
    assert broken.name == "sine"
    assert "season: should be greater than or equal to 1; received 0." in broken.problem
    assert isinstance(usable, TrainingDeployment)
    assert load_pipeline(root, "energy").pipeline.name == "energy"


def test_an_unknown_pipeline_is_answered_with_the_nearest_name(write_project: Callable[[str], Path]) -> None:
    assert "no pipeline 'enrgy'" in (message := problem(write_project(TWO), "enrgy"))
    assert "Did you mean 'energy'? Valid: sine, energy." in message


def test_broken_yaml_is_answered_with_its_line(write_project: Callable[[str], Path]) -> None:
    root = write_project("deployments:\n  - name: sine\n    parameters: {pipeline: [\n")
    lines = (root / "prefect.yaml").read_text().count("\n")

    assert f"prefect.yaml, line {lines + 1}: not valid YAML" in problem(root)


@pytest.mark.parametrize(
    ("deployments", "message"),
    [
        ("deployments: {sine: 1}", "'deployments' is a list; received dict"),
        ("deployments: [sine]", "deployment 1 is a mapping; received 'sine'"),
        ("deployments: [{<<: *flow}]", "a deployment has a name; deployment 1 has none"),
        ("deployments: [{<<: *flow, name: 7}]", "a deployment has a name; deployment 1 has 7"),
        ("deployments: [{name: sine}]", "entrypoint is file.py:flow, such as flows/train.py:train; 'sine' has none"),
        (
            "deployments: [{<<: *flow, name: a, parameters: {pipeline: {}}},"
            " {<<: *flow, name: a, parameters: {pipeline: {}}}]",
            "each pipeline has one training deployment; 'a' is there twice",
        ),
        (
            "deployments: [{<<: *flow, name: a}, {<<: *flow, name: a}]",
            "each deployment of a flow has its own name; 'a' is there twice",
        ),
        (
            "deployments: [{<<: *forecast, name: a}, {<<: *forecast, name: a}]",
            "each deployment of a flow has its own name; 'a' is there twice",
        ),
    ],
)
def test_a_file_that_is_wrong_as_a_whole_is_refused(
    write_project: Callable[[str], Path], deployments: str, message: str
) -> None:
    root = write_project(deployments)

    with pytest.raises(ConfigurationError) as caught:
        read_deployments(root)

    assert message in str(caught.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prefect.yaml").write_bytes(b"\xff\xfe\x00")

    assert "can't be read as UTF-8 text" in problem(tmp_path)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "prefect.yaml").write_text("")

    assert "a mapping with the key 'deployments'" in problem(tmp_path)


@pytest.mark.parametrize(
    ("pipeline", "message"),
    [
        ("{<<: *small, name: energy}", "received name 'energy' in deployment 'sine'. Rename one of them."),
        ("{<<: *small}", "name: needed; received none."),
        (f"{{<<: *small, name: sine, frequency: 1{'0' * 21}h}}", "a frequency is a pandas offset alias"),
        ("sine", "'parameters.pipeline' is a mapping with the pipeline's fields; received 'sine'."),
        ("{<<: *small, name: sine, seasn: 3}", "seasn: unknown field. Did you mean 'season'? Valid: name, "),
        (
            "{<<: *small, name: sine, training: {los: mse}}",
            "training.los: unknown field. Did you mean 'loss'? Valid: epochs, ",
        ),
        (
            "{<<: *small, name: sine, training: {loss: mea}}",
            "training.loss: should be 'mse', 'mae' or 'huber'; received 'mea'.",
        ),
        (
            "{<<: *small, name: sine, source: {kind: file}}",
            "source.path: needed; received none.",
        ),
        (
            "{<<: *small, name: sine, source: {kind: file, path: a.csv, columns: {x: y}}}",
            "source.columns.x: unknown field. Valid: unique_id, ds, y, covariates, static, categories, available_at.",
        ),
        (
            "{<<: *small, name: sine, source: {kind: generated, seasons: [{amplitude: 1.0, period: 1}]}}",
            "source.seasons.0.period: should be greater than 1; received 1.",
        ),
        (
            "{<<: *small, name: sine, source: {kind: tape}}",
            "source.kind: one of 'file', 'folder', 'sql', 'python', 'generated'; received 'tape'.",
        ),
        (
            "{<<: *small, name: sine, source: {path: a.csv}}",
            "source.kind: one of 'file', 'folder', 'sql', 'python', 'generated'; received none.",
        ),
        (
            "{<<: *small, name: sine, source: {kind: generated, missing: {every: 3, length: 5}}}",
            "source.missing: a missing stretch is shorter than its block; length 5, every 3.",
        ),
        (
            "{<<: *small, name: sine, windows: {lookback: 200}}",
            "lookback 200 + horizon 1 need 201 steps; parts.history has 100. Shorten lookback or lengthen history.",
        ),
        (
            '{<<: *small, name: sine, description: "{{ prefect.variables.x }}"}',
            "pipeline.description is what it says, without templates",
        ),
    ],
)
def test_a_wrong_field_is_named_with_its_path_what_is_valid_and_what_was_received(
    write_project: Callable[[str], Path], pipeline: str, message: str
) -> None:
    root = write_project(one(pipeline))

    said = problem(root)

    assert message in said
    assert said.startswith(f"pipeline 'sine' in {root / 'prefect.yaml'}: ")


def test_a_pipeline_named_like_a_command_is_refused(write_project: Callable[[str], Path]) -> None:
    root = write_project(
        "deployments: [{<<: *flow, name: backfill, parameters: {pipeline: {<<: *small, name: backfill}}}]"
    )

    assert "name: a pipeline can't be named like a command; 'backfill' is one." in problem(root, "backfill")


def test_of_very_many_wrong_fields_the_first_are_told_and_the_rest_counted(
    write_project: Callable[[str], Path],
) -> None:
    said = problem(write_project(one(f"{{<<: *small, name: sine, network: {{calendar: [{'x, ' * 1000}]}}}}")))

    assert len(said.splitlines()) == 22
    assert said.endswith("\n  and 980 more.")


def test_several_wrong_fields_make_one_message_with_a_line_each(write_project: Callable[[str], Path]) -> None:
    said = problem(write_project(one("{<<: *small, name: sine, season: 0, training: {epochs: many}}")))

    assert said.splitlines()[1:] == [
        "  season: should be greater than or equal to 1; received 0.",
        "  training.epochs: should be a valid integer, unable to parse string as an integer; received 'many'.",
    ]
