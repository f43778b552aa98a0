"""`recurcast explain`."""

import pytest

from recurcast.tracking.recorded_runs import has_artifact
from recurcast.tracking.store import connect
from support.projects import DEMAND, demand, one_json_object, recurcast


@pytest.fixture(scope="module")
def calendar() -> dict:
    return {"network": DEMAND["network"] | {"calendar": ["hour", "weekday"]}}


def test_explain_tells_what_each_input_is_worth_and_keeps_the_chart_with_the_run(project, calendar):
    project.configure(**calendar)
    project.write(demand())
    assert recurcast("run", "demand", "--as-of", "2024-01-04T00:00:00Z").exit_code == 0

    ended = recurcast("explain")
    found = one_json_object(recurcast("explain", "demand", "--json").stdout)

    assert ended.exit_code == 0, ended.stderr
    assert "none: as it was" in ended.stdout
    assert {each["name"] for each in found["inputs"]} == {"hour", "weekday"}
    assert found["model_version"] == 1
    assert all(each["least"] <= each["mae"] <= each["most"] for each in found["inputs"])
    assert (project.root / "data" / "demand" / "importances.png").read_bytes().startswith(b"\x89PNG")
    assert has_artifact(connect(project.root), found["run_id"], "charts/importances.png")


def test_a_champion_that_sees_y_alone_has_nothing_to_explain(project):
    project.write(demand())
    assert recurcast("run", "demand", "--as-of", "2024-01-04T00:00:00Z").exit_code == 0

    ended = recurcast("explain", "demand")

    assert ended.exit_code == 2
    assert "version 1 of 'demand' sees y alone" in ended.message


def test_without_a_champion_explain_says_what_to_do(project):
    project.write(demand())

    ended = recurcast("explain", "demand")

    assert ended.exit_code == 2
    assert "has no champion whose inputs could be told apart. Run it first" in ended.message


@pytest.mark.parametrize("cell", ["attention", "transformer"])
def test_a_champion_with_attention_shows_which_past_steps_it_looks_at_though_it_sees_y_alone(project, cell):
    project.configure(
        network=DEMAND["network"] | {"cells": [cell]}, gate={"policy": "always", "must_beat_baseline": False}
    )
    project.write(demand())
    assert recurcast("run", "demand", "--as-of", "2024-01-04T00:00:00Z").exit_code == 0

    ended = recurcast("explain")
    found = one_json_object(recurcast("explain", "demand", "--json").stdout)

    assert ended.exit_code == 0, ended.stderr
    assert "10th to 90th percentile" in ended.stdout
    assert (found["inputs"], found["chart"], found["mae"]) == ([], None, None)
    assert [(each["newest"], each["oldest"]) for each in found["attention"]] == [(1, 1), (2, 2), (3, 3), (4, 4)]
    assert sum(each["share"] for each in found["attention"]) == pytest.approx(1)
    assert all(each["low"] <= each["high"] for each in found["attention"])
    assert (project.root / "data" / "demand" / "attention.png").read_bytes().startswith(b"\x89PNG")
    assert has_artifact(connect(project.root), found["run_id"], "charts/attention.png")
