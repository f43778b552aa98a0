"""Blocks of what is known ahead."""

from typing import Any

import pytest
from pydantic import ValidationError

from recurcast.config import PipelineConfig
from recurcast.runs.fingerprint import fingerprint_of


def pipeline(*blocks: dict[str, Any], kind: str = "highway", **changed: Any) -> PipelineConfig:
    columns = changed.pop("source_columns", {})
    return PipelineConfig.model_validate(
        {
            "name": "demand",
            "source": {"kind": "file", "path": "y.csv", "columns": columns, "known_ahead": list(blocks)},
            "frequency": "h",
            "season": 24,
            "parts": {"history": 120, "validation": 24, "test": 24},
            "windows": {"lookback": 24, "horizon": 6},
            "network": {"kind": kind},
        }
        | changed
    )


WARMTH = {"path": "warmth.csv", "columns": ["warmth"], "lead": "24h"}


def test_names_of_all_blocks_are_known_ahead() -> None:
    chosen = pipeline(WARMTH, {"path": "days.csv", "columns": ["holiday", "campaign"], "known": "always"})
    assert chosen.source.ahead == ("warmth", "holiday", "campaign")


def test_a_pipeline_that_knows_nothing_ahead_has_the_fingerprint_of_before() -> None:
    stated = pipeline().model_dump(mode="json")
    del stated["source"]["known_ahead"]
    before = fingerprint_of(PipelineConfig.model_validate(stated), "data").configuration
    assert fingerprint_of(pipeline(), "data").configuration == before
    assert fingerprint_of(pipeline(WARMTH), "data").configuration != before


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ({"lead": None}, "says when it became known, in one way; 'warmth.csv' has none"),
        ({"known": "always"}, "has lead and known"),
        ({"available_at": "issued"}, "has available_at and lead"),
        ({"columns": []}, "at least 1 item"),
        ({"columns": ["y"]}, "'y' is a name of the frame's own"),
        ({"columns": ["warmth", "warmth"]}, "each column is named once"),
        ({"known": "sometimes", "lead": None}, "always"),
        ({"ds": "warmth"}, "'warmth' of 'warmth.csv' is named more than once"),
        ({"ds": {"date": "day", "hour": "warmth"}}, "'warmth' of 'warmth.csv' is named more than once"),
        ({"unique_id": "warmth"}, "'warmth' of 'warmth.csv' is named more than once"),
        ({"available_at": "warmth", "lead": None}, "'warmth' of 'warmth.csv' is named more than once"),
        ({"numbers": {"cold": {"decimal": ","}}}, "columns that are read, warmth; received 'cold'"),
    ],
)
def test_a_block_that_does_not_say_when_its_values_were_known_or_names_is_refused(block, says) -> None:
    with pytest.raises(ValidationError, match=says):
        pipeline(WARMTH | block)


def test_a_column_is_known_ahead_or_up_to_as_of() -> None:
    with pytest.raises(ValidationError, match="'warmth' is named more than once"):
        pipeline(WARMTH, source_columns={"covariates": ["warmth"]})
    with pytest.raises(ValidationError, match="'warmth' is named more than once"):
        pipeline(WARMTH, WARMTH | {"path": "other.csv"})


def test_a_plain_network_refuses_what_is_known_ahead() -> None:
    with pytest.raises(ValidationError, match=r"known_ahead is for network\.kind highway"):
        pipeline(WARMTH, kind="plain")


def test_series_without_dates_of_their_own_have_nothing_known_ahead() -> None:
    source = {"kind": "file", "path": "y.csv", "static": True, "known_ahead": [WARMTH]}
    parts = {"history": 120, "validation": 24, "test": 24, "align": "last_row"}
    with pytest.raises(ValidationError, match="no date; received warmth"):
        pipeline(source=source, parts=parts)


def test_what_is_forecast_is_not_known_ahead_of_itself() -> None:
    load = {"path": "y.csv", "columns": ["load"], "known": "always"}
    with pytest.raises(ValidationError, match=r"received 'load' of 'y\.csv' as both"):
        pipeline(load, source_columns={"y": "load"})
    assert pipeline(load | {"path": "others.csv"}, source_columns={"y": "load"}).source.ahead == ("load",)
