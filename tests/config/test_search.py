"""What a search may be told to try: fields that there are, values that they take, what stands among them."""

from datetime import date
from typing import Any

import pytest
from pydantic import ValidationError

from recurcast.config import CELLS, PipelineConfig
from recurcast.config.explanation import explain
from recurcast.config.search import Range
from recurcast.config.search_fields import LOOKBACK
from recurcast.config.search_space import axes_of, cells_of, drawn_cells, standing, steps_of, tried
from support.tiny import TINY, tiny_pipeline

HIGHWAY: dict[str, Any] = {"network": {"kind": "highway"}, "training": {}}


def refused(search: dict[str, Any], **changed: Any) -> str:
    block = TINY | changed | {"search": search}
    with pytest.raises(ValidationError) as refusal:
        PipelineConfig.model_validate(block)
    return explain(refusal.value, block, PipelineConfig)


@pytest.mark.parametrize(
    ("search", "said"),
    [
        ({"sampler": "tpo"}, "search.sampler: a sampler is one of Optuna's; received 'tpo'. Did you mean 'tpe'?"),
        ({"pruner": "medium"}, "search.pruner: a pruner is one of Optuna's; received 'medium'. Did you mean 'median'?"),
        ({"cells": ["gro"]}, "received 'gro'. Did you mean 'gru'?"),
        ({"cells": []}, "cells names one or more, each once; received []"),
        ({"space": {}}, "a space names a field or more; received none"),
        ({"space": {"network.unit": [3]}}, "received 'network.unit'. Did you mean 'network.units'?"),
        ({"space": {"training.seed": [3]}}, "names fields that can be tried with network.kind plain"),
        ({"space": {"training.sample_series": [9]}}, "names fields that can be tried with network.kind plain"),
        ({"space": {"training.stream": [True, False]}}, "names fields that can be tried with network.kind plain"),
        ({"sample_series": 0}, "search.sample_series: should be greater than or equal to 1"),
        ({"space": {"network.units": []}}, "network.units takes one value or more, each once; received []"),
        ({"space": {"network.units": {"low": 2.5, "high": 4}}}, "network.units takes whole numbers; received 2.5 to 4"),
        ({"space": {"network.units": {"low": 0, "high": 4}}}, "network.units: should be greater than or equal to 1"),
        ({"space": {"network.units": [8, 8.0]}}, "network.units takes one value or more, each once; received [8, 8.0]"),
        ({"space": {"network.units": 8}}, "a field takes a range, such as {low: 8, high: 64}, or a list of values"),
        ({"read_until": date(2024, 5, 1)}, "received 2024-05-01. Write '2024-05-01T00:00:00Z'"),
        ({"read_until": 1714521600}, "an instant is a date and a time with a time zone, such as '2024-03-01T00:00:00Z'"),
        ({"space": {"training.loss": ["mse", "mad"]}}, "should be 'mse', 'mae' or 'huber'; received 'mad'"),
        ({"space": {"network.units": {"low": 4, "high": 2}}}, "a range goes from low to high; received 4 and 2"),
        ({"space": {"network.units": {"low": 1, "high": 2, "lag": 1}}}, "unknown field. Did you mean 'log'?"),
        ({"space": {"network.dropout": {"low": 0, "high": 0.3, "log": True}}}, "begins above 0; received low 0"),
        ({"space": {"network.units": {"low": 1, "high": 2, "unit": "seasons"}}}, "unit: seasons is for windows.lookback"),
        ({"schedule": "0 3 * *"}, "a cron expression has five fields"),
    ],
)  # fmt: skip
def test_what_can_not_be_tried_is_refused_in_words(search: dict[str, Any], said: str) -> None:
    assert said in refused(search)
    assert "\n" not in refused(search)


def test_a_highway_refuses_what_it_does_not_read() -> None:
    said = refused({"space": {"training.learning_rate": {"low": 0.001, "high": 0.01}}}, **HIGHWAY)
    assert "names fields that can be tried with network.kind highway; received 'training.learning_rate'" in said
    assert {"network.units", "network.layers", "network.dropout", LOOKBACK} == set(
        axes_of(tiny_pipeline(**HIGHWAY), "gru")
    )


