"""Which version a warm start begins from; nothing is trained."""

from datetime import timedelta

import pytest

from recurcast.errors import RecurcastError
from recurcast.runs.train import Request
from recurcast.tracking.registry.champion_history import project
from recurcast.tracking.registry.manual import roll_back
from recurcast.tracking.registry.warm_start import cell_start, start_of, starts_of
from recurcast.tracking.runs import parent_run
from recurcast.tracking.store import connect
from support.recorded import files_below, kept_run, serving_version_of
from support.served import promote
from support.tiny import AS_OF, tiny_pipeline

HOUR = timedelta(hours=1)
TICKS = [AS_OF + number * HOUR for number in range(4)]
WARM = tiny_pipeline(training={"warm_start": "champion"})


def starts(store):
    return list(starts_of(store, "tiny", TICKS).values())


def test_an_interval_starts_from_the_champion_of_the_intervals_before_it_never_from_its_own_or_a_later_one(tmp_path):
    store = connect(tmp_path)
    assert starts(store) == ["none"] * 4
    for tick, decision in zip(TICKS, ("promote", "keep", "promote"), strict=False):
        serving_version_of(kept_run(store, WARM, tick), WARM, tick, decision)

    assert starts(store) == ["none", "tiny/2", "tiny/2", "tiny/4"]  # version 1 is the baseline
    roll_back(store, WARM, None, "it forecast badly", TICKS[2] + HOUR / 2)
    assert starts(store) == ["none", "tiny/2", "tiny/2", "tiny/2"]
    roll_back(store, WARM, "baseline", "so did that", TICKS[2] + HOUR / 2)
    assert starts(store) == ["none", "tiny/2", "tiny/2", "none"]


def test_a_champion_that_was_deleted_is_passed_over_for_the_one_before(tmp_path):
    store = connect(tmp_path)
    versions = [promote(store, WARM, tick) for tick in TICKS[:2]]
    assert starts(store)[1:3] == [f"tiny/{version}" for version in versions]
    project(store, WARM)
    store.client.delete_model_version("tiny", str(versions[1]))

    assert starts(store)[1:3] == [f"tiny/{versions[0]}"] * 2
    store.client.delete_model_version("tiny", str(versions[0]))
    assert starts(store) == ["none"] * 4


@pytest.fixture
def run(tmp_path):
    """An open run of the second tick; the champion of the first stands, its bundle is whole."""
    store = connect(tmp_path)
    promote(store, WARM, TICKS[0])
    with parent_run(store, Request(WARM, TICKS[1], tmp_path)) as run:
        yield run


def test_a_champion_whose_bundle_is_damaged_is_no_start_and_every_cell_says_why(run):
    (weights,) = files_below(run.store.root, "weights.npz")
    weights.write_bytes(b"no arrays")
    start = start_of(run, WARM, TICKS[1])
    run.tag(start=start)

    assert start == "none"
    assert cell_start(run, WARM, "gru", None).told == (
        "initial weights: the light bundle of version 1 is missing or damaged"
    )


def test_a_bundle_that_is_gone_once_the_fingerprint_names_its_version_ends_the_run(run):
    run.tag(start=start_of(run, WARM, TICKS[1]))
    for path in files_below(run.store.root, "weights.npz"):
        path.unlink()

    with pytest.raises(RecurcastError, match="version 1 of 'tiny' holds a light bundle; it is missing"):
        cell_start(run, WARM, "gru", None)


def test_without_a_warm_start_there_is_none_and_nothing_is_looked_up(run):
    cold = tiny_pipeline()

    assert (start_of(run, cold, TICKS[1]), cell_start(run, cold, "gru", None)) == ("", None)
