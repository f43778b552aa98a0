"""What is awaited of workers, where they die, are gone or never come: an engine of which every word is chosen here."""

from concurrent.futures import Future
from typing import Any

import dask
import pytest

from recurcast.errors import DataRejected, ExecutorUnavailable, RecurcastError
from recurcast.executors import cluster
from recurcast.executors.cluster import OnCluster
from recurcast.executors.engine import Gone, Lost
from recurcast.executors.seam import in_order_at
from support.tiny import split_of, tiny_pipeline

PIPELINE = tiny_pipeline(network={"units": 3, "cells": ["gru"]})
SPLIT = split_of([float(step % 7) for step in range(90)], parts=(60, 15, 15), lookback=12, horizon=2)


class Engine:
    """Does what a test says, when a task is begun."""

    where, alive = "tcp://s:8786", True

    def __init__(self, *says: Any) -> None:
        self.says, self.workers, self.begun, self.cancelled = says, [1, 1], [], []

    def threads(self) -> list[int]:
        return self.workers

    def send(self, key, given):
        return key

    def begin(self, task, data, ended):
        self.begun.append(task.key)
        for said in self.says:
            if isinstance(said, Exception):
                outcome: Future[Any] = Future()
                outcome.set_exception(said)
                ended(outcome)
            else:
                self.executor.hear(task.key, said)
        return task.key

    def cancel(self, handle):
        self.cancelled.append(handle)

    def close(self):
        pass


def fit(engine: Engine, heard=lambda _: None):
    engine.executor = OnCluster(engine)
    return engine.executor.fit_seeds("gru", PIPELINE, SPLIT, heard)


@pytest.mark.parametrize(
    ("says", "kind", "said"),
    [
        ([{"begun": "a"}, Lost("died")], RecurcastError, r"lost its workers \(a\)\. It may need more memory"),
        ([{"begun": "a"}, {"begun": "b"}, {"begun": "c"}], RecurcastError, r"lost its workers \(a, b, c\)"),
        ([Gone("")], ExecutorUnavailable, "its scheduler is gone"),
        (
            [ModuleNotFoundError("No module named 'keras'")],
            ExecutorUnavailable,
            "lacks a module: No module named 'keras'",
        ),
        ([MemoryError("none left")], MemoryError, "none left"),
    ],
)
def test_what_becomes_of_a_fit_that_fails_is_one_clear_error(says, kind, said):
    with pytest.raises(kind, match=said):
        fit(Engine(*says))


def test_where_no_worker_is_left_the_wait_has_an_end_and_what_was_begun_is_taken_back(monkeypatch):
    monkeypatch.setattr(cluster, "_NOBODY_LEFT", 0.0)
    monkeypatch.setattr(cluster, "_LOOK_AGAIN", 0.01)
    engine = Engine({"begun": "a"})
    engine.workers = []
    with pytest.raises(ExecutorUnavailable, match=r"no worker has been left.*repeat the command"):
        fit(engine)
    assert engine.cancelled == engine.begun


def test_while_nobody_begins_a_fit_it_is_said_why_and_who_no_longer_waits_takes_it_back(monkeypatch):
    monkeypatch.setattr(cluster, "_LOOK_AGAIN", 0.01)
    monkeypatch.setattr(cluster, "_LONG", 0.05)
    said: list[str] = []

    def hears(why: str) -> None:
        said.append(why)
        if why:
            raise KeyboardInterrupt

    engine = Engine()
    engine.executor = OnCluster(engine)
    with pytest.raises(KeyboardInterrupt):
        engine.executor.fit_seeds("gru", PIPELINE, SPLIT, on_wait=hears)
    assert said[0] == ""
    assert said[-1].startswith("fits wait for a worker of tcp://s:8786: none has begun one, all are busy")
    assert engine.cancelled == engine.begun


