"""What a user may say: every field described, nothing unknown, nothing that contradicts itself."""

import sys
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import pytest
from pydantic import BaseModel, ValidationError

from recurcast.cli.main import app
from recurcast.config import COMMAND_WORDS, NEW_WORDS, FileSource, GeneratedSource, PipelineConfig
from recurcast.config.base import Settings
from recurcast.config.schedule import Schedule
from support.tiny import tiny_pipeline


def block(**changed: Any) -> dict[str, Any]:
    """The smallest pipeline that is valid, with some fields changed."""
    smallest: dict[str, Any] = {
        "name": "demand",
        "source": {"kind": "file", "path": "demand.csv"},
        "parts": {"history": 40, "validation": 10, "test": 10},
        "windows": {"lookback": 4},
    }
    return smallest | changed


def pipeline(**changed: Any) -> PipelineConfig:
    return PipelineConfig.model_validate(block(**changed))


def refused(**changed: Any) -> str:
    """The messages with which a pipeline is refused, each with its field."""
    with pytest.raises(ValidationError) as refusal:
        pipeline(**changed)
    return "\n".join(
        f"{'.'.join(str(key) for key in error['loc'])}: {error['msg']}" for error in refusal.value.errors()
    )


def models(annotation: Any) -> Iterator[type[BaseModel]]:
    """All models that an annotation names, and all that their fields name."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from models(field.annotation)
    elif get_origin(annotation) in (Annotated, Union, UnionType, tuple, list, dict):
        for argument in get_args(annotation):
            yield from models(argument)


ALL_MODELS = sorted({*models(PipelineConfig), *models(Schedule)}, key=lambda model: model.__name__)


def test_the_walk_over_the_models_finds_the_deepest_ones() -> None:
    names = {model.__name__ for model in ALL_MODELS}
    assert {"PipelineConfig", "FileSource", "Columns", "GeneratedSource", "Season", "Anomalies", "Schedule"} <= names
    assert len(names) == 25


@pytest.mark.parametrize("model", ALL_MODELS, ids=lambda model: model.__name__)
def test_every_field_has_a_description(model: type[BaseModel]) -> None:
    without = [name for name, field in model.model_fields.items() if len(field.description or "") < 10]
    assert without == []
    assert all(field.description.endswith(".") for field in model.model_fields.values() if field.description)


@pytest.mark.parametrize("model", ALL_MODELS, ids=lambda model: model.__name__)
def test_every_model_is_frozen_knows_no_other_fields_and_checks_its_defaults(model: type[BaseModel]) -> None:
    assert issubclass(model, Settings)
    assert model.model_config["frozen"] is True
    assert model.model_config["extra"] == "forbid"
    assert model.model_config["validate_default"] is True
    assert model.model_config["allow_inf_nan"] is False


def test_a_pipeline_can_not_be_changed() -> None:
    config = pipeline()
    with pytest.raises(ValidationError, match="frozen"):
        config.season = 2
    with pytest.raises(ValidationError, match="frozen"):
        config.parts.history = 2
    assert hash(config) == hash(pipeline())


def test_a_pipeline_survives_json_unchanged() -> None:
    full = pipeline(
        source={"kind": "generated", "seasons": [{"period": 24, "amplitude": 2}], "regimes": {"every": 9, "std": 1}},
        frequency="h",
        checks={"max_age": "2h", "min_value": 0},
        network={"calendar": ["hour", "month"]},
    )
    assert PipelineConfig.model_validate(full.model_dump(mode="json")) == full
    assert PipelineConfig.model_validate_json(full.model_dump_json()) == full


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"sorce": {}}, "sorce"),
        ({"windows": {"lookback": 4, "lookahead": 1}}, "windows.lookahead"),
        ({"source": {"kind": "file", "path": "x.csv", "columns": {"z": "z"}}}, "source.file.columns.z"),
    ],
)
def test_an_unknown_field_is_refused_at_any_depth(changed: dict[str, Any], field: str) -> None:
    assert refused(**changed) == f"{field}: Extra inputs are not permitted"


@pytest.mark.parametrize("missing", ["name", "source", "parts", "windows"])
def test_what_has_no_default_is_needed(missing: str) -> None:
    smallest = block()
    del smallest[missing]
    with pytest.raises(ValidationError, match=f"{missing}\n  Field required"):
        PipelineConfig.model_validate(smallest)


# Names


@pytest.mark.parametrize("name", ["energy", "a", "energy-daily-2", "a" * 63])
def test_a_name_is_lower_case_letters_digits_and_hyphens(name: str) -> None:
    assert pipeline(name=name).name == name


@pytest.mark.parametrize("name", ["", "Energy", "2energy", "-energy", "energy_daily", "energy/x", "é", "a" * 64, "a\n"])
def test_any_other_name_is_refused(name: str) -> None:
    assert "a pipeline's name is lower-case letters, digits and hyphens, at most 63, a letter first" in refused(
        name=name
    )


@pytest.mark.parametrize("word", sorted(COMMAND_WORDS - NEW_WORDS))
def test_a_name_that_is_a_command_is_refused(word: str) -> None:
    assert f"a pipeline can't be named like a command; '{word}' is one. Choose another name" in refused(name=word)


@pytest.mark.parametrize("word", sorted(NEW_WORDS))
def test_a_pipeline_that_was_named_like_a_later_command_loads_with_a_warning(word: str) -> None:
    with pytest.warns(UserWarning, match=f"named like the command `recurcast {word}`, which came later"):
        assert pipeline(name=word).name == word


def test_every_command_there_is_counts_as_one() -> None:
    commands = {command.name or command.callback.__name__ for command in app.registered_commands if command.callback}
    assert {"run", "pipelines", "deploy"} <= commands
    assert commands <= COMMAND_WORDS


# Parts and windows


def test_the_history_holds_at_least_one_window() -> None:
    assert pipeline(windows={"lookback": 36, "horizon": 4}).parts.steps == 60
    assert (
        "lookback 37 + horizon 4 need 41 steps; parts.history has 40. Shorten lookback or lengthen history"
        in refused(windows={"lookback": 37, "horizon": 4})
    )


def test_where_windows_may_miss_steps_history_holds_a_season_one_step_and_the_horizon() -> None:
    masked = {"network": {"kind": "highway"}, "windows": {"lookback": 48, "horizon": 10}}
    assert pipeline(season=29, **masked).fewest == 30
    assert (
        "a season and one more steps (31) + horizon 10 need 41 steps; parts.history has 40. Shorten season or "
        "lengthen history"
    ) in refused(season=30, **masked)


def test_parts_are_counted_from_each_series_own_end_in_a_file_that_no_longer_grows_alone() -> None:
    parts = {"history": 40, "validation": 10, "test": 10, "align": "last_row"}
    static = {"kind": "file", "path": "demand.csv", "static": True}

    assert pipeline(parts=parts, source=static).parts.align == "last_row"
    assert "parts.align: last_row is for a file that no longer grows (source.static: true)" in refused(parts=parts)
    assert "no date; received hour in network.calendar" in refused(
        parts=parts, source=static, network={"calendar": ["hour"]}
    )


def test_only_windows_that_may_miss_steps_know_silence() -> None:
    assert pipeline(checks={"max_silence": "7D"}, network={"kind": "highway"}).checks.max_silence == "7D"
    assert "checks.max_silence is for windows that may miss steps" in refused(checks={"max_silence": "7D"})


@pytest.mark.parametrize("part", ["validation", "test"])
def test_each_judging_part_holds_at_least_one_horizon(part: str) -> None:
    parts = {"history": 40, "validation": 10, "test": 10}
    windows = {"lookback": 4, "horizon": 5}
    assert pipeline(parts=parts | {part: 5}, windows=windows)
    assert f"parts.{part} holds at least one horizon of 5 steps; received 4" in refused(
        parts=parts | {part: 4}, windows=windows
    )


def test_the_history_holds_at_least_one_season() -> None:
    assert pipeline(season=40)
    assert "history holds at least one season of 41 steps; received 40. Shorten season or lengthen" in refused(
        season=41
    )


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"parts": {"history": 1, "validation": 1, "test": 1}}, "parts.history"),
        ({"parts": {"history": 40, "validation": 0, "test": 1}}, "parts.validation"),
        ({"parts": {"history": 40, "validation": 1, "test": 0}}, "parts.test"),
        ({"windows": {"lookback": 0}}, "windows.lookback"),
        ({"windows": {"lookback": 4, "horizon": 0}}, "windows.horizon"),
        ({"windows": {"lookback": 4, "stride": 0}}, "windows.stride"),
        ({"season": 0}, "season"),
        ({"network": {"units": 0}}, "network.units"),
        ({"network": {"dropout": 1.0}}, "network.dropout"),
        ({"network": {"activation": "softmax"}}, "network.activation"),
        ({"network": {"calendar": ["minute"]}}, "network.calendar.0"),
        ({"training": {"epochs": 0}}, "training.epochs"),
        ({"training": {"learning_rate": 0}}, "training.learning_rate"),
        ({"training": {"learning_rate": float("inf")}}, "training.learning_rate"),
        ({"training": {"patience": 0}}, "training.patience"),
        ({"training": {"seed": -1}}, "training.seed"),
        ({"training": {"loss": "mape"}}, "training.loss"),
        ({"training": {"schedule": "linear"}}, "training.schedule"),
        ({"training": {"clip_norm": 0}}, "training.clip_norm"),
        ({"training": {"clip_norm": float("nan")}}, "training.clip_norm"),
        ({"checks": {"max_missing": 1.0}}, "checks.max_missing"),
        ({"checks": {"max_bad_series": -1}}, "checks.max_bad_series"),
        ({"gate": {"metric": "r2"}}, "gate.metric"),
        ({"gate": {"min_improvement": -0.1}}, "gate.min_improvement"),
    ],
)
def test_a_value_out_of_range_is_refused_with_its_field(changed: dict[str, Any], field: str) -> None:
    assert refused(**changed).startswith(f"{field}: ")


def test_a_schedule_that_there_is_not_is_refused_with_those_that_there_are() -> None:
    assert "'cosine' or 'plateau'" in refused(training={"schedule": "step"})


def test_a_calendar_feature_is_named_once() -> None:
    assert "each calendar feature is named once" in refused(network={"calendar": ["hour", "hour"]})


def test_bounds_stand_in_order() -> None:
    assert pipeline(checks={"min_value": 0, "max_value": 1})
    for bounds in ({"min_value": 1, "max_value": 1}, {"min_value": 2, "max_value": 1}):
        assert "min_value is below max_value" in refused(checks=bounds)


# Frequency, durations, zones


@pytest.mark.parametrize("frequency", ["30min", "h", "D", "B", "W-MON", "MS", "QS-OCT", "2W"])
def test_a_frequency_is_an_offset_alias_of_pandas(frequency: str) -> None:
    assert pipeline(frequency=frequency).frequency == frequency


@pytest.mark.parametrize("frequency", ["", "fortnight", "H", "M", "d", "0h", "-1h", "30", "nan"])
def test_any_other_frequency_is_refused(frequency: str) -> None:
    message = refused(frequency=frequency)
    assert message.startswith(
        "frequency: Value error, a frequency is a pandas offset alias such as '30min', 'h', 'D', 'B'"
    )
    assert f"received '{frequency}'" in message


@pytest.mark.parametrize("duration", ["0min", "90min", "1D", "2h30min", "P1DT2H", "01:30:00", "1 day"])
def test_a_duration_is_a_number_with_its_unit(duration: str) -> None:
    assert pipeline(checks={"max_age": duration}).checks.max_age == duration


@pytest.mark.parametrize(("stated", "kept"), [("1d", "1D"), ("2 d 6H", "2 D 6h"), ("1d12h", "1D12h"), ("1w", "1W")])
def test_a_unit_in_the_spelling_that_pandas_is_about_to_drop_is_kept_in_the_other(stated: str, kept: str) -> None:
    assert pipeline(checks={"max_age": stated}).checks.max_age == kept


@pytest.mark.parametrize("duration", ["", "30", "-1h", "soon", "NaT", "99999999999D"])
def test_any_other_duration_is_refused(duration: str) -> None:
    message = refused(checks={"max_age": duration})
    assert "a duration is a number with its unit, zero or more, such as '30min', '2h' or '1D'" in message
    assert f"received '{duration}'" in message


@pytest.mark.parametrize("timezone", ["", "Amsterdam", "+01:00", "/etc/passwd", "../UTC", "Europe"])
def test_a_zone_that_is_not_known_is_refused(timezone: str) -> None:
    message = refused(source={"kind": "file", "path": "x.csv", "timezone": timezone})
    assert f"a time zone is an IANA name such as 'Europe/Amsterdam'; received '{timezone}'" in message


# Sources


def test_the_kind_of_the_source_decides_which_fields_it_has() -> None:
    assert isinstance(pipeline().source, FileSource)
    assert isinstance(pipeline(source={"kind": "generated"}, frequency="h").source, GeneratedSource)
    assert refused(source={"kind": "generated", "path": "x.csv"}, frequency="h").startswith("source.generated.path: ")
    assert "union_tag" not in refused(source={"kind": "table"})
    assert "'file', 'folder', 'sql', 'python', 'generated'" in refused(source={"kind": "table"})


def test_a_generated_source_states_a_frequency_of_fixed_length() -> None:
    generated = {"kind": "generated"}
    assert "a generated source states its frequency; received none" in refused(source=generated)
    assert "a generated source has steps of fixed length" in refused(source=generated, frequency="B")
    assert pipeline(source=generated, frequency="D").frequency == "D"


@pytest.mark.parametrize(
    "columns", [{"y": "ds"}, {"unique_id": "y"}, {"covariates": ["y"]}, {"covariates": ["a", "a"]}]
)
def test_a_column_serves_one_purpose(columns: dict[str, Any]) -> None:
    assert "is mapped more than once" in refused(source={"kind": "file", "path": "x.csv", "columns": columns})


@pytest.mark.parametrize("name", ["unique_id", "ds", "y"])
def test_a_covariate_has_no_name_of_the_frames_own(name: str) -> None:
    columns = {"ds": "when", "y": "load", "covariates": [name]}
    message = refused(source={"kind": "file", "path": "x.csv", "columns": columns})
    assert f"'{name}' is a name of the frame's own and can't name a covariate" in message


@pytest.mark.parametrize("block_name", ["missing", "anomalies"])
def test_a_stretch_is_shorter_than_its_block(block_name: str) -> None:
    stretch = {"every": 5, "length": 5} | ({"magnitude": 1} if block_name == "anomalies" else {})
    source = {"kind": "generated", block_name: stretch}
    assert "is shorter than its block; length 5, every 5" in refused(source=source, frequency="h")
    assert pipeline(source={"kind": "generated", block_name: stretch | {"length": 4}}, frequency="h")


def test_an_anchor_is_an_instant_kept_in_utc() -> None:
    source = {"kind": "generated", "anchor": "2024-01-01T02:00:00+02:00"}
    anchor = pipeline(source=source, frequency="h").source
    assert isinstance(anchor, GeneratedSource)
    assert anchor.anchor == datetime(2024, 1, 1, tzinfo=UTC)
    assert anchor.anchor.utcoffset() == UTC.utcoffset(None)
    assert "source.generated.anchor" in refused(source={"kind": "generated", "anchor": "2024-01-01"}, frequency="h")


@pytest.fixture
def no_zones(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine without the system's database, and without the package."""
    monkeypatch.setitem(sys.modules, "tzdata", None)
    for loaded in [name for name in sys.modules if name.startswith("tzdata.")]:
        monkeypatch.delitem(sys.modules, loaded)
    zoneinfo.reset_tzpath(to=[])
    zoneinfo.ZoneInfo.clear_cache(only_keys=["Europe/Amsterdam"])
    yield
    zoneinfo.reset_tzpath()
    zoneinfo.ZoneInfo.clear_cache(only_keys=["Europe/Amsterdam"])