@pytest.mark.parametrize("sampler", ["TPE", "Random", "qmc"])
def test_names_are_read_as_optuna_writes_them(sampler: str) -> None:
    assert tiny_pipeline(search={"sampler": sampler}).search.sampler == sampler.lower()
    assert tiny_pipeline(search={"pruner": None}).search.pruner == "none"


def test_the_usual_space_keeps_to_a_third_of_the_history() -> None:
    lookback = axes_of(tiny_pipeline(), "gru")[LOOKBACK]
    assert isinstance(lookback, Range)
    assert (lookback.low, lookback.high, lookback.unit) == (0.5, 2.5, "seasons")
    assert steps_of(tiny_pipeline(), LOOKBACK, lookback, 2.5) == 30
    for season in (1, 80):  # of 80 steps a third of the history holds none
        without = axes_of(tiny_pipeline(season=season), "gru")[LOOKBACK]
        assert isinstance(without, Range)
        assert (without.low, without.high, without.unit) == (3, 30, None)


def test_a_cell_is_tried_with_what_it_reads_and_a_transformer_with_units_that_heads_share() -> None:
    space = {"network.units": {"low": 5, "high": 30}, "network.heads": [2, 4], "network.attention": ["dot", "additive"]}
    pipeline = tiny_pipeline(search={"space": space})
    read = {cell: {field.removeprefix("network.") for field in axes_of(pipeline, cell)} for cell in CELLS}
    units = axes_of(pipeline, "gru")["network.units"]

    assert (read["gru"], read["linear"]) == ({"units"}, set())
    assert (read["attention"], read["transformer"]) == ({"units", "attention"}, {"units", "heads"})
    some = tiny_pipeline(search={"space": space, "cells": ["gru", "linear"]})
    assert (drawn_cells(some), cells_of(some)) == (("gru",), ("gru", "linear"))
    drawn = [steps_of(pipeline, "network.units", units, value, "transformer") for value in (5, 13, 30)]
    assert drawn == [4, 12, 32]
    assert steps_of(pipeline, "network.units", units, 13, "gru") == 13


@pytest.mark.parametrize("kind", ["plain", "highway"])
def test_the_usual_space_holds_what_stands_however_unusual_that_is(kind: str) -> None:
    training = {"learning_rate": 0.2, "batch_size": 7} if kind == "plain" else {}
    unusual = tiny_pipeline(
        network={"kind": kind, "units": 300, "layers": 4, "dropout": 0.6},
        windows={"lookback": 96, "horizon": 2},
        parts={"history": 200, "validation": 24, "test": 36},
        training=training,
    )
    lookback = axes_of(unusual, "gru")[LOOKBACK]

    assert isinstance(lookback, Range)
    assert (lookback.low, lookback.high) == (0.5 if kind == "plain" else 1, 8)
    for field, axis in axes_of(unusual, "gru").items():
        stands = standing(unusual, "gru")[field]
        if isinstance(axis, Range):
            low, high = (steps_of(unusual, field, axis, end) for end in (axis.low, axis.high))
            assert low <= stands <= high  # type: ignore[operator]
        else:
            assert stands in axis


def test_a_trial_is_the_pipeline_with_its_settings_and_a_seed_of_its_own() -> None:
    pipeline = tiny_pipeline()
    stands = standing(pipeline, "gru")
    assert tried(pipeline, stands, pipeline.training.seed) == pipeline
    changed = tried(pipeline, stands | {"network.units": 9, LOOKBACK: 24}, 4)
    assert (changed.network.units, changed.windows.lookback, changed.training.seed) == (9, 24, 4)
    with pytest.raises(ValueError, match=r"parts\.history has 90"):
        tried(pipeline, {LOOKBACK: 89}, 0)


def test_the_cells_are_the_pipelines_unless_the_search_names_others() -> None:
    assert set(cells_of(tiny_pipeline())) <= set(CELLS)
    assert cells_of(tiny_pipeline(search={"cells": ["lstm"]})) == ("lstm",)
