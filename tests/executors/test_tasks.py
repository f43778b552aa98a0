"""A task's key, and how a cell's seeds become tasks."""

from datetime import timedelta
from pathlib import Path

import numpy as np
import pandas as pd

from recurcast.executors.tasks import Task, data_of, digest_of, given_for, tasks_of
from recurcast.series.sources import obtain
from recurcast.series.splitting import split_of
from support.tiny import AS_OF, TINY, tiny_pipeline


def data(as_of=AS_OF) -> str:
    pipeline = tiny_pipeline()
    return data_of(pipeline, given_for(pipeline, split_of(pipeline, obtain(pipeline, as_of, Path()))))


def test_a_key_is_the_same_for_whoever_asks_and_changes_with_all_that_the_bits_hang_on():
    pipeline, start = tiny_pipeline(), (np.zeros(3, np.float32),)
    slower = tiny_pipeline(training=TINY["training"] | {"learning_rate": 0.01})
    task = Task("lstm", pipeline, (0, 1), data(), 1)

    assert task.key == Task("lstm", tiny_pipeline(description="other words"), (0, 1), data(), 1).key
    others = [
        Task("gru", pipeline, (0, 1), task.data, 1),
        Task("lstm", slower, (0, 1), task.data, 1),
        Task("lstm", pipeline, (0,), task.data, 1),
        Task("lstm", pipeline, (0, 1), data(AS_OF - timedelta(hours=1)), 1),
        Task("lstm", pipeline, (0, 1), task.data, 2),
        Task("lstm", pipeline, (0, 1), task.data, 1, start),
    ]
    assert len({each.key for each in (task, *others)}) == 7


def test_seeds_become_as_many_families_as_there_is_room_for_in_their_order():
    pipeline = tiny_pipeline(training=TINY["training"] | {"seed": 7, "seeds": 5})

    assert [each.seeds for each in tasks_of("lstm", pipeline, "", 1, None, 2)] == [(7, 8, 9), (10, 11)]
    assert [each.seeds for each in tasks_of("lstm", pipeline, "", 1, None, 9)] == [(7,), (8,), (9,), (10,), (11,)]
    assert [each.seeds for each in tasks_of("lstm", pipeline, "", 1, None, 0)] == [(7, 8, 9, 10, 11)]


def test_a_digest_tells_values_apart_by_type_shape_and_bits():
    values = [
        *(1, 1.0, "1", b"1", None, (), [], (1, 2), (12,), ("a", "b"), ("ab",), {"a": 1}, {"a": 2}),
        *(np.zeros(2), np.zeros((2, 1)), np.zeros(2, np.float32), np.array([0.0, -0.0]), np.array(["a"])),
        *(pd.date_range("2024", periods=2, freq="D"), pd.date_range("2024", periods=2, freq="h")),
    ]
    assert len({digest_of(each) for each in values}) == len(values)
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
