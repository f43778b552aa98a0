"""Which champion's weights fit a cell; and whole runs that start from them, on weights that training leaves as they are."""

from dataclasses import replace
from datetime import timedelta
from functools import cache

import numpy as np
import pytest

from recurcast.config import CELLS
from recurcast.pipelines.stages import PLAIN
from recurcast.pipelines.train import run_interval
from recurcast.pipelines.windows import windows_of
from recurcast.runs.train import Request
from recurcast.series.sources import obtain
from recurcast.tracking.registry.warm_start import starts_of
from recurcast.tracking.store import connect
from recurcast.training.export import bundle_of
from recurcast.training.networks import build_network, shape_of
from recurcast.training.warm_start import start_from
from support.tiny import AS_OF, tiny_pipeline

HOUR = timedelta(hours=1)
PIPELINE = tiny_pipeline()


@cache
def split_of(pipeline_changes=()):
    pipeline = tiny_pipeline(**dict(pipeline_changes))
    return windows_of(pipeline, obtain(pipeline, AS_OF, None))


def champion(cell="gru", seed=9, **changed):
    pipeline, split = tiny_pipeline(**changed), split_of()
    network = build_network(cell, pipeline.network, shape_of(split.train, split.validation_begins), seed)
    return bundle_of(pipeline, network, split, split.panel.grid).stamped(3, None)


@pytest.mark.parametrize("cell", CELLS)
def test_a_champion_of_the_same_cell_and_shapes_lends_its_weights_in_the_order_of_the_core(cell):
    split = split_of()
    start = start_from(
        champion(cell, network={"units": 3, "layers": 2}), cell, tiny_pipeline(network={"units": 3, "layers": 2}), split
    )
    own = build_network(
        cell,
        tiny_pipeline(network={"units": 3, "layers": 2}).network,
        shape_of(split.train, split.validation_begins),
        seed=9,
    )

    assert start.told == "version 3"
    assert all(map(np.array_equal, start.weights, own.core.get_weights()))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"kind": "lstm"}, "version 3 is a lstm"),
        ({"lookback": 24}, "version 3 has lookback 24, this pipeline 12"),
        ({"horizon": 1}, "version 3 has horizon 1, this pipeline 2"),
        ({"covariates": ("price",)}, "version 3 has covariates price, this pipeline none"),
        ({"calendar": ("hour", "month")}, "version 3 has calendar hour, month, this pipeline none"),
        ({"scale": "none"}, "version 3 has scale none, this pipeline window"),
        ({"frequency": "D"}, "version 3 has frequency D, this pipeline h"),
    ],
)
def test_a_champion_of_another_cell_or_other_inputs_lends_none_and_the_cell_says_why(changed, why):
    start = start_from(replace(champion(), **changed), "gru", PIPELINE, split_of())

    assert (start.weights, start.told) == (None, f"initial weights: {why}")


@pytest.mark.parametrize(
    ("network", "why"),
    [
        ({"units": 4}, "version 3 has layer_0.kernel of shape (1, 12), this pipeline (1, 9)"),
        ({"units": 3, "reset_after": False}, "version 3 has layer_0.bias of shape (9,), this pipeline (2, 9)"),
        ({"units": 3, "layers": 2}, "version 3 has layers 2, this pipeline 1"),
    ],
)
def test_a_champion_of_other_shapes_lends_none_and_the_cell_says_why(network, why):
    start = start_from(champion(network=network), "gru", PIPELINE, split_of())

    assert (start.weights, start.why_cold) == (None, why)


def test_a_champion_that_lacks_weights_of_the_cell_lends_none_and_the_cell_says_which():
    known = champion()
    lacking = {name: values for name, values in known.weights.items() if name != "layer_0.bias"}
    start = start_from(replace(known, weights=lacking), "gru", PIPELINE, split_of())

    assert (start.weights, start.why_cold) == (None, "version 3 has no layer_0.bias, this pipeline (2, 9)")


def warm(**training):
    """Steps too small to change a float32 other than 0: a cell ends with the weights it began with. The last is champion."""
    return tiny_pipeline(
        training={"epochs": 1, "learning_rate": 1e-30, "warm_start": "champion", **training},
        gate={"policy": "always", "must_beat_baseline": False, "confidence": 0.5},
    )


def run(root, as_of, **training):
    return run_interval(Request(warm(**training), as_of, root), PLAIN)


def cells_of(root, result):
    client = connect(root).client
    experiment = client.get_experiment_by_name("tiny").experiment_id
    runs = client.search_runs([experiment], f"tags.`mlflow.parentRunId` = '{result.run_id}'")
    return {each.data.tags["cell"]: each.data.tags for each in runs}


@pytest.fixture(scope="module")
def two_ticks(tmp_path_factory):
    """A first tick that trains, and a second one that only begins, with other seeds."""
    root = tmp_path_factory.mktemp("warm")
    return root, run(root, AS_OF, learning_rate=0.05), run(root, AS_OF + HOUR, seed=1, seeds=2)


def test_the_first_interval_starts_from_initial_weights_and_says_that_nobody_was_champion(two_ticks):
    root, first, _ = two_ticks
    why = "nobody was champion before 2024-06-01T00:00:00Z"

    assert {tags["started_from"] for tags in cells_of(root, first).values()} == {f"initial weights: {why}"}
    assert f"no cell started warm: {why}" in first.remarks
    assert connect(root).client.get_run(first.run_id).data.tags["start"] == "none"


def test_the_champions_cell_starts_from_its_very_weights_and_the_others_from_their_seed(two_ticks):
    root, first, second = two_ticks
    before, after = cells_of(root, first), cells_of(root, second)
    champion, *others = sorted(before, key=lambda cell: cell != first.decision.challenger)

    assert after[champion]["started_from"] == "version 1"
    assert after[champion]["weights"] == before[champion]["weights"]
    for cell in others:
        assert after[cell]["started_from"] == f"initial weights: version 1 is a {champion}"
        assert after[cell]["weights"] != before[cell]["weights"]
    assert f"started warm: {champion} from version 1" in second.remarks


def test_the_starting_version_is_in_the_fingerprint_of_run_and_version(two_ticks):
    root, _, second = two_ticks
    client = connect(root).client

    assert client.get_run(second.run_id).data.tags["start"] == "tiny/1"
    assert client.get_model_version("tiny", str(second.registration.version)).tags["start"] == "tiny/1"


def test_an_interval_is_done_until_the_champion_before_it_changes_and_never_starts_from_itself(two_ticks):
    root, _, second = two_ticks
    assert second.registration.promoted
    again = run(root, AS_OF + HOUR, seed=1, seeds=2)
    between = run(root, AS_OF + HOUR / 2)
    later = run(root, AS_OF + HOUR, seed=1, seeds=2)

    assert (again.outcome, again.run_id) == ("already done", second.run_id)
    assert between.registration.promoted is False  # the second tick stands since later
    assert later.outcome == "trained"
    assert any("start (tiny/1 -> tiny/3)" in remark for remark in later.remarks)
    starts = starts_of(connect(root), "tiny", [AS_OF, AS_OF + HOUR])
    assert starts == {AS_OF: "none", AS_OF + HOUR: "tiny/3"}
