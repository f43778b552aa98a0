"""Fields written into prefect.yaml: everything else stays to the byte, and what can't be done so is refused."""

import difflib
import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from recurcast.config.project import load_pipeline, read_deployments
from recurcast.config.project_editing import edited, write
from recurcast.errors import ConfigurationError

OWN = Path(__file__).parents[2] / "prefect.yaml"
SETTINGS: dict[str, Any] = {
    "network.units": 64,
    "network.layers": 2,
    "training.learning_rate": 0.00242181164510729,
    "training.loss": "mae",
    "training.clip_norm": None,
    "windows.lookback": 12,
    "search.read_until": "2024-03-01T00:00:00Z",
}
HEAD = """\
# how things are
name:   shop

"""
PARTS = "parts: {history: 90, validation: 24, test: 36}"
SOURCE = "source: {kind: generated, level: 20}   # made up"

BLOCKS = f"""\
deployments:
  - &tiny
    name: tiny
    entrypoint: "flows/train.py:train"   # as ever
    parameters:
      pipeline:
        name: tiny
        description: >-
          two lines
          of words
        {SOURCE}
        frequency: h
        {PARTS}
        windows:
          lookback: 12  # half a day
          horizon: 2
        # the network is small
        network:
          units: 0x3   # three
          # no layers
        training: {{epochs: 5,   # few
                   learning_rate: 5.0e-2, }}

        gate:
          baseline: naive
  - {{<<: *tiny, entrypoint: flows/forecast.py:forecast}}
"""
FLOWS = f"""\
deployments: [{{name: tiny, entrypoint: 'f.py:train', parameters: {{pipeline: {{name: tiny, {SOURCE.split("  #")[0]},
  frequency: h, {PARTS}, windows: {{lookback: 12, horizon: 2}}, network: {{}}}}}}}}]
"""
SHARED = f"""\
definitions:
  small: &small {{units: 3, dropout: 0.1}}
  usual: &usual
    {SOURCE}
    frequency: h
    {PARTS}
    windows: {{lookback: 6, horizon: 2}}
    network: *small
    training: &training {{epochs: 5}}
deployments:
- name: tiny
  entrypoint: f.py:train
  parameters:
    pipeline:
      <<: *usual
      name: tiny
      training: *training
- name: other
  entrypoint: f.py:train
  parameters: {{pipeline: {{<<: *usual, name: other}}}}
"""
FORECAST_FIRST = f"""\
deployments:
- &f
  name: tiny
  entrypoint: f.py:forecast
  parameters: {{pipeline: &p {{name: tiny, frequency: h, {PARTS}, windows: {{lookback: 6, horizon: 2}},
    source: {{kind: generated}}}}}}
- <<: *f
  entrypoint: f.py:train
"""
COPIED = f"""\
deployments:
- {{name: tiny, entrypoint: 'f.py:train', parameters: {{pipeline: {{name: tiny, frequency: h, {PARTS},
    windows: {{lookback: 6, horizon: 2}}, source: {{kind: generated}}}}}}}}
- {{name: tiny, entrypoint: 'f.py:forecast', parameters: {{pipeline: {{name: tiny, frequency: h, {PARTS},
    windows: {{lookback: 6, horizon: 2}}, source: {{kind: generated}}}}}}}}
"""


def project(folder: Path, text: str) -> Path:
    (folder / "prefect.yaml").write_bytes(text.encode())
    return folder


def pipelines(root: Path) -> dict[str, Any]:
    return {each.name: each for each in read_deployments(root)}


def with_settings(pipeline: Any) -> Any:
    block = pipeline.model_dump(mode="json")
    for field, value in SETTINGS.items():
        place, _, name = field.partition(".")
        block[place][name] = value
    return type(pipeline).model_validate(block)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("text", [BLOCKS, FLOWS, SHARED, FORECAST_FIRST, COPIED, BLOCKS.rstrip(), SHARED.rstrip()])
def test_the_fields_are_those_asked_for_and_everything_else_is_what_it_was(tmp_path, text, newline):
    root = project(tmp_path, "\ufeff" + (HEAD + text).replace("\n", newline))
    before = pipelines(root)

    write(edited(root, "tiny", SETTINGS))

    after = pipelines(root)
    assert after.pop("tiny").pipeline == with_settings(before.pop("tiny").pipeline)
    assert after == before
    for block in yaml.safe_load((root / "prefect.yaml").read_text("utf-8-sig"))["deployments"]:
        changed = block["parameters"]["pipeline"].get("network", {}).get("units") == 64
        assert changed == (block["name"] == "tiny")  # the forecasting deployment too
    assert (root / "prefect.yaml").read_bytes().startswith("\ufeff# how things are".encode())


