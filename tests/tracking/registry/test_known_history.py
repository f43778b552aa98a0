from datetime import timedelta
from unittest import mock

import pytest
from mlflow import MlflowClient

from recurcast.promotion.entries import Entry
from recurcast.tracking.registry.champion_history import append, project, read_history
from recurcast.tracking.registry.known_history import leave_mark
from recurcast.tracking.store import connect
from support.promoting import HOUR, Promotion, promote
from support.tiny import AS_OF, tiny_pipeline

NAME = "tiny"


@pytest.fixture
def store(tmp_path):
    """A store with a champion, version 1, whose history this process has read."""
    store = connect(tmp_path)
    promote(store, tiny_pipeline(), Promotion(1, "promote"))
    return store


def whole_readings(read):
    """How often `read` reads the registered model whole, and what it returns."""
    original, readings = MlflowClient.get_registered_model, []

    def counted(*arguments):
        readings.append(arguments)
        return original(*arguments)

    with mock.patch.object(MlflowClient, "get_registered_model", counted):
        found = read()
    return len(readings), found


def versions(store):
    return [each.version for each in read_history(store, NAME).entries]


def as_another_process(monkeypatch):
    """What is written from here on, this process does not know of."""
    monkeypatch.setattr("recurcast.tracking.registry.champion_history.alias_was_set", lambda *_: None)


def test_what_was_read_is_not_read_again_while_nobody_writes(store):
    assert whole_readings(lambda: versions(store)) == (0, [1])


def test_an_entry_that_another_process_wrote_is_found_by_its_mark(store, monkeypatch):
    as_another_process(monkeypatch)
    promote(store, tiny_pipeline(), Promotion(2, "keep"))

    assert whole_readings(lambda: versions(store)) == (0, [1, 2])  # its own reading, after its entry
    append(store, NAME, Entry("by-hand", "rollback", AS_OF + 9 * HOUR, None, 2, replaces=1, sequence=1))

    assert whole_readings(lambda: versions(store)) == (1, [1, 2, None])
    assert read_history(store, NAME).sequence == 1


def test_an_entry_without_a_mark_is_found_by_the_alias_that_follows_it(store):
    """Of an older build, or of a process that died before its mark."""
    rollback = Entry("by-hand", "rollback", AS_OF + 9 * HOUR, None, 1, replaces=1, sequence=1)
    store.client.set_registered_model_tag(NAME, f"history.{rollback.id}", rollback.to_json())
    store.client.delete_registered_model_alias(NAME, "champion")

    assert whole_readings(lambda: versions(store)) == (1, [1, None])
    project(store, tiny_pipeline())
    assert store.client.get_model_version_by_alias(NAME, "champion").tags["kind"] == "baseline"


def test_an_entry_that_comes_while_the_history_is_read_is_not_missed(store):
    late = Entry("late", "verdict", AS_OF + timedelta(hours=7), 7, 7, "keep")
    leave_mark(store, NAME)
    original = MlflowClient.get_registered_model

    def read_then_written(*arguments):
        found = original(*arguments)
        with mock.patch.object(MlflowClient, "get_registered_model", original):
            append(store, NAME, late)
        return found

    with mock.patch.object(MlflowClient, "get_registered_model", read_then_written):
        assert versions(store) == [1]
    assert versions(store) == [1, 7]


def test_a_registered_model_that_was_deleted_has_no_history(store):
    store.client.delete_registered_model(NAME)

    assert read_history(store, NAME) is None
