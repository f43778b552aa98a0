"""The record of a search: what it says of its trials, and that it is read as it was written."""

import json
import math
from dataclasses import replace
from datetime import UTC, datetime

from recurcast.runs.search import Axis, FreshScore, SearchRecord, Trial, from_json, proposable, to_json

AS_OF = datetime(2024, 6, 1, tzinfo=UTC)


AXES = {"network.units": Axis(8, 64, True), "training.loss": Axis(choices=("mse", "mae"))}


def record() -> SearchRecord:
    trials = (
        Trial(0, "finished", "gru", {"network.units": 8, "training.loss": "mse"}, (0.5, 0.7), 1.5, 11),
        Trial(1, "pruned", "rnn", {"network.units": 9, "training.loss": "mae"}, (0.9,), 0.5, 12, worker=1),
        Trial(
            2, "failed", "gru", {"network.units": 10, "training.loss": "mae"}, (), float("nan"), 13, error="diverged"
        ),
        Trial(3, "finished", "gru", {"network.units": 11, "training.loss": "mae"}, (0.1, 0.5), 1.0, 14),
    )
    return SearchRecord(
        "abc", "demand", AS_OF, AS_OF, "mase", "tpe", "hyperband", 7, (AS_OF, AS_OF), (AS_OF,), trials, 3,
        (FreshScore(3, (0.4,)), FreshScore(0, (0.6,))), "abc", axes=AXES,
        importances={"network.units": 1.0}, baseline="naive", remarks=("told",),
    )  # fmt: skip


def test_a_record_is_read_as_it_was_written_and_is_json_without_nan() -> None:
    written = to_json(record())

    def no_constant(name: str) -> None:
        raise AssertionError(name)

    json.loads(written, parse_constant=no_constant)
    again = from_json(written)
    assert to_json(again) == written
    assert again.trials[3] == record().trials[3]
    assert math.isnan(again.trials[2].seconds)
    assert again.axes == record().axes
    assert again.fresh_score(3) == 0.4


def test_the_best_is_the_least_mean_of_those_that_saw_every_origin() -> None:
    assert [each.number for each in record().best] == [3, 0]
    assert record().trial(3).score == 0.3
    assert math.isnan(record().trial(2).score)


def test_what_stands_drawn_anew_with_another_seed_is_no_proposal() -> None:
    stands = Trial(0, "finished", "gru", {"network.units": 8}, (0.5,), 1.0, 0)
    again = replace(stands, number=1, scores=(0.3,), seed=1)
    found = replace(stands, number=2, scores=(0.4,), settings={"network.units": 9})
    assert proposable((stands, again, found), {0}) == (found, stands)
    assert proposable((stands, again), {0}) == (stands,)