@pytest.mark.usefixtures("no_zones")
def test_a_machine_without_any_database_of_time_zones_says_so() -> None:
    message = refused(source={"kind": "file", "path": "demand.csv", "timezone": "Europe/Amsterdam"})

    assert "the rules of time zones are read from a database, and this Python finds none" in message
    assert "received 'Europe/Amsterdam'. Install one: pip install tzdata" in message
    assert "an IANA name such as" not in message


@pytest.mark.parametrize("zone", ["right/Europe/Amsterdam", "localtime", "europe", "/etc/localtime", "../UTC"])
def test_what_is_no_iana_name_is_refused_though_the_system_may_have_a_file_of_it(zone: str) -> None:
    assert f"an IANA name such as 'Europe/Amsterdam'; received '{zone}'" in refused(
        source={"kind": "file", "path": "demand.csv", "timezone": zone}
    )


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"windows": {"lookback": 12, "horizon": 2, "stride": 1e20}}, "windows.stride"),
        ({"windows": {"lookback": 1e300, "horizon": 2}}, "windows.lookback"),
        ({"parts": {"history": 10**30, "validation": 24, "test": 36}}, "parts.history"),
        ({"training": {"batch_size": 10**18}}, "training.batch_size"),
        ({"training": {"epochs": 10**9}}, "training.epochs"),
        ({"network": {"units": 10**9}}, "network.units"),
        ({"season": 10**12}, "season"),
        ({"source": {"kind": "generated", "series": 10**10}}, "series"),
        ({"source": {"kind": "generated", "anchor": "0001-01-01T00:00:00Z"}}, "the years 1678 to 2261"),
        ({"source": {"kind": "generated", "anchor": "0001-01-01T00:00:00+14:00"}}, "the years 1678 to 2261"),
        ({"source": {"kind": "generated", "anchor": "9999-12-31T23:59:59-12:00"}}, "the years 1678 to 2261"),
        ({"source": {"kind": "generated", "delay": "1000000D"}}, "at most 100,000 days; received '1000000D'"),
        ({"checks": {"max_age": "1e30D"}}, "at most 100,000 days; received '1e30D'"),
        ({"frequency": "1ns"}, "a microsecond or more long; received '1ns'"),
        ({"frequency": "99999999999999999999h"}, "received '99999999999999999999h'"),
        ({"frequency": "100001D"}, "at most 100,000 days long; received '100001D'"),
        ({"frequency": "1001YE"}, "at most 1,000 periods long; received '1001YE'"),
    ],
)
def test_what_no_calendar_and_no_machine_holds_is_refused_where_it_is_written(
    changed: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError) as caught:
        tiny_pipeline(**changed)
    assert says in str(caught.value)


def _static(*names: str, **columns: Any) -> dict[str, Any]:
    return {"kind": "file", "path": "x.csv", "columns": {"unique_id": "id", "static": list(names)} | columns}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"training": {"epochs": 5}}, "training.epochs, which it does not read"),
        ({"training": {"warm_start": "champion"}}, "training.warm_start, which it does not read"),
        ({"network": {"kind": "highway", "scale": "none"}}, "network.scale, which it does not read"),
        ({"network": {"kind": "plain"}, "training": {"combine": "median"}}, "received kind plain"),
        (
            {"network": {"kind": "plain"}, "source": _static("region")},
            "source.columns.static is for network.kind highway",
        ),
        ({"source": _static("region", unique_id=None)}, "static columns tell series apart"),
        ({"source": _static("region", categories=["zip"])}, "received 'zip' beside static ['region']"),
        ({"source": _static("y")}, "is mapped more than once"),
        ({"source": _static("anomaly")}, "'anomaly' is a name of the frame's own"),
    ],
)
def test_a_highway_refuses_what_it_does_not_read_and_a_plain_network_what_it_cannot_do(changed, says) -> None:
    assert says in refused(**{"network": {"kind": "highway"}} | changed)