def test_lines_change_or_come_and_comments_stay(tmp_path):
    root = project(tmp_path, HEAD + BLOCKS)

    after = edited(root, "tiny", SETTINGS).after

    lines = [line for line in difflib.ndiff((HEAD + BLOCKS).splitlines(), after.splitlines()) if line[0] in "+-"]
    assert [line for line in lines if line[0] == "-"] == [
        "-           units: 0x3   # three",
        "-                    learning_rate: 5.0e-2, }",
    ]
    assert [line for line in lines if line[0] == "+"] == [
        "+           units: 64   # three",
        "+           layers: 2",
        "+                    learning_rate: 0.00242181164510729, loss: mae, clip_norm: null, }",
        '+         search: {read_until: "2024-03-01T00:00:00Z"}',
    ]


def test_what_an_anchor_shares_is_not_changed_for_others(tmp_path):
    root = project(tmp_path, SHARED)

    after = edited(root, "tiny", {"network.units": 64, "training.epochs": 7}).after

    assert (
        "      training: {<<: *training, epochs: 7}\n      network: {units: 64, dropout: 0.1}\n- name: other" in after
    )
    assert after.startswith(SHARED[: SHARED.index("deployments")])


@pytest.mark.parametrize("name", [each.name for each in read_deployments(OWN.parent)])
def test_each_pipeline_of_the_project_of_this_repository(tmp_path, name):
    text = OWN.read_text()
    root = project(tmp_path, text)
    settings = {"network.units": 48, "network.layers": 2, "search.read_until": "2024-03-01T00:00:00Z"}
    before = pipelines(root)

    write(edited(root, name, settings))

    after = pipelines(root)
    assert after.pop(name).pipeline.network.units == 48
    before.pop(name)
    assert after == before
    changed = list(difflib.ndiff(text.splitlines(), (root / "prefect.yaml").read_text().splitlines()))
    assert sum(line.startswith("- ") for line in changed) <= 2
    assert sum(line.startswith("+ ") for line in changed) <= 3


def test_a_list_in_lines_becomes_one_in_brackets(tmp_path):
    text = BLOCKS.replace(
        "          # no layers\n",
        "          calendar:  # what day\n          - hour  # it is hourly\n          - weekday\n",
    )
    root = project(tmp_path, text)

    after = edited(root, "tiny", {"network.calendar": ["month"], "network.units": 5}).after

    assert "          units: 5   # three\n          calendar: [month]  # what day\n        training" in after


def test_a_search_s_own_deployment_which_is_in_no_file_is_no_hindrance(tmp_path):
    root = project(
        tmp_path, BLOCKS.replace("        gate:\n", '        search: {schedule: "0 3 * * 6"}\n        gate:\n')
    )

    after = edited(root, "tiny", SETTINGS).after

    assert '        search: {schedule: "0 3 * * 6", read_until: "2024-03-01T00:00:00Z"}\n' in after


def test_what_stands_already_changes_nothing(tmp_path):
    root = project(tmp_path, BLOCKS)

    assert not edited(root, "tiny", {"network.units": 3, "windows.lookback": 12}).changes


def test_a_value_that_others_name_by_an_alias_is_not_written_and_said_how_to_set_by_hand(tmp_path):
    text = BLOCKS.replace("units: 0x3", "units: &three 0x3").replace("epochs: 5", "epochs: *three")
    root = project(tmp_path, text)

    with pytest.raises(
        ConfigurationError, match=r"of pipeline 'tiny' that can't be done: .*Set by hand: network.units = 64"
    ):
        edited(root, "tiny", {"network.units": 64})


def test_settings_that_are_not_valid_together_are_refused(tmp_path):
    root = project(tmp_path, BLOCKS)

    with pytest.raises(ConfigurationError, match="with these settings would not be valid: lookback 900"):
        edited(root, "tiny", {"windows.lookback": 900})


def test_a_file_that_was_changed_meanwhile_stays_as_it_is(tmp_path):
    root = project(tmp_path, BLOCKS)
    change = edited(root, "tiny", SETTINGS)
    (root / "prefect.yaml").write_text(HEAD + BLOCKS)

    with pytest.raises(ConfigurationError, match="was changed while it was read"):
        write(change)

    assert (root / "prefect.yaml").read_text() == HEAD + BLOCKS
    assert os.listdir(root) == ["prefect.yaml"]


def test_permissions_and_a_link_stay(tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (project(elsewhere, BLOCKS) / "prefect.yaml").chmod(0o640)
    root = tmp_path / "project"
    root.mkdir()
    (root / "prefect.yaml").symlink_to(elsewhere / "prefect.yaml")

    write(edited(root, "tiny", SETTINGS))

    assert (root / "prefect.yaml").is_symlink()
    assert (elsewhere / "prefect.yaml").stat().st_mode & 0o777 == 0o640
    assert load_pipeline(root, "tiny").pipeline.network.units == 64


def test_a_file_that_cannot_be_written_is_said_to_be_so(tmp_path):
    root = tmp_path / "project"
    root.mkdir()
    change = edited(project(root, BLOCKS), "tiny", SETTINGS)
    root.rename(tmp_path / "moved")

    with pytest.raises(
        ConfigurationError, match=r"must be writable; received: No such file or directory\. Nothing is written"
    ):
        write(change)
