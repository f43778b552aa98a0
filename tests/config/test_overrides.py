from collections.abc import Callable
from pathlib import Path

import pytest

from recurcast.config.project import load_pipeline
from recurcast.errors import ConfigurationError

SINE = """
deployments:
  - name: sine
    <<: *flow
    parameters:
      pipeline:
        <<: *small
        name: sine
        source: {kind: generated, seasons: [{period: 24.0, amplitude: 1.0}]}
"""


def test_settings_change_the_pipeline_and_not_the_file(write_project: Callable[[str], Path]) -> None:
    root = write_project(SINE)
    settings = [
        "training.epochs=3",
        "training.patience=null",
        "training.learning_rate=1e-2",
        "network.calendar=[hour, weekday]",
        "checks={max_missing: 0.1}",
        "source.seasons.0.amplitude=2.5",
        "source.missing.every=10",
        "source.missing.length=2",
        "description=a = b",
    ]

    changed, plain = load_pipeline(root, "sine", settings).pipeline, load_pipeline(root, "sine").pipeline

    assert (changed.training.epochs, changed.training.patience, changed.training.learning_rate) == (3, None, 0.01)
    assert changed.network.calendar == ("hour", "weekday")
    assert changed.checks.max_missing == 0.1
    assert changed.source.kind == "generated"
    assert changed.source.seasons[0].amplitude == 2.5
    assert changed.source.missing is not None
    assert (changed.source.missing.every, changed.source.missing.length) == (10, 2)
    assert changed.description == "a = b"
    assert plain.training.epochs == 20


def test_of_two_settings_of_a_field_the_last_holds(write_project: Callable[[str], Path]) -> None:
    changed = load_pipeline(write_project(SINE), "sine", ["training.epochs=3", "training.epochs=4"])

    assert changed.pipeline.training.epochs == 4


def test_a_source_may_be_replaced_by_another_kind(write_project: Callable[[str], Path]) -> None:
    changed = load_pipeline(write_project(SINE), "sine", ["source={kind: file, path: a.csv}", "source.static=true"])

    assert changed.pipeline.source.kind == "file"
    assert changed.pipeline.source.static


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("training.epochs", "a setting is written path.to.field=value, such as training.epochs=5; received"),
        ("=3", "a setting is written path.to.field=value"),
        ("training.epochs={", "the value of a setting is YAML; received 'training.epochs={'"),
        ("name=other", "a pipeline's name is that of its deployment and can't be set"),
        ("trainig.epochs=3", "unknown field 'trainig'. Did you mean 'training'? Valid: description, unit, source, "),
        ("training.epoch=3", "--set training.epoch: unknown field 'epoch'. Did you mean 'epochs'? Valid: epochs, "),
        ("training.epochs.most=3", "--set training.epochs.most: training.epochs has no fields of its own"),
        ("source.seasons.1.period=3", "--set source.seasons.1.period: unknown field '1'. Valid: 0."),
        ("source.seasons.².period=3", "--set source.seasons.².period: unknown field '²'. Valid: 0."),
        (f"source.seasons.{'9' * 5000}.period=3", "unknown field '9999"),
        ("training.epochs=*many", "received 'training.epochs=*many': found undefined alias 'many'. Put it in quotes."),
        ("training.epochs=2024-13-01", "'2024-13-01' is no timestamp; put text in quotes"),
        ("network.calendar=!!set {hour}", "a tag is one of !!null"),
        (f"network.calendar={'[' * 500}", "values stand in one another at most 50 deep"),
        ("source.seasons.0.perod=3", "unknown field 'perod'. Did you mean 'period'?"),
        ("source.path=a.csv", "--set source.path: unknown field 'path'."),
        ("training.epochs=many", "training.epochs: should be a valid integer"),
        ("windows.lookback=500", "lookback 500 + horizon 1 need 501 steps"),
    ],
)
def test_a_setting_that_names_no_field_or_no_valid_value_is_refused(
    write_project: Callable[[str], Path], setting: str, message: str
) -> None:
    with pytest.raises(ConfigurationError) as caught:
        load_pipeline(write_project(SINE), "sine", [setting])

    assert message in str(caught.value)