def test_nothing_is_said_of_waiting_while_a_worker_is_at_a_fit(monkeypatch):
    monkeypatch.setattr(cluster, "_LOOK_AGAIN", 0.01)
    monkeypatch.setattr(cluster, "_LONG", 0.0)
    said: list[str] = []

    def hears(why: str) -> None:
        said.append(why)
        if len(said) == 3:
            raise KeyboardInterrupt

    engine = Engine({"begun": "a"})
    engine.executor = OnCluster(engine)
    with pytest.raises(KeyboardInterrupt):
        engine.executor.fit_seeds("gru", PIPELINE, SPLIT, on_wait=hears)
    assert said == ["", "", ""]


def test_an_epoch_that_is_told_again_by_the_second_worker_is_passed_on_once():
    heard: list[int] = []
    first = [{"begun": "a"}, {"epoch": [1, 0.5, 0.5]}, {"epoch": [2, 0.4, 0.4]}]
    engine = Engine(
        *first, {"begun": "b"}, {"epoch": [1, 0.5, 0.5]}, {"epoch": [2, 0.4, 0.4]}, {"epoch": [3, 0.3, 0.3]}, Lost("")
    )
    with pytest.raises(RecurcastError):
        fit(engine, lambda epoch: heard.append(epoch.number))
    assert heard == [1, 2, 3]


def test_what_was_begun_ahead_is_not_begun_again():
    engine = Engine(Lost(""))
    engine.executor = OnCluster(engine)
    engine.executor.foresee(["gru"], PIPELINE, SPLIT)
    again = split_of([float(step % 7) for step in range(90)], parts=(60, 15, 15), lookback=12, horizon=2)
    with pytest.raises(RecurcastError):
        engine.executor.fit_seeds("gru", PIPELINE, again)
    assert len(engine.begun) == 1


class Files(Engine):
    """Calls the function for two items at a time, the later one first; of an item `fails` says how it ends."""

    def __init__(self, **fails: Exception) -> None:
        super().__init__()
        self.fails, self.asked, self.most = fails, [], 0

    def call(self, key, function, item, ended):
        self.asked.append((function, item, ended))
        self.most = max(self.most, len(self.asked))
        if len(self.asked) == 2 * len(self.workers):
            for function, item, ended in reversed(self.asked):
                outcome: Future[Any] = Future()
                failure = self.fails.get(item)
                if failure is None:
                    outcome.set_result(function(item))
                else:
                    outcome.set_exception(failure)
                ended(outcome)
            self.asked = []
        return key


def test_what_is_made_of_files_comes_in_their_order_with_few_asked_for_ahead():
    engine = Files()
    assert list(OnCluster(engine).in_order(str.upper, "abcdefgh")) == list("ABCDEFGH")
    assert engine.most == 2 * len(engine.workers)


@pytest.mark.parametrize(
    ("failure", "kind", "said"),
    [
        (
            Lost("died"),
            RecurcastError,
            "a file is looked at once more where its worker dies; one lost its workers: died",
        ),
        (Gone(""), ExecutorUnavailable, "its scheduler is gone"),
        (DataRejected("a rule", "other bytes", "do this"), DataRejected, "a rule: other bytes"),
    ],
)
def test_a_file_that_fails_ends_the_others_with_one_message(failure, kind, said):
    engine = Files(b=failure)
    with pytest.raises(kind, match=said):
        list(OnCluster(engine).in_order(str.upper, "abcdef"))
    assert len(engine.cancelled) == 1, "the fifth was asked for when the first was there"


def test_nobody_is_engaged_to_look_at_files_before_there_are_some(tmp_path, monkeypatch):
    monkeypatch.setenv("RECURCAST_EXECUTOR", "tcp://127.0.0.1:9")
    files = in_order_at(tmp_path)
    patience = dask.config.set({"distributed.comm.timeouts.connect": "1s"})
    with patience, pytest.raises(ExecutorUnavailable, match=r"tcp://127\.0\.0\.1:9 does not"):
        next(files(str, [1]))
