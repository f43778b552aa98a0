from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from recurcast.errors import ConfigurationError
from recurcast.runs.retention import KeptVersion, Pruning, Retention, SnapshotUse, choose, parse_retention

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def version(day, *, needed=False):
    return KeptVersion(day + 1, MONDAY + day * DAY, f"run {day}", f"m-{day}", needed)


def use(day, digest=None, holder=None):
    """The run of a day refers to rows of its own, in a file of its own, unless told otherwise."""
    shared = day if holder is None else holder
    return SnapshotUse(f"run {day}", MONDAY + day * DAY, digest or f"rows {shared}", f"run {shared}")


def going(versions, uses, **keep):
    pruning = choose(versions, uses, Retention(**keep))
    return [each.version for each in pruning.versions], [each.digest for each in pruning.snapshots]


def test_the_newest_as_ofs_stay_and_older_ones_go_oldest_first():
    versions, uses = [version(day) for day in (3, 0, 2, 1)], [use(day) for day in (3, 0, 2, 1)]

    assert going(versions, uses, newest=1) == ([1, 2, 3], ["rows 0", "rows 1", "rows 2"])
    assert going(versions, uses, newest=3) == ([1], ["rows 0"])
    assert going(versions, uses, newest=9) == ([], [])


def test_an_age_is_counted_back_from_the_newest_as_of():
    versions = [version(day) for day in range(5)]

    assert going(versions, [], age=2 * DAY) == ([1, 2], [])
    assert going(versions, [], age=2 * DAY - timedelta(seconds=1)) == ([1, 2, 3], [])
    assert going(versions, [use(9)], age=6 * DAY) == ([1, 2, 3], [])


def test_several_runs_of_one_as_of_count_once():
    again = replace(version(2), version=9, run_id="run 2 again")
    assert going([version(1), version(2), again], [], newest=2) == ([], [])
    assert going([version(1), version(2), again], [], newest=1) == ([2], [])


def test_what_is_needed_stays_however_old_and_its_snapshot_with_it():
    versions = [version(0, needed=True), version(1), version(2)]
    pruning = choose(versions, [use(0), use(1), use(2)], Retention(newest=1))

    assert [each.version for each in pruning.versions] == [2]
    assert [each.digest for each in pruning.snapshots] == ["rows 1"]
    assert pruning.needed == 2


def test_a_file_that_an_old_run_holds_stays_while_a_run_that_stays_refers_to_it():
    versions = [version(0), version(1), version(2, needed=True), version(3)]

    assert going(versions, [use(0), use(1, holder=0), use(3, holder=0)], newest=1) == ([1, 2], [])
    assert going(versions, [use(0), use(1, holder=0), use(2, holder=0)], newest=1) == ([1, 2], [])


def test_a_file_that_goes_is_forgotten_by_all_runs_that_refer_to_it():
    (snapshot,) = choose([version(3)], [use(0), use(1, holder=0), use(3)], Retention(newest=1)).snapshots

    assert (snapshot.holder, [each.run_id for each in snapshot.uses]) == ("run 0", ["run 0", "run 1"])
    assert snapshot.as_of == MONDAY + DAY


def test_of_two_files_of_the_same_rows_each_counts_for_itself():
    uses = [use(0, "rows"), use(3, "rows")]
    (snapshot,) = choose([], uses, Retention(newest=1)).snapshots
    assert snapshot.holder == "run 0"


def test_the_snapshot_of_a_live_run_stays():
    assert going([version(3)], [replace(use(0), running=True)], newest=1) == ([], [])


def test_nothing_recorded_means_nothing_to_remove():
    assert choose([], [], Retention(newest=1)) == Pruning()


def test_what_stays_after_a_removal_stays_at_the_next():
    versions = [version(day, needed=day % 3 == 0) for day in range(8)]
    uses = [use(day, holder=day // 2 * 2) for day in range(8)]
    first = choose(versions, uses, Retention(newest=2))
    forgotten = {each for snapshot in first.snapshots for each in snapshot.uses}
    left = [each for each in versions if each not in first.versions], [each for each in uses if each not in forgotten]

    assert len(first.versions) == 4
    assert len(first.snapshots) == 1
    again = choose(*left, Retention(newest=2))
    assert (again.versions, again.snapshots, again.needed) == ((), (), first.needed)


@pytest.mark.parametrize(
    ("text", "retention"),
    [
        ("1", Retention(newest=1)),
        ("250", Retention(newest=250)),
        ("90d", Retention(age=90 * DAY)),
        ("36h", Retention(age=1.5 * DAY)),
        ("12W", Retention(age=84 * DAY)),
    ],
)
def test_how_much_stays_is_a_number_or_a_duration(text, retention):
    assert parse_retention(text) == retention


@pytest.mark.parametrize("text", ["0", "-1", "1.5", "", "all", "0d", "-3d", "d", "1e3", "NaT", "999999999d"])
def test_anything_else_is_refused_and_keeps_all(text):
    with pytest.raises(ConfigurationError, match=f"such as 90d, 12w or 36h; received '{text}'"):
        parse_retention(text)
